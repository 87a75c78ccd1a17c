//! The real server on a free port, seen by folding clients.

mod backstage;
mod finishing;
mod hook;
mod listener;
mod mix;
mod newcomers;
mod order;
mod pairing;
mod play;
mod recording;
mod round;
mod tracks;

use std::time::Duration;

use palco::client::Identity;
use palco::meeting::{Command, HandKind, LeaveReason, Mic, Phase, Presence, Role, SeatKind, Source};
use palco::server::{Limits, Settings, Timing};
use palco::wire::{AudioRecord, ClientMessage, Feed};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::support::{Client, Hi, TestServer, within};

/// 20 ms of silence as Opus (SILK wideband, one frame).
const OPUS: &[u8] = &[0x48, 0xff, 0xfe];

/// -26 dBov with voice.
const VOICED: u8 = 0x9a;

fn record(frame: u16) -> AudioRecord {
    AudioRecord { source: Source(0), frame, level: VOICED, opus: OPUS.into() }
}

fn raise(topic: &str) -> Command {
    Command::Raise { topic: topic.into(), kind: HandKind::Question }
}

fn limited(change: impl FnOnce(&mut Limits)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings.limits);
    settings
}

fn timed(change: impl FnOnce(&mut Timing)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings.timing);
    settings
}

#[tokio::test]
async fn what_one_does_all_others_see() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let mut bruno = Client::new(&server, Hi::join("monday", "Bruno")).await;
    let seq = ana.command(Command::Rename { name: "Ana C.".into() }).await.unwrap();
    let raised = ana.command(raise("Fax over T.38, really?")).await.unwrap();
    assert!(raised > seq);
    let who = ana.id;
    for other in [&mut host, &mut bruno, &mut ana] {
        other.until_seq(raised).await;
        assert_eq!(other.meeting.participant(who).unwrap().name, "Ana C.");
        assert_eq!(other.meeting.hand_of(who).unwrap().topic, "Fax over T.38, really?");
    }
    assert_eq!(host.meeting, bruno.meeting);
    let mut late = Client::new(&server, Hi::observe("monday")).await;
    late.settle().await;
    assert_eq!(late.meeting, host.meeting);
    assert_eq!(late.seat, None);
}

#[tokio::test]
async fn two_hosts_who_press_next_do_one_thing() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let mut bruno = Client::new(&server, Hi::join("monday", "Bruno")).await;
    ana.command(raise("one")).await.unwrap();
    bruno.command(raise("two")).await.unwrap();
    let next = Command::Next { current: None };
    let first = host.ask(next.clone()).await;
    let second = host.ask(next).await;
    host.answer(&first).await.unwrap();
    assert_eq!(host.answer(&second).await, Err("stale-turn".into()));
    host.settle().await;
    assert_eq!(host.meeting.turn().unwrap().hand.participant, ana.id);
    assert_eq!(host.meeting.queue().len(), 1);
    assert_eq!(ana.command(Command::Start).await, Err("not-allowed".into()));
}

