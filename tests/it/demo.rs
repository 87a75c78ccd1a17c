//! The demo, from start to moving dashboard.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use serde_json::Value;
use tempfile::TempDir;

use crate::pty::{Extras, Pty};

/// How long anything may take before a test fails.
const DEADLINE: Duration = Duration::from_secs(20);

/// The script's waits at a quarter of their speed: the cohost leaves the first call to the test.
const SLOW: [&str; 5] = ["demo", "--seed", "7", "--speed", "0.25"];

/// Directories of its own for a program, so that it meets nobody's settings and leaves its traces here.
fn home() -> (TempDir, [(&'static str, String); 4]) {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = home.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path.display().to_string()
    };
    let env = [
        ("HOME", home.path().display().to_string()),
        ("TMPDIR", at("tmp")),
        // Nobody listens there: a machine with sound must not play a test.
        ("PULSE_SERVER", "unix:/nowhere".to_owned()),
        ("PALCO_NAME", "Stefano".to_owned()),
    ];
    (home, env)
}

fn left_behind(home: &Path) -> Vec<String> {
    let all = std::fs::read_dir(home.join("tmp")).unwrap();
    all.map(|entry| entry.unwrap().file_name().display().to_string()).collect()
}

/// The line of the stage with this role, without its neighbour panel.
fn on_stage(screen: &str, role: &str) -> String {
    let line =
        screen.lines().find(|l| l.contains(role) && l.split('│').nth(1).is_some_and(|s| s.contains(role)));
    line.and_then(|l| l.split('│').nth(1)).unwrap_or_default().to_owned()
}

/// The names in the queue, by what stands before them.
fn in_queue(screen: &str, state: &str) -> Vec<String> {
    let rows = screen.lines().filter_map(|l| l.split('│').nth(3)?.trim_start().strip_prefix(state));
    rows.map(|row| row.trim_start().split("  ").next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn the_dashboard_moves_the_host_calls_and_leaving_leaves_nothing() {
    let (home, env) = home();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_palco"));
    command.args(SLOW);
    for (name, value) in &env {
        command.env(name, value);
    }
    let mut pty = Pty::start_in(command, (120, 36), Extras::default());

    let meters = RefCell::new(BTreeSet::new());
    pty.until("a speaker whose meter moves", |screen, _| {
        let line = on_stage(&screen.contents(), "speaker");
        let full = line.matches('━').count();
        if line.contains('▶') && full > 0 {
            meters.borrow_mut().insert(full);
        }
        meters.borrow().len() >= 3
    });
    let clocks = RefCell::new(BTreeSet::new());
    pty.until("a clock that runs", |screen, _| {
        let text = screen.contents();
        clocks.borrow_mut().extend(text.lines().find(|l| l.contains(" left ")).map(str::to_owned));
        clocks.borrow().len() >= 3
    });
    pty.until("two hands on deck", |screen, _| in_queue(&screen.contents(), "on deck").len() == 2);

    let first = in_queue(&pty.text(), "on deck").remove(0);
    assert_eq!(in_queue(&pty.text(), "called"), [""; 0]);
    pty.send("n");
    pty.until("the first hand called", |screen, _| in_queue(&screen.contents(), "called") == [first.clone()]);
    pty.until("the called one speaking", |screen, _| {
        let line = on_stage(&screen.contents(), &first);
        line.contains('▶') && line.contains('━')
    });

    pty.send("q");
    pty.wait("Leave “");
    pty.send("y");
    assert_eq!(pty.exit(), 0, "{}", pty.text());
    pty.assert_restored();
    assert!(pty.text().contains("palco demo --seed 7"), "{}", pty.text());
    assert_eq!(left_behind(home.path()), [""; 0]);
}

/// A demo without a terminal, steered by `palco ctl`. Killed when dropped.
struct Staged {
    child: Child,
    url: String,
    env: Vec<(&'static str, String)>,
    home: TempDir,
}

impl Staged {
    fn start() -> Self {
        let (home, env) = home();
        let mut child = Command::new(env!("CARGO_BIN_EXE_palco"))
            .args(SLOW)
            .arg("--no-audio")
            .envs(env.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url =
            line.trim().strip_prefix("palco join ").unwrap_or_else(|| panic!("it said {line:?}")).to_owned();
        Self { child, url, env: env.into(), home }
    }

    fn status(&self) -> Value {
        let out = Command::new(env!("CARGO_BIN_EXE_palco"))
            .args(["ctl", &self.url, "status", "--json"])
            .envs(self.env.clone())
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let status = self.status();
            if holds(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "never {what}: {status:#}");
        }
    }

    /// Asks it to end, as a shell or a service manager does.
    fn end(mut self) -> (bool, String, Vec<String>) {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let mut rest = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        let ended = self.child.wait().unwrap().success();
        (ended, rest, left_behind(self.home.path()))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who is there, in the order of coming, and who asks what, in the order of asking.
fn staging(status: &Value) -> (Vec<String>, Vec<String>) {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let people = status["participants"].as_array().unwrap().iter().map(|p| text(&p["name"])).collect();
    let mut hands: Vec<_> = status["queue"].as_array().unwrap().iter().collect();
    hands.sort_by_key(|h| h["hand"].as_u64());
    let hands =
        hands.iter().take(4).map(|h| format!("{}: {}", text(&h["name"]), text(&h["topic"]))).collect();
    (people, hands)
}

#[test]
fn a_seed_stages_the_same_meeting_again_and_a_signal_ends_it_cleanly() {
    let play = || {
        let demo = Staged::start();
        let hands = |s: &Value| s["queue"].as_array().map_or(0, Vec::len);
        let status = demo.until("four hands", |s| s["phase"] == "live" && hands(s) >= 4);
        let staging = staging(&status);
        let (ended, rest, left) = demo.end();
        assert!(ended && rest.contains("--seed 7"), "{rest}");
        assert_eq!(left, [""; 0]);
        (status["title"].clone(), staging)
    };
    let (first, again) = (play(), play());
    assert_eq!(first, again);
    assert!(first.1.0.len() >= 10, "{first:?}");
}
