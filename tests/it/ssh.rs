//! Palco over SSH, with the real OpenSSH client: in a pseudo-terminal, and through pipes.

mod client;
mod door;
mod latency;
mod lent_sound;
mod limits;
mod play;
mod script;
mod sound;
mod streams;
mod terminal;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::pty::{Extras, Pty};
use crate::support::shell::{Home, Running};

/// What ssh is told so that it asks nobody and remembers nothing.
const QUIET: [&str; 8] = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
    "-o",
    "IdentitiesOnly=yes",
];

/// `palco serve` with a door over SSH.
struct House {
    home: Home,
    keys: TempDir,
    running: Running,
    ssh: SocketAddr,
    ws: SocketAddr,
}

impl House {
    fn open() -> Self {
        let home = Home::new();
        let data = home.path().join("data").display().to_string();
        let args = ["serve", "--listen", "127.0.0.1:0", "--ssh", "127.0.0.1:0", "--data", &data];
        let mut running = Running::start(home.palco(&args));
        let mut at = |scheme: &str| {
            let line = running.line();
            let at = line.strip_prefix(&format!("listening on {scheme}://")).and_then(|at| at.parse().ok());
            at.unwrap_or_else(|| panic!("no address: {line:?}"))
        };
        let (ws, ssh) = (at("ws"), at("ssh"));
        Self { home, keys: tempfile::tempdir().unwrap(), running, ssh, ws }
    }

    /// Somebody's private key, made when it is asked for first.
    fn key(&self, who: &str) -> PathBuf {
        key(self.keys.path(), who, "ed25519")
    }

    /// The words for ssh: options, then `who` at the server.
    fn words(&self, who: &str) -> Vec<String> {
        let mut words: Vec<String> = QUIET.map(str::to_owned).into();
        words.extend(["-i".to_owned(), self.key(who).display().to_string()]);
        words.extend(["-p".to_owned(), self.ssh.port().to_string(), format!("{who}@127.0.0.1")]);
        words
    }

    /// `ssh` through pipes.
    fn pipe(&self, who: &str, words: &[&str]) -> Command {
        let mut command = Command::new("ssh");
        command.arg("-T").args(self.words(who)).args(words).stdin(Stdio::null());
        command
    }

    /// `ssh -t` in a terminal of this size.
    fn console(&self, who: &str, words: &[&str], size: (u16, u16)) -> Pty {
        self.console_with(&[], who, words, size)
    }

    /// The same with options of ssh.
    fn console_with(&self, options: &[&str], who: &str, words: &[&str], size: (u16, u16)) -> Pty {
        let mut command = CommandBuilder::new("ssh");
        command.args(["-t", "-o", "SendEnv=LANG"]);
        command.args(options);
        command.args(self.words(who));
        command.args(words);
        Pty::start_in(command, size, Extras::default())
    }

    fn url(&self, room: &str) -> String {
        format!("ws://{}/{room}", self.ws)
    }

    /// `palco ctl` over a websocket with somebody's ssh key.
    fn ctl(&self, who: &str, words: &[&str]) {
        let (url, key) = (self.url("monday"), self.key(who).display().to_string());
        let mut args = vec!["ctl", url.as_str()];
        args.extend_from_slice(words);
        args.extend_from_slice(&["--name", who, "--identity", &key]);
        self.home.run(&args).ok();
    }

    /// Opens the room over SSH; the host sits there.
    fn host(&self, who: &str) -> Pty {
        let lobby = self.console(who, &[], (100, 30));
        lobby.wait("The rooms here");
        lobby.send("h");
        lobby.wait("Host in room");
        lobby.send("\r");
        lobby.wait("The doors are not open yet");
        lobby
    }
}

/// A private key in a directory, made when it is asked for first.
fn key(dir: &Path, who: &str, kind: &str) -> PathBuf {
    let path = dir.join(who);
    if !path.exists() {
        let made = Command::new("ssh-keygen").args(["-q", "-N", "", "-t", kind, "-f"]).arg(&path).status();
        assert!(made.expect("ssh-keygen is here").success());
    }
    path
}

/// What a run of ssh said, and how it ended.
fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}
