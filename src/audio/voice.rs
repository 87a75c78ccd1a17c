//! A synthesiser of speech-like sound, for the demo and for tests: murmuring in syllables, phrases and pauses.
//!
//! A pulse like the vocal folds' goes through a cascade of formant resonators (Klatt 1980); consonants are short noises
//! and gaps between the vowels. The same seed gives the same samples; each seed has its own pitch and throat.

use std::f32::consts::PI;

use super::{FRAME, SAMPLE_RATE};

const RATE: f32 = SAMPLE_RATE as f32;

/// Samples between two updates of the resonators: 1 ms, shorter than any movement of a mouth.
const STEP: usize = 48;

/// How fast the mouth moves, as the part of the way done in a [`STEP`]: about 20 ms to a new vowel.
const GLIDE: f32 = 0.06;

/// How fast loudness moves, as the part of the way done in a [`STEP`]: about 7 ms, without clicks.
const SWELL: f32 = 0.15;

/// Makes a phrase about -22 dBFS, as a person close to a microphone.
const GAIN: f32 = 0.75;

/// Formants of the vowels a, e, i, o, u and the neutral one, in Hz.
const VOWELS: [[f32; 3]; 6] = [
    [730.0, 1_250.0, 2_500.0],
    [480.0, 1_900.0, 2_550.0],
    [310.0, 2_200.0, 2_900.0],
    [490.0, 900.0, 2_450.0],
    [330.0, 800.0, 2_300.0],
    [520.0, 1_450.0, 2_450.0],
];

/// Bandwidths of the formants, in Hz.
const WIDTHS: [f32; 4] = [80.0, 100.0, 150.0, 250.0];

/// The fourth formant hardly moves, in Hz.
const FOURTH: f32 = 3_600.0;

/// One murmuring voice.
#[derive(Clone, Debug)]
pub struct Voice {
    dice: Dice,
    /// The middle of its pitch, in Hz.
    pitch: f32,
    /// How short its throat is against the table's: scales the formants.
    throat: f32,
    segment: Segment,
    /// Samples until the next segment.
    left: u32,
    syllables: u32,
    /// Syllables said of the phrase, for the pitch that falls towards its end.
    said: u32,
    phase: f32,
    flow: f32,
    wobble: f32,
    now: Shape,
    formants: [Resonator; 4],
    hiss: Resonator,
}

/// What the voice is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Segment {
    Pause,
    Consonant(Shape),
    Vowel(Shape),
}

/// Where the mouth is, or goes to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    formants: [f32; 3],
    pitch: f32,
    voiced: f32,
    hiss: f32,
    hiss_at: f32,
}

