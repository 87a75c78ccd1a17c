//! Sound over a link that loses packets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use palco::client::{Identity, LinkConfig, LinkEvent, RoomUrl, connect};
use palco::meeting::SeatKind;
use palco::wire::{Feed, JoinRequest, Rung};

use crate::bytes::talk;
use crate::support::lossy;
use crate::support::shell::{DEADLINE, Home, Running, host_at};

/// How long each is listened to.
const LISTEN: Duration = Duration::from_secs(60);

/// For joining, and for what is on its way at the end.
const SETTLES: Duration = Duration::from_secs(5);

/// When each message arrived, and what happened to the connection.
#[derive(Default)]
struct Heard {
    messages: BTreeMap<u16, Instant>,
    connections: usize,
    losses: usize,
}

/// A listener by itself.
fn ear(url: &str, name: &str, feed: Feed) -> Arc<Mutex<Heard>> {
    let url: RoomUrl = url.parse().unwrap();
    let join = JoinRequest { name: name.into(), kind: SeatKind::Audio, listener: true, auto_open: false };
    let identity = Identity::generate().unwrap();
    let config = LinkConfig { join: Some(join), feed, ..LinkConfig::new(url, identity) };
    let heard = Arc::new(Mutex::new(Heard::default()));
    let noted = Arc::clone(&heard);
    tokio::spawn(async move {
        let (_link, mut events) = connect(config);
        while let Some(event) = events.recv().await {
            let (mut heard, now) = (noted.lock().unwrap(), Instant::now());
            match event {
                LinkEvent::Audio(message) => {
                    heard.messages.extend(message.records.iter().map(|record| (record.frame, now)));
                }
                LinkEvent::Mix(message) => {
                    heard.messages.insert(message.frame, now);
                }
                LinkEvent::Connected => heard.connections += 1,
                LinkEvent::Lost { .. } => heard.losses += 1,
                LinkEvent::Ended { code, text } => panic!("{code}: {text}"),
                LinkEvent::Message(_) | LinkEvent::Connecting { .. } => {}
            }
        }
    });
    heard
}

/// What came over the link, against what came without it.
fn tell(what: &str, near: &Heard, far: &Heard) {
    let mut late: Vec<u128> = near
        .messages
        .iter()
        .filter_map(|(frame, at)| Some(far.messages.get(frame)?.saturating_duration_since(*at).as_millis()))
        .collect();
    late.sort_unstable();
    let at =
        |share: f64| late.get((late.len() as f64 * share) as usize).or(late.last()).copied().unwrap_or(0);
    let beyond = late.iter().filter(|ms| **ms > 500).count();
    println!(
        "{what}: {} of {} messages, later by p50 {}, p95 {}, p99 {}, worst {} ms; {beyond} by more than 500 ms; \
         {} connections, {} lost",
        late.len(),
        near.messages.len(),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        far.connections,
        far.losses
    );
}

/// Real voices, 60 % speech, over TLS; each feed with a listener of its own and one without the link beside it. `PALCO_LOSS` is
/// in percent each way, `PALCO_DELAY` in ms each way:
///
/// `PALCO_LOSS=5 PALCO_DELAY=30 unshare -rn sh -c 'ip link set lo up && cargo test --release --test it -- --ignored --nocapture
/// recovery::lossy::measure'`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for a minute, in a network namespace"]
async fn measure() {
    let (loss, delay) = lossy::begin_as_told();
    let home = Home::new();
    let pcm = home.path().join("talk.pcm");
    talk(&pcm);
    let data = home.path().join("data").display().to_string();
    let serve = ["serve", "--listen", "0.0.0.0:0", "--tls", "--data", &data];
    let mut server = Running::start(home.palco(&serve));
    let told = server.line();
    let port = told.strip_prefix("listening on wss://0.0.0.0:").expect("an address").to_owned();
    let told = server.line();
    let pin = told.split_once("#pin=").expect("a pin").1;
    let url = format!("ws://127.0.0.1:{port}/monday");
    let far = format!("wss://{}:{port}/monday#pin={pin}", lossy::FAR);
    let _host = host_at(&home, &format!("ws://127.0.0.1:{port}"), "monday");
    home.ctl(&url, "Stefano", &["start"]).ok();
    let speak = ["speak", &url, "-i", &pcm.display().to_string(), "--pcm", "48000", "--name", "Vera"];
    let key = home.path().join("vera").display().to_string();
    let _speaker = Running::start(home.palco(&[&speak[..], &["--identity", &key]].concat()));
    let deadline = Instant::now() + DEADLINE;
    while home.ctl(&url, "Stefano", &["invite", "Vera"]).status != 0 {
        assert!(Instant::now() < deadline, "Vera does not come");
    }
    let feeds = [Feed::Forward, Feed::Mix(Rung::Kb32), Feed::Mix(Rung::Kb16), Feed::Mix(Rung::Kb8)];
    let ears: Vec<_> = feeds
        .iter()
        .map(|feed| {
            let near = ear(&url, &format!("near {}", feed.word()), *feed);
            (feed, near, ear(&far, &format!("far {}", feed.word()), *feed))
        })
        .collect();
    tokio::time::sleep(SETTLES).await;
    for (_, near, far) in &ears {
        near.lock().unwrap().messages.clear();
        far.lock().unwrap().messages.clear();
    }
    tokio::time::sleep(LISTEN).await;
    let marks: Vec<_> = ears.iter().map(|(_, near, _)| near.lock().unwrap().messages.clone()).collect();
    tokio::time::sleep(SETTLES).await;
    println!("{loss} % of the packets lost and {delay:?} each way");
    for ((feed, _, far), messages) in ears.iter().zip(marks) {
        let near = Heard { messages, ..Heard::default() };
        tell(feed.word(), &near, &far.lock().unwrap());
    }
}
