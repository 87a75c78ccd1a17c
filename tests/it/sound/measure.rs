//! How late and how faithful one recording is against another.

use std::fmt;
use std::time::{Duration, Instant};

use super::daemon::Recording;

const RATE: usize = 48_000;

/// The rough search works at 4 kHz.
const ROUGH: usize = 12;

/// Latencies looked for, in samples: 0 to 600 ms.
const REACH: usize = RATE * 6 / 10;

/// A second quieter than this at the mouth says nothing about the ear.
const SPOKEN: f32 = 0.01;

pub struct Comparison {
    pub latency_ms: f64,
    /// The correlation of each second in which somebody spoke.
    pub seconds: Vec<f32>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} ms, correlation a second {:.2?}", self.latency_ms, self.seconds)
    }
}

pub fn rms(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return 0.0;
    }
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-9)
}

fn rough(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(ROUGH).map(|c| c.iter().sum::<f32>() / ROUGH as f32).collect()
}

/// The lag at which `ear` is most like `mouth`, in samples.
fn lag(mouth: &[f32], ear: &[f32]) -> usize {
    let (m, e) = (rough(mouth), rough(ear));
    let best = |lags: &mut dyn Iterator<Item = usize>, a: &[f32], b: &[f32]| {
        lags.map(|l| (l, correlation(&a[..a.len().min(b.len() - l)], &b[l..])))
            .max_by(|x, y| x.1.total_cmp(&y.1))
            .map_or(0, |x| x.0)
    };
    let near = best(&mut (0..REACH / ROUGH), &m, &e) * ROUGH;
    let mouth = &mouth[..mouth.len().min(2 * RATE)];
    best(&mut (near.saturating_sub(ROUGH)..near + ROUGH), mouth, ear)
}

/// Compares what was said between two moments with what was heard of it.
pub fn compare(mouth: &Recording, ear: &Recording, from: Instant, until: Instant) -> Comparison {
    let reach = Duration::from_millis(600);
    let said = mouth.between(Some(from), Some(until - reach));
    let heard = ear.between(Some(from), Some(until));
    let lag = lag(said, heard);
    let seconds = said
        .chunks_exact(RATE)
        .zip(heard[lag..].chunks_exact(RATE))
        .filter(|(s, _)| rms(s) > SPOKEN)
        .map(|(s, h)| correlation(s, h))
        .collect();
    Comparison { latency_ms: lag as f64 * 1_000.0 / RATE as f64, seconds }
}

#[test]
fn a_shifted_voice_is_found() {
    let samples = super::speech(5);
    let start = Instant::now();
    let later = [vec![0.0; 4_567], samples.clone()].concat();
    let at = |samples| Recording { start, samples };
    let found = compare(&at(samples), &at(later), start, start + Duration::from_secs(5));
    assert!((found.latency_ms - 4_567.0 / 48.0).abs() < 0.1, "{found}");
    assert!(found.seconds.iter().all(|r| *r > 0.99), "{found}");
}