#[tokio::test]
async fn only_live_microphones_are_heard_and_not_by_their_owner() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::join("monday", "Ana").with(|h| h.feed = Feed::Forward)).await;
    let mut bruno =
        Client::new(&server, Hi::observe("monday").with(|h| (h.feed, h.signals) = (Feed::Forward, true)))
            .await;
    // Before the call nothing comes through.
    ana.speak(record(1)).await;
    server.until_metric(r#"palco_packets_dropped_total{why="mic-not-live"}"#, |n| n == 1.0).await;

    ana.command(raise("one")).await.unwrap();
    host.command(Command::Next { current: None }).await.unwrap();
    let who = ana.id;
    ana.until("the open microphone", |m| m.participant(who).unwrap().mic() == Mic::Live).await;
    ana.speak(record(2)).await;
    let heard = bruno.hear().await;
    assert_eq!(heard, AudioRecord { source: ana.meeting.participant(ana.id).unwrap().source, ..record(2) });
    bruno.until("levels", |_| true).await;
    while bruno.levels.iter().all(|l| l.level != VOICED) {
        bruno.settle().await;
    }
    // What is no Opus packet goes nowhere, what comes after it does.
    ana.speak(AudioRecord { opus: vec![0x4b].into(), ..record(3) }).await;
    ana.speak(record(4)).await;
    assert_eq!(bruno.hear().await.frame, 4);

    let turn = host.meeting.turn().map(|t| t.id);
    let turn = match turn {
        Some(turn) => turn,
        None => {
            host.until("the turn", |m| m.turn().is_some()).await;
            host.meeting.turn().unwrap().id
        }
    };
    host.command(Command::Done { turn }).await.unwrap();
    // The speech was measured when the microphone closed.
    host.until("the talk time", |m| m.participant(ana.id).unwrap().spoken.0 == 40).await;
    ana.speak(record(5)).await;
    server.until_metric(r#"palco_packets_dropped_total{why="mic-not-live"}"#, |n| n == 2.0).await;
    bruno.settle().await;
    assert!(bruno.packets.is_empty());
    ana.settle().await;
    assert!(ana.packets.is_empty(), "nobody hears themselves");
}

#[tokio::test]
async fn a_taken_name_a_forged_proof_and_a_wrong_room_are_refused() {
    let server = TestServer::start().await;
    let _host = Client::host(&server, "monday").await;
    let _ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let key = Identity::generate().unwrap();
    for (hi, code) in [
        (Hi::join("monday", "Ana"), "name-taken"),
        (Hi::join("monday", " \u{202e} "), "bad-text"),
        (Hi::join("monday", "Elio").forged(), "bad-proof"),
        (Hi::join("tuesday", "Elio"), "no-such-room"),
        (Hi::open("monday", "Elio"), "not-owner"),
    ] {
        let closed = Client::connect(&server, &key, hi).await.unwrap_err();
        assert_eq!((closed.close, closed.code.as_str()), (1008, code), "{}", closed.text);
        assert!(!closed.text.is_empty());
    }
    // A room that nobody opened leaves nothing behind.
    server.until_metric("palco_rooms", |n| n == 1.0).await;
}

#[tokio::test]
async fn only_listed_keys_open_rooms() {
    let owner = Identity::generate().unwrap();
    let server = TestServer::with(Settings { owners: Some(vec![owner.id()]), ..Settings::default() }).await;
    let other = Identity::generate().unwrap();
    let closed = Client::connect(&server, &other, Hi::open("monday", "Elio")).await.unwrap_err();
    assert_eq!(closed.code, "may-not-open");
    let host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    assert_eq!(host.meeting.owner(), Some(owner.id()));
    assert_eq!(host.meeting.participant(owner.id()).unwrap().role, Role::Host);
}

#[tokio::test]
async fn a_message_that_is_too_large_or_no_message_ends_the_seat() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    host.send_raw("x".repeat(70_000)).await;
    let closed = host.closed().await;
    assert_eq!((closed.close, closed.code.as_str()), (1009, "too-big"));

    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    ana.send_raw(r#"{"type":"command","id":"x","command":{"type":"dance"}}"#.into()).await;
    assert_eq!(ana.answer(&palco::wire::CommandId("x".into())).await, Err("bad-command".into()));
    ana.send_raw("hello?".into()).await;
    let closed = ana.closed().await;
    assert_eq!((closed.close, closed.code.as_str()), (1008, "bad-message"));
}

#[tokio::test]
async fn a_repeated_command_is_answered_and_not_done_twice() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let id = palco::wire::CommandId("once".into());
    let extend = ClientMessage::Command {
        id: id.clone(),
        command: Command::Extend { by: palco::meeting::Millis::from_mins(10) },
    };
    host.send(&extend).await;
    host.send(&extend).await;
    let first = host.answer(&id).await.unwrap();
    assert_eq!(host.answer(&id).await, Ok(first));
    host.until_seq(first).await;
    let planned = host.meeting.clock().planned;
    assert_eq!(planned, palco::meeting::Millis::from_mins(70));
    // The other outcome too: it was refused, and stays so although it would be possible now.
    let mut ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let lower = ClientMessage::Command { id: id.clone(), command: Command::Lower };
    ana.send(&lower).await;
    assert_eq!(ana.answer(&id).await, Err("no-hand-raised".into()));
    ana.command(raise("one")).await.unwrap();
    ana.send(&lower).await;
    assert_eq!(ana.answer(&id).await, Err("no-hand-raised".into()));
}

