//! Accepting SSH connections: caps, login grace, and the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::Disconnect;
use russh::server::{Config, RunningSession, run_stream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::{sleep, sleep_until, timeout, timeout_at};
use tracing::{debug, info};

use crate::server::Rooms;

use super::guarded::Guarded;
use super::handler::{CHANNELS, Connection, Shared};
use super::peer::Peer;
use super::seat::House;
use super::settings::{self, BadHostKey, SshSettings};
use super::stream::Listeners;

/// Between two looks at whether a connection has anything open; with nothing at two of them it is closed.
const IDLE: Duration = Duration::from_secs(60);

/// For seats to say goodbye when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// For a client to take the end of its connection in.
const LAST_WORD: Duration = Duration::from_millis(500);

/// Bytes that the kernel keeps for a peer that does not read: a frame of a large terminal fits.
const SEND_BUFFER: usize = 128 * 1024;

/// A door over SSH, ready to be opened.
#[derive(Debug)]
pub struct SshDoor {
    config: Arc<Config>,
    settings: SshSettings,
}

impl SshDoor {
    /// A door with these settings.
    ///
    /// # Errors
    /// The host key cannot be used.
    pub fn new(settings: SshSettings) -> Result<Self, BadHostKey> {
        Ok(Self { config: Arc::new(settings::config(&settings)?), settings })
    }

    /// Serves the rooms on `listener` until their server stops.
    pub async fn serve(self, listener: TcpListener, rooms: Rooms) {
        let Self { config, settings } = self;
        let house = Arc::new(House {
            rooms: rooms.clone(),
            utc_offset_secs: settings.utc_offset_secs,
            websockets: settings.websockets,
            websockets_at: settings.websockets_at,
            listeners: Listeners::default(),
            login_grace: settings.login_grace,
            lobby_patience: settings.lobby_patience,
        });
        info!(address = ?listener.local_addr().ok(), "SSH is ready");
        let door = |stream, peer| connect(stream, peer, Arc::clone(&config), Arc::clone(&house));
        tokio::select! {
            () = rooms.accept(&listener, settings.connections, door) => {}
            () = rooms.stopped() => {}
        }
    }
}

/// Bytes that the kernel holds beyond what is on the way: a second of sound, which is late by then.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 4 * 1024;

/// Serves one connection until it ends.
async fn connect(stream: TcpStream, peer: SocketAddr, config: Arc<Config>, house: Arc<House>) {
    if let Err(error) = bound(&stream) {
        debug!(%peer, %error, "the send buffer cannot be bounded");
    }
    let Ok(at) = stream.local_addr() else {
        return debug!(%peer, "a connection ended at once");
    };
    let at = SocketAddr::new(at.ip().to_canonical(), at.port());
    let grace = tokio::time::Instant::now() + house.login_grace;
    // Whatever the session is doing, its stream ends with this task.
    let (_stream_lives, cut) = oneshot::channel::<Infallible>();
    let shared = Arc::new(Shared {
        house,
        logged_in: Notify::new(),
        channels: Arc::new(Semaphore::new(CHANNELS)),
        stuck: Notify::new(),
        peer: Peer::new(stream),
    });
    let connection = Connection::new(Arc::clone(&shared), at, peer.ip());
    let stream = Guarded::new(shared.peer.clone(), cut);
    let session = match timeout_at(grace, run_stream(config, stream, connection)).await {
        Ok(Ok(session)) => session,
        Ok(Err(error)) => return debug!(%peer, %error, "a connection does not speak SSH"),
        Err(_) => return debug!(%peer, "a connection said nothing in time"),
    };
    match attend(session, &shared, grace).await {
        Ok(()) => debug!(%peer, "a connection is closed"),
        Err(why) => debug!(%peer, why, "a connection is cut"),
    }
}

fn bound(stream: &TcpStream) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(UNSENT)?;
    socket.set_send_buffer_size(SEND_BUFFER)
}

/// Waits for a session's end, and brings it about when it has to be.
async fn attend(
    mut session: RunningSession<Connection>,
    shared: &Shared,
    grace: tokio::time::Instant,
) -> Result<(), &'static str> {
    tokio::select! {
        _ = &mut session => return Ok(()),
        () = shared.logged_in.notified() => {}
        () = sleep_until(grace) => return Err("nobody logged in"),
        () = shared.house.rooms.stopped() => return Err("the server stops"),
    }
    let mut was_idle = false;
    loop {
        tokio::select! {
            _ = &mut session => return Ok(()),
            () = shared.stuck.notified() => return Err("it takes nothing in"),
            () = sleep(IDLE) => {
                let is_idle = shared.channels.available_permits() == CHANNELS;
                if is_idle && was_idle {
                    return end(session, "nothing is open").await;
                }
                was_idle = is_idle;
            }
            () = shared.house.rooms.stopped() => {
                let all = u32::try_from(CHANNELS).unwrap_or(u32::MAX);
                // Seats that do not end in time are not waited for.
                let _ = timeout(FAREWELL, shared.channels.acquire_many(all)).await;
                return end(session, "the server stops").await;
            }
        }
    }
}

async fn end(session: RunningSession<Connection>, why: &'static str) -> Result<(), &'static str> {
    let handle = session.handle();
    let last_word = async {
        // A session that is over has nobody to tell.
        let _ = handle.disconnect(Disconnect::ByApplication, why.to_owned(), String::new()).await;
        let _ = session.await;
    };
    timeout(LAST_WORD, last_word).await.map_err(|_| why)
}
