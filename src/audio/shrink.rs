//! Makes sound shorter without changing its pitch: overlap-add at the lag where it repeats itself best (WSOLA).

/// The shortest piece to take out, in samples: one period of a high voice, 2.5 ms.
const MIN_LAG: usize = 120;

/// The longest piece to take out, in samples: one frame.
const MAX_LAG: usize = 960;

/// Samples over which the two ends are faded into each other: 10 ms.
const OVERLAP: usize = 480;

/// Samples that have to be there before anything can be taken out.
pub(super) const NEEDED: usize = MAX_LAG + OVERLAP;

/// The two ends have to be at least this much alike (normalised correlation).
const ALIKE: f32 = 0.6;

/// Below this mean square it is silence (-60 dBFS), of which any piece may go.
const SILENT: f32 = 1e-6;

/// The first search looks at every such sample and lag; a second one looks around the best.
const COARSE: usize = 4;

/// Takes one piece of 120 to 960 samples out of the first [`NEEDED`]; returns how many, 0 when no cut would be smooth.
pub(super) fn shrink(samples: &mut Vec<f32>) -> usize {
    if samples.len() < NEEDED {
        return 0;
    }
    let Some(lag) = best_lag(&samples[..NEEDED]) else { return 0 };
    for i in 0..OVERLAP {
        let w = (i as f32 + 0.5) / OVERLAP as f32;
        samples[lag + i] = samples[i] * (1.0 - w) + samples[lag + i] * w;
    }
    samples.drain(..lag);
    lag
}

fn best_lag(samples: &[f32]) -> Option<usize> {
    let energy = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    if energy < SILENT {
        return Some(MAX_LAG);
    }
    let rough = best(samples, (MIN_LAG..=MAX_LAG).step_by(COARSE), COARSE)?.0;
    let around = rough.saturating_sub(COARSE).max(MIN_LAG)..=(rough + COARSE).min(MAX_LAG);
    let (lag, alike) = best(samples, around, 1)?;
    (alike > ALIKE).then_some(lag)
}

fn best(samples: &[f32], lags: impl Iterator<Item = usize>, stride: usize) -> Option<(usize, f32)> {
    lags.map(|lag| (lag, correlation(samples, lag, stride))).max_by(|a, b| a.1.total_cmp(&b.1))
}

/// How alike the first [`OVERLAP`] samples and those `lag` later are: -1..=1.
fn correlation(samples: &[f32], lag: usize, stride: usize) -> f32 {
    alike(&samples[..OVERLAP], &samples[lag..lag + OVERLAP], stride)
}

/// How alike two pieces of the same length are, looking at every `stride`th sample: -1..=1.
pub(super) fn alike(one: &[f32], other: &[f32], stride: usize) -> f32 {
    let (mut both, mut first, mut second) = (0.0, 1e-9, 1e-9);
    for (a, b) in one.iter().zip(other).step_by(stride) {
        both += a * b;
        first += a * a;
        second += b * b;
    }
    both / f32::sqrt(first * second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, n: usize) -> Vec<f32> {
        (0..n).map(|i| 0.5 * (2.0 * std::f32::consts::PI * hz * i as f32 / 48_000.0).sin()).collect()
    }

    #[test]
    fn a_tone_loses_whole_periods_without_a_jump() {
        let mut s = tone(200.0, 1_920);
        let steepest = s.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        let lag = shrink(&mut s);
        assert_eq!(lag % 240, 0, "a period is 240 samples, {lag} went");
        assert_eq!(s.len(), 1_920 - lag);
        let after = s.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(after < steepest * 1.1, "{after} against {steepest}");
    }

    #[test]
    fn silence_loses_a_frame_and_noise_nothing() {
        let mut s = vec![0.0; 1_920];
        assert_eq!(shrink(&mut s), MAX_LAG);
        let mut state = 1_u32;
        let mut s: Vec<f32> = (0..1_920)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state as f32 / u32::MAX as f32 - 0.5
            })
            .collect();
        assert_eq!(shrink(&mut s), 0);
        assert_eq!(shrink(&mut vec![0.0; NEEDED - 1]), 0);
    }
}
