//! Running what a channel is asked for.

use std::sync::Arc;

use russh::ChannelId;
use russh::server::Handle;
use tokio::task::JoinHandle;
use tracing::error;

use super::lent::Lender;
use super::peer::Peer;
use super::request::Request;
use super::seat::{self, Guest, House, Keeps, finish};
use super::stream::{complain, end, lines};
use super::words::{Place, USAGE, Wish, parse};
use super::{ctl, listen, play, speak};

/// Runs what a line asks for; without a word it is the room that somebody logged in for, or the list of them.
pub(super) async fn run(
    house: Arc<House>,
    guest: Guest,
    (request, lender): (Request, Lender),
    (line, peer): (&str, &Peer),
) -> Keeps {
    #[cfg(test)]
    tests::fail_if_asked(line);
    let is_terminal = request.size.is_some();
    let own = guest.room.clone().map(|room| Place { room, ..Place::default() });
    // Each on the heap: else the smallest would take as much memory as the largest.
    match parse(line) {
        Ok(Wish::Lobby) => return Box::pin(seat::run(house, guest, (request, lender), own)).await,
        Ok(Wish::Room(place)) => {
            return Box::pin(seat::run(house, guest, (request, lender), Some(place))).await;
        }
        Ok(Wish::Listen(whose, rung)) => {
            return Box::pin(listen::run(house, guest, request, (whose, rung))).await;
        }
        Ok(Wish::Play(wanted)) => return Box::pin(play::run(house, guest, request, wanted)).await,
        Ok(Wish::Speak(place, pcm)) => {
            Box::pin(speak::run(house, guest, (request, peer), (place, pcm))).await
        }
        Ok(Wish::Ctl(place, ask)) => Box::pin(ctl::run(house, guest, request, (place, ask))).await,
        Ok(Wish::Help) => finish(&request.write, lines(USAGE, is_terminal), 0).await,
        Err(why) => {
            complain(&request.write, &lines(&format!("palco: {why}\n{USAGE}"), is_terminal)).await;
            end(&request.write, 2).await;
        }
    }
    true
}

/// Waits for what runs on a channel as a task of its own, so that its panic ends it alone.
pub(super) async fn guard(channel: ChannelId, handle: Handle, running: JoinHandle<()>) {
    let Err(failed) = running.await else {
        return;
    };
    error!(%failed, "a seat over SSH failed");
    let text = "\x1b[?1049l\x1b[?25h\r\npalco: this seat failed, and its server goes on; connect again\r\n";
    // Each fails when the connection is gone too.
    let _ = handle.extended_data(channel, 1, text.as_bytes().to_vec()).await;
    let _ = handle.exit_status_request(channel, 1).await;
    let _ = handle.close(channel).await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::SocketAddr;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use tokio::net::TcpListener;

    use crate::server::{Settings, start};
    use crate::ssh::{SshDoor, SshSettings};
    use crate::store::Store;

    /// What is asked for by a client whose seat is to fail, as it would by a fault of ours.
    const FAIL: &str = "fail";

    pub(super) fn fail_if_asked(line: &str) {
        assert_ne!(line, FAIL, "a test asked for it");
    }

    /// The real client, over a connection that is shared through a socket in `dir`.
    fn ssh(at: SocketAddr, dir: &Path, options: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new("ssh");
        let quiet = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
        command.args(quiet.iter().flat_map(|option| ["-o", *option]));
        command.args(["-o", "PubkeyAuthentication=no", "-S"]).arg(dir.join("shared"));
        command.args(options).args(["-p", &at.port().to_string(), "ana@127.0.0.1"]).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("TERM", "xterm-256color");
        command
    }

    fn until_said(out: &mut impl std::io::Read, text: &str) {
        let (mut said, mut some) = (Vec::new(), [0; 4096]);
        while !String::from_utf8_lossy(&said).contains(text) {
            let n = out.read(&mut some).unwrap();
            assert!(n > 0, "never {text}: {}", String::from_utf8_lossy(&said));
            said.extend_from_slice(&some[..n]);
        }
    }

    fn failing_beside_a_console(at: SocketAddr, dir: &Path) {
        let mut lobby = ssh(at, dir, &["-tt", "-M"], &[]).spawn().expect("ssh is here");
        let (mut keys, mut shown) = (lobby.stdin.take().unwrap(), lobby.stdout.take().unwrap());
        until_said(&mut shown, "The rooms here");
        // First over the console's own connection.
        for shared in [true, false] {
            let options: &[&str] = if shared { &["-T"] } else { &["-T", "-S", "none"] };
            let failed = ssh(at, dir, options, &[FAIL]).output().unwrap();
            let said = String::from_utf8_lossy(&failed.stderr);
            assert_eq!(failed.status.code(), Some(1), "{said}");
            assert!(said.contains("this seat failed, and its server goes on"), "{said}");
        }
        keys.write_all(b"h").unwrap();
        until_said(&mut shown, "Host in room");
        assert_eq!(ssh(at, dir, &["-T", "-S", "none"], &["help"]).output().unwrap().status.code(), Some(0));
        keys.write_all(b"\x03").unwrap();
        let mut rest = Vec::new();
        shown.read_to_end(&mut rest).unwrap();
        lobby.wait().unwrap();
    }

    /// Neither the console beside it on the same connection nor the server ends with a seat that fails.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_seat_that_fails_ends_alone() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("host");
        let made =
            Command::new("ssh-keygen").args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&key).status();
        assert!(made.expect("ssh-keygen is here").success());
        let running = start(Store::in_memory().unwrap(), Settings::default()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let door = SshDoor::new(SshSettings::new(key)).unwrap();
        let serving = tokio::spawn(door.serve(listener, running.rooms()));
        tokio::task::block_in_place(|| failing_beside_a_console(at, dir.path()));
        serving.abort();
    }
}