#[tokio::test]
async fn a_slow_reader_is_let_go_and_comes_back_with_the_tail() {
    let server = TestServer::with(limited(|l| {
        (l.seat_queue, l.commands_per_second, l.command_burst) = (8, 1_000_000, 1_000_000);
    }))
    .await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let hi = Hi::join("monday", "Ana");
    let mut ana = Client::connect(&server, &key, hi.clone().receive_buffer(4_096)).await.unwrap();
    // Ana reads nothing; the host goes on until she is away.
    let long = "x".repeat(150);
    let mut n = 0;
    while host.meeting.participant(ana.id).is_none_or(|p| p.is_here()) {
        n += 1;
        host.command(raise(&format!("{n} {long}"))).await.unwrap();
        assert!(n < 20_000, "the queue has no bound");
    }
    let closed = ana.closed().await;
    assert_eq!((closed.close, closed.code.as_str()), (1013, "too-slow"));
    let before = ana.meeting.seq();
    assert!(before < host.meeting.seq());
    let mut back = Client::connect(&server, &key, hi.resume(&ana)).await.unwrap();
    for client in [&mut back, &mut host] {
        client.until("her being here again", |m| m.participant(ana.id).is_some_and(|p| p.is_here())).await;
    }
    host.until_seq(back.meeting.seq()).await;
    back.until_seq(host.meeting.seq()).await;
    assert_eq!(back.meeting, host.meeting);
    assert_eq!(back.snapshots, usize::from(n > 1_000), "a short absence is a tail");
}

#[tokio::test]
async fn a_newer_connection_takes_the_seat_and_nobody_sees_a_flicker() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let mut old = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    old.command(Command::Rename { name: "Ana C.".into() }).await.unwrap();
    old.settle().await;
    host.settle().await;
    host.events.clear();
    let mut new = Client::connect(&server, &key, Hi::join("monday", "Ana").resume(&old)).await.unwrap();
    assert_eq!(
        old.closed().await,
        super::support::Closed {
            close: 1000,
            code: "replaced".into(),
            text: "a newer connection took this seat".into()
        }
    );
    new.command(raise("still me")).await.unwrap();
    host.until("the hand", |m| m.hand_of(key.id()).is_some()).await;
    assert_eq!(new.snapshots, 0, "the tail was enough");
    assert_eq!(new.meeting, host.meeting);
    let ana = host.meeting.participant(key.id()).unwrap();
    assert_eq!(ana.name, "Ana C.", "who comes back is who they are by now");
    assert_eq!(ana.seats().iter().map(|s| Some(s.id)).collect::<Vec<_>>(), [new.seat]);
    let types: Vec<String> = host
        .events
        .iter()
        .map(|r| serde_json::to_value(&r.event).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["seat-opened", "seat-closed", "hand-raised"]);
    // A token of somebody else is no token.
    let thief = Hi::join("monday", "Elio").resume(&new);
    let elio = Client::connect(&server, &Identity::generate().unwrap(), thief).await.unwrap();
    assert_ne!(elio.id, new.id);
    new.settle().await;
}

