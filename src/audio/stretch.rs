//! Plays sound faster or slower at the pitch it has: overlap-add of pieces, each taken where it goes on as the one before
//! (WSOLA, Verhelst and Roelands 1993).

use super::shrink::alike;

/// Samples that are put out at a time, and over which two pieces are faded into each other: 15 ms, two periods of a low
/// voice.
const HOP: usize = 720;

/// How far a piece may lie from where it belongs, in samples: 10 ms, so that a period of any voice is within reach.
const REACH: usize = 480;

/// What a piece's samples squared sum up to when nothing is heard: 60 dB below full scale.
const HUSH: f32 = HOP as f32 * 1e-6;

/// The first search looks at every such place and sample; a second one looks around the best.
const COARSE: usize = 4;

/// How much less a piece at the end of its reach is worth than one where it belongs: of a silence, and of periods that are alike,
/// the nearest goes on.
const FAR: f32 = 0.05;

/// Changes how fast sound goes by, and not how high it is.
#[derive(Debug)]
pub struct Stretch {
    speed: f64,
    /// What is not used up yet.
    input: Vec<f32>,
    /// Which sample the first of `input` is, from the start.
    base: u64,
    /// Where the next piece belongs.
    target: f64,
    /// How the last piece goes on.
    tail: Option<Vec<f32>>,
    /// Where that is, and where it would be if the piece lay where it belongs.
    natural: u64,
    expected: f64,
}

impl Stretch {
    /// The slowest and the fastest: what can be followed.
    pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.5..=3.0;

    /// Plays so many times as fast, within [`SPEEDS`](Self::SPEEDS).
    pub fn new(speed: f64) -> Self {
        let speed = speed.clamp(*Self::SPEEDS.start(), *Self::SPEEDS.end());
        Self { speed, input: Vec::new(), base: 0, target: 0.0, tail: None, natural: 0, expected: 0.0 }
    }

