//! The plain console at terminals: one that only prints, and one whose line is edited.

use portable_pty::CommandBuilder;

use super::pipe::Piped;
use crate::pty::{Extras, Pty};
use crate::support::shell::{Home, Server, host};
use crate::support::skip;

const SIZE: (u16, u16) = (100, 30);

fn joins(home: &Home, url: &str, name: &str, more: &[&str]) -> CommandBuilder {
    let key = home.path().join(format!("keys/{name}")).display().to_string();
    let plain =
        home.palco(&[&["join", url, "--name", name, "--identity", &key, "--no-audio"], more].concat());
    let mut command = CommandBuilder::new(plain.get_program());
    command.args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command
}

#[test]
fn a_dumb_terminal_is_spoken_to_in_lines() {
    let home = Home::new();
    let server = Server::start(&home);
    let _host = host(&home, &server, "monday");
    let command = joins(&home, &server.url("monday"), "Ana", &[]);
    let mut ana = Pty::start_as("dumb", command, SIZE, Extras::default());
    ana.wait("Plain mode:");
    ana.wait("You are Ana");
    assert!(ana.is_cooked(), "the terminal edits its lines itself");
    ana.send("raise Fax over IP\n");
    ana.wait("Your hand is up, number 1: Fax over IP");
    ana.send("\x03");
    ana.wait("Press Ctrl-C again to leave.");
    ana.send("\x03");
    assert_eq!(ana.exit(), 0);
    assert!(ana.text().contains("You left the meeting."), "{}", ana.text());
    assert!(!ana.bytes().contains(&0x1b), "{:?}", String::from_utf8_lossy(&ana.bytes()));
    ana.assert_restored();
}

#[test]
fn a_line_is_edited_completed_and_kept_below_what_happens() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let mut ana = Pty::start_in(joins(&home, &url, "Ana", &["--plain"]), SIZE, Extras::default());
    ana.wait("Type help");
    ana.send("rai\t");
    ana.wait("> raise ");
    home.ctl(&url, "Bruno", &["raise", "Order!"]).ok();
    ana.until("the line below what has happened", |screen, _| {
        let text = screen.contents();
        text.find("Bruno raises a hand").is_some_and(|at| text[at..].contains("\n> raise"))
    });
    ana.send("Fax?\x7f over IP\r");
    ana.wait("Your hand is up, number 2: Fax over IP");
    ana.send("support b\t\r");
    ana.wait("Ana supports the hand of Bruno, 1 so far.");
    // what comes back is what was typed first
    ana.send("\x1b[A\x1b[A\r");
    ana.wait("Your hand is up, number 2: Fax over IP");
    ana.send("off-s\t");
    ana.wait("> off-stage");
    ana.send("\x15\x04");
    assert_eq!(ana.exit(), 0);
    ana.assert_restored();
    assert!(ana.text().contains("You left the meeting."), "{}", ana.text());
}

#[test]
fn others_are_asked_about_and_no_is_the_answer_until_it_is_yes() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let host = host(&home, &server, "monday");
    drop(host);
    let mut stefano = Pty::start_in(joins(&home, &url, "Stefano", &["--plain"]), SIZE, Extras::default());
    stefano.wait("host");
    stefano.send("start\r");
    stefano.wait("Start “monday”? The clock runs from now on. Type yes or no.");
    stefano.send("no\r");
    stefano.wait("Nothing is done.");
    stefano.send("start\ryes\r");
    stefano.wait("The meeting has started.");
    stefano.send("leave\r");
    stefano.wait("Leave “monday”, which you host? Type yes or no.");
    stefano.send("y\r");
    assert_eq!(stefano.exit(), 0);
    stefano.assert_restored();
}

#[test]
fn a_plain_console_is_suspended_and_comes_back() {
    if !std::path::Path::new("/bin/bash").exists() {
        return skip("no bash to suspend in");
    }
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let mut ada = Piped::start(home.palco(&[
        "host",
        "monday",
        "--server",
        &format!("ws://{}", server.at),
        "--name",
        "Ada",
        "--no-audio",
        "--plain",
    ]));
    ada.hears("Type help");
    let mut shell = joins(&home, &url, "Bruno", &["--plain"]);
    let palco: Vec<_> = shell.get_argv().iter().map(|a| a.to_string_lossy().into_owned()).collect();
    *shell.get_argv_mut() = ["/bin/bash", "--norc", "--noprofile", "-i"].map(Into::into).into();
    shell.env("PS1", "ready> ");
    let mut bruno = Pty::start_in(shell, SIZE, Extras::default());
    bruno.wait("ready>");
    bruno.send(format!("{}\n", palco.join(" ")));
    bruno.wait("Type help");
    bruno.send("\x1a");
    bruno.wait("Stopped");
    bruno.send("echo still-$((40 + 2))\n");
    bruno.wait("still-42");
    bruno.send("fg\n");
    bruno.until("its own line again", |screen, _| {
        screen.contents().trim_end().lines().last().is_some_and(|line| line.trim_end() == ">")
    });
    bruno.send("raise Back again\r");
    ada.hears("Bruno raises a hand, number 1: Back again");
    bruno.send("\x03");
    bruno.wait("Press Ctrl-C again");
    bruno.send("\x03");
    bruno.wait("You left the meeting.");
    bruno.send("exit\n");
    assert_eq!(bruno.exit(), 0);
    bruno.assert_restored();
}
