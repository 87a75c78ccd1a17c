//! Every command in the README runs, and what it tells is so.
//!
//! The README's addresses are made up: 192.0.2.7:7780 stands for wherever the last server listens, and the server for
//! good gets a free port and a directory of its own.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use palco::tui::{Language, key_table, player_keys};
use portable_pty::CommandBuilder;

use crate::pty::Pty;

const README: &str = include_str!("../../README.md");

/// A machine with other work to do is slow, not broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// The README's made-up server.
const THERE: &str = "192.0.2.7:7780";

/// Set-up commands that are not run inside a test run, word for word.
const NOT_RUN: &[&str] = &[
    "sudo apt-get install -y build-essential cmake && cargo run --release -- demo",
    "tests/run",
    "cargo install --locked --path .",
];

/// Every command of the fenced `sh` blocks, in order.
fn commands() -> Vec<&'static str> {
    let blocks = README.split("\n```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks.flat_map(str::lines).filter(|l| !l.is_empty() && !l.starts_with('#')).collect()
}

/// What stands between the comments `<!-- name -->` and `<!-- /name -->`.
fn part(name: &str) -> &'static str {
    let rest = README.split(&format!("<!-- {name} -->\n")).nth(1).unwrap();
    rest.split(&format!("<!-- /{name} -->")).next().unwrap().trim()
}

/// A home of its own, and what runs in it.
struct Reader {
    home: tempfile::TempDir,
    there: String,
    running: Vec<Running>,
    seats: Vec<Pty>,
}

/// A program that goes on; dropping it ends it.
struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Waits for a line that begins so, and tells the rest of it.
    fn until(&self, start: &str) -> String {
        let mut seen = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_string();
            }
            seen.push(line);
        }
        panic!("“{start}…” was never printed, but {seen:?}");
    }
}

impl Reader {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, there: THERE.into(), running: Vec::new(), seats: Vec::new() }
    }

    /// The environment: the built palco first in the path, a home of its own, no sound.
    fn env(&self) -> Vec<(&'static str, String)> {
        let built = Path::new(env!("CARGO_BIN_EXE_palco")).parent().unwrap();
        let path = format!("{}:{}", built.display(), std::env::var("PATH").unwrap());
        let below = |name: &str| self.home.path().join(name).to_string_lossy().into_owned();
        vec![
            ("PATH", path),
            ("HOME", below("")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_DATA_HOME", below("data")),
            ("XDG_STATE_HOME", below("state")),
            ("USER", "stefano".into()),
            ("PALCO_MIC", "none".into()),
            ("PALCO_SPEAKER", "none".into()),
        ]
    }

    /// The command with the made-up places replaced.
    fn real(&self, line: &str) -> String {
        let data = self.home.path().join("srv").to_string_lossy().into_owned();
        line.replace(THERE, &self.there)
            .replace("0.0.0.0:7780", "127.0.0.1:0")
            .replace("/var/lib/palco", &data)
    }

    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-c", &self.real(line)]).envs(self.env()).stdin(Stdio::null());
        shell
    }

    /// Runs a command that ends.
    fn run(&self, line: &str) {
        let out = self.shell(line).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(
            out.status.success(),
            "{line}: {}\n{said}{}",
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
        let quiet = line.contains(" ctl ") && !line.contains("status") && !line.contains("help");
        assert!(quiet || !said.trim().is_empty(), "{line}: nothing was printed");
    }

    /// Starts a command that goes on, without a terminal.
    fn start(&mut self, line: &str, env: &[(&str, &str)]) -> &Running {
        let mut shell = self.shell(&format!("exec {line}"));
        let mut child = shell.envs(env.iter().copied()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|l| said.send(l)));
        self.running.push(Running { child, lines });
        self.running.last().unwrap()
    }

    /// Opens a meeting and tells where it is.
    fn host(&mut self, line: &str) {
        // Where the README's host listens may be taken on this machine.
        let here = [("PALCO_LISTEN", "127.0.0.1:0")];
        let env: &[_] = if line.contains("--server") { &[] } else { &here };
        let url = self.start(line, env).until("palco join ws://");
        self.there = url.split('/').next().unwrap().to_string();
    }

    /// Sits down in a terminal, as somebody else than the host.
    fn join(&mut self, line: &str) {
        let mut shell = CommandBuilder::new("bash");
        shell.args(["-c", &self.real(&format!("exec {line}"))]);
        self.env().into_iter().for_each(|(name, value)| shell.env(name, value));
        shell.env("XDG_CONFIG_HOME", self.home.path().join("ana"));
        shell.env("XDG_STATE_HOME", self.home.path().join("ana"));
        shell.cwd(self.home.path());
        let seat = Pty::start_in(shell, (120, 36), crate::pty::Extras::default());
        seat.wait("From analog lines to full VoIP");
        seat.wait("Ana");
        self.seats.push(seat);
    }

    /// Watches until something happens.
    fn watch(&mut self, line: &str) {
        let url = line.split(' ').find(|w| w.starts_with("ws://")).unwrap().to_string();
        self.start(line, &[]);
        let watch = self.running.last().unwrap();
        // A watch says nothing until an event comes, so events are made until it says something.
        for n in 0..40 {
            self.run(&format!("palco ctl {url} rename 'Stefano {n}'"));
            if let Ok(event) = watch.lines.recv_timeout(Duration::from_millis(500)) {
                assert!(serde_json::from_str::<serde_json::Value>(&event).is_ok(), "{event}");
                return;
            }
        }
        panic!("{line}: no event was ever printed");
    }

    fn follow(&mut self, line: &str) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            _ if NOT_RUN.contains(&line) => {}
            ["palco", "serve", "--tls", ..] => drop(self.start(line, &[]).until("palco join wss://")),
            ["palco", "serve", ..] => self.there = self.start(line, &[]).until("listening on ws://"),
            ["palco", "host", ..] => self.host(line),
            ["palco", "join", ..] => self.join(line),
            ["palco", "ctl", .., "watch"] => self.watch(line),
            ["palco", ..] => self.run(line),
            _ => panic!("no test knows how to run: {line}"),
        }
    }
}

