//! A way to a PulseAudio server over TCP for libraries that know local sockets only.
//!
//! A socket of our own without a name is what they connect to; each connection is carried to the first server that
//! answers, both ways.

use std::fs::DirBuilder;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};

use super::address::Address;

/// How long a server may take to be reached, and then to say its first word, before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most bytes of a server's first word.
const FIRST_WORD: usize = 4_096;

/// A way to servers that are somewhere else.
#[derive(Debug)]
pub(super) struct Bridge {
    listener: UnixListener,
    /// Keeps the nameless socket within reach.
    place: OwnedFd,
    servers: Vec<Address>,
    begun: Once,
}

impl Bridge {
    /// A way to the first of these that answers. Nothing is carried before [`begin`](Self::begin).
    ///
    /// # Errors
    /// The system has no room for a socket.
    pub(super) fn new(servers: Vec<Address>) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("palco-pulse-{:016x}", rand::random::<u64>()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let socket = folder.join("native");
        let bound = UnixListener::bind(&socket).and_then(|listener| {
            let place = open(&socket, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
            Ok((listener, place))
        });
        // Both are of use without their names, and so nothing stays behind.
        let _ = std::fs::remove_file(&socket);
        let _ = std::fs::remove_dir(&folder);
        let (listener, place) = bound?;
        Ok(Self { listener, place, servers, begun: Once::new() })
    }

    /// Where to connect to.
    pub(super) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.place.as_raw_fd()).into()
    }

    /// Carries what connects from now on.
    pub(super) fn begin(&self) {
        self.begun.call_once(|| {
            let servers = self.servers.clone();
            let Ok(listener) = self.listener.try_clone() else { return };
            let serving = move || {
                for near in listener.incoming().map_while(Result::ok) {
                    let servers = servers.clone();
                    // Without a thread the connection ends, and so does whoever waits for it.
                    let _ = named("pulse-bridge", move || carry(near, &servers));
                }
            };
            if let Err(error) = named("pulse-bridges", serving) {
                tracing::warn!(%error, "PulseAudio cannot be reached over TCP");
            }
        });
    }
}

fn named(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// Carries a connection to the first server that answers, until either end is gone.
fn carry(near: UnixStream, servers: &[Address]) {
    let Some(far) = servers.iter().find_map(|server| connect(server).ok()) else { return };
    if let Err(error) = both_ways(&near, &far) {
        tracing::debug!(%error, "a connection to PulseAudio over TCP ended");
    }
    part(&near, &far);
}

fn both_ways(near: &UnixStream, far: &UnixStream) -> io::Result<()> {
    let (from, into) = (near.try_clone()?, far.try_clone()?);
    named("pulse-bridge", move || {
        let _ = io::copy(&mut &from, &mut &into);
        part(&from, &into);
    })?;
    far.set_read_timeout(Some(PATIENCE))?;
    let mut word = [0; FIRST_WORD];
    let n = (&*far).read(&mut word)?;
    (&*near).write_all(&word[..n])?;
    far.set_read_timeout(None)?;
    io::copy(&mut &*far, &mut &*near).map(drop)
}

/// Ends both: who waits at either is told.
fn part(a: &UnixStream, b: &UnixStream) {
    // Each fails when it has ended already.
    let _ = a.shutdown(Shutdown::Both);
    let _ = b.shutdown(Shutdown::Both);
}

/// A connection to a server. A socket is read, written and shut down alike, whatever its kind.
fn connect(server: &Address) -> io::Result<UnixStream> {
    match server {
        Address::Local(path) => UnixStream::connect(path),
        Address::Tcp { host, port } => {
            let mut failed = io::ErrorKind::NotFound.into();
            for at in (host.as_str(), *port).to_socket_addrs()? {
                match TcpStream::connect_timeout(&at, PATIENCE) {
                    Ok(stream) => {
                        stream.set_nodelay(true)?;
                        return Ok(UnixStream::from(OwnedFd::from(stream)));
                    }
                    Err(error) => failed = error,
                }
            }
            Err(failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn tcp(listener: &TcpListener) -> Address {
        Address::Tcp { host: "127.0.0.1".into(), port: listener.local_addr().unwrap().port() }
    }

    #[test]
    fn a_connection_is_carried_to_the_first_server_that_answers_and_ends_with_it() {
        let gone = {
            let closed = TcpListener::bind("127.0.0.1:0").unwrap();
            tcp(&closed)
        };
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let bridge = Bridge::new(vec![gone, tcp(&server)]).unwrap();
        bridge.begin();
        assert!(std::fs::metadata(bridge.path()).is_ok_and(|about| !about.permissions().readonly()));
        let mut near = UnixStream::connect(bridge.path()).unwrap();
        let (mut far, _) = server.accept().unwrap();
        let mut said = [0; 5];
        near.write_all(b"hello").unwrap();
        far.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"hello");
        for word in [b"first", b"other"] {
            far.write_all(word).unwrap();
            near.read_exact(&mut said).unwrap();
            assert_eq!(&said, word);
        }
        drop(far);
        assert_eq!(near.read(&mut said).unwrap(), 0);
        // And the other way round.
        let near = UnixStream::connect(bridge.path()).unwrap();
        let (mut far, _) = server.accept().unwrap();
        drop(near);
        assert_eq!(far.read(&mut said).unwrap(), 0);
    }

    #[test]
    fn who_reaches_no_server_or_a_mute_one_is_not_kept_waiting() {
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        for servers in [vec![], vec![tcp(&mute)]] {
            let bridge = Bridge::new(servers).unwrap();
            bridge.begin();
            let mut near = UnixStream::connect(bridge.path()).unwrap();
            assert_eq!(near.read(&mut [0]).unwrap(), 0);
        }
    }
}
