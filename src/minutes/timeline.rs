//! Where the moments of a meeting are in its recording.

use crate::meeting::{Millis, Timestamp};

/// The parts of a recording behind one another. A *position* counts from the start of the recording, and what was not
/// recorded takes no time in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    parts: Vec<Part>,
    length: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    started: Timestamp,
    length: Millis,
    position: Millis,
}

impl Part {
    fn ends(&self) -> Timestamp {
        self.started.plus(self.length)
    }

    fn position(&self, at: Timestamp) -> Millis {
        self.position.plus(at.since(self.started))
    }
}

impl Timeline {
    /// The timeline of these parts in their order: when each was heard first, and how long it is, the samples to be skipped
    /// at its start too.
    pub fn new(parts: impl IntoIterator<Item = (Timestamp, Millis)>) -> Self {
        let mut timeline = Self::default();
        for (started, length) in parts {
            if length > Millis::ZERO {
                timeline.parts.push(Part { started, length, position: timeline.length });
                timeline.length = timeline.length.plus(length);
            }
        }
        timeline
    }

    /// How long the recording is.
    pub fn length(&self) -> Millis {
        self.length
    }

    /// Where a moment is; `None` when it is not recorded. Where a clock was set back the later part has it.
    pub fn position(&self, at: Timestamp) -> Option<Millis> {
        let part = self.parts.iter().rev().find(|part| part.started <= at && at < part.ends())?;
        Some(part.position(at))
    }

    /// Where the first recorded moment from `at` on is; `None` when nothing is recorded from then on.
    pub fn next_position(&self, at: Timestamp) -> Option<Millis> {
        let later = || self.parts.iter().find(|part| part.started > at).map(|part| part.position);
        self.position(at).or_else(later)
    }

    /// The moment that is heard at a position; that of the end for one beyond it, and the epoch in an empty recording.
    pub fn at(&self, position: Millis) -> Timestamp {
        let Some(part) = self.parts.iter().rfind(|part| part.position <= position) else {
            return Timestamp::default();
        };
        part.started.plus(position.minus(part.position).min(part.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn timeline(parts: &[(u64, u64)]) -> Timeline {
        Timeline::new(parts.iter().map(|(started, length)| (Timestamp(*started), Millis(*length))))
    }

    #[test]
    fn what_was_not_recorded_has_no_place() {
        let timeline = timeline(&[(1_000, 500), (9_000, 0), (3_000, 2_000)]);
        assert_eq!(timeline.length(), Millis(2_500));
        for (at, position, next) in [
            (0, None, Some(0)),
            (1_000, Some(0), Some(0)),
            (1_499, Some(499), Some(499)),
            (1_500, None, Some(500)),
            (3_000, Some(500), Some(500)),
            (4_999, Some(2_499), Some(2_499)),
            (5_000, None, None),
        ] {
            assert_eq!(timeline.position(Timestamp(at)), position.map(Millis), "{at}");
            assert_eq!(timeline.next_position(Timestamp(at)), next.map(Millis), "{at}");
        }
        for (position, at) in [(0, 1_000), (499, 1_499), (500, 3_000), (2_500, 5_000), (9_999, 5_000)] {
            assert_eq!(timeline.at(Millis(position)), Timestamp(at), "{position}");
        }
        assert_eq!(Timeline::default().at(Millis(7)), Timestamp(0));
    }

    #[test]
    fn of_two_parts_at_the_same_time_the_later_has_it() {
        // The clock was set back between them.
        let timeline = timeline(&[(1_000, 1_000), (1_500, 1_000)]);
        assert_eq!(timeline.position(Timestamp(1_499)), Some(Millis(499)));
        assert_eq!(timeline.position(Timestamp(1_500)), Some(Millis(1_000)));
        assert_eq!(timeline.length(), Millis(2_000));
    }

    /// Parts with pauses between them, as they are: (pause before, length).
    fn parts() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0u64..5_000, 0u64..5_000), 0..20).prop_map(|spans| {
            let mut end = 1_000;
            let place = |(pause, length)| {
                let started = end + pause;
                end = started + length;
                (started, length)
            };
            spans.into_iter().map(place).collect()
        })
    }

    proptest! {
        #[test]
        fn a_position_and_its_moment_belong_to_each_other(parts in parts(), position in 0u64..100_000) {
            let timeline = timeline(&parts);
            let position = Millis(position);
            let at = timeline.at(position);
            if position < timeline.length() {
                prop_assert_eq!(timeline.position(at), Some(position));
                prop_assert!(parts.iter().any(|(start, length)| (*start..start + length).contains(&at.0)));
            } else {
                prop_assert_eq!(timeline.next_position(at), None);
            }
        }

        #[test]
        fn later_moments_are_further_on(parts in parts(), a in 0u64..150_000, b in 0u64..150_000) {
            let timeline = timeline(&parts);
            let place = |at| timeline.next_position(Timestamp(at)).unwrap_or(timeline.length());
            prop_assert!(place(a.min(b)) <= place(a.max(b)));
            if let Some(position) = timeline.position(Timestamp(a)) {
                prop_assert!(position < timeline.length());
                prop_assert_eq!((timeline.at(position), place(a)), (Timestamp(a), position));
            }
        }

        #[test]
        fn any_parts_are_taken(
            parts in prop::collection::vec((any::<u64>(), any::<u64>()), 0..6),
            at: u64,
            position: u64,
        ) {
            let timeline = timeline(&parts);
            timeline.at(Millis(position));
            if let Some(place) = timeline.next_position(Timestamp(at)) {
                prop_assert!(place <= timeline.length());
            }
        }
    }
}
