//! The network goes dark and comes back; the old connection never does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use palco::client::{Link, RoomUrl};
use palco::meeting::{Command, HandKind, Millis, Source};
use palco::wire::{AudioRecord, Feed};
use tokio::time::{Instant, interval, sleep};

use super::proxy::Proxy;
use super::seat::Seat;
use crate::support::shell::{Home, Server};

/// A live meeting, with a host in it and Ana, whose network may go dark.
async fn hall(feed: Feed) -> (Home, Server, Proxy, Seat, Seat) {
    let home = Home::new();
    let server = Server::start(&home);
    let proxy = Proxy::to(server.at).await;
    let direct: RoomUrl = server.url("monday").parse().unwrap();
    let through = RoomUrl::new("127.0.0.1", proxy.at.port(), "monday").unwrap();
    let mut host = Seat::take(&direct, "Host").await;
    host.ask(Command::Start).await;
    let ana = Seat::take_with(&through, "Ana", feed).await;
    (home, server, proxy, host, ana)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_connection_takes_up_the_seat_with_the_tail() {
    let (_home, _server, proxy, mut host, mut ana) = hall(Feed::None).await;

    for round in 1..=2 {
        proxy.go_dark();
        // Something is asked in the dark, and something happens that Ana does not hear of.
        let topic = format!("asked in the dark, round {round}");
        ana.send(Command::Raise { topic: topic.clone(), kind: HandKind::Question }).await;
        host.ask(Command::Extend { by: Millis::from_mins(1) }).await;
        let planned = host.meeting().clock().planned;
        proxy.light_up();

        let id = ana.id();
        ana.until("asking", |s| s.outbox.is_empty()).await;
        ana.until("hearing", |s| s.meeting().clock().planned == planned).await;
        assert_eq!(ana.connected, round + 1, "one fresh connection a blackout");
        assert_eq!((ana.snapshots, ana.lost), (1, 0), "the tail is enough, and nothing was lost in between");
        assert!(ana.refused.is_empty(), "{:?}", ana.refused);
        host.until("Ana's hand", |s| s.meeting().hand_of(id).is_some_and(|h| h.topic == topic)).await;
        assert_eq!(host.meeting().queue().len(), 1);
        assert!(host.meeting().participant(id).is_some_and(|p| p.is_in()));
    }
}

/// Frames that may wait for a listener: 400 ms, what is older is not sent.
const WAITS: u16 = 20;

/// Speaks on and on; tells the frame said last.
fn speak(link: Link) -> Arc<AtomicU16> {
    let said = Arc::new(AtomicU16::new(0));
    let number = Arc::clone(&said);
    tokio::spawn(async move {
        let mut tick = interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let frame = number.fetch_add(1, Ordering::Relaxed);
            let opus = [0x48, 0xff, 0xfe][..].to_vec().into();
            link.send_audio(AudioRecord { source: Source(0), frame, level: 0x9a, opus });
        }
    });
    said
}

/// A blackout, and how long after it sound and then control are back. Whatever is heard first is live.
async fn blackout(proxy: &Proxy, ana: &mut Seat, said: &AtomicU16, length: Duration) -> [Duration; 2] {
    ana.until("hearing", |s| s.heard.is_some()).await;
    proxy.go_dark();
    ana.send(Command::AutoOpen { on: false }).await;
    ana.send(Command::AutoOpen { on: true }).await;
    let until = Instant::now() + length;
    while let Ok(()) = tokio::time::timeout_at(until, ana.step()).await {}
    let (back, live) = (Instant::now(), said.load(Ordering::Relaxed));
    proxy.light_up();
    ana.heard = None;
    ana.until("hearing again", |s| s.heard.is_some()).await;
    let sound = back.elapsed();
    let first = ana.heard.unwrap();
    assert!(first.wrapping_sub(live.wrapping_sub(WAITS)) < 10_000, "{first} is old, {live} was said before");
    ana.until("being answered", |s| s.outbox.is_empty()).await;
    [sound, back.elapsed()]
}

async fn meeting() -> (Home, Server, Proxy, Seat, Seat, Arc<AtomicU16>) {
    let (home, server, proxy, mut host, ana) = hall(Feed::Forward).await;
    host.ask(Command::StepUp).await;
    host.ask(Command::Unmute).await;
    let said = speak(host.link.clone());
    (home, server, proxy, host, ana, said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_live_after_a_blackout() {
    let (_home, _server, proxy, _host, mut ana, said) = meeting().await;
    for round in 1..=2 {
        blackout(&proxy, &mut ana, &said, Duration::from_millis(1_800)).await;
        assert_eq!((ana.connected, ana.lost), (round + 1, 0), "one fresh connection a blackout");
    }
}

/// `PALCO_BLACKOUTS=40 cargo test --release --test it -- --ignored --nocapture recovery::blackout::measure`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for minutes: blackouts of 5 s"]
async fn measure() {
    let rounds = std::env::var("PALCO_BLACKOUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let (_home, _server, proxy, _host, mut ana, said) = meeting().await;
    let (mut sound, mut control) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Not in step with the tries.
        sleep(Duration::from_millis(37 * round % 250)).await;
        let [s, c] = blackout(&proxy, &mut ana, &said, Duration::from_secs(5)).await;
        sound.push(s);
        control.push(c);
    }
    for (what, mut took) in [("sound", sound), ("control", control)] {
        took.sort();
        let at = |p: usize| took[(took.len() - 1) * p / 100];
        println!(
            "{what} back after 5 s: p50 {:?}, p95 {:?}, worst {:?} of {}",
            at(50),
            at(95),
            at(100),
            took.len()
        );
    }
}
