//! The real binary in a real pseudo-terminal.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use vt100::MouseProtocolMode;

use crate::pty::{Extras, Pty};
use crate::support::skip;

const PALCO: &str = env!("CARGO_BIN_EXE_palco");

/// What `palco` reads from the environment and must not find there.
const OURS: [&str; 6] =
    ["PALCO_CONFIG", "PALCO_NAME", "PALCO_IDENTITY", "PALCO_LANG", "PALCO_THEME", "PALCO_DATA"];

/// Somebody with a home of their own.
struct Person {
    home: TempDir,
}

impl Person {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.home.path().display().to_string();
        ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"].map(|n| (n, home.clone())).into()
    }

    fn at_home(&self, program: &str, args: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.args(args);
        self.env().into_iter().for_each(|(name, value)| command.env(name, value));
        OURS.iter().for_each(|name| command.env_remove(name));
        command
    }

    fn palco(&self, args: &[&str]) -> CommandBuilder {
        self.at_home(PALCO, args)
    }

    /// The same without a terminal.
    fn plain(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PALCO);
        command
            .args(args)
            .envs(self.env())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in OURS {
            command.env_remove(name);
        }
        command
    }

    fn hosts(&self) -> Pty {
        let title = ["--title", "Analog", "--length", "60m"];
        let host = ["host", "monday", "--listen", "127.0.0.1:0", "--name", "Ada", "--no-audio"];
        let pty = Pty::start_in(self.palco(&[&host[..], &title].concat()), (120, 36), Extras::default());
        pty.wait("others join with");
        pty
    }

    fn joins(&self, url: &str, name: &str, extras: Extras) -> Pty {
        let join = ["join", url, "--name", name, "--no-audio"];
        let pty = Pty::start_in(self.palco(&join), (120, 36), extras);
        pty.wait("r raises your hand");
        pty
    }
}

/// The address that a host's console shows.
fn address(host: &Pty) -> String {
    let text = host.text();
    let at = text.find("ws://").unwrap();
    text[at..].split_whitespace().next().unwrap().to_owned()
}

/// The time left that a console shows.
fn left(text: &str) -> String {
    let before = text.split(" left").next().unwrap();
    before.split_whitespace().last().unwrap().to_owned()
}

fn raise(pty: &Pty, topic: &str) {
    pty.send("r");
    pty.wait("Raise your hand");
    pty.send(format!("{topic}\r"));
}

#[test]
fn a_hand_is_raised_called_and_done_with_keys() {
    let (ada, bruno) = (Person::new(), Person::new());
    let mut host = ada.hosts();
    let mut guest = bruno.joins(&address(&host), "Bruno", Extras::default());
    host.wait("Bruno");
    host.send("S");
    host.wait("Start “Analog”?");
    host.send("y");
    guest.wait("live");

    for _ in 0..2 {
        let before = left(&host.text());
        host.until("the clock going on by itself", |screen, _| left(&screen.contents()) != before);
    }

    raise(&guest, "Which SBC in front?");
    host.wait("Which SBC in front?");
    host.send("n");
    guest.wait("press m to open");
    host.wait("called");
    host.send("x");
    guest.gone("Which SBC in front?");
    host.gone("Which SBC in front?");

    guest.send("\x03");
    guest.wait("Press Ctrl-C again");
    guest.send("\x03");
    assert_eq!(guest.exit(), 0);
    guest.assert_restored();
    assert!(guest.text().contains("You left the meeting."), "{}", guest.text());
    host.gone("Bruno");

    host.send("\x03\x03");
    assert_eq!(host.exit(), 0);
    host.assert_restored();
}

#[test]
fn every_size_is_drawn_and_the_first_comes_back() {
    let ada = Person::new();
    let mut host = ada.hosts();
    for (cols, rows, shown) in [
        (80, 24, "The doors are not open yet."),
        (40, 12, "? help"),
        (20, 5, "muted"),
        (1, 1, ""),
        (120, 36, "others join"),
    ] {
        host.resize(cols, rows);
        host.until(&format!("drawn at {cols}x{rows}"), |screen, _| {
            let text = screen.contents();
            text.contains(shown) && (cols < 100 || text.lines().next().is_some_and(|l| l.contains("Analog")))
        });
    }
    host.send("\x03\x03");
    assert_eq!(host.exit(), 0);
    host.assert_restored();
}

