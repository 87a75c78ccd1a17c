//! The soft landing: no new hands, whoever waits is still called, last words, the end; and the hard limit that begins it.
//!
//! Everything is counted on the meeting's clock, so a pause holds a landing too.

use serde::{Deserialize, Serialize};

use super::{Meeting, Millis, Phase, Timestamp};

/// How long a meeting may overrun its planned length where nobody says otherwise: an hour that becomes an hour and a
/// half is usual, and recordings stay bearable.
pub const DEFAULT_OVERRUN: Millis = Millis::from_mins(45);

/// How long the last words take: a thank you each from host and speaker, and where to go on.
pub const LAST_WORDS: Millis = Millis::from_mins(2);

/// How long after the hard limit whoever waits is still called: a queue that is closed empties in this time, or never.
pub const LANDING_TIME: Millis = Millis::from_mins(15);

/// How far a host pushes the hard limit away at once.
pub const PUSH: Millis = Millis::from_mins(10);

/// For so long before the hard limit every screen counts down to it.
pub const LIMIT_NOTICE: Millis = Millis::from_mins(5);

/// A meeting that lands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// The clock's elapsed time when the queue closed.
    #[serde(rename = "since_ms")]
    pub since: Millis,
    /// Whether the hard limit closed it, and not a host.
    pub by_limit: bool,
    /// The clock's elapsed time at which the last words are over; `None` before they begin.
    #[serde(rename = "last_words_until_ms")]
    pub last_words_until: Option<Millis>,
}

impl Meeting {
    /// The landing that is on.
    pub fn landing(&self) -> Option<&Landing> {
        self.landing.as_ref().filter(|_| self.phase == Phase::Closing)
    }

    /// The elapsed time at which the landing begins by itself: the hard limit.
    pub fn limit(&self) -> Millis {
        self.clock.planned.plus(self.clock.overrun)
    }

    /// What is left until the landing begins by itself; `None` when it has begun, or nothing can begin.
    pub fn limit_left(&self, now: Timestamp) -> Option<Millis> {
        (self.phase == Phase::Live).then(|| self.limit().minus(self.clock.elapsed(now)))
    }

    /// The elapsed time at which a landing ends whatever is on: [`LANDING_TIME`] after the hard limit, or after its own
    /// beginning if that came later.
    pub fn landing_bound(&self) -> Option<Millis> {
        self.landing().map(|landing| landing.since.max(self.limit()).plus(LANDING_TIME))
    }

    /// What is left of the last words; `None` while they are not on.
    pub fn last_words_left(&self, now: Timestamp) -> Option<Millis> {
        let until = self.landing()?.last_words_until?;
        self.is_quiet().then(|| until.minus(self.clock.elapsed(now)))
    }

    /// Whether everybody but listeners may step up and speak as they like: after the meeting.
    pub fn is_open_floor(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether nobody has the turn and nobody waits for one.
    pub(super) fn is_quiet(&self) -> bool {
        self.turn.is_none() && self.round.is_none() && self.waiting.is_empty()
    }
}
