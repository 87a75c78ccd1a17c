//! How late and how faithful one recording is against another.

use std::fmt;
use std::time::{Duration, Instant};

use super::daemon::Recording;

const RATE: usize = 48_000;

/// The rough search works at 4 kHz.
const ROUGH: usize = 12;

/// Latencies looked for, in samples: 0 to 600 ms.
const REACH: usize = RATE * 6 / 10;

/// Lags that differ by less are one, in samples: 0.5 ms.
const STEADY: usize = RATE / 2_000;

/// A second quieter than this at the mouth says nothing about the ear.
const SPOKEN: f32 = 0.01;

/// The seconds in which somebody spoke, all at one latency: when the machine stands still words get lost, and those after
/// them keep their place.
pub struct Comparison {
    /// How late most of them are.
    pub latency_ms: f64,
    /// How like what was said each one is, at that latency.
    pub correlations: Vec<f32>,
}

impl Comparison {
    /// How many seconds came through faithfully and no later than this.
    pub fn good(&self, max_latency_ms: f64) -> usize {
        let in_time = self.latency_ms < max_latency_ms;
        if in_time { self.correlations.iter().filter(|c| **c > 0.8).count() } else { 0 }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} ms; each second:", self.latency_ms)?;
        self.correlations.iter().try_for_each(|c| write!(f, " {c:.2}"))
    }
}

pub fn rms(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return 0.0;
    }
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
}

/// How like the beginning of `b` is to `a`; nothing if it is shorter.
fn alike(a: &[f32], b: &[f32]) -> f32 {
    b.get(..a.len()).map_or(0.0, |b| correlation(a, b))
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-9)
}

fn rough(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(ROUGH).map(|c| c.iter().sum::<f32>() / ROUGH as f32).collect()
}

/// The lag below `reach` at which `ear` is most like `mouth`, in samples.
fn lag(mouth: &[f32], ear: &[f32], reach: usize) -> usize {
    let (m, e) = (rough(mouth), rough(ear));
    let best = |lags: std::ops::Range<usize>, a: &[f32], b: &[f32]| {
        lags.filter(|l| l + a.len() <= b.len())
            .map(|l| (l, correlation(a, &b[l..l + a.len()])))
            .max_by(|x, y| x.1.total_cmp(&y.1))
            .map_or(0, |(lag, _)| lag)
    };
    let near = best(0..reach / ROUGH, &m, &e) * ROUGH;
    best(near.saturating_sub(ROUGH)..near + ROUGH, mouth, ear)
}

/// Compares what was said between two moments with what was heard of it.
pub fn compare(mouth: &Recording, ear: &Recording, from: Instant, until: Instant) -> Comparison {
    let said = mouth.between(Some(from), Some(until));
    let heard = ear.between(Some(from), None);
    let seconds: Vec<_> =
        said.chunks_exact(RATE).enumerate().filter(|(_, second)| rms(second) > SPOKEN).collect();
    let after = |from: usize| &heard[from.min(heard.len())..];
    let lags: Vec<_> = seconds.iter().map(|(i, second)| lag(second, after(i * RATE), REACH)).collect();
    let shared = |lag: &usize| lags.iter().filter(|l| l.abs_diff(*lag) < STEADY).count();
    let Some(usual) = lags.iter().copied().max_by_key(shared) else {
        return Comparison { latency_ms: f64::INFINITY, correlations: Vec::new() };
    };
    Comparison {
        latency_ms: usual as f64 * 1_000.0 / RATE as f64,
        correlations: seconds.iter().map(|(i, second)| alike(second, after(i * RATE + usual))).collect(),
    }
}

/// How late each spoken second was heard by itself, up to `reach`, and how like what was said.
pub fn lags(
    mouth: &Recording,
    ear: &Recording,
    (from, until): (Instant, Instant),
    reach: Duration,
) -> Vec<(Duration, f32)> {
    let said = mouth.between(Some(from), Some(until));
    let heard = ear.between(Some(from), None);
    let reach = (reach.as_secs_f64() * RATE as f64) as usize;
    let seconds = said.chunks_exact(RATE).enumerate().filter(|(_, second)| rms(second) > SPOKEN);
    let each = seconds.map(|(i, second)| {
        let rest = &heard[(i * RATE).min(heard.len())..];
        let late = lag(second, rest, reach);
        let like = alike(second, rest.get(late..).unwrap_or_default());
        (Duration::from_secs_f64(late as f64 / RATE as f64), like)
    });
    each.collect()
}

/// Three swings of the voice's cords, in ms.
const PITCH_MS: f64 = 15.0;

#[test]
fn a_shifted_voice_is_found() {
    let speech = super::speech(5);
    let start = Instant::now();
    let shifted = [vec![0.0; 4_567], speech.clone()].concat();
    let at = |samples: &Vec<f32>| Recording { start, samples: samples.clone() };
    let found = compare(&at(&speech), &at(&shifted), start, start + Duration::from_secs(4));
    assert!((found.latency_ms - 4_567.0 / 48.0).abs() < 0.1, "{found}");
    assert_eq!(found.good(super::MAX_LATENCY_MS), found.correlations.len(), "{found}");
    let end = start + Duration::from_secs(4);
    let lags = lags(&at(&speech), &at(&shifted), (start, end), Duration::from_secs(2));
    assert!(lags.len() >= 3, "{lags:?}");
    // A second of this voice is also much like itself a few swings of its cords later.
    let near = |late: Duration| late.as_secs_f64() * 1_000.0 - 4_567.0 / 48.0;
    assert!(lags.iter().all(|(late, like)| near(*late).abs() < PITCH_MS && *like > 0.9), "{lags:?}");
}
