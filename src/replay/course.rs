//! Which place of a recording each sample belongs to that was given to a speaker.

use std::collections::VecDeque;

use crate::audio::Level;

/// Stretches that are remembered at most: 15 s in pieces of 15 ms, more than any device holds. The oldest go first.
const MAX: usize = 1_000;

/// A stretch of what was given out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    /// The first sample, counted from the first that was ever given out.
    pub(super) from: u64,
    /// Where that one is in the recording, in samples.
    pub(super) place: f64,
    /// How many samples of the recording go by with each.
    pub(super) speed: f64,
    /// How loud it is.
    pub(super) level: Level,
}

/// The way through a recording, as it is being heard.
#[derive(Debug, Default)]
pub(super) struct Course {
    stretches: VecDeque<Stretch>,
}

impl Course {
    /// Notes a stretch that follows all others.
    pub(super) fn note(&mut self, stretch: Stretch) {
        self.stretches.push_back(stretch);
        if self.stretches.len() > MAX {
            self.stretches.pop_front();
        }
    }

    /// Where the sample is that is heard next when so many were heard, and how loud it is there; `None` before the first
    /// stretch. What was heard is forgotten.
    pub(super) fn at(&mut self, heard: u64) -> Option<(f64, Level)> {
        while self.stretches.get(1).is_some_and(|next| next.from <= heard) {
            self.stretches.pop_front();
        }
        let now = self.stretches.front()?;
        let goes_by = heard.saturating_sub(now.from) as f64 * now.speed;
        Some((now.place + goes_by, now.level))
    }
}
