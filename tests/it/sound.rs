//! Speech from a virtual microphone to a virtual speaker.

mod daemon;
mod measure;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use palco::audio::Voice;
use palco::client::sound::{Engine, SoundConfig};
use palco::device::DeviceChoice;
use palco::wire::AudioMessage;
use portable_pty::CommandBuilder;
use tokio::sync::mpsc;

use crate::pty::{Extras, Pty};
use crate::support::shell::{Home, Running, Server};
pub use daemon::{Daemon, EAR, MOUTH, Recorder};
pub use measure::{Comparison, compare, lags, rms};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the ear may be late at most (the meeting's limit for talking with each other).
const MAX_LATENCY_MS: f64 = 250.0;

/// The same with blocks of 40 ms on the way to two sound servers.
const MAX_LATENCY_OVER_TCP_MS: f64 = 500.0;

/// Seconds that have to come through faithfully, of those spoken: tests beside this one may take the machine away
/// now and then.
const ENOUGH: usize = 4;

/// How long it may take until so many came through.
const LISTEN: Duration = Duration::from_secs(40);

/// How long after the microphone opened the comparison begins, and how long ago it ends: all of it was heard.
const SETTLE: Duration = Duration::from_millis(700);
const TAIL: Duration = Duration::from_secs(1);

/// Quieter than this nothing came through (-80 dBFS).
const NOTHING: f32 = 1e-4;

/// Says which test of this binary is the child of another one.
const CHILD: &str = "PALCO_SOUND_CHILD";

/// Speech of a synthesised voice.
pub fn speech(seconds: usize) -> Vec<f32> {
    let mut voice = Voice::new(3);
    (0..seconds * 50).flat_map(|_| voice.next_frame()).collect()
}

/// Listens until enough came through.
fn listen(mouth: &mut Recorder, ear: &mut Recorder, from: Instant, max_latency_ms: f64) -> Comparison {
    ear.listen(6.0);
    loop {
        let result = compare(&mouth.so_far(), &ear.so_far(), from + SETTLE, Instant::now() - TAIL);
        if result.good(max_latency_ms) >= ENOUGH || from.elapsed() > LISTEN {
            return result;
        }
        ear.listen(2.0);
    }
}

/// Two engines in a process of their own, for `PULSE_SERVER` belongs to a process.
struct Engines {
    child: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
}

impl Engines {
    fn start(server: &str) -> Self {
        let exe = std::env::current_exe().expect("this binary");
        let mut child = Command::new(exe)
            .args(["--exact", "sound::two_engines", "--ignored", "--nocapture", "--quiet"])
            .env(CHILD, "1")
            .env("PULSE_SERVER", server)
            .env_remove("SSH_CONNECTION")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the child starts");
        let orders = child.stdin.take().expect("piped");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let (tx, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).all(|l| tx.send(l).is_ok()));
        Self { child, orders, lines }
    }

    fn order(&mut self, word: &str) {
        writeln!(self.orders, "{word}").expect("the child listens");
    }

    /// Waits until a line of the child has this in it.
    fn until(&self, what: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(what) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("no “{what}” among {seen:#?}"),
            }
        }
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child of the tests below: an engine with a microphone into one with a speaker, steered by lines.
#[tokio::test]
#[ignore = "only runs as the child of another test"]
async fn two_engines() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let named = |name: &str| DeviceChoice::Named(name.to_owned());
    let (outgoing, mut packets) = mpsc::channel(64);
    let mouth =
        Engine::start(SoundConfig { mic: named("mic_a.monitor"), speaker: DeviceChoice::None }, outgoing);
    let ear =
        Engine::start(SoundConfig { mic: DeviceChoice::None, speaker: named("spk_b") }, mpsc::channel(1).0);
    let (mut heard, mut spoken) = (ear.status(), mouth.status());
    let (tx, mut orders) = mpsc::channel(4);
    std::thread::spawn(move || {
        std::io::stdin().lines().map_while(Result::ok).all(|l| tx.blocking_send(l).is_ok())
    });
    loop {
        tokio::select! {
            Some(record) = packets.recv() => ear.hear(AudioMessage::one(record)),
            Ok(()) = heard.changed() => println!("ear {:?}", *heard.borrow_and_update()),
            Ok(()) = spoken.changed() => println!("mouth {:?}", *spoken.borrow_and_update()),
            order = orders.recv() => match order.as_deref() {
                Some("open") => mouth.open_mic(true),
                Some("close") => mouth.open_mic(false),
                _ => return,
            },
        }
    }
}

