//! The server: listener, rooms, seats, HTTP.
//!
//! A connection is accepted (`listener`), speaks HTTP (`http`), is upgraded, proves a key (`handshake`) and becomes
//! a seat (`seat`, with a `socket` around it) of a `room`. Others in this process come in by [`Rooms::attach`] and have a
//! seat without a socket. What a room has decided is in the [`store`](crate::store) before anybody hears of it.

mod bucket;
mod counts;
mod door;
mod finish;
mod handshake;
mod http;
mod inner;
mod keeping;
mod listener;
mod metrics;
mod origin;
mod outlet;
mod registry;
mod room;
mod rooms;
mod seat;
mod settings;
mod shared;
mod socket;
mod tls;
mod wall;

pub use finish::{BadTarget, Hook, Target};
pub use inner::{InnerSeat, SeatEvent};
pub use room::{MixPacket, Tap};
pub use rooms::Rooms;
pub use settings::{Limits, Minutes, Plain, Settings, Timing};
pub use tls::{Tls, TlsError};

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::store::{Store, StoreError};

use shared::Shared;

/// For seats to be told and to close, when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// The server could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener does not say where it listens.
    #[error("the listening socket failed ({0}); start the server again")]
    Listener(#[from] std::io::Error),
    /// The log cannot be read or flushed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server whose rooms are open. Dropping it stops them, and nobody waits for their goodbye.
#[derive(Debug)]
pub struct Running {
    rooms: Rooms,
    stop: watch::Sender<bool>,
    alive: mpsc::Sender<Infallible>,
    all_gone: mpsc::Receiver<Infallible>,
}

/// Opens the rooms that have a meeting; nobody can reach them yet. Needs a tokio runtime.
///
/// # Errors
/// The log cannot be read.
pub async fn start(store: Store, settings: Settings) -> Result<Running, ServeError> {
    let (stop, stopping) = watch::channel(false);
    let (alive, all_gone) = mpsc::channel::<Infallible>(1);
    let shared = Arc::new(Shared {
        store,
        settings,
        metrics: metrics::Metrics::new(),
        locksmith: door::Locksmith::new(),
        wall: wall::Wall::start(),
        bell: finish::Bell::default(),
        turns: room::Turns::default(),
        stopping,
        alive: alive.downgrade(),
    });
    let rooms = Rooms { shared: Arc::clone(&shared), registry: Arc::default() };
    for name in shared.store.open_rooms().await? {
        // A meeting that is open goes on: those who were here are away now, and their grace runs.
        drop(rooms.registry.room(&name, &shared));
    }
    room::mend_left(&shared);
    finish::start(&shared);
    keeping::start(&rooms);
    Ok(Running { rooms, stop, alive, all_gone })
}

impl Running {
    /// The rooms, for other doors than [`serve`](Self::serve).
    pub fn rooms(&self) -> Rooms {
        self.rooms.clone()
    }

    /// Serves the rooms on `listener` until `shutdown` is ready; then every seat is told and the log is flushed.
    ///
    /// # Errors
    /// The listener does not say where it listens, or the log cannot be flushed.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let Self { rooms, stop, alive, mut all_gone } = self;
        let address = listener.local_addr()?;
        info!(%address, rooms = rooms.names().len(), "the server is ready");
        let router = http::router(rooms.clone());
        tokio::select! {
            () = listener::accept(&listener, &router, &rooms.shared) => {}
            () = shutdown => {}
        }
        info!("the server is stopping");
        drop(listener);
        stop.send_replace(true);
        drop(alive);
        if timeout(FAREWELL, all_gone.recv()).await.is_err() {
            warn!("some seats did not close in time");
        }
        rooms.shared.store.flush().await?;
        info!("the server has stopped");
        Ok(())
    }
}

/// Serves rooms on `listener` until `shutdown` is ready; then every seat is told and the log is flushed.
///
/// # Errors
/// What kept it from starting, or the log from being flushed.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    start(store, settings).await?.serve(listener, shutdown).await
}
