//! Accepting connections: caps, deadlines, HTTP on each.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tower_service::Service as _;
use tracing::{debug, warn};

use crate::net::{Stream, hurry, is_near};

use super::counts::Counts;
use super::shared::Shared;
use super::{Plain, Tls, http};

/// The largest head of an HTTP request: a browser's cookies fit.
const MAX_HEAD: usize = 16 * 1024;

/// Bytes that the kernel holds for a peer beyond what is on the way: sound that waits there is late and cannot be
/// dropped any more.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 16 * 1024;

/// What a TLS connection begins with: a record of the handshake (RFC 8446 section 5.1). No HTTP request does.
const TLS_HANDSHAKE: u8 = 0x16;

/// After an accept failed for want of files or memory: time for connections to end, and no busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who is connected, by address. The lock is held for a look-up.
#[derive(Debug, Default)]
struct Census {
    by_address: Counts<IpAddr>,
    all: usize,
}

/// The connections of a listener.
#[derive(Clone, Debug)]
struct Doorkeeper {
    census: Arc<Mutex<Census>>,
    connections: usize,
    per_address: usize,
}

/// One connection's place among those allowed; dropping it gives it back.
#[derive(Clone, Debug)]
pub(super) struct Place {
    held: Arc<Held>,
}

impl Place {
    /// Where the connection comes from.
    pub(super) fn address(&self) -> IpAddr {
        self.held.address
    }
}

#[derive(Debug)]
struct Held {
    address: IpAddr,
    door: Doorkeeper,
    gauge: Gauge,
}

impl Doorkeeper {
    fn new(connections: usize, per_address: usize) -> Self {
        Self { census: Arc::default(), connections, per_address }
    }

    fn admit(&self, address: IpAddr, shared: &Shared) -> Option<Place> {
        // A dual-stack socket shows an IPv4 peer as a mapped address.
        let address = address.to_canonical();
        let mut census = self.census.lock().unwrap_or_else(PoisonError::into_inner);
        if census.all >= self.connections || census.by_address.of(&address) >= self.per_address {
            return None;
        }
        census.all += 1;
        census.by_address.add(address);
        let gauge = shared.metrics.connections.clone();
        gauge.inc();
        Some(Place { held: Arc::new(Held { address, door: self.clone(), gauge }) })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut census = self.door.census.lock().unwrap_or_else(PoisonError::into_inner);
        census.all -= 1;
        census.by_address.remove(&self.address);
        self.gauge.dec();
    }
}

/// A connection's socket under another number, so that it can be asked what waits in it while somebody else writes. It is
/// gone with the request.
#[derive(Clone, Debug)]
pub(super) struct Socket(pub(super) Option<Arc<OwnedFd>>);

/// The request came under TLS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encrypted;

impl Socket {
    fn of(tcp: &TcpStream) -> Self {
        // Without a number left the connection goes on, and nobody is asked.
        Self(tcp.as_fd().try_clone_to_owned().ok().map(Arc::new))
    }
}

/// Accepts connections of HTTP until it is dropped.
pub(super) async fn accept(listener: &TcpListener, router: &Router, shared: &Arc<Shared>) {
    let refusing = http::refusing(shared.settings.tls.is_some());
    let door = |stream, peer: SocketAddr, place| {
        let routers = (router.clone(), refusing.clone());
        serve((stream, peer.ip()), routers, place, Arc::clone(shared))
    };
    accept_each(listener, shared.settings.limits.connections, shared, door).await;
}

/// Accepts connections until it is dropped, at most so many at once, and as many of one address as the limits say. Each
/// is served by a task of its own, which the server waits for.
pub(super) async fn accept_each<F>(
    listener: &TcpListener,
    connections: usize,
    shared: &Arc<Shared>,
    serve: impl Fn(TcpStream, SocketAddr, Place) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let door = Doorkeeper::new(connections, shared.settings.limits.per_address);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let Some(place) = door.admit(peer.ip(), shared) else {
            shared.metrics.connections_refused.inc();
            debug!(%peer, "too many connections");
            continue;
        };
        if let Err(error) = tune(&stream) {
            debug!(%peer, %error, "a connection ended at once");
            continue;
        }
        let alive = shared.alive();
        let serving = serve(stream, peer, place);
        tokio::spawn(async move {
            serving.await;
            drop(alive);
        });
    }
}

async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        warn!(%error, "no connection can be accepted at the moment");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    hurry(stream)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)?;
    Ok(())
}

/// Has the system end a connection whose peer takes in nothing of what is written for so long, be it gone or not reading
/// (RFC 5482; Linux counts a window that stays closed too). Nobody else does once the last of an answer is in hyper's
/// hands.
fn give_up_after(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(patience))?;
    Ok(())
}

/// Speaks HTTP on one connection, until it ends, is upgraded, or the server stops.
async fn serve(
    (tcp, peer): (TcpStream, IpAddr),
    (router, refusing): (Router, Router),
    place: Place,
    shared: Arc<Shared>,
) {
    let patience = shared.settings.timing.header;
    let socket = Socket::of(&tcp);
    if let Err(error) = give_up_after(&tcp, shared.settings.timing.unread) {
        debug!(%peer, %error, "a connection is waited for as long as the system does");
    }
    let stream = match timeout(patience, unwrap(tcp, shared.settings.tls.as_ref())).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return debug!(%peer, %error, "no handshake"),
        Err(_) => return debug!(%peer, "a handshake took too long"),
    };
    let is_plain = matches!(stream, Stream::Plain(_));
    let router = if is_plain && !may_be_plain(peer, shared.settings.plain) { refusing } else { router };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(place.clone());
        request.extensions_mut().insert(socket.clone());
        if !is_plain {
            request.extensions_mut().insert(Encrypted);
        }
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shared.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "a connection failed");
    }
}

/// Tells TLS from plain by the first byte, and shakes hands. Without a certificate everything is plain.
async fn unwrap(tcp: TcpStream, tls: Option<&Tls>) -> io::Result<Stream> {
    let Some(tls) = tls else {
        return Ok(Stream::Plain(tcp));
    };
    let mut first = [0];
    tcp.peek(&mut first).await?;
    if first == [TLS_HANDSHAKE] { tls.accept(tcp).await } else { Ok(Stream::Plain(tcp)) }
}

fn may_be_plain(peer: IpAddr, plain: Plain) -> bool {
    match plain {
        Plain::Everybody => true,
        Plain::Near => is_near(peer),
        Plain::Nobody => false,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// The peer is there and says so, and its window stays closed.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_takes_nothing_is_given_up_by_the_system() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_theirs, _) = listener.accept().await.unwrap();
        give_up_after(&ours, Duration::from_secs(1)).unwrap();
        let filled = async {
            loop {
                if let Err(why) = ours.write_all(&[0; 1 << 16]).await {
                    return why;
                }
            }
        };
        let why = timeout(Duration::from_secs(30), filled).await.expect("it is given up");
        assert_eq!(why.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn plain_is_for_those_who_are_near() {
        let (here, far) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([8, 8, 8, 8]));
        let may = |plain| [here, far].map(|peer| may_be_plain(peer, plain));
        assert_eq!(may(Plain::default()), [true, false]);
        assert_eq!((may(Plain::Nobody), may(Plain::Everybody)), ([false; 2], [true; 2]));
    }
}
