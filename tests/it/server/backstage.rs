//! Sound before the doors open, across their opening, and talkback: only those hear it who are meant.

use palco::meeting::{Command, Mic, ParticipantId, Phase, Reach, Role, Seq};
use palco::wire::{AudioRecord, Feed};

use crate::support::{Client, Hi, TestServer};

use super::{VOICED, record};

/// Frames from here on are spoken for everybody.
const PUBLIC: u16 = 1_000;

fn listening(name: &str) -> Hi {
    Hi::join("monday", name).with(|h| h.feed = Feed::Forward)
}

async fn host(server: &TestServer) -> Client {
    Client::new(server, Hi::open("monday", "Host").with(|h| h.feed = Feed::Forward)).await
}

async fn speaker(server: &TestServer, host: &mut Client, name: &str) -> Client {
    let mut speaker = Client::new(server, listening(name)).await;
    let seq = host.command(Command::SetRole { participant: speaker.id, role: Role::Speaker }).await.unwrap();
    speaker.until_seq(seq).await;
    speaker
}

/// Waits until the change is in force for whoever asked for it.
async fn does(client: &mut Client, command: Command) -> Seq {
    let seq = client.command(command).await.unwrap();
    client.until_seq(seq).await;
    seq
}

async fn opens_mic(client: &mut Client) {
    client.command(Command::Unmute).await.unwrap();
    let who = client.id;
    client.until("the open microphone", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Live)).await;
}

/// The frames heard, up to and with `last`.
async fn frames_until(client: &mut Client, last: u16) -> Vec<u16> {
    let mut frames = Vec::new();
    while frames.last() != Some(&last) {
        frames.push(client.hear().await.frame);
    }
    frames
}

#[tokio::test]
async fn no_packet_of_the_backstage_reaches_the_lobby_nor_those_let_in_after() {
    let server = TestServer::start().await;
    let mut host = host(&server).await;
    let mut ana = speaker(&server, &mut host, "Ana").await;
    let mut bruno = Client::new(&server, listening("Bruno")).await;
    let mut stranger = Client::new(&server, Hi::observe("monday").with(|h| h.feed = Feed::Forward)).await;
    let mut meters = Client::new(&server, Hi::observe("monday").with(|h| h.signals = true)).await;
    does(&mut host, Command::Prepare).await;
    opens_mic(&mut host).await;
    host.speak(record(1)).await;
    assert_eq!(ana.hear().await.frame, 1);
    // A second window of somebody in the backstage hears it too.
    let mut aside = Client::new(&server, listening("Carla")).await;
    does(&mut host, Command::SetRole { participant: aside.id, role: Role::Cohost }).await;
    host.speak(record(2)).await;
    assert_eq!(aside.hear().await.frame, 2);

    // The doors open while the host speaks, and the microphone is opened again at once, without waiting for anything.
    for frame in 3..10 {
        host.speak(record(frame)).await;
    }
    let start = host.ask(Command::Start).await;
    for frame in 10..16 {
        host.speak(record(frame)).await;
    }
    let unmute = host.ask(Command::Unmute).await;
    host.answer(&start).await.unwrap();
    host.answer(&unmute).await.unwrap();
    let who = host.id;
    host.until("the open microphone", |m| m.participant(who).is_some_and(|p| p.mic() == Mic::Live)).await;
    assert_eq!(host.meeting.phase(), Phase::Live);
    host.speak(record(PUBLIC)).await;

    for outside in [&mut bruno, &mut stranger] {
        assert_eq!(outside.hear().await.frame, PUBLIC, "nothing was heard before");
    }
    let backstage = frames_until(&mut ana, PUBLIC).await;
    assert!(backstage.iter().all(|f| *f < 16 || *f == PUBLIC), "{backstage:?}");
    meters.until("levels", |_| true).await;
    while !meters.told.iter().any(|l| l.level == VOICED) {
        meters.settle().await;
    }
    host.until("what was recorded", |m| m.participant(who).is_some()).await;
    assert_eq!(host.meeting.participant(who).unwrap().spoken.0, 0, "the backstage is no talk time");
}

