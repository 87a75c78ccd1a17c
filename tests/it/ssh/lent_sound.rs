//! Sound that the client lends: its PulseAudio socket, forwarded by the real ssh.

use std::process::Command;
use std::time::{Duration, Instant};

use super::House;
use crate::pty::Pty;
use crate::sound::{Daemon, EAR, MOUTH, Recorder, compare, lags, rms, speech};
use crate::support::DEADLINE;

/// Seconds of speech that have to come through faithfully.
const ENOUGH: usize = 4;

/// Later than this is not in time: there are two sound servers and two forwarded sockets on the way.
const MAX_LATENCY_MS: f64 = 500.0;

/// As late may bare samples be: 300 ms in a microphone's pieces and 500 in a speaker that says nothing, and the sound servers'.
const REACH: Duration = Duration::from_millis(1_800);

/// The same after a link stood still.
const STALLED: Duration = Duration::from_secs(3);

/// A second that is like what was said.
const ALIKE: f32 = 0.8;

/// Quieter than this nothing came through (-80 dBFS).
const NOTHING: f32 = 1e-4;

/// What a sound server says of its streams.
fn streams(daemon: &Daemon, kind: &str) -> String {
    let mut command = Command::new("pactl");
    command.args(["list", "short", kind]).env("PULSE_SERVER", daemon.server());
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Waits until a sound server has such a stream, or has none.
fn wait_for_stream(daemon: &Daemon, kind: &str, there: bool) {
    let began = Instant::now();
    while streams(daemon, kind).is_empty() == there {
        assert!(began.elapsed() < DEADLINE, "{kind}: never {there}");
    }
}

/// A console whose client lends a sound server.
fn lending(house: &House, who: &str, daemon: &Daemon) -> Pty {
    let socket = daemon.server().replace("unix:", "/palco.sock:");
    house.console_with(&["-R", &socket], who, &["monday"], (100, 30))
}

/// A console whose client lends sockets of bare samples, by these names.
fn lending_bare(house: &House, who: &str, sockets: &[(&str, &String)]) -> Pty {
    let forwards: Vec<_> =
        sockets.iter().map(|(name, socket)| format!("/palco-{name}.sock:{socket}")).collect();
    let options: Vec<&str> = forwards.iter().flat_map(|forward| ["-R", forward]).collect();
    house.console_with(&options, who, &["monday"], (100, 30))
}

/// Raises a hand, is called and opens the microphone.
fn speak_up(house: &House, who: &Pty, host: &Pty) {
    who.send("r");
    who.wait("Raise your hand");
    who.send("SIP trunk failover?\r");
    host.wait("SIP trunk failover?");
    house.ctl("ana", &["next"]);
    who.wait("press m to open");
    who.send("m");
    who.wait("MIC OPEN");
}

/// Mutes, opens again and leaves: the microphone's stream is there as long as it is open.
fn mute_and_leave(who: &Pty, daemon: &Daemon) {
    who.send("m");
    who.wait("muted");
    wait_for_stream(daemon, "source-outputs", false);
    who.send("m");
    wait_for_stream(daemon, "source-outputs", true);
    who.send("\x03\x03");
    wait_for_stream(daemon, "source-outputs", false);
    wait_for_stream(daemon, "sink-inputs", false);
}

/// Seconds that came through faithfully, and how late each was.
fn faithful(mouth: &mut Recorder, ear: &mut Recorder, from: Instant) -> Vec<Duration> {
    loop {
        mouth.listen(2.0);
        ear.listen(2.0);
        let until = Instant::now() - REACH;
        let all = lags(&mouth.so_far(), &ear.so_far(), (from, until), REACH);
        let late: Vec<_> = all.iter().filter(|(_, like)| *like > ALIKE).map(|(late, _)| *late).collect();
        if late.len() >= ENOUGH || from.elapsed() > Duration::from_secs(40) {
            println!("{all:?}");
            return late;
        }
    }
}

/// The same with bare samples: one laptop lends its speaker alone.
#[test]
fn bare_samples_are_heard_and_spoken_through_forwarded_sockets() {
    let Some((here, there)) = Daemon::start().zip(Daemon::start()) else { return };
    let house = House::open();
    let host = house.host("ana");
    let ana = lending_bare(&house, "ana", &[("speaker", &here.bare().0)]);
    ana.wait("lends this server");
    ana.send("y");
    wait_for_stream(&here, "sink-inputs", true);
    house.ctl("ana", &["start"]);
    let (speaker, mic) = there.bare();
    let bruno = lending_bare(&house, "bruno", &[("speaker", &speaker), ("mic", &mic)]);
    bruno.wait("lends this server");
    bruno.send("y");
    wait_for_stream(&there, "sink-inputs", true);
    assert_eq!(streams(&there, "source-outputs"), "", "no microphone before it is open");
    // The recordings are source outputs of their own: made after the look at the microphone.
    let mut ear = here.record(EAR);
    let player = there.play(MOUTH, &speech(60));
    speak_up(&house, &bruno, &host);
    wait_for_stream(&there, "source-outputs", true);
    let mut mouth = there.record(MOUTH);
    mouth.listen(1.0);
    let late = faithful(&mut mouth, &mut ear, Instant::now());
    println!("mouth to ear through two sockets of bare samples: {late:?}");
    assert!(late.len() >= ENOUGH, "{late:?}");
    drop((mouth, player));
    mute_and_leave(&bruno, &there);
}

/// From one laptop's microphone to the other one's speaker, with nothing installed but ssh and a sound server.
#[test]
fn two_laptops_hear_each_other_through_forwarded_sockets() {
    let Some((here, there)) = Daemon::start().zip(Daemon::start()) else { return };
    let house = House::open();
    let host = house.host("ana");
    let ana = lending(&house, "ana", &here);
    ana.wait("lends this server");
    ana.send("y");
    wait_for_stream(&here, "sink-inputs", true);
    house.ctl("ana", &["start"]);
    let bruno = lending(&house, "bruno", &there);
    bruno.wait("lends this server");
    bruno.send("y");
    wait_for_stream(&there, "sink-inputs", true);
    assert_eq!(streams(&there, "source-outputs"), "", "no microphone before it is open");

    // The recordings are source outputs of their own: made after the look at the microphone.
    let mut ear = here.record(EAR);
    let player = there.play(MOUTH, &speech(60));
    ear.listen(1.0);
    let before = ear.so_far();
    assert!(rms(&before.samples) < NOTHING, "nothing is heard before the call");
    speak_up(&house, &bruno, &host);
    wait_for_stream(&there, "source-outputs", true);
    let mut mouth = there.record(MOUTH);
    let opened = Instant::now();
    ear.listen(8.0);
    let result = loop {
        mouth.listen(2.0);
        ear.listen(2.0);
        let from = opened + Duration::from_secs(1);
        let result = compare(&mouth.so_far(), &ear.so_far(), from, Instant::now() - Duration::from_secs(1));
        if result.good(MAX_LATENCY_MS) >= ENOUGH || opened.elapsed() > Duration::from_secs(40) {
            break result;
        }
    };
    println!("mouth to ear through two forwarded sockets: {result}");
    assert!(result.good(MAX_LATENCY_MS) >= ENOUGH, "{result}");
    drop((mouth, player));
    mute_and_leave(&bruno, &there);
}

#[test]
fn lent_sound_is_left_alone_without_a_yes() {
    let Some(daemon) = Daemon::start() else { return };
    let house = House::open();
    let _ana = house.host("ana");
    house.ctl("ana", &["start"]);
    let bruno = lending(&house, "bruno", &daemon);
    bruno.wait("lends this server");
    bruno.send("n");
    bruno.gone("lends this server");
    bruno.wait("listen monday | mpv -");
    let clients = streams(&daemon, "clients");
    assert!(!clients.contains("palco"), "{clients}");
    let again = lending(&house, "bruno", &daemon);
    again.wait("lends this server");
    let (speaker, mic) = daemon.bare();
    let bare = lending_bare(&house, "dora", &[("speaker", &speaker), ("mic", &mic)]);
    bare.wait("lends this server");
    bare.send("n");
    bare.gone("lends this server");
    bare.wait("listen monday | mpv -");
    assert_eq!(["sink-inputs", "source-outputs"].map(|kind| streams(&daemon, kind)), ["", ""]);
    // No other socket is of use here.
    let options = ["-o", "ExitOnForwardFailure=yes", "-R", "/tmp/other.sock:/tmp/none"];
    let mut other = house.console_with(&options, "carla", &["monday"], (80, 24));
    assert_eq!(other.exit(), 255);
}

/// How late what is said is after a link stood still, which of the two ends it was, and what the machine does without that,
/// for both ways:
///
/// `cargo test --test it -- --ignored --nocapture ssh::lent_sound::measure_stalls`
#[test]
#[ignore = "listens for minutes, through virtual devices"]
fn measure_stalls() {
    for is_bare in [false, true] {
        let Some((here, there)) = Daemon::start().zip(Daemon::start()) else { return };
        let house = House::open();
        let host = house.host("ana");
        let lend = |who: &str, daemon: &Daemon| {
            let pty = if is_bare {
                let (speaker, mic) = daemon.bare();
                lending_bare(&house, who, &[("speaker", &speaker), ("mic", &mic)])
            } else {
                lending(&house, who, daemon)
            };
            pty.wait("lends this server");
            pty.send("y");
            wait_for_stream(daemon, "sink-inputs", true);
            pty
        };
        let ana = lend("ana", &here);
        house.ctl("ana", &["start"]);
        let bruno = lend("bruno", &there);
        let mut ear = here.record(EAR);
        let _player = there.play(MOUTH, &speech(600));
        speak_up(&house, &bruno, &host);
        let mut mouth = there.record(MOUTH);
        mouth.listen(4.0);
        let mut heard = |secs: f64, looks: bool| {
            // What was recorded while it was counted is not waited for again.
            drop((ear.so_far(), mouth.so_far()));
            let from = Instant::now();
            ear.listen(secs);
            mouth.listen(secs);
            if !looks {
                return Vec::new();
            }
            let span = (from, Instant::now() - STALLED);
            let all = lags(&mouth.so_far(), &ear.so_far(), span, STALLED);
            let late = all.iter().filter(|(_, like)| *like > ALIKE);
            late.map(|(late, _)| late.as_millis()).collect::<Vec<_>>()
        };
        println!("bare samples: {is_bare}; before: {:?} ms late", heard(8.0, true));
        for (end, client, secs) in [
            ("nobody", None, 5.0),
            ("the ear", Some(&ana), 2.0),
            ("the ear", Some(&ana), 5.0),
            ("the mouth", Some(&bruno), 2.0),
            ("the mouth", Some(&bruno), 5.0),
        ] {
            let signal = |name: &str| {
                let Some(client) = client else { return };
                let killed = Command::new("kill").args([name, &client.pid().to_string()]).status();
                assert!(killed.unwrap().success());
            };
            signal("-STOP");
            heard(secs, false);
            signal("-CONT");
            let late = heard(9.0, true);
            println!("{secs} s in which {end} had no link, and then: {late:?} ms late");
            println!("10 s later: {:?} ms late", heard(10.0, true));
            assert!(late.last().is_some_and(|late| *late < 2_000), "it came back late");
        }
    }
}
