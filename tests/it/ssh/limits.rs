//! Logging in, and what is refused.

use std::io::Read as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use palco::server::{Settings, start};
use palco::ssh::{SshDoor, SshSettings};
use palco::store::Store;
use tokio::net::TcpListener;

use super::{House, QUIET, key, said};
use crate::pty::{Extras, Pty};
use crate::support::within;

#[test]
fn every_kind_of_key_and_none_at_all_get_in() {
    let house = House::open();
    for kind in ["ed25519", "rsa", "ecdsa"] {
        let key = key(house.keys.path(), kind, kind).display().to_string();
        let args = ["-i", &key, "-p", &house.ssh.port().to_string(), "ana@127.0.0.1", "help"];
        let (status, _, err) = said(Command::new("ssh").args(QUIET).args(args).output().unwrap());
        assert_eq!(status, 0, "{kind}: {err}");
    }
    let args =
        ["-o", "PubkeyAuthentication=no", "-p", &house.ssh.port().to_string(), "ana@127.0.0.1", "help"];
    let (status, _, err) = said(Command::new("ssh").args(QUIET).args(args).output().unwrap());
    assert_eq!(status, 0, "a guest: {err}");
}

#[test]
fn what_is_not_offered_is_refused_and_hangs_nothing() {
    let house = House::open();
    let port = house.ssh.port().to_string();
    let ssh = |args: &[&str]| {
        let mut command = Command::new("ssh");
        command.args(QUIET).args(["-i", &house.key("ana").display().to_string(), "-p", &port]).args(args);
        said(command.stdin(std::process::Stdio::null()).output().unwrap())
    };
    assert_eq!(
        ssh(&["-o", "PreferredAuthentications=password", "-o", "BatchMode=yes", "ana@127.0.0.1"]).0,
        255
    );
    assert_ne!(ssh(&["-s", "ana@127.0.0.1", "sftp"]).0, 0);
    let (status, _, err) =
        ssh(&["-o", "ExitOnForwardFailure=yes", "-R", "0:localhost:1", "ana@127.0.0.1", "help"]);
    assert_eq!(status, 255, "{err}");
    let (status, out, _) = ssh(&["-W", "localhost:1", "ana@127.0.0.1"]);
    assert_eq!((status, out.as_str()), (255, ""));
    assert_eq!(ssh(&["-o", "Ciphers=aes128-cbc", "ana@127.0.0.1", "help"]).0, 255, "an old cipher");
    assert_eq!(ssh(&["-o", "KexAlgorithms=diffie-hellman-group14-sha256", "ana@127.0.0.1", "help"]).0, 255);
    assert_eq!(ssh(&["-C", "ana@127.0.0.1", "help"]).0, 0, "it does without compression");
}

#[test]
fn the_host_key_is_made_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::open();
    let path = house.home.path().join("data/ssh_host_ed25519_key");
    let about = std::fs::metadata(&path).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let scan = || {
        let port = house.ssh.port().to_string();
        let scanned = Command::new("ssh-keyscan").args(["-p", &port, "127.0.0.1"]).output().unwrap();
        String::from_utf8(scanned.stdout).unwrap()
    };
    let public = Command::new("ssh-keygen").arg("-yf").arg(&path).output().unwrap();
    let public = String::from_utf8(public.stdout).unwrap();
    let key = public.split(' ').nth(1).unwrap();
    assert!(scan().contains(key.trim()), "{}", scan());
}

/// Fifty that connect and say nothing, and one that says half of something, are gone after the grace; meanwhile others
/// get in.
#[tokio::test(flavor = "multi_thread")]
async fn half_open_logins_are_cut() {
    let dir = tempfile::tempdir().unwrap();
    let host_key = key(dir.path(), "host", "ed25519");
    let settings = SshSettings { login_grace: Duration::from_secs(2), ..SshSettings::new(host_key) };
    let running = start(Store::in_memory().unwrap(), Settings::default()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let door = SshDoor::new(settings).unwrap();
    let rooms = running.rooms();
    let serving = tokio::spawn(async move { door.serve(listener, rooms).await });
    let half: Vec<_> = (0..50).map(|_| TcpStream::connect(at).unwrap()).collect();
    let mut halves = half.into_iter();
    {
        use std::io::Write as _;
        halves.as_slice()[0].try_clone().unwrap().write_all(b"SSH-2.0-half\r\n\x00\x00").unwrap();
    }
    let help = tokio::task::spawn_blocking(move || {
        let key = key(dir.path(), "ana", "ed25519").display().to_string();
        let args = ["-i", &key, "-p", &at.port().to_string(), "ana@127.0.0.1", "help"];
        said(Command::new("ssh").args(QUIET).args(args).output().unwrap())
    });
    assert_eq!(within("one who logs in", help).await.unwrap().0, 0);
    let closed = tokio::task::spawn_blocking(move || {
        halves.all(|mut half| {
            half.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut rest = Vec::new();
            !matches!(half.read_to_end(&mut rest), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
        })
    });
    assert!(within("the end of them all", closed).await.unwrap());
    serving.abort();
    drop(running);
}

/// Who looks at the list of rooms and touches nothing is sent home, and their connection with them.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_nobody_chooses_from_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let host_key = key(dir.path(), "host", "ed25519");
    let settings = SshSettings { lobby_patience: Duration::from_secs(1), ..SshSettings::new(host_key) };
    let running = start(Store::in_memory().unwrap(), Settings::default()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let serving = tokio::spawn(SshDoor::new(settings).unwrap().serve(listener, running.rooms()));
    let looking = tokio::task::spawn_blocking(move || {
        let mut command = portable_pty::CommandBuilder::new("ssh");
        let key = key(dir.path(), "ana", "ed25519").display().to_string();
        command.args(QUIET);
        command.args(["-i", &key, "-p", &at.port().to_string(), "ana@127.0.0.1"]);
        let mut lobby = Pty::start_in(command, (80, 24), Extras::default());
        assert_eq!(lobby.exit(), 1);
        lobby.wait_last("No room was chosen for a long while");
        lobby.assert_restored();
    });
    within("the end of it", looking).await.unwrap();
    serving.abort();
    drop(running);
}
