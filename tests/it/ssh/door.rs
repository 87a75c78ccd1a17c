//! A room's door is the same for those who come over SSH.

use std::io::Read as _;
use std::process::Stdio;

use portable_pty::CommandBuilder;

use super::{House, said};
use crate::pty::{Extras, Pty};

pub(super) const PASSCODE: &str = "correct horse battery";

/// Runs palco as the room's owner; what it says.
pub(super) fn keeper(house: &House, args: &[&str]) -> String {
    let mut keeper = house.home.palco(args);
    keeper.env("PALCO_IDENTITY", house.key("ana")).env("PALCO_PASSCODE", PASSCODE);
    let (status, out, err) = said(keeper.output().unwrap());
    assert_eq!(status, 0, "{out} {err}");
    out
}

/// Changes the room's door.
pub(super) fn door(house: &House, words: &[&str]) {
    let url = house.url("monday");
    keeper(house, &[&["room", url.as_str(), "door"], words].concat());
}

#[test]
fn a_passcode_and_a_list_of_keys_hold_over_ssh() {
    let house = House::open();
    let _ana = house.host("ana");
    door(&house, &["passcode"]);
    let (status, _, err) = said(house.pipe("bruno", &["listen", "monday"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(err.contains("the room wants a passcode"), "{err}");
    assert!(err.contains("log in as bruno+monday@") && err.contains("SendEnv=PALCO_PASSCODE"), "{err}");
    let mut listen = house.pipe("bruno", &["-o", "SendEnv=PALCO_PASSCODE", "listen", "monday"]);
    let mut ears = listen.env("PALCO_PASSCODE", PASSCODE).stdout(Stdio::piped()).spawn().unwrap();
    let mut begin = [0; 4];
    ears.stdout.take().unwrap().read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"OggS");
    ears.kill().unwrap();
    ears.wait().unwrap();
    let carla = house.key("carla").with_extension("pub").display().to_string();
    door(&house, &["keys", &carla]);
    let carla = house.console("carla", &["monday"], (100, 30));
    carla.wait("carla");
    let (status, _, err) = said(house.pipe("daniela", &["listen", "monday"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(err.contains("not on the room's list"), "{err}");
}

#[test]
fn a_console_asks_for_the_passcode_three_times_and_shows_none() {
    let house = House::open();
    let ana = house.host("ana");
    door(&house, &["passcode"]);
    let mut bruno = house.console("bruno", &["monday"], (80, 24));
    bruno.wait("Passcode of monday: ");
    bruno.send("correct house\r");
    bruno.wait("Not that one. Passcode: ");
    // A slip is taken back, and a window that changes meanwhile is known.
    bruno.resize(100, 30);
    bruno.send(format!("{PASSCODE}xx\x7f\x7f\r"));
    bruno.wait("raise hand");
    bruno.wait("ana");
    ana.wait("bruno");
    let printed = String::from_utf8_lossy(&bruno.bytes()).into_owned();
    assert!(!printed.contains("horse") && !printed.contains("house"), "{printed}");
    bruno.send("\x03\x03");
    assert_eq!(bruno.exit(), 0);

    let mut guesser = house.console("carla", &["monday"], (80, 24));
    guesser.wait("Passcode of monday: ");
    for (tries, guess) in ["first guess\r", "second guess\r", "third guess\r"].iter().enumerate() {
        guesser
            .until("asked again", |s, _| s.contents().matches("Not that one. Passcode: ").count() == tries);
        guesser.send(guess);
    }
    assert_eq!(guesser.exit(), 1);
    guesser.wait_last("That is not the room's passcode.");

    let mut nobody = house.console("carla", &["monday"], (80, 24));
    nobody.wait("Passcode of monday: ");
    nobody.send("corr\x03");
    assert_eq!(nobody.exit(), 1);
    nobody.wait_last("The room wants a passcode");
}

#[test]
fn the_lobby_asks_for_the_passcode_and_comes_back_without_it() {
    let house = House::open();
    let _ana = house.host("ana");
    door(&house, &["passcode"]);
    let mut bruno = house.console("bruno", &[], (100, 30));
    let choose = || {
        bruno.wait("The rooms here");
        bruno.wait("monday");
        bruno.send("\r");
        bruno.wait("Passcode of monday: ");
    };
    choose();
    bruno.until("the shell's screen", |screen, _| !screen.alternate_screen());
    bruno.send("\x03");
    bruno.wait("The room wants a passcode");
    choose();
    bruno.send(format!("{PASSCODE}\r"));
    bruno.wait("raise hand");
    bruno.send("\x03\x03");
    assert_eq!(bruno.exit(), 0);
    bruno.assert_restored();
}

/// A login name that tells the room is asked by keyboard-interactive, which needs no terminal at the other end: ssh asks
/// on its own.
#[test]
fn a_login_name_with_a_room_is_asked_for_its_passcode() {
    let house = House::open();
    let _ana = house.host("ana");
    door(&house, &["passcode"]);
    let ssh = |options: &[&str], words: &[&str]| {
        let mut command = CommandBuilder::new("ssh");
        command.args(options);
        command.args(house.words("bruno+monday"));
        command.args(words);
        Pty::start_in(command, (100, 30), Extras::default())
    };
    let mut status = ssh(&["-T"], &["ctl", "monday", "status"]);
    status.wait("Passcode of monday: ");
    status.send("correct house\r");
    status.until("asked again", |s, _| s.contents().matches("Passcode of monday: ").count() == 2);
    status.send(format!("{PASSCODE}\r"));
    assert_eq!(status.exit(), 0);
    status.wait_last("ana");

    // Without a word it is the room. The passcode was said once with this key: it is not asked again.
    let bruno = ssh(&[], &[]);
    bruno.wait("bruno");
    bruno.wait("raise hand");

    // Without a key it is asked each time, and three wrong ones are enough.
    let mut guest = ssh(&["-o", "PubkeyAuthentication=no"], &[]);
    for tries in 1..=3 {
        guest.until("asked", |s, _| s.contents().matches("Passcode of monday: ").count() == tries);
        guest.send("guess guess\r");
    }
    assert_eq!(guest.exit(), 255);
    let guest = ssh(&["-t", "-o", "PubkeyAuthentication=no"], &["monday", "--name", "Guest"]);
    guest.wait("Passcode of monday: ");
    guest.send(format!("{PASSCODE}\r"));
    guest.wait("Guest");
    guest.wait("raise hand");
}