#[tokio::test]
async fn who_leaves_the_backstage_hears_it_no_more() {
    let server = TestServer::start().await;
    let mut host = host(&server).await;
    let mut ana = speaker(&server, &mut host, "Ana").await;
    let mut bruno = speaker(&server, &mut host, "Bruno").await;
    opens_mic(&mut host).await;
    host.speak(record(1)).await;
    assert_eq!(ana.hear().await.frame, 1);
    does(&mut host, Command::SetRole { participant: ana.id, role: Role::Attendee }).await;
    host.speak(record(2)).await;
    assert_eq!(frames_until(&mut bruno, 2).await, [1, 2]);
    does(&mut host, Command::SetRole { participant: ana.id, role: Role::Speaker }).await;
    host.speak(record(3)).await;
    assert_eq!(ana.hear().await.frame, 3, "the second was not for her");
}

#[tokio::test]
async fn talkback_reaches_its_audience_and_nobody_else() {
    let server = TestServer::start().await;
    let mut host = host(&server).await;
    let mut ana = Client::new(&server, listening("Ana")).await;
    let mut bruno = Client::new(&server, listening("Bruno")).await;
    let mut carla = speaker(&server, &mut host, "Carla").await;
    let mut meters = Client::new(&server, Hi::observe("monday").with(|h| h.signals = true)).await;
    does(&mut host, Command::Start).await;
    does(&mut host, Command::Invite { participant: ana.id }).await;
    does(&mut ana, Command::Accept).await;

    let mut frame = 0;
    let mut say = async |host: &mut Client, reach| {
        does(host, Command::TalkTo { reach }).await;
        if frame == 0 {
            opens_mic(host).await;
        }
        frame += 1;
        host.speak(record(frame)).await;
    };
    say(&mut host, Reach::Stage).await;
    assert_eq!(ana.hear().await.frame, 1);
    say(&mut host, Reach::Backstage).await;
    assert_eq!(carla.hear().await.frame, 2, "she is not on the stage");
    let source = host.meeting.participant(host.id).unwrap().source;
    assert!(!meters.told.iter().any(|l| l.source == source), "{:?}", meters.told);
    say(&mut host, Reach::Everybody).await;
    assert_eq!(bruno.hear().await.frame, 3, "he heard no talkback");
    assert_eq!(ana.hear().await.frame, 3);
    assert_eq!(carla.hear().await.frame, 3);
    while !meters.told.iter().any(|l| l.source == source && l.level == VOICED) {
        meters.settle().await;
    }
}

#[tokio::test]
async fn levels_of_talkback_are_for_its_audience() {
    let server = TestServer::start().await;
    let mut host = host(&server).await;
    let metered = |name: &str| Hi::join("monday", name).with(|h| h.signals = true);
    let mut ana = Client::new(&server, metered("Ana")).await;
    let mut bruno = Client::new(&server, metered("Bruno")).await;
    does(&mut host, Command::Start).await;
    does(&mut host, Command::SetRole { participant: ana.id, role: Role::Speaker }).await;
    does(&mut host, Command::TalkTo { reach: Reach::Backstage }).await;
    opens_mic(&mut host).await;
    host.speak(record(1)).await;
    let voiced = |client: &Client, who: ParticipantId| {
        let source = client.meeting.participant(who).map(|p| p.source);
        client.told.iter().any(|l| Some(l.source) == source)
    };
    while !voiced(&ana, host.id) {
        ana.settle().await;
    }
    bruno.settle().await;
    assert!(!voiced(&bruno, host.id));
    let unheard: AudioRecord = record(2);
    does(&mut host, Command::TalkTo { reach: Reach::Everybody }).await;
    host.speak(unheard).await;
    while !voiced(&bruno, host.id) {
        bruno.settle().await;
    }
}

#[tokio::test]
async fn a_planned_start_comes_with_the_opening() {
    let server = TestServer::start().await;
    let now = palco::client::now();
    let at = now.plus(palco::meeting::Millis::from_mins(15));
    let planned = Hi::open("monday", "Host").with(|h| h.open.as_mut().unwrap().starts_at = Some(at));
    let host = Client::new(&server, planned).await;
    let mut host = host;
    host.until("the plan", |m| m.clock().starts_at == Some(at)).await;
    let past = Hi::open("tuesday", "Host")
        .with(|h| h.open.as_mut().unwrap().starts_at = Some(palco::meeting::Timestamp(1)));
    let key = palco::client::Identity::generate().unwrap();
    assert_eq!(Client::connect(&server, &key, past).await.unwrap_err().code, "bad-time");
}