    /// Goes on at another speed, without a gap.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(*Self::SPEEDS.start(), *Self::SPEEDS.end());
    }

    /// How many times as fast it plays.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Forgets what it heard, before another stretch of sound: the next sample is the first.
    pub fn reset(&mut self) {
        *self = Self::new(self.speed);
    }

    /// Which of the samples that were pushed the next one put out is: 0 is the first. Right to 10 ms.
    pub fn next_sample(&self) -> f64 {
        self.expected
    }

    /// Takes samples in and appends what is ready; 55 ms are held back.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.input.extend_from_slice(samples);
        while self.step(out) {}
        self.forget();
    }

    /// Puts out the rest, when nothing more comes.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let end = self.base + self.input.len() as u64;
        let silence = [0.0; 2 * HOP + REACH];
        self.input.extend_from_slice(&silence);
        let before = out.len();
        let left = ((end as f64 - self.target) / self.speed).max(0.0);
        while (self.target < end as f64) && self.step(out) {}
        // Whole pieces go beyond the end.
        out.truncate(before + left.round() as usize);
        self.reset();
    }

    /// Puts out one piece; `false` when there is too little to choose from.
    fn step(&mut self, out: &mut Vec<f32>) -> bool {
        let target = self.target.round() as u64;
        let have = self.base + self.input.len() as u64;
        if target.max(self.natural) + (2 * HOP + REACH) as u64 > have {
            return false;
        }
        let place = self.choose(target);
        let at = self.index(place);
        let piece = &self.input[at..at + 2 * HOP];
        let (begins, goes_on) = piece.split_at(HOP);
        match &self.tail {
            Some(tail) => out.extend(tail.iter().zip(begins).enumerate().map(|(i, (old, new))| {
                let w = (i as f32 + 0.5) / HOP as f32;
                old * (1.0 - w) + new * w
            })),
            None => out.extend_from_slice(begins),
        }
        self.tail = Some(goes_on.to_vec());
        self.natural = place + HOP as u64;
        self.expected = self.target + HOP as f64;
        self.target += HOP as f64 * self.speed;
        true
    }

    /// Where the next piece is taken from: as near as may be to `target`, as it goes on best.
    fn choose(&self, target: u64) -> u64 {
        let Some(tail) = &self.tail else { return target };
        if tail.iter().map(|s| s * s).sum::<f32>() < HUSH {
            // What comes next goes on from silence anywhere; it begins where it belongs.
            return target;
        }
        if self.speed == 1.0 && self.natural.abs_diff(target) <= REACH as u64 {
            return self.natural;
        }
        let low = target.saturating_sub(REACH as u64).max(self.base);
        let high = target + REACH as u64;
        let best = |places: &mut dyn Iterator<Item = u64>, stride: usize| {
            let rated = places.map(|place| {
                let at = self.index(place);
                let far = place.abs_diff(target) as f32 / REACH as f32;
                (place, alike(tail, &self.input[at..at + HOP], stride) - FAR * far * far)
            });
            rated.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(target, |(place, _)| place)
        };
        let rough = best(&mut (low..=high).step_by(COARSE), COARSE);
        let around = rough.saturating_sub(COARSE as u64).max(low)..=(rough + COARSE as u64).min(high);
        best(&mut around.into_iter(), 1)
    }

    fn index(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    /// Drops what no piece can be taken from any more.
    fn forget(&mut self) {
        let target = self.target.round() as u64;
        let keep = target.min(self.natural).saturating_sub(REACH as u64);
        let used = self.index(keep).min(self.input.len());
        self.input.drain(..used);
        self.base += used as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    fn stretched(samples: &[f32], speed: f64) -> Vec<f32> {
        let (mut stretch, mut out) = (Stretch::new(speed), Vec::new());
        for frame in samples.chunks(960) {
            stretch.push(frame, &mut out);
            assert!(stretch.input.len() < 6_000, "memory is bounded: {}", stretch.input.len());
        }
        stretch.finish(&mut out);
        out
    }

    fn tone(hz: f32, n: usize) -> Vec<f32> {
        (0..n).map(|i| 0.5 * (2.0 * std::f32::consts::PI * hz * i as f32 / 48_000.0).sin()).collect()
    }

    /// Hertz, by the lag at which 40 ms repeat themselves best, between the samples too.
    fn pitch(samples: &[f32], near: f32) -> f32 {
        let period = 48_000.0 / near;
        let lags = (period * 0.8) as usize..(period * 1.2) as usize;
        let rate = |lag: usize| alike(&samples[..1_920], &samples[lag..lag + 1_920], 1);
        let best = lags.max_by(|a, b| rate(*a).total_cmp(&rate(*b))).unwrap();
        let (a, b, c) = (rate(best - 1), rate(best), rate(best + 1));
        48_000.0 / (best as f32 + 0.5 * (a - c) / (a - 2.0 * b + c))
    }

    #[test]
    fn it_lasts_as_long_as_the_speed_says() {
        let mut voice = Voice::new(3);
        let spoken: Vec<f32> = (0..500).flat_map(|_| voice.next_frame()).collect();
        for speed in [0.75, 0.9, 1.0, 1.25, 1.5, 2.0] {
            let wanted = spoken.len() as f64 / speed;
            let got = stretched(&spoken, speed).len() as f64;
            assert!((got / wanted - 1.0).abs() < 0.01, "{speed}: {got} and not {wanted}");
        }
    }

    #[test]
    fn the_pitch_stays() {
        for hz in [85.0, 120.0, 220.0, 440.0] {
            for speed in [0.75, 1.25, 1.5, 2.0] {
                let out = stretched(&tone(hz, 48_000), speed);
                let got: Vec<_> = (1..8).map(|n| pitch(&out[n * 1_600..], hz)).collect();
                let mean = got.iter().sum::<f32>() / got.len() as f32;
                assert!((mean / hz - 1.0).abs() < 0.01, "{hz} Hz at {speed}: {got:?}");
                let steepest = tone(hz, 960).windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
                let after = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
                assert!(after < steepest * 1.2 + 0.01, "{hz} Hz at {speed} jumps: {after} of {steepest}");
            }
        }
    }

    #[test]
    fn what_begins_and_ends_does_so_where_it_belongs() {
        // Half a second of silence and half of a tone that is like itself at both ends of the reach.
        let tone = tone(100.0, 24_000);
        let spoken = [vec![0.0; 24_000], tone].concat().repeat(8);
        for speed in [0.75, 1.25, 1.5, 2.0] {
            let out = stretched(&spoken, speed);
            let is_loud: Vec<_> = out.chunks(48).map(|ms| ms.iter().any(|s| s.abs() > 0.1)).collect();
            // A period that crosses zero is no end.
            let loud = |ms: usize| is_loud[ms.saturating_sub(5)..(ms + 5).min(is_loud.len())].contains(&true);
            let changes: Vec<_> = (1..is_loud.len()).filter(|ms| loud(*ms) != loud(*ms - 1)).collect();
            assert!(changes.len() >= 15, "{changes:?} at {speed}");
            let off = changes.iter().take(15).zip(1..).map(|(ms, n)| {
                let opened = if n % 2 == 1 { 5.0 } else { -5.0 };
                *ms as f64 + opened - f64::from(n) * 500.0 / speed
            });
            let off: Vec<_> = off.collect();
            assert!(off.iter().all(|ms| ms.abs() < 15.0), "{off:?} ms off at {speed}");
        }
    }

    #[test]
    fn at_its_own_speed_nothing_is_changed() {
        let mut voice = Voice::new(5);
        let spoken: Vec<f32> = (0..100).flat_map(|_| voice.next_frame()).collect();
        let out = stretched(&spoken, 1.0);
        assert_eq!(out.len(), spoken.len());
        assert!(out.iter().zip(&spoken).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_changed_speed_counts_from_there() {
        let spoken = tone(200.0, 96_000);
        let (mut stretch, mut out) = (Stretch::new(1.0), Vec::new());
        stretch.push(&spoken[..48_000], &mut out);
        let (before, at) = (out.len() as f64, stretch.next_sample());
        assert!((before - at).abs() <= 1.0, "{before} put out, next is {at}");
        stretch.set_speed(2.0);
        // A piece still goes on as before.
        stretch.push(&spoken[48_000..51_000], &mut out);
        let (before, at) = (out.len() as f64, stretch.next_sample());
        stretch.push(&spoken[51_000..], &mut out);
        let (after, now) = (out.len() as f64, stretch.next_sample());
        assert!(((now - at) / (after - before) - 2.0).abs() < 0.01);
        let jump = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.02, "{jump}");
    }
}
