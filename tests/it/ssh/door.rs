//! A room's door is the same for those who come over SSH.

use std::io::Read as _;
use std::process::Stdio;

use super::{House, said};

const PASSCODE: &str = "correct horse battery";

#[test]
fn a_passcode_and_a_list_of_keys_hold_over_ssh() {
    let house = House::open();
    let _ana = house.host("ana");
    let url = house.url("monday");
    let door = |words: &[&str]| {
        let mut args = vec!["room", url.as_str(), "door"];
        args.extend_from_slice(words);
        let mut set = house.home.palco(&args);
        set.env("PALCO_IDENTITY", house.key("ana")).env("PALCO_PASSCODE", PASSCODE);
        let (status, out, err) = said(set.output().unwrap());
        assert_eq!(status, 0, "{out} {err}");
    };
    door(&["passcode"]);
    let (status, _, err) = said(house.pipe("bruno", &["listen", "monday"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(err.contains("the room wants a passcode"), "{err}");
    let mut shut = house.console("bruno", &["monday"], (80, 24));
    assert_eq!(shut.exit(), 1);
    shut.wait_last("The room wants a passcode");
    let mut listen = house.pipe("bruno", &["-o", "SendEnv=PALCO_PASSCODE", "listen", "monday"]);
    let mut ears = listen.env("PALCO_PASSCODE", PASSCODE).stdout(Stdio::piped()).spawn().unwrap();
    let mut begin = [0; 4];
    ears.stdout.take().unwrap().read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"OggS");
    ears.kill().unwrap();
    ears.wait().unwrap();
    let carla = house.key("carla").with_extension("pub").display().to_string();
    door(&["keys", &carla]);
    let carla = house.console("carla", &["monday"], (100, 30));
    carla.wait("carla");
    let (status, _, err) = said(house.pipe("daniela", &["listen", "monday"]).output().unwrap());
    assert_eq!(status, 1);
    assert!(err.contains("not on the room's list"), "{err}");
}
