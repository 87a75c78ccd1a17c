//! The server that is measured: a process of its own, so that its CPU time is its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::demo::Scratch;
use crate::client::{RoomUrl, fetch};

use super::{BenchError, machine};

/// How long the server may take to say where it listens.
const START: Duration = Duration::from_secs(10);

/// The longest list of what a server counts, in bytes: ten times what it is.
const METRICS: u64 = 256 * 1024;

/// The room that is measured.
pub(super) const ROOM: &str = "bench";

/// A `palco serve` on a free port of loopback, killed when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    url: RoomUrl,
    ssh: SocketAddr,
    // Dropped after the process was.
    data: Scratch,
}

impl Server {
    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// It does not.
    pub(super) async fn start(seats: u32) -> Result<Self, BenchError> {
        let failed = |cause: std::io::Error| BenchError::Server(cause.to_string());
        let data = Scratch::new("bench").map_err(failed)?;
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--ssh",
                "127.0.0.1:0",
                "--max-per-address",
                &(seats + 16).to_string(),
                "--data",
            ])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stdout = child.stdout.take();
        let mut server = Self { child, url: at(0)?, ssh: SocketAddr::from(([127, 0, 0, 1], 0)), data };
        // One for websockets, one for SSH.
        let lines = tokio::task::spawn_blocking(move || {
            let lines = stdout.into_iter().flat_map(|out| BufReader::new(out).lines().take(2));
            lines.map_while(Result::ok).collect::<Vec<_>>()
        });
        let lines = tokio::time::timeout(START, lines)
            .await
            .map_err(|_| BenchError::Server("it said nothing".to_owned()))?
            .unwrap_or_default();
        let [web, ssh] = <[String; 2]>::try_from(lines)
            .map_err(|said| BenchError::Server(format!("it said “{}”", said.join(" "))))?
            .map(|line| port(&line).ok_or_else(|| BenchError::Server(format!("it said “{line}”"))));
        server.url = at(web?)?;
        server.ssh.set_port(ssh?);
        Ok(server)
    }

    /// Where the measured room is.
    pub(super) fn url(&self) -> RoomUrl {
        self.url.clone()
    }

    /// Where it keeps its meetings.
    pub(super) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Where it takes SSH.
    pub(super) fn ssh(&self) -> SocketAddr {
        self.ssh
    }

    /// How many files and sockets it has open.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn open_files(&self) -> Result<usize, BenchError> {
        machine::open_files(self.child.id())
    }

    /// What it counts under a name.
    ///
    /// # Errors
    /// It does not tell.
    pub(super) async fn metric(&self, name: &str) -> Result<f64, BenchError> {
        let failed = |cause| BenchError::System { what: "the server's metrics", cause };
        let answer = fetch(&self.url, "/metrics", METRICS).await.map_err(failed)?;
        let text = String::from_utf8_lossy(&answer);
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| BenchError::Server(format!("it does not tell {name}")))
    }

    /// Begins to count what the server uses.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn watch(&self) -> Result<Usage, BenchError> {
        let pid = self.child.id();
        Ok(Usage { pid, cpu: machine::cpu(pid)?, since: Instant::now() })
    }

    /// Resident memory in KiB.
    ///
    /// # Errors
    /// It is gone.
    pub(super) fn memory_kib(&self) -> Result<u64, BenchError> {
        machine::memory_kib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process used since a moment.
#[derive(Debug)]
pub(super) struct Usage {
    pid: u32,
    cpu: Duration,
    since: Instant,
}

impl Usage {
    /// CPU time since then, and the time that went by.
    ///
    /// # Errors
    /// The process is gone.
    pub(super) fn read(&self) -> Result<(Duration, Duration), BenchError> {
        let cpu = machine::cpu(self.pid)?.saturating_sub(self.cpu);
        Ok((cpu, self.since.elapsed()))
    }
}

fn at(port: u16) -> Result<RoomUrl, BenchError> {
    RoomUrl::new("127.0.0.1", port, ROOM).map_err(|e| BenchError::Own(Box::new(e)))
}

/// The port in the line with which a server says where it listens.
fn port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|p| *p != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_found_in_a_sentence() {
        assert_eq!(port("palco listens on ws://127.0.0.1:40123/ROOM\n"), Some(40_123));
        assert_eq!(port("listening on 127.0.0.1:7780"), Some(7_780));
        assert_eq!(port("cannot listen"), None);
        assert_eq!(port("127.0.0.1:0"), None);
    }
}
