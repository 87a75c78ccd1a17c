//! What all parts of one server use.

use std::convert::Infallible;
#[cfg(test)]
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::store::Store;
use crate::wire::Refusal;

use super::Settings;
use super::door::Locksmith;
use super::finish::Bell;
use super::metrics::Metrics;
use super::room::Turns;
use super::wall::Wall;

/// The name and version said in the challenge and at `/`.
pub(super) const PROGRAM: &str = concat!("palco/", env!("CARGO_PKG_VERSION"));

/// What all parts of one server use; nothing in it is changed but counters.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) settings: Settings,
    pub(super) metrics: Metrics,
    pub(super) locksmith: Locksmith,
    pub(super) wall: Wall,
    /// Rung when a meeting may be over in all its parts.
    pub(super) bell: Bell,
    /// Who writes the parts of which meeting.
    pub(super) turns: Turns,
    /// True when the server is stopping.
    pub(super) stopping: watch::Receiver<bool>,
    /// Held by everything that has to end before the server does. Weak, so that the server can wait for the others.
    pub(super) alive: mpsc::WeakSender<Infallible>,
}

/// Held while something runs that the server waits for.
pub(super) type Alive = Option<mpsc::Sender<Infallible>>;

impl Shared {
    /// Of a server that nobody can reach, which keeps nothing.
    #[cfg(test)]
    pub(super) fn alone() -> Arc<Self> {
        Self::with(Store::in_memory().unwrap())
    }

    /// Of a server that nobody can reach.
    #[cfg(test)]
    pub(super) fn with(store: Store) -> Arc<Self> {
        let (alive, _) = mpsc::channel(1);
        let (stop, stopping) = watch::channel(false);
        // It stops with the test.
        std::mem::forget(stop);
        Arc::new(Self {
            store,
            settings: Settings::default(),
            metrics: Metrics::new(),
            locksmith: Locksmith::new(),
            wall: Wall::start(),
            bell: Bell::default(),
            turns: Turns::default(),
            stopping,
            alive: alive.downgrade(),
        })
    }

    /// What seats are told when the server stops.
    pub(super) fn farewell(&self) -> Refusal {
        if self.settings.restarts { Refusal::Restart } else { Refusal::GoingAway }
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the server is stopping.
    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // The sender is gone only after the server has stopped.
        let _ = stopping.wait_for(|stops| *stops).await;
    }

    /// To be held by something that the server waits for.
    pub(super) fn alive(&self) -> Alive {
        self.alive.upgrade()
    }
}