#[tokio::test]
async fn a_lost_link_is_away_comes_back_and_is_gone_in_the_end() {
    let server = TestServer::with(timed(|t| t.grace = Duration::from_millis(300))).await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let token = Hi::join("monday", "Ana").resume(&ana);
    drop(ana);
    host.until("her absence", |m| {
        m.participant(key.id()).is_some_and(|p| matches!(p.presence, Presence::Away { .. }))
    })
    .await;
    let back = Client::connect(&server, &key, token).await.unwrap();
    host.until("her return", |m| m.participant(key.id()).is_some_and(|p| p.is_here())).await;
    drop(back);
    host.until("her leaving", |m| m.participant(key.id()).is_some_and(|p| !p.is_in())).await;
    let gone = host
        .events
        .iter()
        .any(|r| matches!(r.event, palco::meeting::Event::Left { reason: LeaveReason::Gone, .. }));
    assert!(gone);
}

#[tokio::test]
async fn who_leaves_loses_all_seats() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    let key = Identity::generate().unwrap();
    let mut one = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let leg = Hi::join("monday", "Ana").with(|h| h.join.as_mut().unwrap().kind = SeatKind::Audio);
    let mut two = Client::connect(&server, &key, leg).await.unwrap();
    one.command(Command::Leave).await.unwrap();
    for seat in [&mut one, &mut two] {
        let closed = seat.closed().await;
        assert_eq!((closed.close, closed.code.as_str()), (1000, "left"));
    }
    host.until("her leaving", |m| m.participant(key.id()).is_some_and(|p| !p.is_in())).await;
}

#[tokio::test]
async fn a_restarted_server_has_the_meeting_as_it_was() {
    let server = TestServer::start().await;
    let owner = Identity::generate().unwrap();
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    host.command(Command::Start).await.unwrap();
    let key = Identity::generate().unwrap();
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana")).await.unwrap();
    let once = ana.ask(raise("one")).await;
    let raised = ana.answer(&once).await.unwrap();
    host.until_seq(raised).await;
    let before = host.meeting.clone();

    let server = server.restart().await;
    let closed = host.closed().await;
    assert_eq!((closed.close, closed.code.as_str()), (1001, "going-away"));
    let hi = Hi::open("monday", "Host").resume(&host);
    let mut host = Client::connect(&server, &owner, hi).await.unwrap();
    let mut ana = Client::connect(&server, &key, Hi::join("monday", "Ana").resume(&ana)).await.unwrap();
    host.until("all being here again", |m| m.roster().iter().all(|p| p.is_here())).await;
    ana.until_seq(host.meeting.seq()).await;
    assert!(ana.meeting.roster().iter().all(|p| p.is_here()));
    assert_eq!(ana.meeting, host.meeting);
    assert_eq!(host.meeting.number(), 1);
    assert_eq!(host.meeting.phase(), Phase::Live);
    assert_eq!(host.meeting.queue(), before.queue());
    assert_eq!(host.meeting.clock(), before.clock());
    assert_eq!(
        host.meeting.stage(),
        before.stage().iter().map(|p| host.meeting.participant(p.id).unwrap()).collect::<Vec<_>>()
    );
    let role = |m: &palco::meeting::Meeting| m.roster().iter().map(|p| (p.id, p.role)).collect::<Vec<_>>();
    assert_eq!(role(&host.meeting), role(&before));
    // What was done before is remembered.
    let command = raise("done twice");
    ana.send(&ClientMessage::Command { id: once.clone(), command }).await;
    assert_eq!(ana.answer(&once).await, Ok(raised));
    assert_eq!(ana.meeting.hand_of(key.id()).unwrap().topic, "one");
}

#[tokio::test]
async fn a_restart_is_told_as_one() {
    let server = TestServer::with(Settings { restarts: true, ..Settings::default() }).await;
    let mut host = Client::host(&server, "monday").await;
    let mut ana = Client::new(&server, Hi::observe("monday")).await;
    drop(server.stop().await);
    for seat in [&mut host, &mut ana] {
        let closed = seat.closed().await;
        assert_eq!((closed.close, closed.code.as_str()), (1012, "restart"));
    }
}

