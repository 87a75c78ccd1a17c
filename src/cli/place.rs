//! Where a server listens, keeps its meetings, and is found.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _, UdpSocket};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use ssh_key::{Algorithm, PublicKey};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::client::{Identity, RoomUrl};
use crate::config;
use crate::meeting::ParticipantId;
use crate::server::{self, Plain, Settings, Tls};
use crate::ssh::{SshDoor, SshSettings};
use crate::store::Store;

use super::after;
use super::args::{PlaceArgs, TlsArgs, Unencrypted};
use super::context::Context;
use super::output::Failure;
use super::zone::utc_offset_secs;

/// The host key of SSH, in the data directory.
const HOST_KEY: &str = "ssh_host_ed25519_key";

/// A server's listeners and store, ready to serve.
pub(crate) struct Place {
    listener: TcpListener,
    store: Store,
    ssh: Option<Ssh>,
    pub(crate) at: SocketAddr,
    pub(crate) tls: Option<Tls>,
    pub(crate) plain: Plain,
    keep_days: u32,
    minutes: server::Minutes,
    hook: Option<server::Hook>,
}

impl Place {
    /// Listens and opens the data directory, as flags and settings say.
    pub(crate) async fn take(context: &Context, args: &PlaceArgs) -> Result<Self, Failure> {
        let listen = args.listen.as_deref().unwrap_or(&context.config.server.listen);
        let (listener, at) = bind(address(listen)?, "--listen").await?;
        let data = context.data(args.data.as_ref());
        let store = Store::open(&data).map_err(|e| Failure::refused("data", e))?;
        let tls = tls(context, &args.tls, &data, at)?;
        let ssh = match args.ssh.as_ref().or(context.config.server.ssh.as_ref()) {
            Some(text) => Some(Ssh::take(text, &data, (at, tls.as_ref())).await?),
            None => None,
        };
        let keep_days = context.config.server.keep_days;
        let (minutes, hook) = (after::written(context)?, after::hook(context)?);
        let plain = plain(context, &args.tls);
        Ok(Self { listener, store, ssh, at, tls, plain, keep_days, minutes, hook })
    }

    /// What the server is to be told of it.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            tls: self.tls.clone(),
            plain: self.plain,
            keep_days: self.keep_days,
            minutes: self.minutes.clone(),
            hook: self.hook.clone(),
            ..Settings::default()
        }
    }

    /// The addresses to be told, with their schemes.
    pub(crate) fn listening(&self) -> String {
        let ssh = self.ssh.iter().map(|ssh| format!("\nlistening on ssh://{}", ssh.at));
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        std::iter::once(format!("listening on {scheme}://{}", self.at)).chain(ssh).collect()
    }

    /// Serves until `shutdown` is ready.
    pub(crate) async fn serve(
        self,
        settings: Settings,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), Failure> {
        let Self { listener, store, ssh, .. } = self;
        let failed = |e| Failure::refused("server", e);
        let server = server::start(store, settings).await.map_err(failed)?;
        let Some(Ssh { listener: over_ssh, door, .. }) = ssh else {
            return server.serve(listener, shutdown).await.map_err(failed);
        };
        let ssh = door.serve(over_ssh, server.rooms());
        let (served, ()) = tokio::join!(server.serve(listener, shutdown), ssh);
        served.map_err(failed)
    }
}

/// The door over SSH, and where it is.
struct Ssh {
    listener: TcpListener,
    at: SocketAddr,
    door: SshDoor,
}

impl Ssh {
    async fn take(text: &str, data: &Path, (web, tls): (SocketAddr, Option<&Tls>)) -> Result<Self, Failure> {
        let (listener, at) = bind(address(text)?, "--ssh").await?;
        let host_key = data.join(HOST_KEY);
        Identity::load_or_create(&host_key).map_err(|e| Failure::refused("ssh", e))?;
        let shared = urls(web, tls, "room")?.first().map(RoomUrl::server_to_share);
        let settings = SshSettings {
            websockets: web.port(),
            websockets_at: shared.filter(|_| tls.is_some()),
            utc_offset_secs: utc_offset_secs(),
            ..SshSettings::new(host_key)
        };
        let door = SshDoor::new(settings).map_err(|e| Failure::refused("ssh", e))?;
        Ok(Self { listener, at, door })
    }
}

