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

/// One second at the ear.
#[derive(Clone, Copy)]
pub struct Second {
    pub latency_ms: f64,
    pub correlation: f32,
}

/// The latency of a second may differ from the usual one by so much, in ms: less than anybody hears. When the machine
/// stands still, words get lost, and those after them keep their place.
const STEADY_MS: f64 = 0.5;

/// The seconds in which somebody spoke.
pub struct Comparison(pub Vec<Second>);

impl Comparison {
    /// The latency in the middle, in ms.
    pub fn latency_ms(&self) -> f64 {
        let mut all: Vec<f64> = self.0.iter().map(|s| s.latency_ms).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::INFINITY)
    }

    /// How many seconds came through faithfully, in time, and all equally late.
    pub fn good(&self) -> usize {
        let usual = self.latency_ms();
        let is_good = |s: &&Second| s.correlation > 0.8 && (s.latency_ms - usual).abs() < STEADY_MS;
        if usual < super::MAX_LATENCY_MS { self.0.iter().filter(is_good).count() } else { 0 }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} ms; each second:", self.latency_ms())?;
        self.0.iter().try_for_each(|s| write!(f, " {:.2} at {:.0} ms", s.correlation, s.latency_ms))
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

/// The lag at which `ear` is most like `mouth`, in samples, and how like it is.
fn lag(mouth: &[f32], ear: &[f32]) -> (usize, f32) {
    let (m, e) = (rough(mouth), rough(ear));
    let best = |lags: std::ops::Range<usize>, a: &[f32], b: &[f32]| {
        lags.filter(|l| l + a.len() <= b.len())
            .map(|l| (l, correlation(a, &b[l..l + a.len()])))
            .max_by(|x, y| x.1.total_cmp(&y.1))
            .unwrap_or((0, 0.0))
    };
    let near = best(0..REACH / ROUGH, &m, &e).0 * ROUGH;
    best(near.saturating_sub(ROUGH)..near + ROUGH, mouth, ear)
}

/// Compares what was said between two moments with what was heard of it.
pub fn compare(mouth: &Recording, ear: &Recording, from: Instant, until: Instant) -> Comparison {
    let said = mouth.between(Some(from), Some(until));
    let heard = ear.between(Some(from), None);
    let seconds = said.chunks_exact(RATE).enumerate().filter(|(_, second)| rms(second) > SPOKEN);
    Comparison(
        seconds
            .map(|(i, second)| {
                let at = (i * RATE).min(heard.len());
                let (lag, correlation) = lag(second, &heard[at..]);
                Second { latency_ms: lag as f64 * 1_000.0 / RATE as f64, correlation }
            })
            .collect(),
    )
}

#[test]
fn a_shifted_voice_is_found() {
    let samples = super::speech(5);
    let start = Instant::now();
    let later = [vec![0.0; 4_567], samples.clone()].concat();
    let at = |samples| Recording { start, samples };
    let found = compare(&at(samples), &at(later), start, start + Duration::from_secs(4));
    assert!((found.latency_ms() - 4_567.0 / 48.0).abs() < 0.1, "{found}");
    assert_eq!(found.good(), found.0.len(), "{found}");
}
