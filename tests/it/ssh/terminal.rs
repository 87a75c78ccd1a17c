//! The console in a real terminal over a real ssh.

use crate::support::shell::{Home, Running};

use super::{House, said};

#[test]
fn the_lobby_opens_a_room_and_two_see_each_other() {
    let house = House::open();
    let mut ana = house.host("ana");
    house.ctl("ana", &["start"]);
    ana.wait("live");
    let mut bruno = house.console("bruno", &["monday"], (80, 24));
    bruno.wait("ana");
    ana.wait("bruno");
    bruno.send("r");
    bruno.wait("Raise your hand");
    bruno.send("Fax over T.38, really?\r");
    ana.wait("Fax over T.38, really?");
    // There is no shell to go back to.
    bruno.send("\x1a");
    bruno.send("?");
    bruno.wait("no sound here; hear it at home with");
    bruno.wait("listen monday | mpv -");
    bruno.send("\x1b");
    bruno.gone("hear it at home");
    ana.send("n");
    bruno.wait("called");
    ana.resize(40, 12);
    ana.wait("Queue");
    bruno.send("\x03\x03");
    assert_eq!(bruno.exit(), 0);
    bruno.assert_restored();
    bruno.wait_last("You left the meeting.");
    ana.send("\x03\x03");
    assert_eq!(ana.exit(), 0);
}

#[test]
fn another_machine_is_the_sound_of_a_console_over_ssh() {
    let house = House::open();
    let _ana = house.host("ana");
    let mut bruno = house.console("bruno", &["monday"], (100, 30));
    bruno.wait("bruno");
    bruno.send("@");
    let at = format!("@{}", house.ws);
    bruno.wait(&at);
    let shown = bruno.text();
    let code = shown.split_whitespace().find(|word| word.ends_with(&at)).expect("a code in one piece");
    let laptop = Home::new();
    let mut audio = Running::start(laptop.palco(&["audio", code, "--no-audio"]));
    assert!(audio.line().starts_with("Ears and microphone of bruno in "));
    bruno.wait("You hear and speak at the other machine now.");
    bruno.gone("It works once");
    let again = laptop.palco(&["audio", code, "--no-audio"]).output().unwrap();
    let (status, _, errors) = said(again);
    assert_eq!(status, 1, "{errors}");
    assert!(errors.contains("was used"), "{errors}");
    bruno.send("\x03\x03");
    assert_eq!(bruno.exit(), 0);
    assert_eq!(audio.line(), "The console has left the meeting.");
}

#[test]
fn a_key_is_the_same_person_over_both_doors() {
    let house = House::open();
    let _ana = house.host("ana");
    house.ctl("ana", &["start"]);
    let status = house.home.status(&house.url("monday"));
    let people = status["participants"].as_array().unwrap();
    let here: Vec<_> =
        people.iter().map(|p| (p["name"].as_str().unwrap(), p["role"].as_str().unwrap())).collect();
    assert_eq!(here, [("ana", "host")], "a script with the key acted as the host");
    let public = house.key("ana").with_extension("pub");
    let print = std::process::Command::new("ssh-keygen").arg("-lf").arg(public).output().unwrap();
    let print = String::from_utf8(print.stdout).unwrap();
    assert!(print.contains(people[0]["participant"].as_str().unwrap()), "{print}");
}

#[test]
fn a_person_keeps_their_name_and_may_choose_another() {
    let house = House::open();
    let mut ana = house.host("ana");
    let key = house.key("ana").display().to_string();
    let again = house.console("root", &["monday", "--name", "'Root B.'"], (80, 24));
    again.wait("Root B.");
    ana.wait("Root B.");
    let url = house.url("monday");
    house.home.run(&["ctl", &url, "rename", "Ana B.", "--identity", &key]).ok();
    ana.wait("Ana B.");
    ana.send("\x03\x03");
    ana.exit();
    let back = house.console("ana", &["monday"], (80, 24));
    back.wait("Ana B.");
}

#[test]
fn without_a_terminal_the_console_says_what_to_write() {
    let house = House::open();
    let (status, out, err) = said(house.pipe("ana", &["monday"]).output().unwrap());
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("ssh -t -p"), "{err}");
}

#[test]
fn words_that_are_not_known_show_the_usage() {
    let house = House::open();
    let (status, out, err) = said(house.pipe("ana", &["scp", "-t", "/tmp"]).output().unwrap());
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("“-t” is not known here") && err.contains("usage: ssh"), "{err}");
    let (status, out, err) = said(house.pipe("ana", &["help"]).output().unwrap());
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("usage: ssh"), "{out}");
}

#[test]
fn a_room_that_is_not_there_is_told_on_the_shell_s_screen() {
    let house = House::open();
    let mut ana = house.console("ana", &["nowhere"], (80, 24));
    assert_eq!(ana.exit(), 1);
    ana.wait_last("There is no room “nowhere” here");
    ana.assert_restored();
}

#[test]
fn a_large_paste_is_cut_and_harms_nobody() {
    let house = House::open();
    let ana = house.host("ana");
    ana.send("r");
    ana.wait("Raise your hand");
    ana.send("\x1b[200~");
    for _ in 0..1024 {
        ana.send("x".repeat(1024));
    }
    ana.send("\x1b[201~");
    ana.wait("xxxxxxxx");
    ana.send("\x1b");
    ana.gone("xxxxxxxx");
    house.ctl("ana", &["start"]);
    ana.wait("live");
}