#[test]
fn speech_goes_from_mouth_to_ear_while_the_microphone_is_open() {
    let Some(daemon) = Daemon::start() else { return };
    let mut engines = Engines::start(&daemon.server());
    engines.until("speaker: Ready(\"spk_b\")");
    let (mut mouth, mut ear) = (daemon.record(MOUTH), daemon.record(EAR));
    let _player = daemon.play(MOUTH, &speech(60));
    ear.listen(1.0);
    let opened = Instant::now();
    engines.order("open");
    engines.until("mic_open: true");
    let result = listen(&mut mouth, &mut ear, opened, MAX_LATENCY_MS);
    println!("mouth to ear, engines alone: {result}");
    let closed = Instant::now();
    engines.order("close");
    engines.until("mic_open: false");
    ear.listen(1.5);
    let ear = ear.so_far();

    let before = ear.between(None, Some(opened));
    let after = ear.between(Some(closed + Duration::from_millis(600)), None);
    assert!(rms(before) < NOTHING, "{} before the microphone opened", rms(before));
    assert!(rms(after) < NOTHING, "{} after it closed", rms(after));
    assert!(result.good(MAX_LATENCY_MS) >= ENOUGH, "{result}");
}

/// A console in a terminal, with sound.
pub fn console(home: &Home, daemon: &Daemon, who: &str, args: &[&str]) -> Pty {
    console_at(home, &daemon.server(), who, args)
}

/// The same with this `PULSE_SERVER`.
fn console_at(home: &Home, pulse: &str, who: &str, args: &[&str]) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_palco"));
    command.args(args);
    command.args(["--name", who, "--identity"]);
    command.arg(home.path().join(format!("keys/{who}")));
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("PALCO_") || n.starts_with("XDG_")) {
        command.env_remove(name);
    }
    command.env_remove("SSH_CONNECTION");
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    command.env("PULSE_SERVER", pulse);
    Pty::start_in(command, (120, 36), Extras::default())
}

/// Called from the queue, heard by the host, silent after `done`: the real programs in real terminals.
#[test]
fn whoever_is_called_is_heard_until_done() {
    let Some(daemon) = Daemon::start() else { return };
    let home = Home::new();
    let server = Server::start(&home);
    let (url, at) = (server.url("monday"), format!("ws://{}", server.at));
    let sound = ["--mic", "none", "--speaker", EAR];
    let host = [&["host", "monday", "--server", &at][..], &sound].concat();
    let host = console(&home, &daemon, "Stefano", &host);
    host.wait("Stefano");
    let sound = ["--mic", "mic_a.monitor", "--speaker", "none", "--auto-open", "true"];
    let ana = [&["join", &url][..], &sound].concat();
    let ana = console(&home, &daemon, "Ana", &ana);
    ana.wait("Stefano");
    home.ctl(&url, "Stefano", &["start"]).ok();
    home.ctl(&url, "Ana", &["raise", "SIP trunk failover?"]).ok();
    host.wait("SIP trunk failover?");

    let (mut mouth, mut ear) = (daemon.record(MOUTH), daemon.record(EAR));
    let _player = daemon.play(MOUTH, &speech(60));
    ear.listen(1.0);
    let called = Instant::now();
    host.send("n");
    ana.wait("MIC OPEN");
    let result = listen(&mut mouth, &mut ear, called, MAX_LATENCY_MS);
    println!("mouth to ear, palco to palco: {result}");
    let done = Instant::now();
    home.ctl(&url, "Stefano", &["done"]).ok();
    let told = Instant::now();
    ear.listen((told - done).as_secs_f64() + 2.0);
    let ear = ear.so_far();

    let before = ear.between(None, Some(called));
    let after = ear.between(Some(told + Duration::from_millis(700)), None);
    assert!(rms(before) < NOTHING, "{} before the call", rms(before));
    assert!(rms(after) < NOTHING, "{} after `done`", rms(after));
    assert!(result.good(MAX_LATENCY_MS) >= ENOUGH, "{result}");
}

/// Both ways over TCP: what was said comes out of the speaker. The first address is nowhere: then the next counts.
#[test]
fn an_echo_comes_back_over_tcp() {
    let Some(daemon) = Daemon::start() else { return };
    let home = Home::new();
    let pulse = format!("tcp:127.0.0.1:1 {}", daemon.over_tcp());
    let mut ear = daemon.record(EAR);
    let _player = daemon.play(MOUTH, &speech(30));
    let mut doctor = home.palco(&["doctor", "--echo", "--json", "--mic", "mic_a.monitor", "--speaker", EAR]);
    let out = doctor.env("PULSE_SERVER", pulse).env_remove("SSH_CONNECTION").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let echo = report["checks"].as_array().unwrap().iter().find(|c| c["check"] == "echo").unwrap();
    assert_eq!(echo["verdict"], "good", "{echo}");
    ear.listen(0.2);
    assert!(rms(ear.so_far().between(None, None)) > 0.005, "nothing came out of the speaker");
}

