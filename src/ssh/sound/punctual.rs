//! Whether captured sound comes in time.

use std::time::Duration;

use crate::audio::FRAME_MS;

/// Later than the earliest by this much, a frame is left out: it would only be late, and so would all that follow.
const MAX_LATE: Duration = Duration::from_millis(150);

/// What the least lateness grows by with each frame: 1 in 1,000, more than two sound clocks ever differ by.
const LEAK: Duration = Duration::from_micros(FRAME_MS);

/// After this long without a frame in time, and without having come nearer to it, the way is a longer one, or the sound card
/// left something out: nobody is silent for that.
const BELIEVED: Duration = Duration::from_secs(2);

/// Ahead of the time by this much, and by what two clocks may differ by, it is no microphone that speaks.
const MAX_EARLY: Duration = Duration::from_secs(1);

/// Frames of one opening of the microphone against the time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Punctual {
    frames: u32,
    least: Option<Duration>,
    /// Since when frames are late, and how late the one was then.
    late: Option<(Duration, Duration)>,
}

impl Punctual {
    /// Whether the next frame comes faster than time goes by: it is then left out, and not counted.
    pub(super) fn is_early(&self, elapsed: Duration) -> bool {
        Duration::from_millis(FRAME_MS) * self.frames > elapsed + elapsed / 1_000 + MAX_EARLY
    }

    /// Whether the next frame, which came so long after the microphone opened, is late: the network held it up.
    pub(super) fn is_late(&mut self, elapsed: Duration) -> bool {
        self.frames += 1;
        let lateness = elapsed.saturating_sub(Duration::from_millis(FRAME_MS) * self.frames);
        let least = self.least.map_or(lateness, |least| (least + LEAK).min(lateness));
        self.least = Some(least);
        if lateness - least <= MAX_LATE {
            self.late = None;
            return false;
        }
        let (since, then) = *self.late.get_or_insert((elapsed, lateness));
        if elapsed >= since + BELIEVED {
            let stays = lateness + MAX_LATE >= then;
            self.late = None;
            if stays {
                self.least = Some(lateness);
            }
            return !stays;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stall_held_up_is_left_out_and_a_slow_clock_is_not() {
        let ms = Duration::from_millis;
        let mut punctual = Punctual::default();
        assert!((1..100).all(|n| !punctual.is_late(ms(300 + n * 20))));
        // A second of sound comes at once, and then it is on time again.
        let late = (100..150).filter(|_| punctual.is_late(ms(300 + 150 * 20))).count();
        assert_eq!(late, 43);
        assert!((151..200).all(|n| !punctual.is_late(ms(300 + n * 20))));
        let mut slow = Punctual::default();
        assert!((1..100_000_u64).all(|n| !slow.is_late(Duration::from_micros(n * 20_010))));
    }

    #[test]
    fn what_comes_faster_than_time_is_left_out_and_a_fast_clock_is_not() {
        let ms = Duration::from_millis;
        let mut flood = Punctual::default();
        let taken = (0..10_000).filter(|_| !flood.is_early(ms(5_000)) && !flood.is_late(ms(5_000))).count();
        assert!((290..=310).contains(&taken), "{taken} frames in 5 s");
        let mut fast = Punctual::default();
        for n in 1..500_000_u64 {
            let at = Duration::from_micros(n * 19_990);
            assert!(!fast.is_early(at) && !fast.is_late(at), "frame {n}");
        }
    }

    #[test]
    fn a_way_that_became_longer_and_sound_that_was_left_out_are_no_stall() {
        let ms = Duration::from_millis;
        for (longer, left_out) in [(400, 0), (0, 20)] {
            let mut punctual = Punctual::default();
            assert!((1..100).all(|n| !punctual.is_late(ms(n * 20))));
            let after = (100 + left_out..1_000).map(|n| ms(n * 20 + longer));
            let late = after.filter(|at| punctual.is_late(*at)).count();
            assert!((99..=102).contains(&late), "silent for {late} frames");
        }
    }

    #[test]
    fn what_a_narrow_link_held_up_is_left_out_as_long_as_it_takes() {
        let ms = Duration::from_millis;
        let mut punctual = Punctual::default();
        assert!((1..100).all(|n| !punctual.is_late(ms(n * 20))));
        // 10 s late, and then one frame each 10 ms: 20 s until it is in time again.
        let said: Vec<_> = (100..1_200).filter(|n| !punctual.is_late(ms(12_000 + (n - 100) * 10))).collect();
        assert!(said.first().is_some_and(|first| (1_080..1_095).contains(first)), "{:?}", said.first());
        assert_eq!(said.len() as u64, 1_200 - said[0]);
    }
}
