//! The meeting's clock: facts in events, everything else derived from them and `now`.

use serde::{Deserialize, Serialize};

use super::{Millis, Timestamp};

/// The facts about time. Elapsed, remaining and overtime are derived for a given moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Planned length, extensions included.
    #[serde(rename = "planned_ms")]
    pub planned: Millis,
    /// When the meeting began.
    pub started_at: Option<Timestamp>,
    /// Since when the clock is stopped.
    pub paused_at: Option<Timestamp>,
    /// How long it was stopped before.
    #[serde(rename = "paused_ms")]
    pub paused: Millis,
    /// When the meeting ended; the clock stands from then on.
    pub ended_at: Option<Timestamp>,
}

/// When the meeting is expected to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The projected end.
    pub end: Timestamp,
    /// How much later than planned; zero when on time.
    pub over: Millis,
    /// What the waiting hands and the rest of the current turn need.
    pub queue: Millis,
}

impl Clock {
    /// Time since the start, without pauses.
    pub fn elapsed(&self, now: Timestamp) -> Millis {
        let Some(started) = self.started_at else {
            return Millis::ZERO;
        };
        let until = self.ended_at.or(self.paused_at).unwrap_or(now);
        until.since(started).minus(self.paused)
    }

    /// Planned time that is left.
    pub fn remaining(&self, now: Timestamp) -> Millis {
        self.planned.minus(self.elapsed(now))
    }

    /// Time beyond the planned length.
    pub fn overtime(&self, now: Timestamp) -> Millis {
        self.elapsed(now).minus(self.planned)
    }

    /// Whether the clock is stopped by a host.
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }
}
