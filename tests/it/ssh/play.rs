//! Recordings over SSH: on a terminal, and through a pipe.

use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::door::{PASSCODE, door, keeper};
use super::{House, said};
use crate::pty::{Extras, Pty};

/// A part that is being written holds this many bytes after a second or two.
const WRITTEN: u64 = 1_000;

/// Records until something is written, and stops.
fn record(house: &House) {
    house.ctl("ana", &["start"]);
    house.ctl("ana", &["record", "start"]);
    let folder = house.home.path().join("data").join("recordings");
    let written = || {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let opus = files.filter(|file| file.path().extension().is_some_and(|end| end == "opus"));
        opus.filter_map(|file| file.metadata().ok()).map(|about| about.len()).sum::<u64>()
    };
    let begun = Instant::now();
    while written() < WRITTEN {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is recorded");
        std::thread::yield_now();
    }
    house.ctl("ana", &["record", "stop"]);
}

#[test]
fn who_may_hear_it_sees_the_console_as_it_was_and_takes_the_sound_by_a_pipe() {
    let house = House::open();
    let _ana = house.host("ana");
    record(&house);
    let (status, _, err) = said(house.pipe("mallory", &["play", "monday"]).output().unwrap());
    assert_eq!(status, 1, "{err}");
    assert!(err.starts_with("palco: "), "{err}");

    let sound = house.pipe("ana", &["play", "'monday#1'", "-o", "-"]).output().unwrap();
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    assert!(sound.stdout.starts_with(b"OggS") && sound.stdout.len() as u64 > WRITTEN / 2);
    let (status, _, err) = said(house.pipe("ana", &["play", "'monday#7'"]).output().unwrap());
    assert!(status == 1 && err.contains("no meeting monday#7"), "{err}");

    let mut screen = house.console("ana", &["play", "monday"], (100, 30));
    screen.wait("replay");
    screen.wait("the end");
    screen.send("q");
    assert_eq!(screen.exit(), 0);
    screen.assert_restored();
}

/// Whoever was never in the room hears it by what its door asks for, as over HTTP, and no longer than that holds.
#[test]
fn a_passcode_or_an_invite_is_enough_to_hear_it() {
    let house = House::open();
    let _ana = house.host("ana");
    record(&house);
    let hear = |who: &str, name: &str, secret: &str| {
        let send = format!("SendEnv={name}");
        let mut play = house.pipe(who, &["-o", &send, "play", "monday", "-o", "-"]);
        let ran = play.env(name, secret).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr).into_owned();
        if ran.stdout.starts_with(b"OggS") { "heard".to_owned() } else { err }
    };
    let shut = hear("bruno", "PALCO_PASSCODE", PASSCODE);
    assert!(shut.contains("for those who were in it"), "an open door opens no recordings: {shut}");
    let url = house.url("monday");
    let invited = |role: &str| {
        let line = keeper(&house, &["invite", &url, "--uses", "1", "--role", role]);
        line.split(['=', ' ']).nth(1).unwrap().to_owned()
    };
    let token = invited("attendee");
    assert_eq!(hear("carla", "PALCO_INVITE", &token), "heard");
    assert!(hear("daniela", "PALCO_INVITE", &token).contains("used up"));

    door(&house, &["passcode"]);
    let none = hear("bruno", "PALCO_NOTHING", "");
    assert!(none.contains("bruno+monday@"), "{none}");
    assert!(hear("bruno", "PALCO_PASSCODE", "correct house").contains("not the room's passcode"));
    assert_eq!(hear("bruno", "PALCO_PASSCODE", PASSCODE), "heard");
    // A guest without a key says it to ssh.
    let mut command = CommandBuilder::new("ssh");
    command.args(["-T", "-o", "PubkeyAuthentication=no"]);
    command.args(house.words("elio+monday"));
    command.args(["play", "monday", "-o", "-"]);
    let mut elio = Pty::start_in(command, (80, 24), Extras::default());
    elio.wait("Passcode of monday: ");
    elio.send(format!("{PASSCODE}\r"));
    elio.wait("OggS");
    assert_eq!(elio.exit(), 0);

    keeper(&house, &["room", &url, "recordings", "hosts"]);
    assert!(hear("bruno", "PALCO_PASSCODE", PASSCODE).contains("for its hosts"));
    assert_eq!(hear("franca", "PALCO_INVITE", &invited("host")), "heard");
}
