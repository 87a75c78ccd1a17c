//! A leaky bucket.

use tokio::time::Instant;

/// Lets `burst` through at once and `rate` a second on average.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    rate: f64,
    burst: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(rate: u32, burst: u32, now: Instant) -> Self {
        Self { rate: f64::from(rate), burst: f64::from(burst), level: 0.0, at: now }
    }

    /// Takes `cost` and says yes, or takes nothing and says no.
    pub(super) fn admit(&mut self, cost: u32, now: Instant) -> bool {
        let leaked = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.at = now;
        self.level = (self.level - leaked).max(0.0);
        let filled = self.level + f64::from(cost);
        let fits = filled <= self.burst;
        if fits {
            self.level = filled;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_then_the_rate() {
        let mut bucket = Bucket::new(10, 3, Instant::now());
        let admitted = |b: &mut Bucket, n| (0..n).filter(|_| b.admit(1, Instant::now())).count();
        assert_eq!(admitted(&mut bucket, 5), 3);
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(admitted(&mut bucket, 5), 2);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(admitted(&mut bucket, 5), 3);
    }
}
