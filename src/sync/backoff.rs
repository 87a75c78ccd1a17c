//! How long to wait before the next attempt.

use crate::meeting::Millis;

/// The first window: long enough for a server to restart its listener.
const FIRST: Millis = Millis(250);

/// The last window: a person who waits sees an attempt at least this often.
const LAST: Millis = Millis::from_secs(10);

/// Exponential backoff with full jitter: a wait is anything from nothing to the whole window, which doubles with each
/// attempt from 250 ms to 10 s. So a thousand clients of a restarted server do not come back at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    window: Millis,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { window: FIRST }
    }
}

impl Backoff {
    /// Starts with the first window.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next wait, given a random number from 0 to 1; other numbers are brought into that range.
    pub fn next(&mut self, random: f64) -> Millis {
        let window = self.window;
        self.window = window.times(2).min(LAST);
        let share = if random.is_nan() { 1.0 } else { random.clamp(0.0, 1.0) };
        Millis((window.0 as f64 * share) as u64)
    }

    /// Starts over, after a connection that worked.
    pub fn reset(&mut self) {
        self.window = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_double_up_to_the_last() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..8).map(|_| backoff.next(1.0).0).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        backoff.reset();
        assert_eq!(backoff.next(1.0), FIRST);
    }

    #[test]
    fn jitter_takes_its_share_of_the_window() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.next(0.0), Millis::ZERO);
        assert_eq!(backoff.next(0.5), Millis(250));
        assert_eq!(backoff.next(-3.0), Millis::ZERO);
        assert_eq!(backoff.next(f64::NAN), Millis(2_000));
    }
}
