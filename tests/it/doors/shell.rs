//! Doors kept from the shell, and secrets that nobody else sees.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;

use crate::pty::{Extras, Pty};
use crate::support::shell::{DEADLINE, Home, Running, Server, host};

const PASSCODE: &str = "correct horse battery";

/// A home of Stefano, who hosts `monday`, and everything logged.
fn stage() -> (Home, Server, Running, String) {
    let home = Home::new();
    let server = Server::start(&home);
    let hosting = host(&home, &server, "monday");
    let url = server.url("monday");
    (home, server, hosting, url)
}

/// As Stefano.
fn keeper(home: &Home, args: &[&str]) -> std::process::Command {
    let mut command = home.palco(args);
    command.env("PALCO_IDENTITY", home.path().join("keys/Stefano")).env("PALCO_LOG", "trace");
    command
}

fn said(mut command: std::process::Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Everything in a directory, as text.
fn all_below(dir: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_below(&path);
        } else if path.is_file() {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    text
}

#[test]
fn a_passcode_is_set_and_said_without_an_argument() {
    let (home, _server, _host, url) = stage();
    let shown = said(keeper(&home, &["room", &url]));
    assert!(shown.starts_with("monday: open: "), "{shown}");
    let mut set = keeper(&home, &["room", &url, "door", "passcode"]);
    set.env("PALCO_PASSCODE", PASSCODE);
    assert!(said(set).starts_with("monday: passcode: "));
    let ana = Home::new();
    ana.run(&["ctl", &url, "status"]).failed(1, &["wants a passcode", "PALCO_PASSCODE"]);
    let mut wrong = ana.palco(&["ctl", &url, "status"]);
    let wrong = wrong.env("PALCO_PASSCODE", "correct house").output().unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("not the room's passcode"));
    let mut right = ana.palco(&["ctl", &url, "status"]);
    right.env("PALCO_PASSCODE", PASSCODE).env("PALCO_LOG", "trace");
    assert!(said(right).contains("monday"));
    for dir in [home.path(), ana.path()] {
        assert!(!all_below(dir).contains(PASSCODE), "in {}", dir.display());
    }
    Home::new().run(&["room", &url]).failed(1, &["wants a passcode"]);
    assert!(said(keeper(&home, &["room", &url])).contains("recordings: members: "));
    assert!(said(keeper(&home, &["room", &url, "recordings", "public"])).contains("everybody may hear"));
    keeper(&home, &["room", &url, "door", "open"]).output().unwrap();
    ana.run(&["room", &url, "recordings", "public"]).failed(1, &["only the room's owner"]);
    ana.run(&["room", &url]).failed(1, &["only the room's owner"]);
}

#[test]
fn a_passcode_is_asked_for_and_not_shown() {
    let (home, _server, _host, url) = stage();
    let mut set = keeper(&home, &["room", &url, "door", "passcode"]);
    said({
        set.env("PALCO_PASSCODE", PASSCODE);
        set
    });
    let mut shell = CommandBuilder::new("bash");
    let palco = env!("CARGO_BIN_EXE_palco");
    shell.args(["-c", &format!("{palco} ctl {url} status; echo END $?; stty -a")]);
    let ana = Home::new();
    shell.env("HOME", ana.path());
    shell.env("USER", "ana");
    shell.cwd(ana.path());
    let pty = Pty::start_in(shell, (120, 36), Extras::default());
    pty.wait("Passcode:");
    pty.send("correct house\r");
    pty.wait("Not that one. Passcode:");
    pty.send(format!("x\x7f{PASSCODE}\r"));
    pty.wait("END 0");
    pty.wait(" echo ");
    let text = pty.text();
    assert!(!text.contains("correct"), "{text}");
}

#[test]
fn an_invite_is_made_listed_used_and_taken_back() {
    let (home, _server, _host, url) = stage();
    assert!(said(keeper(&home, &["room", &url, "door", "invite"])).contains("without an invite"));
    let args = ["invite", &url, "--role", "speaker", "--uses", "3", "--for", "2d"];
    let line = said(keeper(&home, &args));
    let (token, rest) = line.strip_prefix("PALCO_INVITE=").unwrap().split_once(' ').unwrap();
    assert_eq!((token.len(), rest.trim()), (43, format!("palco join {url}").as_str()));
    let list = said(keeper(&home, &["invite", "list", &url]));
    assert!(list.contains("speaker  used 0 of 3  until "), "{list}");
    let name = list.split_whitespace().next().unwrap().to_owned();

    // In an address it does not stay in the process list.
    let ana = Home::new();
    let mut watch = ana.palco(&["ctl", &format!("{url}#invite={token}"), "watch"]);
    watch.env("PALCO_LOG", "trace");
    let mut watching = Running::start(watch);
    // Who watches has come in by it.
    let waiting = std::time::Instant::now();
    while !said(keeper(&home, &["invite", "list", &url])).contains("used 1 of 3") {
        assert!(waiting.elapsed() < DEADLINE, "the watch does not come in");
    }
    let mut join = ana.palco(&["ctl", &url, "rename", "Anna", "--name", "Ana"]);
    said({
        join.env("PALCO_INVITE", token);
        join
    });
    assert!(watching.line().contains("\"joined\""));
    let listed = std::process::Command::new("ps").args(["-eww", "-o", "args"]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("watch") && !listed.contains(token), "{listed}");
    for dir in [home.path(), ana.path()] {
        assert!(!all_below(dir).contains(token), "in {}", dir.display());
    }

    said(keeper(&home, &["invite", "revoke", &url, &name]));
    let (status, err) = watching.wait();
    assert!(!status.success() && err.contains("took back the invite"), "{err}");
    assert!(!err.contains(token), "{err}");
    assert_eq!(said(keeper(&home, &["invite", "list", &url])), "there are no invites\n");
}
