//! How much sound a client's sound server holds in reserve.
//!
//! What is held is heard later, so it is no more than the link needs. When the server runs dry it holds more at once; while it
//! does not, it holds less bit by bit, and each time that this was wrong it waits longer before it tries that again. A link that stood still is no reason
//! for more: nobody holds as much as that.

use std::time::Duration;

use super::native::BLOCK;
use super::player::MAX_WANTED;

/// Samples beyond a block and the way there and back: 20 ms, what a busy network may be late with; and so many more each time
/// that it runs dry.
const STEP: u32 = 960;

/// The most of them: 400 ms. On a link that wants more nobody talks any more.
const MOST: u32 = 19_200;

/// What is taken away at once of what is above the least: a quarter, and no less than half a step.
const SHARE: u32 = 4;

/// How long it may not run dry before something is taken away: a link that is late again and again is so within 5 s.
const SOON: Duration = Duration::from_secs(5);

/// The same for the first time after it ran dry, where less was too little time and again: one more hole every two minutes is
/// the price of not being late for ever.
const LATEST: Duration = Duration::from_secs(120);

/// After this long without running dry the link is another one than it was.
const FORGIVEN: Duration = Duration::from_secs(300);

/// What a sound server holds beyond a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserve {
    least: u32,
    samples: u32,
    /// It ran dry, and what it wants now tells for how long.
    is_dry: bool,
    /// When it ran dry or was changed last.
    changed: Duration,
    /// What there was before the last change, if that took something away.
    trial: Option<u32>,
    /// When it ran dry last.
    ran_dry: Duration,
    patience: Duration,
}

impl Reserve {
    /// The reserve for a link with so long a way there and back.
    pub(super) fn new(there_and_back: Duration) -> Self {
        let way = there_and_back.as_secs_f64() * f64::from(crate::audio::SAMPLE_RATE);
        let least = STEP.saturating_add(way as u32).min(MOST);
        Self {
            least,
            samples: least,
            is_dry: false,
            changed: Duration::ZERO,
            trial: None,
            ran_dry: Duration::ZERO,
            patience: SOON,
        }
    }

    /// Samples that the server is to hold beyond a block.
    pub(super) fn samples(self) -> u32 {
        self.samples
    }

    /// What the server had was played before the next came.
    pub(super) fn ran_dry(&mut self) {
        self.is_dry = true;
    }

    /// The server wants so many samples at `now`.
    pub(super) fn is_asked(&mut self, wanted: usize, now: Duration) {
        if std::mem::take(&mut self.is_dry) {
            self.grow(wanted, now);
        } else if now >= self.changed + if self.trial.is_some() { SOON } else { self.patience } {
            self.shrink(now);
        }
    }

    fn grow(&mut self, wanted: usize, now: Duration) {
        let missed = wanted.saturating_sub((BLOCK + self.samples) as usize);
        let stood_still = missed > MAX_WANTED;
        if stood_still {
            return;
        }
        let missed = u32::try_from(missed).unwrap_or(MOST);
        let mut enough = self.samples + STEP.max(missed);
        if let Some(before) = self.trial.take() {
            self.patience = (self.patience * 2).min(LATEST);
            enough = enough.max(before + STEP / 2);
        }
        self.samples = enough.min(MOST);
        (self.changed, self.ran_dry) = (now, now);
    }

    fn shrink(&mut self, now: Duration) {
        if now >= self.ran_dry + FORGIVEN {
            self.patience = SOON;
        }
        let above = self.samples - self.least;
        self.trial = (above > 0).then_some(self.samples);
        self.samples -= (above / SHARE).max(STEP / 2).min(above);
        self.changed = now;
    }
}

#[cfg(test)]
#[path = "reserve_tests.rs"]
mod tests;
