//! Whole meetings through pipes.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::support::shell::{DEADLINE, Home, Server};

/// A palco whose input and output are pipes; killed when it is dropped.
pub(super) struct Piped {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<Vec<u8>>,
    errors: Receiver<Vec<u8>>,
    /// Everything it has said.
    bytes: Vec<u8>,
    /// How much of that has been waited for.
    seen: usize,
}

fn follow(mut from: impl std::io::Read + Send + 'static, to: Sender<Vec<u8>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            if to.send(buffer[..n].to_vec()).is_err() {
                break;
            }
        }
    });
}

impl Piped {
    pub(super) fn start(mut command: Command) -> Self {
        command.env("LANG", "C.UTF-8").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let ((said, output), (complained, errors)) = (channel(), channel());
        follow(child.stdout.take().unwrap(), said);
        follow(child.stderr.take().unwrap(), complained);
        let input = child.stdin.take();
        Self { child, input, output, errors, bytes: Vec::new(), seen: 0 }
    }

    /// Types a line.
    pub(super) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until a line holds `part`, after those that were waited for before; tells it.
    #[track_caller]
    pub(super) fn hears(&mut self, part: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let new = String::from_utf8_lossy(&self.bytes[self.seen..]).into_owned();
            let mut end = 0;
            for line in new.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
                end += line.len();
                if line.contains(part) {
                    self.seen += end;
                    return line.trim_end().to_owned();
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(more) => self.bytes.extend(more),
                Err(_) => panic!("never said “{part}” after this:\n{}", self.text()),
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Ends the input, waits for its end, and tells how it ended and what it said on standard error.
    #[track_caller]
    pub(super) fn end(&mut self) -> (ExitStatus, String) {
        self.input = None;
        self.wait()
    }

    #[track_caller]
    pub(super) fn wait(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + DEADLINE;
        let left = || deadline.saturating_duration_since(Instant::now());
        while let Ok(more) = self.output.recv_timeout(left()) {
            self.bytes.extend(more);
        }
        assert!(!left().is_zero(), "it does not end:\n{}", self.text());
        let errors: Vec<u8> = self.errors.iter().flatten().collect();
        (self.child.wait().unwrap(), String::from_utf8(errors).unwrap())
    }

    /// Fails if anything but lines of text was ever printed.
    #[track_caller]
    fn assert_plain(&self) {
        let odd = self.bytes.iter().position(|b| (*b < 0x20 && *b != b'\n') || *b == 0x7f);
        assert_eq!(odd, None, "a control character in:\n{:?}", self.text());
        assert!(self.bytes.ends_with(b"\n"), "{:?}", self.text());
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A host with a server of its own, and where it is.
fn hosts(home: &Home) -> (Piped, String) {
    let args = ["host", "monday", "--listen", "127.0.0.1:0", "--name", "Ada", "--title", "Analog"];
    let mut host = Piped::start(home.palco(&[&args[..], &["--no-audio", "--plain"]].concat()));
    let url = host.hears("palco join ws://").replace("palco join ", "");
    host.hears("Type help");
    (host, url)
}

fn joins(home: &Home, url: &str, name: &str) -> Piped {
    let key = home.path().join(format!("keys/{name}")).display().to_string();
    Piped::start(home.palco(&["join", url, "--name", name, "--identity", &key, "--no-audio", "--plain"]))
}

#[test]
fn a_whole_meeting_is_led_and_attended_through_pipes() {
    let home = Home::new();
    let (mut ada, url) = hosts(&home);
    let mut ana = joins(&home, &url, "Ana");
    ana.hears("monday #1: Analog, scheduled");
    ana.hears("You are Ana, attendee");
    ada.hears("Ana joins, attendee.");
    let mut bruno = joins(&home, &url, "Bruno");
    ada.hears("Bruno joins, attendee.");
    bruno.hears("You are Bruno");
    assert!(!ada.text().contains("Plain mode"), "it was asked for");

    ada.say("agenda add Introductions=5m");
    ada.say("agenda add Questions=30m");
    ana.hears("New on the agenda: Questions, 30 minutes.");
    ada.say("start");
    ana.hears("The meeting has started.");
    ada.say("agenda next");
    bruno.hears("Agenda item");

    ana.say("raise Which SBC in front?");
    ana.hears("Your hand is up, number 1: Which SBC in front?");
    ada.hears("Ana raises a hand, number 1: Which SBC in front?");
    bruno.say("raise --kind reply None at all");
    ada.hears("Bruno raises a hand, number 2: reply, None at all");
    bruno.say("support ana");
    ana.hears("Bruno supports the hand of Ana, 1 so far.");
    ana.say("next");
    ana.hears("Next: Ana: Which SBC in front?, +1");
    ana.hears("Then: Bruno: reply, None at all");

    ada.say("next");
    ana.hears("It is your turn: type “unmute” to open your microphone.");
    bruno.hears("Ana has the turn: Which SBC in front?");
    ana.say("talk");
    ana.hears("Your microphone is open: everybody hears you.");
    ada.hears("Ana opens the microphone.");
    bruno.hears("Ana opens the microphone.");
    bruno.say("stage");
    bruno.hears("Ana, attendee, live");
    ada.say("hold ana");
    ana.hears("A host holds your microphone muted.");
    ada.say("release ana");
    ana.hears("“unmute” opens it.");
    ada.say("queue");
    ada.hears("The turn of Ana is on");
    ada.hears("1. Bruno: reply, None at all, hand 2");
    ada.say("next");
    ana.hears("Your turn is over.");
    ana.hears("Bruno has the turn");
    ada.say("done");
    bruno.hears("Your turn is over.");

    ada.say("invite ana");
    ana.hears("You are invited on the stage: type “accept” or “decline”.");
    ana.say("accept");
    ada.hears("Ana is on the stage.");
    ana.say("off-stage");
    ada.hears("Ana is off the stage.");
    ada.say("role bruno cohost");
    bruno.hears("Your role is cohost now.");
    ada.say("pause");
    ada.say("time");
    ada.hears("paused");
    ada.say("resume");
    ada.say("extend 10m");
    ana.hears("10 minutes added.");
    ana.say("rename Anna");
    ada.hears("Ana is called Anna now.");
    bruno.hears("Ana is called Anna now.");
    bruno.say("who");
    bruno.hears("3 here.");
    bruno.hears("Anna, attendee");
    ada.say("close");
    bruno.hears("Last words");
    ada.say("end");
    ana.hears("The meeting is over");

    let (status, errors) = ana.end();
    assert!(status.success() && errors.is_empty(), "{status} {errors}");
    ada.hears("Anna leaves the meeting.");
    let (status, errors) = bruno.end();
    assert!(status.success() && errors.is_empty(), "{status} {errors}");
    ada.hears("Bruno leaves the meeting.");
    let (status, errors) = ada.end();
    assert!(status.success() && errors.is_empty(), "{status} {errors}");
    [&ada, &ana, &bruno].into_iter().for_each(Piped::assert_plain);
}

#[test]
fn a_script_ends_with_what_went_wrong_first() {
    let home = Home::new();
    let (_ada, url) = hosts(&home);
    let run = |name: &str, script: &str| {
        let mut palco = joins(&home, &url, name);
        palco.input.as_mut().unwrap().write_all(script.as_bytes()).unwrap();
        let (status, errors) = palco.end();
        (status.code().unwrap(), errors, palco)
    };
    let (status, errors, ana) = run("Ana", "raise Fax\nlower\nwho");
    assert_eq!((status, errors.as_str()), (0, ""), "{}", ana.text());
    assert!(ana.text().contains("Your hand is down.\n2 here."), "each finds the other done: {}", ana.text());
    let (status, errors, _) = run("Bruno", "start\ndance\n");
    assert_eq!(status, 1, "{errors}");
    assert!(errors.contains("attendee does not allow that"), "{errors}");
    let (status, errors, _) = run("Chiara", "dance\nlower\n");
    assert_eq!(status, 2, "{errors}");
    assert!(errors.contains("no command “dance”"), "{errors}");
    let mut nowhere = joins(&home, "ws://127.0.0.1:9/monday", "Ana");
    assert_eq!(nowhere.end().0.code(), Some(3));
}

#[test]
fn an_input_that_is_empty_from_the_start_leaves_nobody() {
    let home = Home::new();
    let (mut ada, url) = hosts(&home);
    let mut ana = joins(&home, &url, "Ana");
    ana.input = None;
    ana.hears("You are Ana");
    ada.say("start");
    ana.hears("The meeting has started.");
    let pid = rustix::process::Pid::from_child(&ana.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let (status, errors) = ana.wait();
    assert!(status.success() && errors.is_empty(), "{status} {errors}");
    ada.hears("Ana leaves the meeting.");
    ana.assert_plain();
}

#[test]
fn without_a_terminal_it_is_plain_by_itself_and_says_so() {
    let home = Home::new();
    let (_ada, url) = hosts(&home);
    let key = home.path().join("keys/Ana").display().to_string();
    let join = ["join", &url, "--name", "Ana", "--identity", &key, "--no-audio", "--lang", "it"];
    let mut ana = Piped::start(home.palco(&join));
    ana.hears("Modo a righe:");
    ana.hears("Sei Ana, partecipa");
    ana.say("raise Il fax?");
    ana.hears("La tua mano è alzata, numero 1: Il fax?");
    assert!(ana.end().0.success());
    ana.assert_plain();
}

#[test]
fn a_lost_link_is_told_and_what_is_typed_meanwhile_waits() {
    let home = Home::new();
    let server = Server::start(&home);
    let (at, url) = (server.at.to_string(), server.url("monday"));
    let there = format!("ws://{at}");
    let args = ["host", "monday", "--server", &there, "--name", "Ada", "--no-audio", "--plain"];
    let mut ada = Piped::start(home.palco(&args));
    ada.hears("Type help");
    let mut ana = joins(&home, &url, "Ana");
    ana.hears("Type help");
    drop(server);
    ana.hears("The link is lost:");
    ana.say("raise Before the server came back");
    let _server = Server::start_at(&home, &at);
    ana.hears("Connected again.");
    ana.hears("Your hand is up, number 1: Before the server came back");
    assert!(ana.end().0.success());
    ana.assert_plain();
}
