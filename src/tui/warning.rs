//! Warnings: time that runs out, said once.

use std::collections::BTreeMap;

use crate::meeting::{ItemId, LIMIT_NOTICE, Meeting, Millis, Phase, Timestamp};

use super::action::Do;
use super::toast::ToastKind;
use super::{Effect, Model};

/// With so much left a warning is given, most first. Only those that are shorter than the whole: an item of five minutes
/// does not begin with a warning.
const MARKS: [Millis; 4] =
    [Millis::from_mins(10), Millis::from_mins(5), Millis::from_mins(1), Millis::from_mins(0)];

/// Between two notifications by the terminal, at least: whoever looks elsewhere is told, not chased.
const NOTIFY_APART: Millis = Millis::from_secs(30);

/// Whose time runs out. The more it matters to everybody, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Limit,
    Meeting,
    Item(ItemId),
}

/// Which warnings were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Warned {
    /// Of the meeting that began then.
    of: Option<Timestamp>,
    /// How many marks each had passed when it was looked at last.
    passed: BTreeMap<Whose, usize>,
    notified_at: Option<Timestamp>,
}

/// How much is left of something, and how many marks that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    whose: Whose,
    left: Millis,
    passed: usize,
}

impl Standing {
    fn of(whose: Whose, length: Millis, left: Millis) -> Self {
        let passed = MARKS.iter().filter(|mark| **mark < length && left <= **mark).count();
        Self { whose, left, passed }
    }
}

/// How everything that can run out stands at `now`.
fn standings(meeting: &Meeting, now: Timestamp) -> Vec<Standing> {
    if !meeting.is_on_record() {
        return Vec::new();
    }
    let clock = meeting.clock();
    let mut all = Vec::new();
    if let Some(left) = meeting.limit_left(now) {
        // As long as the countdown, whose beginning is the first word of it.
        let length = LIMIT_NOTICE.plus(Millis(1));
        all.push(Standing::of(Whose::Limit, length, left));
    }
    all.push(Standing::of(Whose::Meeting, clock.planned, clock.remaining(now)));
    let item = meeting.item().filter(|_| meeting.phase() == Phase::Live);
    if let Some((item, time)) = item.zip(meeting.item_clock(now)) {
        all.push(Standing::of(Whose::Item(item.id), item.length, time.remaining));
    }
    all
}

impl Model {
    /// Says what has run out since the last look. What had run out at the first look is on the screen anyway; what ran out
    /// while the link was down is said late, and nothing twice.
    pub(super) fn warn_of_time(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.is_recording {
            return;
        }
        let began = self.meeting().clock().started_at;
        if self.warned.of != began {
            self.warned = Warned { of: began, ..Warned::default() };
        }
        let mut said = None;
        for standing in standings(self.meeting(), self.server_now(now)) {
            let before = self.warned.passed.insert(standing.whose, standing.passed);
            let runs_out = before.is_some_and(|before| before < standing.passed);
            // The last item ends with the meeting: one word is enough.
            if runs_out && said.is_none() {
                said = self.warning(standing, now);
            }
        }
        let Some((kind, text)) = said else { return };
        if self.warned.notified_at.is_none_or(|at| now.since(at) >= NOTIFY_APART) {
            self.warned.notified_at = Some(now);
            effects.push(Effect::Notify(text.clone()));
        }
        self.toasts.push(kind, text, now);
        self.touch(true);
    }

    fn warning(&self, standing: Standing, now: Timestamp) -> Option<(ToastKind, String)> {
        let t = self.texts();
        let minutes = standing.left.0.div_ceil(60_000);
        let text = match standing.whose {
            Whose::Limit if minutes == 0 => return None,
            Whose::Limit => {
                let pushes = self.intent(Do::Push, now).is_ok();
                let key = if pushes { self.hint(Do::Push) } else { String::new() };
                (t.warn_limit)(minutes, &key)
            }
            Whose::Meeting if minutes == 0 => t.warn_over.to_owned(),
            Whose::Meeting => (t.warn_left)(minutes),
            Whose::Item(_) => {
                let title = self.meeting().item().map(|item| item.title.as_str()).unwrap_or_default();
                (t.warn_item)(title, minutes)
            }
        };
        let kind = if minutes > 5 { ToastKind::Info } else { ToastKind::Warning };
        Some((kind, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_passed_at_their_time_and_only_those_shorter_than_the_whole() {
        let passed = |length: u64, left_ms: u64| {
            Standing::of(Whose::Meeting, Millis::from_mins(length), Millis(left_ms)).passed
        };
        assert_eq!(
            [600_001, 600_000, 300_000, 60_000, 1, 0].map(|left| passed(60, left)),
            [0, 1, 2, 3, 3, 4]
        );
        assert_eq!([300_000, 60_000, 0].map(|left| passed(5, left)), [0, 1, 2]);
        assert_eq!([60_000, 0].map(|left| passed(1, left)), [0, 1]);
    }
}
