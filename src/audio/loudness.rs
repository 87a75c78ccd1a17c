//! How loud a programme is (ITU-R BS.1770-5, EBU R 128), for mono at 48 kHz.

use std::f64::consts::PI;

/// Samples of a stretch: 100 ms, a quarter of a gating block, which overlaps the next one by three quarters.
const STRETCH: usize = 4_800;

/// Stretches of a gating block of 400 ms.
const BLOCK: usize = 4;

/// Blocks below this are silence (BS.1770 annex 1), in LUFS.
const ABSOLUTE_GATE: f64 = -70.0;

/// Blocks so far below the mean of the others are pauses (BS.1770 annex 1), in LU.
const RELATIVE_GATE: f64 = -10.0;

/// What makes a sine of 997 Hz as loud as it is strong (BS.1770 annex 1).
const OFFSET: f64 = -0.691;

/// The rate of the samples.
const RATE: f64 = 48_000.0;

/// Measures sound as it comes: how strong each stretch of 100 ms is to the ear. [`loudness`] makes one number of them.
#[derive(Clone, Debug)]
pub struct LoudnessMeter {
    shelf: Biquad,
    high_pass: Biquad,
    sum: f64,
    /// Samples in the sum.
    held: usize,
    stretches: Vec<f32>,
}

impl Default for LoudnessMeter {
    fn default() -> Self {
        Self { shelf: Biquad::head(), high_pass: Biquad::low_cut(), sum: 0.0, held: 0, stretches: Vec::new() }
    }
}

impl LoudnessMeter {
    /// Hears some samples.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            let heard = self.high_pass.next(self.shelf.next(f64::from(*sample)));
            self.sum += heard * heard;
            self.held += 1;
            if self.held == STRETCH {
                // A mean square of sound is far from the ends of the range.
                self.stretches.push((self.sum / STRETCH as f64) as f32);
                (self.sum, self.held) = (0.0, 0);
            }
        }
    }

    /// The mean square of each whole stretch of 100 ms so far, weighted as the ear does.
    pub fn stretches(&self) -> &[f32] {
        &self.stretches
    }
}

/// The integrated loudness of these stretches of 100 ms in LUFS; `None` when there is nothing but silence.
pub fn loudness(stretches: &[f32]) -> Option<f64> {
    let blocks = || {
        stretches.windows(BLOCK).map(|four| four.iter().copied().map(f64::from).sum::<f64>() / BLOCK as f64)
    };
    let heard = mean(blocks().filter(|power| lufs(*power) > ABSOLUTE_GATE))?;
    let gate = (lufs(heard) + RELATIVE_GATE).max(ABSOLUTE_GATE);
    mean(blocks().filter(|power| lufs(*power) > gate)).map(lufs)
}

/// How many stretches of 100 ms are whole within so many samples.
pub fn stretches_within(samples: u64) -> usize {
    usize::try_from(samples / STRETCH as u64).unwrap_or(usize::MAX)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn lufs(power: f64) -> f64 {
    OFFSET + 10.0 * power.log10()
}

/// A filter of second order, transposed direct form II.
#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn new(b: [f64; 3], a: [f64; 3]) -> Self {
        Self { b: b.map(|b| b / a[0]), a: [a[1] / a[0], a[2] / a[0]], state: [0.0; 2] }
    }

    /// The head in the sound's way: high tones are 4 dB louder (BS.1770 annex 1, table 1, by its analogue prototype).
    fn head() -> Self {
        let (centre, gain, q) = (1_681.974_450_955_533, 3.999_843_853_973_347, 0.707_175_236_955_419_6);
        let k = (PI * centre / RATE).tan();
        let high = 10_f64.powf(gain / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        Self::new(
            [high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k],
            [1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k],
        )
    }

    /// What rumbles is hardly heard (BS.1770 annex 1, table 2, by its analogue prototype).
    fn low_cut() -> Self {
        let (centre, q) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
        let k = (PI * centre / RATE).tan();
        let a = [1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k];
        Self { b: [1.0, -2.0, 1.0], ..Self::new([1.0, -2.0, 1.0], a) }
    }

    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state = [self.b[1] * x - self.a[0] * y + self.state[1], self.b[2] * x - self.a[1] * y];
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(hz: f32, dbfs: f32, secs: usize) -> Vec<f32> {
        let loud = 10_f32.powf(dbfs / 20.0);
        (0..secs * 48_000).map(|n| (n as f32 * hz / 48_000.0 * std::f32::consts::TAU).sin() * loud).collect()
    }

    fn measured(sound: &[f32]) -> Option<f64> {
        let mut meter = LoudnessMeter::default();
        sound.chunks(960).for_each(|frame| meter.push(frame));
        loudness(meter.stretches())
    }

    #[test]
    fn the_filters_are_those_of_the_standard() {
        let near = |ours: &[f64], theirs: &[f64]| ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-9);
        let (head, cut) = (Biquad::head(), Biquad::low_cut());
        assert!(
            near(&head.b, &[1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85]),
            "{head:?}"
        );
        assert!(near(&head.a, &[-1.690_659_293_182_41, 0.732_480_774_215_85]), "{head:?}");
        assert!(near(&cut.a, &[-1.990_047_454_833_98, 0.990_072_250_366_21]), "{cut:?}");
    }

    /// EBU Tech 3341, test cases 1 to 5, on one channel, which is 3 LU less than on two.
    #[test]
    fn tones_are_as_loud_as_they_are() {
        let three = |parts: &[(f32, usize)]| -> Vec<f32> {
            parts.iter().flat_map(|(dbfs, secs)| tone(1_000.0, *dbfs, *secs)).collect()
        };
        for (sound, lufs) in [
            (three(&[(-23.0, 20)]), -23.0),
            (three(&[(-33.0, 20)]), -33.0),
            (three(&[(-36.0, 10), (-23.0, 60), (-36.0, 10)]), -23.0),
            (three(&[(-72.0, 10), (-36.0, 10), (-23.0, 60), (-36.0, 10), (-72.0, 10)]), -23.0),
            (three(&[(-26.0, 20), (-20.0, 20), (-26.0, 20)]), -23.0),
        ] {
            let measured = measured(&sound).unwrap();
            assert!((measured - (lufs - 3.01)).abs() < 0.1, "{measured} for {lufs}");
        }
        assert_eq!(measured(&vec![0.0; 480_000]), None);
        assert_eq!(measured(&tone(1_000.0, -20.0, 1)[..9_600]), None, "shorter than a block");
    }

    proptest! {
        /// Twice as strong is 6 dB louder, in whatever pieces it comes.
        #[test]
        fn it_follows_the_gain(pieces in prop::collection::vec(1usize..3_000, 20..60), seed: u32) {
            let mut noise = seed;
            let mut next = || {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 8) as f32 / 16_777_216.0 - 0.5
            };
            let (mut one, mut half) = (LoudnessMeter::default(), LoudnessMeter::default());
            for piece in pieces {
                let sound: Vec<f32> = (0..piece).map(|_| next()).collect();
                one.push(&sound);
                half.push(&sound.iter().map(|s| s / 2.0).collect::<Vec<_>>());
            }
            if let (Some(one), Some(half)) = (loudness(one.stretches()), loudness(half.stretches())) {
                prop_assert!((one - half - 6.0206).abs() < 0.01, "{one} and {half}");
            }
        }
    }
}