/// Both ways over TCP, in the blocks that such links need, and how late it is.
#[test]
#[ignore = "wants a quiet machine: cargo test --test it -- --ignored --nocapture sound::sound_goes"]
fn sound_goes_to_a_sound_server_over_tcp() {
    let Some(daemon) = Daemon::start() else { return };
    let home = Home::new();
    let server = Server::start(&home);
    let (url, at) = (server.url("monday"), format!("ws://{}", server.at));
    // The first address is nowhere: then the next counts.
    let pulse = format!("tcp:127.0.0.1:1 {}", daemon.over_tcp());
    // A busy machine is no thin link: the feed is not to change meanwhile.
    let sound = ["--mic", "none", "--speaker", EAR, "--feed", "forward"];
    let host =
        console_at(&home, &pulse, "Stefano", &[&["host", "monday", "--server", &at][..], &sound].concat());
    host.wait("Stefano");
    let sound = ["--mic", "mic_a.monitor", "--speaker", "none", "--auto-open", "true"];
    let ana = console_at(&home, &pulse, "Ana", &[&["join", &url][..], &sound].concat());
    ana.wait("Stefano");
    home.ctl(&url, "Stefano", &["start"]).ok();
    home.ctl(&url, "Ana", &["raise", "SIP trunk failover?"]).ok();
    host.wait("SIP trunk failover?");
    let (mut mouth, mut ear) = (daemon.record(MOUTH), daemon.record(EAR));
    let _player = daemon.play(MOUTH, &speech(60));
    ear.listen(1.0);
    let called = Instant::now();
    host.send("n");
    ana.wait("MIC OPEN");
    let result = listen(&mut mouth, &mut ear, called, MAX_LATENCY_OVER_TCP_MS);
    println!("mouth to ear, sound servers over TCP: {result}");
    assert!(result.good(MAX_LATENCY_OVER_TCP_MS) >= ENOUGH, "{result}");
    assert!(daemon.clients().matches("TCP/IP client").count() >= 2, "one for each way");
}

/// `palco listen` without a screen: the mix comes out of the speaker.
#[test]
fn who_only_listens_hears_the_meeting() {
    let Some(daemon) = Daemon::start() else { return };
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = crate::support::shell::host(&home, &server, "monday");
    let sound = ["--mic", "mic_a.monitor", "--speaker", "none", "--auto-open", "true"];
    let ana = console(&home, &daemon, "Ana", &[&["join", &url][..], &sound].concat());
    ana.wait("Stefano");
    home.ctl(&url, "Stefano", &["start"]).ok();
    let mut command = home.palco(&["listen", &url, "--rung", "32", "--speaker", EAR]);
    command.env("PULSE_SERVER", daemon.server()).env_remove("SSH_CONNECTION");
    let mut listener = Running::start(command);
    home.ctl(&url, "Ana", &["raise", "SIP trunk failover?"]).ok();
    let (mut mouth, mut ear) = (daemon.record(MOUTH), daemon.record(EAR));
    let _player = daemon.play(MOUTH, &speech(60));
    ear.listen(1.0);
    home.ctl(&url, "Stefano", &["next"]).ok();
    ana.wait("MIC OPEN");
    let result = listen(&mut mouth, &mut ear, Instant::now(), MAX_LATENCY_MS);
    println!("mouth to ear, palco listen --rung 32: {result}");
    assert!(result.good(MAX_LATENCY_MS) >= ENOUGH, "{result}");
    listener.signal("INT");
    let (status, err) = listener.wait();
    assert!(status.success() && err.contains("listener"), "{err}");
}

/// `palco doctor URL --echo`: the voice comes out of the speaker after it was at the server.
#[test]
fn an_echo_comes_back_from_the_server() {
    let Some(daemon) = Daemon::start() else { return };
    let home = Home::new();
    let server = Server::start(&home);
    let _host = crate::support::shell::host(&home, &server, "monday");
    let mut ear = daemon.record(EAR);
    let _player = daemon.play(MOUTH, &speech(30));
    let url = server.url("monday");
    let mut doctor =
        home.palco(&["doctor", &url, "--echo", "--json", "--mic", "mic_a.monitor", "--speaker", EAR]);
    doctor.env("PULSE_SERVER", daemon.server()).env_remove("SSH_CONNECTION");
    let out = doctor.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let echo = report["checks"].as_array().unwrap().iter().find(|c| c["check"] == "echo").unwrap();
    println!("{echo}");
    assert_eq!((&echo["verdict"], &echo["lost"]), (&"good".into(), &0.into()), "{echo}");
    assert!(echo["round_trip_ms"].is_u64() && echo["opus_bytes"].as_u64() > Some(3_000), "{echo}");
    ear.listen(0.2);
    assert!(rms(ear.so_far().between(None, None)) > 0.005, "nothing came out of the speaker");
}

#[test]
fn sound_comes_back_when_the_sound_server_does() {
    let Some(mut daemon) = Daemon::start() else { return };
    let mut engines = Engines::start(&daemon.server());
    engines.until("speaker: Ready(\"spk_b\")");
    engines.order("open");
    let _player = daemon.play(MOUTH, &speech(3));
    engines.until("voice: true");
    daemon.kill();
    engines.until("ear SoundStatus { mic: Off, speaker: Problem(");
    engines.until("mouth SoundStatus { mic: Problem(");
    daemon.restart();
    let _player = daemon.play(MOUTH, &speech(20));
    let mut ear = daemon.record(EAR);
    engines.until("speaker: Ready(\"spk_b\")");
    let heard = |samples: &[f32]| rms(samples) > 0.01;
    let deadline = Instant::now() + PATIENCE;
    while !heard(&ear.listen(0.5)) {
        assert!(Instant::now() < deadline, "nothing is heard after the sound server came back");
    }
}