#[test]
fn a_meeting_is_suspended_and_comes_back_whole() {
    if !std::path::Path::new("/bin/bash").exists() {
        return skip("no bash to suspend in");
    }
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let join = format!("{PALCO} join {} --name Bruno --no-audio", address(&host));
    let mut shell = bruno.at_home("/bin/bash", &["--norc", "--noprofile", "-i"]);
    shell.env("PS1", "ready> ");
    let mut guest = Pty::start_in(shell, (100, 30), Extras::with_keys());
    guest.wait("ready>");
    guest.send(format!("{join}\n"));
    guest.wait("r raises your hand");
    guest.until("keys reported", |_, extras| extras.keys == Some(vec![31]));

    // Ctrl-Z as the kitty protocol reports it
    guest.send("\x1b[122;5u");
    guest.wait("Stopped");
    guest.until("the shell's own", |screen, extras| {
        !screen.alternate_screen() && !screen.hide_cursor() && extras.keys == Some(vec![])
    });
    guest.send("echo still-$((40 + 2))\n");
    guest.wait("still-42");
    guest.send("fg\n");
    guest.wait("r raises your hand");
    guest.until("taken over", |screen, extras| screen.alternate_screen() && extras.keys == Some(vec![31]));
    raise(&guest, "Back again");
    host.wait("Back again");

    guest.send("\x1b[99;5u\x1b[99;5u");
    guest.wait("You left the meeting.");
    guest.send("exit\n");
    assert_eq!(guest.exit(), 0);
    guest.assert_restored();
}

#[test]
fn text_fields_get_plain_keys_and_commands_get_releases() {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let guest = bruno.joins(&address(&host), "Bruno", Extras::with_keys());
    guest.until("keys reported", |_, extras| extras.keys == Some(vec![31]));
    guest.send("\x1b[114;1;114u\x1b[114;1:3u");
    guest.until("typing", |_, extras| extras.keys == Some(vec![1]));
    guest.send("\x1b[200~Pasted topic\x1b[201~\r");
    host.wait("Pasted topic");
    guest.until("not typing", |_, extras| extras.keys == Some(vec![31]));
}

/// A host and a guest who has the turn, on the stage and muted.
fn called(extras: Extras) -> (Pty, Pty, [Person; 2]) {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let guest = bruno.joins(&address(&host), "Bruno", extras);
    host.wait("Bruno");
    host.send("S");
    host.wait("Start “Analog”?");
    host.send("y");
    guest.wait("live");
    raise(&guest, "Which SBC in front?");
    host.wait("Which SBC in front?");
    host.send("n");
    guest.wait("press m to open");
    (host, guest, [ada, bruno])
}

#[test]
fn space_is_held_to_talk_where_the_terminal_reports_releases() {
    let (_host, guest, _homes) = called(Extras::with_keys());
    guest.until("releases reported", |_, extras| extras.keys == Some(vec![31]));
    let (press, repeat, release) = ("\x1b[32;1;32u", "\x1b[32;1:2;32u", "\x1b[32;1:3u");
    guest.send(press);
    guest.wait("MIC OPEN");
    guest.send(repeat.repeat(3));
    guest.wait("until you let go");
    guest.send(release);
    guest.gone("MIC OPEN");
    // F9 does the same; losing the focus ends it, and the late release does nothing
    guest.send("\x1b[20;1:1~");
    guest.wait("MIC OPEN");
    guest.send("\x1b[O");
    guest.gone("MIC OPEN");
    guest.send("\x1b[20;1:3~");
    guest.wait("press m to open");
}

#[test]
fn space_toggles_in_a_terminal_that_reports_no_releases_any_more() {
    let (_host, guest, _homes) = called(Extras::with_keys());
    guest.until("releases reported", |_, extras| extras.keys == Some(vec![31]));
    guest.forget_keys();
    guest.send("\x1b[I");
    guest.until("asked for its keys again", |_, extras| extras.asked == 2);
    guest.send(" ");
    guest.wait("Space mutes");
    // presses that follow each other too closely count as one
    let before = left(&guest.text());
    guest.until("the clock going on", |screen, _| left(&screen.contents()) != before);
    guest.send(" ");
    guest.gone("MIC OPEN");
}

#[test]
fn the_talk_button_is_held_with_the_mouse() {
    let (_host, guest, _homes) = called(Extras::default());
    guest.wait("[TALK]");
    let text = guest.text();
    let (row, line) = text.lines().enumerate().find(|(_, l)| l.contains("[TALK]")).unwrap();
    let column = line.split("[TALK]").next().unwrap().chars().count() + 2;
    guest.send(format!("\x1b[<0;{column};{}M", row + 1));
    guest.wait("MIC OPEN");
    guest.send("\x1b[<32;2;2M");
    guest.wait("until you let go");
    guest.send("\x1b[<0;2;2m");
    guest.gone("MIC OPEN");
}

#[test]
fn the_mouse_is_left_alone_where_the_settings_say_so() {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    host.until("the mouse reported", |s, _| s.mouse_protocol_mode() == MouseProtocolMode::ButtonMotion);
    std::fs::create_dir_all(bruno.home.path().join("palco")).unwrap();
    std::fs::write(bruno.home.path().join("palco/config.toml"), "mouse = false\n").unwrap();
    let guest = bruno.joins(&address(&host), "Bruno", Extras::default());
    guest.until("no mouse", |s, _| s.mouse_protocol_mode() == MouseProtocolMode::None);
}