/// Rooms of a server as others reach them, the most useful first: by the names of its certificate, where somebody else
/// signed it for some, else by its addresses.
pub(crate) fn urls(at: SocketAddr, tls: Option<&Tls>, room: &str) -> Result<Vec<RoomUrl>, Failure> {
    let url = |host: &str| RoomUrl::new(host, at.port(), room).map_err(Failure::usage);
    let Some(tls) = tls else {
        return reachable(at).into_iter().map(|at| url(&at.ip().to_string())).collect();
    };
    let named = tls.names().iter().filter(|name| *name != "localhost");
    let named =
        named.map(|name| Ok::<_, Failure>(url(name)?.with_tls(None))).collect::<Result<Vec<_>, _>>()?;
    if !named.is_empty() {
        return Ok(named);
    }
    let pinned = |at: SocketAddr| Ok::<_, Failure>(url(&at.ip().to_string())?.with_tls(Some(tls.pin())));
    reachable(at).into_iter().map(pinned).collect()
}

/// The certificate that flags and settings name, or the one of palco's own making.
fn tls(context: &Context, args: &TlsArgs, data: &Path, at: SocketAddr) -> Result<Option<Tls>, Failure> {
    let set = &context.config.server;
    let given = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
    let given = given.or_else(|| set.tls_cert.as_ref().zip(set.tls_key.as_ref()).filter(|_| !args.tls));
    let tls = match given {
        Some((certificate, key)) => Tls::read(certificate, key),
        None if set.tls_cert.is_some() != set.tls_key.is_some() => {
            return Err(Failure::usage("tls-cert and tls-key belong together; set both, or `tls = true`"));
        }
        None if args.tls || set.tls => Tls::own(data, &own_names(at)),
        None => return Ok(None),
    };
    tls.map(Some).map_err(|e| Failure::refused("tls", e))
}

/// What the certificate of palco's own making is for, for programs that look: its pin holds anywhere.
fn own_names(at: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    for ip in reachable(at).into_iter().map(|at| at.ip().to_string()) {
        if !names.contains(&ip) {
            names.push(ip);
        }
    }
    names
}

fn plain(context: &Context, args: &TlsArgs) -> Plain {
    match (args.unencrypted, context.config.server.unencrypted) {
        (Some(Unencrypted::Nobody), _) | (None, config::Unencrypted::Nobody) => Plain::Nobody,
        (Some(Unencrypted::Near), _) | (None, config::Unencrypted::Near) => Plain::Near,
        (Some(Unencrypted::Everybody), _) | (None, config::Unencrypted::Everybody) => Plain::Everybody,
    }
}

/// Reads `ADDRESS:PORT`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, Failure> {
    let wrong =
        || Failure::usage(format!("“{text}” is not an address to listen on; write one such as 0.0.0.0:7780"));
    text.to_socket_addrs().ok().and_then(|mut all| all.next()).ok_or_else(wrong)
}

async fn bind(at: SocketAddr, flag: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    use std::io::ErrorKind;
    let failed = |e: std::io::Error| {
        let text = match e.kind() {
            ErrorKind::AddrInUse => format!(
                "port {} is in use, perhaps by another palco; choose another with {flag} {}:0 (0 takes a free one)",
                at.port(),
                at.ip()
            ),
            ErrorKind::AddrNotAvailable => {
                format!("{} is not an address of this machine; try {flag} 0.0.0.0:{}", at.ip(), at.port())
            }
            ErrorKind::PermissionDenied => {
                format!("port {} is not for everybody; choose one above 1023 with {flag}", at.port())
            }
            _ => format!("cannot listen on {at} ({e}); choose another address with {flag}"),
        };
        Failure::refused("listen", text)
    };
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let at = listener.local_addr().map_err(failed)?;
    Ok((listener, at))
}