impl Voice {
    /// A voice of its own for each seed; it starts with a short pause.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x70_616c_636f);
        let high = dice.next() < 0.5;
        let pitch = if high { dice.between(165.0, 225.0) } else { dice.between(92.0, 145.0) };
        let throat = if high { dice.between(1.06, 1.17) } else { dice.between(0.92, 1.03) };
        let rest = Shape { formants: VOWELS[5], pitch, voiced: 0.0, hiss: 0.0, hiss_at: 3_000.0 };
        let left = dice.samples(40.0, 400.0);
        Self {
            dice,
            pitch,
            throat,
            segment: Segment::Pause,
            left,
            syllables: 0,
            said: 0,
            phase: 0.0,
            flow: 0.0,
            wobble: 0.0,
            now: rest,
            formants: Default::default(),
            hiss: Resonator::default(),
        }
    }

    /// The middle of its pitch, in Hz.
    pub fn pitch(&self) -> f32 {
        self.pitch
    }

    /// Whether it is inside a phrase.
    pub fn is_speaking(&self) -> bool {
        self.segment != Segment::Pause
    }

    /// The next 20 ms, in -1..=1.
    pub fn next_frame(&mut self) -> [f32; FRAME] {
        let mut frame = [0.0; FRAME];
        for step in frame.chunks_mut(STEP) {
            self.advance(step.len());
            for sample in step {
                *sample = self.sample();
            }
        }
        frame
    }

    /// Moves the mouth by one step.
    fn advance(&mut self, samples: usize) {
        self.left = self.left.saturating_sub(u32::try_from(samples).unwrap_or(u32::MAX));
        if self.left == 0 {
            self.next_segment();
        }
        let goal = match self.segment {
            Segment::Pause => Shape { voiced: 0.0, hiss: 0.0, ..self.now },
            Segment::Consonant(shape) | Segment::Vowel(shape) => shape,
        };
        for (now, goal) in self.now.formants.iter_mut().zip(goal.formants) {
            *now += (goal - *now) * GLIDE;
        }
        self.now.pitch += (goal.pitch - self.now.pitch) * GLIDE;
        self.now.voiced += (goal.voiced - self.now.voiced) * SWELL;
        self.now.hiss += (goal.hiss - self.now.hiss) * SWELL;
        self.now.hiss_at = goal.hiss_at;
        let [a, b, c] = self.now.formants;
        for ((r, at), width) in self.formants.iter_mut().zip([a, b, c, FOURTH]).zip(WIDTHS) {
            r.tune(at * self.throat, width);
        }
        self.hiss.tune(self.now.hiss_at, 1_200.0);
        self.wobble = (self.wobble + 0.0047 + self.dice.between(0.0, 0.0006)).fract();
    }

    /// A syllable is a consonant, often, and a vowel; after the phrase's last one comes a pause.
    fn next_segment(&mut self) {
        match self.segment {
            Segment::Consonant(_) => self.vowel(),
            Segment::Vowel(_) if self.said >= self.syllables => {
                self.segment = Segment::Pause;
                self.left = self.dice.samples(350.0, 1_300.0);
            }
            Segment::Vowel(_) => self.syllable(),
            Segment::Pause => {
                self.syllables = self.dice.between(5.0, 19.0) as u32;
                self.said = 0;
                self.syllable();
            }
        }
    }

    fn syllable(&mut self) {
        let kind = self.dice.next();
        if kind < 0.2 && self.said > 0 {
            return self.vowel();
        }
        let mut shape = Shape { voiced: 0.0, hiss: 0.0, ..self.now };
        let (low, high) = if kind < 0.45 {
            // A stop: a gap, whose release the vowel's onset is.
            shape.hiss = 0.01;
            shape.hiss_at = self.dice.between(1_500.0, 3_000.0);
            (35.0, 70.0)
        } else if kind < 0.65 {
            shape.hiss = self.dice.between(0.03, 0.07);
            shape.hiss_at = self.dice.between(2_800.0, 5_200.0);
            (60.0, 110.0)
        } else {
            // A nasal or liquid: voiced, darker than a vowel.
            shape.voiced = 0.35;
            shape.formants = [280.0, self.dice.between(1_000.0, 1_600.0), 2_300.0];
            (45.0, 85.0)
        };
        self.segment = Segment::Consonant(shape);
        self.left = self.dice.samples(low, high);
    }

    fn vowel(&mut self) {
        let which = (self.dice.next() * VOWELS.len() as f32) as usize;
        let place = self.said as f32 / self.syllables.max(1) as f32;
        let accent = if self.dice.next() < 0.3 { self.dice.between(0.06, 0.2) } else { 0.0 };
        let shape = Shape {
            formants: VOWELS[which.min(VOWELS.len() - 1)],
            pitch: self.pitch * (1.08 - 0.2 * place + accent),
            voiced: self.dice.between(0.7, 1.0) * (1.0 - 0.3 * place),
            hiss: 0.0,
            hiss_at: self.now.hiss_at,
        };
        self.said += 1;
        self.segment = Segment::Vowel(shape);
        let longer = if self.said >= self.syllables { 1.5 } else { 1.0 };
        self.left = (self.dice.samples(75.0, 190.0) as f32 * longer) as u32;
    }

    fn sample(&mut self) -> f32 {
        let vibrato = 1.0 + 0.012 * (2.0 * PI * self.wobble).sin();
        self.phase = (self.phase + self.now.pitch * vibrato / RATE).fract();
        let flow = glottis(self.phase);
        let pulse = (flow - self.flow) * 0.03 * RATE / self.now.pitch;
        self.flow = flow;
        let noise = self.dice.between(-1.0, 1.0);
        let mut x = self.now.voiced * (pulse + 0.02 * noise * flow);
        for resonator in &mut self.formants {
            x = resonator.run(x);
        }
        let x = x * GAIN + self.hiss.run(noise * self.now.hiss) * 1.4;
        x.tanh() * 0.9
    }
}