/// What palco keeps of somebody.
fn remembered(person: &Person) -> String {
    let file = person.home.path().join("palco/remembered.toml");
    std::fs::read_to_string(file).unwrap_or_default()
}

#[test]
fn choices_and_rooms_are_remembered_and_settings_beat_them() {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let url = address(&host);
    let mut guest = bruno.joins(&url, "Bruno", Extras::default());
    guest.send(":theme light\r");
    guest.wait("Theme: light");
    guest.send(":lang it\r");
    guest.wait("Ora la console parla italiano.");
    guest.send(":volume ada 150\r");
    guest.wait("Ada: volume 150 %");
    guest.send("\x03\x03");
    assert_eq!(guest.exit(), 0);
    assert!(guest.text().contains("Sei uscito dalla riunione."), "{}", guest.text());
    let kept = remembered(&bruno);
    for words in
        ["name = \"Bruno\"", "theme = \"light\"", "lang = \"it\"", "= 150", &url, "title = \"Analog\""]
    {
        assert!(kept.contains(words), "{words} in {kept}");
    }

    // the start screen: the room, live or not, and Enter goes there, under the last name, in the last language
    let mut again = Pty::start_in(bruno.palco(&[]), (80, 24), Extras::default());
    again.wait("Le tue ultime stanze");
    again.wait("1 presente");
    again.send("\r");
    again.wait("Coda");
    host.wait("Bruno");
    again.send("\x03\x03");
    assert_eq!(again.exit(), 0);
    again.assert_restored();

    std::fs::write(bruno.home.path().join("palco/config.toml"), "lang = \"en\"\n").unwrap();
    let mut english = Pty::start_in(bruno.palco(&[]), (40, 12), Extras::default());
    english.wait("Your last rooms");
    english.send("a");
    english.wait("Join:");
    english.send("nowhere\r");
    english.wait("names no room");
    english.send("\x1b");
    english.gone("Join:");
    english.send("q");
    assert_eq!(english.exit(), 0);
    english.assert_restored();
}

#[test]
fn a_termination_gives_the_terminal_back() {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let mut guest = bruno.joins(&address(&host), "Bruno", Extras::default());
    host.wait("Bruno");
    let pid = Pid::from_raw(i32::try_from(guest.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(guest.exit(), 0);
    guest.assert_restored();
    assert!(guest.text().contains("palco was told to end."), "{}", guest.text());
    host.gone("Bruno");
}

/// A server alone, killed without a word when dropped.
struct Server(Child);

impl Server {
    /// Starts one, and tells the address it listens on.
    fn start(person: &Person, listen: &str) -> (Self, String) {
        let mut child = person.plain(&["serve", "--listen", listen]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let at = line.split("ws://").nth(1).unwrap_or_else(|| panic!("no address: {line}"));
        (Self(child), at.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_lost_server_is_shown_and_comes_back_with_everything() {
    let (eve, ada, bruno) = (Person::new(), Person::new(), Person::new());
    let (server, at) = Server::start(&eve, "127.0.0.1:0");
    let host = ["host", "monday", "--server", &at, "--name", "Ada", "--title", "Analog", "--no-audio"];
    let host = Pty::start_in(ada.palco(&host), (120, 36), Extras::default());
    host.wait("others join with");
    let guest = bruno.joins(&format!("ws://{at}/monday"), "Bruno", Extras::default());
    raise(&guest, "Before the fall");
    host.wait("Before the fall");

    drop(server);
    for pty in [&host, &guest] {
        pty.wait("connecting");
    }
    let (_server, _) = Server::start(&eve, &at);
    for pty in [&host, &guest] {
        pty.gone("connecting");
    }
    host.wait("Before the fall");
    guest.wait("your hand is up, number 1");
    guest.send("w");
    host.gone("Before the fall");
}

#[test]
fn a_terminal_that_reads_slowly_shows_the_newest_and_nobody_else_notices() {
    let (ada, bruno) = (Person::new(), Person::new());
    let host = ada.hosts();
    let url = address(&host);
    // 2 kB a second
    let guest = bruno.joins(&url, "Bruno", Extras::slow(200));
    host.wait("Bruno");
    host.send("S");
    host.wait("Start “Analog”?");
    host.send("y");
    guest.wait("live");
    let fences = || guest.bytes().windows(4).filter(|bytes| bytes == b"\x1b[5n").count();
    for n in 0..20 {
        ada.plain(&["ctl", &url, "raise", &format!("Topic {n}")]).output().unwrap();
        host.wait(&format!("Topic {n}"));
    }
    let before = fences();
    guest.wait("Topic 19");
    // the frame on its way, one begun before the event came, and the one that shows it
    assert!(fences() <= before + 3, "{before} frames, then {}", fences());
    host.until("the guest being there", |screen, _| !screen.contents().contains("away"));
    host.send("\x03\x03");
    guest.wait("connecting");
}