/// Reads who may open rooms: fingerprints, or public key files.
pub(crate) fn owners(given: &[String]) -> Result<Option<Vec<ParticipantId>>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    given.iter().map(|text| owner(text)).collect::<Result<_, _>>().map(Some)
}

fn owner(text: &str) -> Result<ParticipantId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let wrong = |why: &str| {
        Failure::usage(format!(
            "the owner “{text}” {why}; write a fingerprint (ssh-keygen -lf FILE) or a public key's file"
        ))
    };
    let line = std::fs::read_to_string(Path::new(text))
        .map_err(|e| wrong(&format!("is no fingerprint and no file ({e})")))?;
    let key: PublicKey = line.trim().parse().map_err(|_| wrong("is no OpenSSH public key"))?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(wrong("is not an ed25519 key"));
    }
    let encoded = key.to_bytes().map_err(|_| wrong("is no OpenSSH public key"))?;
    Ok(ParticipantId(Sha256::digest(encoded).into()))
}

/// Addresses under which others reach a listener at `at`, the most useful first.
///
/// A machine's own addresses are those that the system would send from; nothing is sent to find them.
pub(crate) fn reachable(at: SocketAddr) -> Vec<SocketAddr> {
    if !at.ip().is_unspecified() {
        return vec![at];
    }
    /// One address in each kind of network: the open one, private ones, IPv6.
    const TOWARDS: [&str; 6] = [
        "8.8.8.8:9",
        "10.255.255.255:9",
        "172.31.255.255:9",
        "192.168.255.255:9",
        "[2001:4860:4860::8888]:9",
        "127.0.0.1:9",
    ];
    let mut found: Vec<IpAddr> = Vec::new();
    for towards in TOWARDS {
        if let Some(ip) = source_towards(towards)
            && (at.is_ipv6() || ip.is_ipv4())
            && !found.contains(&ip)
        {
            found.push(ip);
        }
    }
    let elsewhere = found.iter().any(|ip| !ip.is_loopback());
    found.retain(|ip| !elsewhere || !ip.is_loopback());
    found.into_iter().map(|ip| SocketAddr::new(ip, at.port())).collect()
}

fn source_towards(towards: &str) -> Option<IpAddr> {
    let any = if towards.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(towards).ok()?;
    socket.local_addr().ok().map(|a| a.ip()).filter(|ip| !ip.is_unspecified())
}

/// Waits for Ctrl-C, SIGTERM or a closed terminal.
pub(crate) async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        tracing::warn!("signals cannot be heard");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_everywhere_is_reached_at_real_addresses() {
        let all = reachable(SocketAddr::from(([0, 0, 0, 0], 7780)));
        assert!(!all.is_empty());
        assert!(all.iter().all(|a| !a.ip().is_unspecified() && a.is_ipv4() && a.port() == 7780), "{all:?}");
    }

    #[test]
    fn a_listener_at_one_address_is_reached_there() {
        let at = SocketAddr::from(([127, 0, 0, 1], 1));
        assert_eq!(reachable(at), [at]);
    }

    #[test]
    fn owners_are_fingerprints_or_files() {
        let key = crate::client::Identity::generate().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ana.pub");
        std::fs::write(&file, format!("{} ana@home\n", key.public_line())).unwrap();
        let given = [key.id().to_string(), file.display().to_string()];
        assert_eq!(owners(&given).unwrap(), Some(vec![key.id(), key.id()]));
        assert_eq!(owners(&[]).unwrap(), None);
        let text = owners(&["nobody".into()]).unwrap_err().text;
        assert!(text.contains("nobody") && text.contains("ssh-keygen"), "{text}");
    }
}
