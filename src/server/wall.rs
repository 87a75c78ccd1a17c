//! The time of day that events bear.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::meeting::{Millis, Timestamp};

/// The wall clock as it was at the start, moved on by a clock that never goes back: an event is never older than the
/// one before it, and tests that pause tokio's time pause this with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wall {
    base: Timestamp,
    since: Instant,
}

impl Wall {
    pub(super) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { base: Timestamp(Millis::from(epoch).0), since: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.base.plus(self.since.elapsed().into())
    }
}
