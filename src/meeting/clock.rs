//! The meeting's clock: facts in events, everything else derived from them and `now`.

use serde::{Deserialize, Serialize};

use super::{AgendaItem, DEFAULT_OVERRUN, LANDING_TIME, LAST_WORDS, Meeting, Millis, Phase, Timestamp};

/// The facts about time. Elapsed, remaining and overtime are derived for a given moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Planned length, extensions included.
    #[serde(rename = "planned_ms")]
    pub planned: Millis,
    /// When the doors are planned to open; shown, nothing happens by itself.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// How far beyond it the meeting may go before it lands by itself.
    #[serde(rename = "overrun_ms", default = "default_overrun")]
    pub overrun: Millis,
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
    /// What the waiting hands and the rest of the current turn need, after the rest of the round.
    pub queue: Millis,
}

fn default_overrun() -> Millis {
    DEFAULT_OVERRUN
}

impl Clock {
    /// Time since the start, without pauses.
    pub fn elapsed(&self, now: Timestamp) -> Millis {
        let Some(started) = self.started_at else {
            return Millis::ZERO;
        };
        let until = self.paused_at.or(self.ended_at).unwrap_or(now);
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

    /// The moment at which this much has elapsed; `None` while the clock stands.
    pub(super) fn moment(&self, elapsed: Millis) -> Option<Timestamp> {
        let runs = self.paused_at.is_none() && self.ended_at.is_none();
        self.started_at.filter(|_| runs).map(|at| at.plus(self.paused).plus(elapsed))
    }

    pub(super) fn pause(&mut self, at: Timestamp) {
        if self.started_at.is_some() && self.ended_at.is_none() {
            self.paused_at = self.paused_at.or(Some(at));
        }
    }

    pub(super) fn resume(&mut self, at: Timestamp) {
        if self.ended_at.is_none()
            && let Some(since) = self.paused_at.take()
        {
            self.paused = self.paused.plus(at.since(since));
        }
    }

    /// Whether the clock is stopped by a host.
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }
}

impl Meeting {
    /// When the meeting is expected to end.
    ///
    /// What is left is the greatest of three: the planned length that remains; the rest of the agenda (what remains of
    /// the current item and the items after it); and what the queue needs (the rest of the current turn and an average
    /// turn for each waiting hand), after the rest of the round. The queue runs beside the agenda, so they are not added
    /// up. A meeting that lands has the queue and then the last words before it. None goes further than the landing by
    /// the hard limit lets it. An ended meeting has ended when it did.
    pub fn projection(&self, now: Timestamp) -> Projection {
        let elapsed = self.clock.elapsed(now);
        if let Some(end) = self.clock.ended_at {
            return Projection { end, over: self.clock.overtime(now), queue: Millis::ZERO };
        }
        let queue = self.round_need(now).plus(self.queue_need(now));
        let left = match self.phase {
            Phase::Closing => self.last_words_left(now).unwrap_or(queue.plus(LAST_WORDS)),
            _ => self.clock.remaining(now).max(self.agenda_rest(now)).max(queue),
        };
        let bound = self.landing_bound().unwrap_or(self.limit().plus(LANDING_TIME));
        let left = left.min(bound.minus(elapsed));
        Projection { end: now.plus(left), over: elapsed.plus(left).minus(self.clock.planned), queue }
    }

    /// What the waiting hands and the rest of the current turn need.
    fn queue_need(&self, now: Timestamp) -> Millis {
        let average = self.average_turn();
        let current = self.turn.as_ref().map_or(Millis::ZERO, |t| average.minus(t.length(now)));
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        current.plus(average.times(waiting))
    }

    /// What remains of the current item and of those after it; all that have not begun when none is on.
    fn agenda_rest(&self, now: Timestamp) -> Millis {
        let rest = |left: Millis, item: &AgendaItem| left.plus(item.length);
        match self.item_clock(now) {
            Some(item) => self.items_to_come().iter().fold(item.remaining, rest),
            None => self.agenda.iter().filter(|i| i.started.is_none()).fold(Millis::ZERO, rest),
        }
    }
}
