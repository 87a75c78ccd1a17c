//! Percentiles of what was measured.

use std::time::Duration;

/// Lengths of time, in no order.
#[derive(Clone, Debug, Default)]
pub(super) struct Delays(Vec<Duration>);

impl Delays {
    /// Adds one.
    pub(super) fn add(&mut self, delay: Duration) {
        self.0.push(delay);
    }

    /// Adds all of another.
    pub(super) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one that `percent` of all do not exceed, in milliseconds (nearest rank); 0 of none.
    pub(super) fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).map_or(0.0, |d| d.as_secs_f64() * 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut delays = Delays::default();
        assert!((delays.percentile_ms(99) - 0.0).abs() < f64::EPSILON);
        for ms in (1..=200).rev() {
            delays.add(Duration::from_millis(ms));
        }
        for (percent, ms) in [(50, 100.0), (99, 198.0), (100, 200.0), (0, 1.0)] {
            assert!((delays.percentile_ms(percent) - ms).abs() < 1e-9, "p{percent}");
        }
    }
}
