//! When the next frame may be drawn: not too often, and not before the terminal has seen the last one.

use std::time::{Duration, Instant};

/// The most frames a second on the local terminal: 30.
pub const LOCAL_INTERVAL: Duration = Duration::from_millis(33);

/// How long an answer to a fence is waited for when the terminal has answered before. A link that is stuck gets one
/// frame in this time; when an answer was lost, the next frame's heals it.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The same when it has never answered: some never do, and they must not look dead.
pub const FIRST_PATIENCE: Duration = Duration::from_millis(500);

/// The slowest terminal that is waited for, in bytes a second. It reads whatever it has not answered at this rate, so that
/// one that reads 2,000 a second has its answer in time and is never sent a second frame before it has shown the first,
/// also while it has never answered.
pub const SLOWEST: u64 = 1_500;

/// Paces the frames of one terminal. Each frame ends with a [`FENCE`](super::FENCE), and none is drawn before its answer
/// has come back: a terminal that does not keep up gets fewer frames, and never a backlog of them.
#[derive(Clone, Debug)]
pub struct Pacer {
    interval: Duration,
    last: Option<Instant>,
    waiting: bool,
    proven: bool,
    /// How many bytes the terminal has not answered.
    unanswered: usize,
}

impl Pacer {
    /// A pacer that leaves at least `interval` between frames.
    pub fn new(interval: Duration) -> Self {
        Self { interval, last: None, waiting: false, proven: false, unanswered: 0 }
    }

    /// When the next frame may be drawn if no answer comes meanwhile; the past means now.
    pub fn next(&self, now: Instant) -> Instant {
        let Some(last) = self.last else {
            return now;
        };
        let patience = if self.proven { PATIENCE } else { FIRST_PATIENCE };
        let reading = Duration::from_millis(self.unanswered as u64 * 1_000 / SLOWEST);
        last + if self.waiting { patience.max(reading).max(self.interval) } else { self.interval }
    }

    /// Whether a frame may be drawn.
    pub fn is_open(&self, now: Instant) -> bool {
        self.next(now) <= now
    }

    /// Whether the last frame's answer has not come.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// A frame of so many bytes, its fence among them, went out.
    pub fn sent(&mut self, now: Instant, bytes: usize) {
        self.last = Some(now);
        // one that never answers is not held up for what it has had time to read
        self.unanswered = if self.waiting && !self.proven { bytes } else { self.unanswered + bytes };
        self.waiting = true;
    }

    /// The terminal answered a fence.
    pub fn answered(&mut self) {
        self.waiting = false;
        self.unanswered = 0;
        self.proven = true;
    }

    /// Another terminal may be there now: whatever was asked is not answered any more.
    pub fn restart(&mut self) {
        *self = Self::new(self.interval);
    }
}