/// The air between the vocal folds over one period (Rosenberg 1971): opens slowly, closes fast.
fn glottis(phase: f32) -> f32 {
    const OPENING: f32 = 0.42;
    const CLOSING: f32 = 0.13;
    if phase < OPENING {
        0.5 * (1.0 - (PI * phase / OPENING).cos())
    } else if phase < OPENING + CLOSING {
        (PI * 0.5 * (phase - OPENING) / CLOSING).cos()
    } else {
        0.0
    }
}

/// Two poles at a frequency with a bandwidth; 1 at 0 Hz.
#[derive(Clone, Copy, Debug, Default)]
struct Resonator {
    a: f32,
    b: f32,
    c: f32,
    last: [f32; 2],
}

impl Resonator {
    fn tune(&mut self, at: f32, width: f32) {
        let r = (-PI * width / RATE).exp();
        self.c = -r * r;
        self.b = 2.0 * r * (2.0 * PI * at / RATE).cos();
        self.a = 1.0 - self.b - self.c;
    }

    fn run(&mut self, x: f32) -> f32 {
        let y = self.a * x + self.b * self.last[0] + self.c * self.last[1];
        self.last = [y, self.last[0]];
        y
    }
}

/// Repeatable chance (SplitMix64).
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    /// In 0..1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.next()
    }

    /// A length between two, given in ms.
    fn samples(&mut self, low: f32, high: f32) -> u32 {
        (self.between(low, high) * RATE / 1_000.0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speak(seed: u64, frames: usize) -> Vec<[f32; FRAME]> {
        let mut voice = Voice::new(seed);
        (0..frames).map(|_| voice.next_frame()).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn one_seed_is_one_voice() {
        assert_eq!(speak(7, 100), speak(7, 100));
        assert_ne!(speak(7, 100), speak(8, 100));
        let mut pitches: Vec<_> = (0..12).map(|s| Voice::new(s).pitch() as i32).collect();
        pitches.sort_unstable();
        pitches.dedup();
        assert!(pitches.len() >= 10, "{pitches:?}");
    }

    #[test]
    fn speaks_in_phrases_with_pauses_at_a_speaking_level() {
        for seed in 0..8 {
            let mut voice = Voice::new(seed);
            let (mut loud, mut quiet, mut turns, mut was) = (Vec::new(), 0, 0, false);
            for _ in 0..1_500 {
                let frame = voice.next_frame();
                assert!(frame.iter().all(|s| s.abs() < 0.9 && s.is_finite()));
                if rms(&frame) > 0.003 {
                    loud.extend_from_slice(&frame)
                } else {
                    quiet += 1
                }
                turns += i32::from(was != voice.is_speaking());
                was = voice.is_speaking();
            }
            let level = 20.0 * rms(&loud).log10();
            assert!((-27.0..-17.0).contains(&level), "seed {seed}: {level} dBFS");
            assert!((150..900).contains(&quiet), "seed {seed}: {quiet} quiet frames of 1500");
            assert!(turns > 8, "seed {seed}: {turns} changes between phrase and pause");
        }
    }
}
