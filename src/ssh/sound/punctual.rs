//! Whether captured sound comes in time.

use std::time::Duration;

use crate::audio::FRAME_MS;

/// Later than the earliest by this much, a frame is left out: it would only be late, and so would all that follow.
const MAX_LATE: Duration = Duration::from_millis(150);

/// What the least lateness grows by with each frame: 1 in 1,000, more than two sound clocks ever differ by.
const LEAK: Duration = Duration::from_micros(FRAME_MS);

/// Frames of one opening of the microphone against the time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Punctual {
    frames: u32,
    least: Option<Duration>,
}

impl Punctual {
    /// Whether the next frame, which came so long after the microphone opened, is late: the network held it up.
    pub(super) fn is_late(&mut self, elapsed: Duration) -> bool {
        self.frames += 1;
        let lateness = elapsed.saturating_sub(Duration::from_millis(FRAME_MS) * self.frames);
        let least = self.least.map_or(lateness, |least| (least + LEAK).min(lateness));
        self.least = Some(least);
        lateness - least > MAX_LATE
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
}
