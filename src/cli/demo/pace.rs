//! How fast the demo goes, and chance that a seed repeats.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::meeting::Millis;

/// The slowest and fastest that make sense: beyond that nobody could follow or nothing would happen.
pub(crate) const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=50.0;

/// How much faster than life the script's waits run. Sound is never faster: 20 ms a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace(f64);

impl Pace {
    /// The pace `speed`, brought within [`SPEEDS`].
    pub(crate) fn new(speed: f64) -> Self {
        Self(if speed.is_finite() { speed.clamp(*SPEEDS.start(), *SPEEDS.end()) } else { 1.0 })
    }

    /// How long a wait of the script takes on the clock.
    pub(crate) fn wait(self, scripted: Millis) -> Millis {
        scaled(scripted, 1.0 / self.0)
    }

    /// How much of the script goes by in `real` time.
    pub(crate) fn progress(self, real: Millis) -> Millis {
        scaled(real, self.0)
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "script lengths are minutes at most, far from where f64 loses milliseconds"
)]
fn scaled(span: Millis, by: f64) -> Millis {
    Millis((span.0 as f64 * by).round() as u64)
}

/// Chance for one purpose: the same seed and words give the same dice, whatever else was thrown before.
pub(crate) fn dice(seed: u64, words: &[u64]) -> StdRng {
    // FNV-1a over the words: cheap, and well spread once it has passed through the generator's own seeding.
    let key = words
        .iter()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3));
    StdRng::seed_from_u64(key)
}

/// A length between `from` and `to` milliseconds.
pub(crate) fn between(dice: &mut StdRng, from: u64, to: u64) -> Millis {
    Millis(dice.random_range(from..=to))
}
