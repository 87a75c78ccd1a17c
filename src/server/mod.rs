//! The server: listener, rooms, seats, HTTP.
//!
//! A connection is accepted (`listener`), speaks HTTP (`http`), is upgraded, proves a key (`handshake`) and becomes
//! a seat (`seat`) of a `room`. What a room has decided is in the [`store`](crate::store) before anybody hears of it.

mod bucket;
mod handshake;
mod http;
mod listener;
mod metrics;
mod origin;
mod registry;
mod room;
mod seat;
mod settings;
mod shared;
mod tls;
mod wall;

pub use room::{MixPacket, Tap};
pub use settings::{Limits, Plain, Settings, Timing};
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

use registry::Registry;
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

/// A server as its connections see it.
#[derive(Debug)]
struct Server {
    shared: Arc<Shared>,
    registry: Registry,
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
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    let shared = Arc::new(Shared {
        store,
        settings,
        metrics: metrics::Metrics::new(),
        wall: wall::Wall::start(),
        stopping,
        alive: alive.downgrade(),
    });
    let server = Arc::new(Server { shared: Arc::clone(&shared), registry: Registry::default() });
    let open = shared.store.open_rooms().await?;
    info!(%address, rooms = open.len(), "the server is ready");
    for name in open {
        // A meeting that is open goes on: those who were here are away now, and their grace runs.
        drop(server.registry.room(&name, &shared));
    }
    let router = http::router(server);
    tokio::select! {
        () = listener::accept(&listener, &router, &shared) => {}
        () = shutdown => {}
    }
    info!("the server is stopping");
    drop(listener);
    stop.send_replace(true);
    drop(alive);
    if timeout(FAREWELL, all_gone.recv()).await.is_err() {
        warn!("some seats did not close in time");
    }
    shared.store.flush().await?;
    info!("the server has stopped");
    Ok(())
}
