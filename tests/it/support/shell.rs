//! The real binary, with a home of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

/// How long anything may take before a test says that it hangs.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A home directory of its own for palco.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// `palco` in this home, untouched by what the environment says.
    pub fn palco(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_palco"));
        for (name, _) in std::env::vars() {
            if name.starts_with("PALCO_") || name.starts_with("XDG_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.path()).env("USER", "tester").args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.palco(args).output().unwrap())
    }

    /// `palco ctl` as somebody: their name, and a key of their own.
    pub fn ctl(&self, url: &str, who: &str, words: &[&str]) -> Ran {
        let key = self.path().join(format!("keys/{who}")).display().to_string();
        let mut args = vec!["ctl", url];
        args.extend_from_slice(words);
        args.extend_from_slice(&["--name", who, "--identity", &key]);
        self.run(&args)
    }

    /// The meeting as `palco ctl status --json` shows it.
    pub fn status(&self, url: &str) -> Value {
        let ran = self.run(&["ctl", url, "status", "--json"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }
}

/// What a run of palco said and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{}", self.err);
        self
    }

    /// Ended with `status` and a sentence that has all these words in it.
    #[track_caller]
    pub fn failed(self, status: i32, words: &[&str]) {
        assert_eq!(self.status, status, "{} {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "“{word}” is not in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }
}

/// A palco that goes on running; killed when it is dropped.
pub struct Running {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out: Some(out) }
    }

    /// The next line of its output; empty when there is no more.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Stops reading its output, as `head` does.
    pub fn stop_reading(&mut self) {
        self.out = None;
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end; the rest of what it said on standard error.
    #[track_caller]
    pub fn wait(&mut self) -> (ExitStatus, String) {
        let mut err = self.child.stderr.take().unwrap();
        let (said, all) = channel();
        // Standard error closes when the process ends.
        std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            // Nobody listens any more when the deadline has passed.
            let _ = said.send(text);
        });
        let err = all.recv_timeout(DEADLINE).expect("it does not end");
        (self.child.wait().unwrap(), err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `palco serve`.
pub struct Server {
    pub running: Running,
    pub at: SocketAddr,
    pub data: PathBuf,
}

impl Server {
    /// On a free port, with data in the home.
    pub fn start(home: &Home) -> Self {
        Self::start_at(home, "127.0.0.1:0")
    }

    pub fn start_at(home: &Home, listen: &str) -> Self {
        Self::start_as(home, listen, |_| {})
    }

    /// The same, started as somebody else says.
    pub fn start_as(home: &Home, listen: &str, how: impl FnOnce(&mut Command)) -> Self {
        let data = home.path().join("data");
        let mut command = home.palco(&["serve", "--listen", listen, "--data", &data.display().to_string()]);
        how(&mut command);
        let mut running = Running::start(command);
        let line = running.line();
        let at = line.strip_prefix("listening on ws://").and_then(|at| at.parse().ok());
        let at = at.unwrap_or_else(|| panic!("no address: {line:?} {:?}", running.wait()));
        Self { running, at, data }
    }

    pub fn url(&self, room: &str) -> String {
        format!("ws://{}/{room}", self.at)
    }
}

/// `palco host` on a server, without a console; ready when it has told how to join.
pub fn host(home: &Home, server: &Server, room: &str) -> Running {
    host_at(home, &format!("ws://{}", server.at), room)
}

/// The same, on the server at this address.
pub fn host_at(home: &Home, at: &str, room: &str) -> Running {
    let key = home.path().join("keys/Stefano").display().to_string();
    let args = ["host", room, "--server", at, "--name", "Stefano", "--identity", &key, "--no-audio"];
    let mut running = Running::start(home.palco(&args));
    assert_eq!(running.line(), format!("palco join {at}/{room}"));
    running
}