#[tokio::test]
async fn the_next_meeting_calls_everybody_in_again() {
    let server = TestServer::start().await;
    let owner = Identity::generate().unwrap();
    let mut host = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    host.command(Command::Start).await.unwrap();
    let mut ana = Client::new(&server, Hi::observe("monday")).await;
    host.command(Command::End).await.unwrap();
    ana.until("the end", |m| m.phase() == Phase::Ended).await;
    let mut next = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    for seat in [&mut host, &mut ana] {
        let closed = seat.closed().await;
        assert_eq!((closed.close, closed.code.as_str()), (1012, "next-meeting"));
    }
    assert_eq!(next.meeting.number(), 2);
    assert_eq!(next.meeting.phase(), Phase::Scheduled);
    assert_ne!(next.meeting_id, host.meeting_id);
    // An opening of the one that is open is just coming in.
    let again = Client::connect(&server, &owner, Hi::open("monday", "Host")).await.unwrap();
    assert_eq!(again.meeting_id, next.meeting_id);
    next.command(Command::Start).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_changes_nothing_and_is_told() {
    let server = TestServer::start().await;
    let mut host = Client::host(&server, "monday").await;
    server.store.limit_pages(1).await.unwrap();
    let long = "x".repeat(150);
    let mut refused = None;
    for n in 0..200 {
        if let Err(code) = host.command(raise(&format!("{n} {long}"))).await {
            refused = Some((n, code));
            break;
        }
    }
    let (n, code) = refused.expect("a full disk");
    assert_eq!(code, "not-stored");
    host.settle().await;
    assert!(n == 0 || host.meeting.hand_of(host.id).unwrap().topic.starts_with(&format!("{} ", n - 1)));
    // With room again, what goes on is what everybody knows.
    server.store.limit_pages(1_000_000).await.unwrap();
    let seq = host.command(raise("after")).await.unwrap();
    host.until_seq(seq).await;
    let late = Client::new(&server, Hi::observe("monday")).await;
    assert_eq!(late.meeting, host.meeting);
}

#[tokio::test]
async fn too_many_commands_are_rejected_by_name() {
    let server = TestServer::with(limited(|l| (l.commands_per_second, l.command_burst) = (1, 5))).await;
    let mut host = Client::new(&server, Hi::open("monday", "Host")).await;
    let mut asked = Vec::new();
    for _ in 0..10 {
        asked.push(host.ask(raise("one")).await);
    }
    let mut too_fast = 0;
    for id in asked {
        too_fast += usize::from(host.answer(&id).await == Err("too-fast".into()));
    }
    assert!((4..=5).contains(&too_fast), "{too_fast}");
}

#[tokio::test]
async fn one_address_gets_only_so_many_connections() {
    let server = TestServer::with(limited(|l| l.per_address = 3)).await;
    let host = Client::host(&server, "monday").await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut fourth = TcpStream::connect(server.address).await.unwrap();
    let mut byte = [0];
    assert!(matches!(within("the end", fourth.read(&mut byte)).await, Ok(0) | Err(_)));
    drop(held);
    server_has_place(&server).await;
    drop(host);
}

/// Waits until a request gets through.
async fn server_has_place(server: &TestServer) {
    within("a free place", async {
        while !server.get("/healthz").await.contains("200 OK") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn half_a_head_and_a_missing_hello_are_not_waited_for() {
    let quick = Duration::from_millis(100);
    let server = TestServer::with(timed(|t| (t.header, t.hello) = (quick, quick))).await;
    assert!(!server.request("GET / HTTP/1.1\r\nHost: x\r\n").await.contains("200 OK"));
    let head = format!(
        "GET /monday HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: palco.v1\r\n\r\n",
        server.address
    );
    let said = server.request(&head).await;
    assert!(said.contains("101 Switching") && said.contains("hello-late"), "{said}");
}

#[tokio::test]
async fn a_room_tells_those_outside_what_goes_on() {
    let server = TestServer::start().await;
    let url = |room: &str| format!("ws://{}/{room}", server.address).parse().unwrap();
    assert_eq!(palco::client::notice(&url("monday")).await, Ok(None));
    let mut host = Client::host(&server, "monday").await;
    let _ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    let notice = palco::client::notice(&url("monday")).await.unwrap().unwrap();
    assert_eq!((notice.phase, notice.here, notice.listening), (Phase::Live, 2, 0));
    assert!(notice.number == 1 && notice.started_at.is_some());
    host.command(Command::End).await.unwrap();
    let notice = palco::client::notice(&url("monday")).await.unwrap().unwrap();
    assert_eq!(notice.phase, Phase::Ended);
    assert!(server.get("/rooms/Not_a_room").await.contains("404"));
}

#[tokio::test]
async fn http_says_what_this_is() {
    let server = TestServer::start().await;
    let _host = Client::host(&server, "monday").await;
    assert!(server.get("/").await.contains("palco join"));
    assert!(server.get("/healthz").await.ends_with("ok\n"));
    assert!(server.get("/monday").await.contains("426"));
    assert!(server.get("/no/such").await.contains("404"));
    let metrics = server.get("/metrics").await;
    assert!(metrics.contains("application/openmetrics-text") && metrics.ends_with("# EOF\n"), "{metrics}");
    for (name, value) in [("palco_rooms", 1.0), ("palco_seats", 1.0), ("palco_people", 1.0)] {
        assert_eq!(server.metric(name).await, value, "{name}");
    }
    assert!(server.metric("palco_events_total").await >= 4.0);
    for (header, status) in [
        ("", "101"),
        ("Origin: https://evil.example\r\n", "403"),
        ("Sec-WebSocket-Protocol: other\r\n", "400"),
    ] {
        let protocol = if header.contains("Protocol") { "" } else { "Sec-WebSocket-Protocol: palco.v1\r\n" };
        let head = format!(
            "GET /monday HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}{header}\r\n",
            server.address
        );
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        within("a status", stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!(&answer[9..], status.as_bytes(), "{header}");
    }
}

/// The goal is 100 ms at the 99th percentile of 50 seats. The figure is printed and not asserted: only delivery is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_raised_hand_is_on_fifty_screens() {
    const SEATS: usize = 50;
    let server = TestServer::with(limited(|l| l.commands_per_second = 1_000_000)).await;
    let mut host = Client::host(&server, "monday").await;
    let mut seats = Vec::new();
    for n in 0..SEATS {
        seats.push(Client::new(&server, Hi::join("monday", &format!("Seat {n}"))).await);
    }
    for seat in &mut seats {
        seat.settle().await;
    }
    let mut took = Vec::new();
    for round in 0..20 {
        let topic = format!("round {round}");
        let began = Instant::now();
        host.ask(raise(&topic)).await;
        let id = host.id;
        let waits = seats.iter_mut().map(|seat| {
            let topic = topic.clone();
            async move {
                seat.until("the hand", |m| m.hand_of(id).is_some_and(|h| h.topic == topic)).await;
                began.elapsed()
            }
        });
        took.extend(futures_util::future::join_all(waits).await);
    }
    took.sort();
    let at = |p: usize| took[(took.len() - 1) * p / 100];
    println!("a raised hand on {SEATS} seats: p50 {:?}, p99 {:?}, worst {:?}", at(50), at(99), at(100));
    assert_eq!(took.len(), SEATS * 20);
}

#[tokio::test]
async fn a_link_without_a_sign_of_life_is_dead() {
    let brief = Duration::from_millis(40);
    let server = TestServer::with(timed(|t| (t.ping, t.dead) = (brief, 4 * brief))).await;
    let mut host = Client::host(&server, "monday").await;
    let ana = Client::new(&server, Hi::join("monday", "Ana")).await;
    // Nobody reads Ana's link, so that no ping is answered; the host answers each while he folds.
    host.until("her absence", |m| {
        m.participant(ana.id).is_some_and(|p| matches!(p.presence, Presence::Away { .. }))
    })
    .await;
    assert!(host.meeting.participant(host.id).unwrap().is_here());
    drop(ana);
}