#[test]
fn every_command_runs() {
    let all = commands();
    assert!(all.len() > 20, "{all:?}");
    let mut reader = Reader::new();
    all.into_iter().for_each(|line| reader.follow(line));
}

#[test]
fn the_two_first_commands_are_the_promised_ones() {
    assert_eq!(commands()[..2], NOT_RUN[..2]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
    let mode = std::os::unix::fs::PermissionsExt::mode(&script.metadata().unwrap().permissions());
    assert_eq!(mode & 0o111, 0o111, "tests/run can be run");
}

/// Compares a part with what the program says now; `PALCO_BLESS=1` writes it into the README instead.
fn assert_part(name: &str, now: &str) {
    if std::env::var_os("PALCO_BLESS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let readme = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, readme.replace(part(name), now.trim())).unwrap();
        return;
    }
    assert_eq!(
        part(name),
        now.trim(),
        "look at the difference, then: PALCO_BLESS=1 cargo test --test it readme::parts"
    );
}

#[test]
fn parts_are_what_the_program_says() {
    assert_part("keys", &key_table(Language::En));
    assert_part("player-keys", &player_keys(Language::En));
    let screen: Vec<_> = crate::render::reference().lines().map(|l| l.trim_end().to_string()).collect();
    assert_part("screen", &format!("```text\n{}\n```", screen.join("\n").trim_end()));
}

#[test]
fn every_subcommand_is_told() {
    let help = Command::new(env!("CARGO_BIN_EXE_palco")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<_> = listed.lines().filter_map(|l| l.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(names.len() > 8, "{help}");
    for name in names.into_iter().filter(|n| !n.is_empty()) {
        assert!(README.contains(&format!("`palco {name}")), "the README does not tell `palco {name}`");
    }
    let status = help.lines().find_map(|l| l.strip_prefix("Exit status: ")).unwrap();
    assert!(README.contains(&format!("Exit status: {status}")), "the exit status differs from --help");
}

#[test]
fn themes_limits_and_files_are_the_ones_of_the_program() {
    let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes")).unwrap();
    let there: BTreeSet<_> =
        folder.map(|f| f.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let told = README.split("Themes: ").nth(1).unwrap().split(';').next().unwrap();
    let told: BTreeSet<_> = told.split('`').skip(1).step_by(2).map(String::from).collect();
    assert_eq!(told, there);

    let limits = README.split("\n## Limits\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let here = palco::meeting::MAX_HERE;
    for limit in [
        format!("{},{:03} people", here / 1000, here % 1000),
        format!("{} agenda items", palco::meeting::MAX_AGENDA),
        format!("topics of {} letters", palco::meeting::text::MAX_LINE_GRAPHEMES),
        format!("names of {}.", palco::meeting::text::MAX_NAME_GRAPHEMES),
    ] {
        assert!(limits.contains(&limit), "the README's limits lack: {limit}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let targets = README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    for target in targets.filter(|t| !t.starts_with("http")) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(), "{target} is not there");
    }
}
