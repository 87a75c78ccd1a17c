//! From any rate to 48 kHz, as the samples come.

use std::f64::consts::PI;

use super::SAMPLE_RATE;

/// Zero crossings of the sinc on each side: what folds back is 60 dB down a tenth of an octave from the edge.
const ZEROS: f64 = 16.0;

/// Where the filter cuts, in parts of the narrower band: the rest is its slope.
const EDGE: f64 = 0.92;

/// The sharpness of the Kaiser window: 70 dB.
const BETA: f64 = 7.0;

/// Points of the filter between two input samples; between them it is a straight line, 80 dB exact.
const POINTS: usize = 256;

/// Brings mono sound of any rate from 4 to 384 kHz to 48 kHz, with a windowed sinc.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// Input samples an output sample.
    step: f64,
    /// Half the filter, from its middle.
    filter: Vec<f32>,
    /// Input samples that the filter reaches on each side.
    reach: usize,
    input: Vec<f32>,
    /// Where the next output sample is, in `input`.
    at: f64,
}

impl Resampler {
    /// From `rate` samples a second; `None` for one that sound does not have.
    pub fn new(rate: u32) -> Option<Self> {
        if !(4_000..=384_000).contains(&rate) {
            return None;
        }
        let step = f64::from(rate) / f64::from(SAMPLE_RATE);
        let cutoff = 0.5 * EDGE * (1.0 / step).min(1.0);
        // At most 16 / 2 / 0.46 * 8: it fits.
        let reach = (ZEROS / (2.0 * cutoff)).ceil() as usize;
        let point = |n: usize| tap(n as f64 / POINTS as f64, cutoff, reach as f64) as f32;
        let filter = (0..=reach * POINTS + 1).map(point).collect();
        Some(Self { step, filter, reach, input: vec![0.0; reach], at: reach as f64 })
    }

    /// Adds samples and appends what they give at 48 kHz to `out`; the last milliseconds wait for what follows.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        if self.step == 1.0 {
            return out.extend_from_slice(samples);
        }
        self.input.extend_from_slice(samples);
        while self.at as usize + self.reach < self.input.len() {
            out.push(self.sample());
            self.at += self.step;
        }
        let used = (self.at as usize).saturating_sub(self.reach).min(self.input.len());
        self.input.drain(..used);
        self.at -= used as f64;
    }

    /// Appends what still waits.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if self.step != 1.0 {
            self.push(&vec![0.0; self.reach], out);
        }
    }

    fn sample(&self) -> f32 {
        let middle = self.at as usize;
        let from = (middle + 1).saturating_sub(self.reach);
        let span = self.input.iter().enumerate().skip(from).take(2 * self.reach);
        span.map(|(i, s)| s * self.tap((i as f64 - self.at).abs())).sum()
    }

    /// The filter, so many input samples from its middle.
    fn tap(&self, away: f64) -> f32 {
        let place = away * POINTS as f64;
        let (n, part) = (place as usize, place.fract() as f32);
        match self.filter.get(n..n + 2) {
            Some([a, b]) => a + (b - a) * part,
            _ => 0.0,
        }
    }
}

/// A sinc in a Kaiser window, so many input samples from its middle.
fn tap(x: f64, cutoff: f64, reach: f64) -> f64 {
    let inside = 1.0 - (x / reach).powi(2);
    if inside <= 0.0 {
        return 0.0;
    }
    let turn = PI * 2.0 * cutoff * x;
    let sinc = if x == 0.0 { 1.0 } else { turn.sin() / turn };
    2.0 * cutoff * sinc * bessel(BETA * inside.sqrt()) / bessel(BETA)
}

/// The modified Bessel function of the first kind, order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > sum * 1e-9 {
        term *= (x / (2.0 * n)).powi(2);
        sum += term;
        n += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn tone(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        let n = (rate as f32 * seconds) as u32;
        (0..n).map(|i| (TAU * hz * i as f32 / rate as f32).sin() * 0.5).collect()
    }

    fn resampled(input: &[f32], rate: u32, piece: usize) -> Vec<f32> {
        let (mut resampler, mut out) = (Resampler::new(rate).unwrap(), Vec::new());
        input.chunks(piece).for_each(|c| resampler.push(c, &mut out));
        resampler.finish(&mut out);
        out
    }

    /// A tone comes out as the same tone, in its place, whatever the pieces it came in.
    #[test]
    fn a_tone_keeps_its_place_and_loudness() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
            let (got, want) =
                (resampled(&tone(1_000.0, rate, 0.5), rate, 777), tone(1_000.0, SAMPLE_RATE, 0.5));
            assert!(got.len().abs_diff(want.len()) <= 24, "{rate}: {} samples", got.len());
            let middle = 4_000..20_000;
            let worst = got[middle.clone()].iter().zip(&want[middle]).map(|(g, w)| (g - w).abs());
            let worst = worst.fold(0.0, f32::max);
            assert!(worst < 0.005, "{rate}: off by {worst}");
            let other = resampled(&tone(1_000.0, rate, 0.5), rate, 1);
            assert!(got.iter().zip(&other).all(|(g, o)| (g - o).abs() < 1e-4), "{rate}: in single samples");
        }
    }

    /// What 48 kHz cannot carry is gone and not folded back.
    #[test]
    fn what_is_too_high_is_gone() {
        let got = resampled(&tone(30_000.0, 96_000, 0.3), 96_000, 4_096);
        let loudest = got[2_000..12_000].iter().fold(0.0_f32, |m, s| m.max(s.abs()));
        assert!(loudest < 0.002, "{loudest}");
    }

    #[test]
    fn rates_that_sound_does_not_have_are_refused() {
        assert!([0, 1, 3_999, 400_000].iter().all(|rate| Resampler::new(*rate).is_none()));
    }
}
