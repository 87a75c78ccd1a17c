//! Voice activity detection (VAD): is it a voice or a noise?

use std::f32::consts::PI;

use super::FRAME;

/// The detector works at 16 kHz: every third sample.
const DECIMATION: usize = 3;

/// Samples at 16 kHz that the detector looks at together: 16 ms.
const WINDOW: usize = 256;

/// Length of the low-pass filter before decimation: enough that what folds back is 40 dB down.
const TAPS: usize = 33;

/// Where the low-pass filter cuts, in parts of 48 kHz: 7 kHz.
const CUTOFF: f32 = 7_000.0 / 48_000.0;

/// A score from here on is voice, as the detector's author advises.
const THRESHOLD: f32 = 0.5;

/// Frames that still count as voice after the last that was one: 200 ms bridge the gaps between words.
const HANGOVER: u32 = 10;

/// Tells voice from noise, frame by frame.
pub struct VoiceDetector {
    inner: earshot::Detector,
    taps: [f32; TAPS],
    /// The last samples at 48 kHz, for the filter.
    tail: Vec<f32>,
    /// Samples at 16 kHz that wait for a whole window.
    window: Vec<f32>,
    hangover: u32,
}

impl VoiceDetector {
    /// A detector that has heard nothing.
    pub fn new() -> Self {
        Self {
            inner: earshot::Detector::default(),
            taps: low_pass(),
            tail: vec![0.0; TAPS - 1],
            window: Vec::with_capacity(WINDOW + FRAME / DECIMATION),
            hangover: 0,
        }
    }

    /// Whether the frame is voice, or follows one within 200 ms.
    pub fn hear(&mut self, frame: &[f32; FRAME]) -> bool {
        self.tail.extend_from_slice(frame);
        for at in (0..FRAME).step_by(DECIMATION) {
            let sample = self.tail[at..].iter().zip(&self.taps).map(|(s, t)| s * t).sum();
            self.window.push(sample);
        }
        self.tail.drain(..FRAME);
        self.hangover = self.hangover.saturating_sub(1);
        while self.window.len() >= WINDOW {
            if self.inner.predict_f32(&self.window[..WINDOW]) >= THRESHOLD {
                self.hangover = HANGOVER;
            }
            self.window.drain(..WINDOW);
        }
        self.hangover > 0
    }
}

impl Default for VoiceDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for VoiceDetector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceDetector").field("hangover", &self.hangover).finish_non_exhaustive()
    }
}

/// A windowed sinc (Hamming), 1 at 0 Hz.
fn low_pass() -> [f32; TAPS] {
    let middle = (TAPS - 1) as f32 / 2.0;
    let mut taps = [0.0; TAPS];
    for (i, tap) in taps.iter_mut().enumerate() {
        let x = i as f32 - middle;
        let sinc = if x == 0.0 { 2.0 * CUTOFF } else { (2.0 * PI * CUTOFF * x).sin() / (PI * x) };
        *tap = sinc * (0.54 - 0.46 * (2.0 * PI * i as f32 / (TAPS - 1) as f32).cos());
    }
    let sum: f32 = taps.iter().sum();
    taps.map(|t| t / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    /// White noise, repeatable.
    fn noise(state: &mut u32, amplitude: f32) -> [f32; FRAME] {
        std::array::from_fn(|_| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*state as f32 / u32::MAX as f32 * 2.0 - 1.0) * amplitude
        })
    }

    #[test]
    fn hears_voices_and_not_noise() {
        for seed in 0..4 {
            let (mut voice, mut vad) = (Voice::new(seed), VoiceDetector::new());
            let (mut hits, mut speaking) = (0, 0);
            for _ in 0..500 {
                let frame = voice.next_frame();
                let heard = vad.hear(&frame);
                if voice.is_speaking() {
                    speaking += 1;
                    hits += u32::from(heard);
                }
            }
            assert!(hits * 10 >= speaking * 8, "seed {seed}: {hits} of {speaking} speaking frames");
        }
        let (mut vad, mut state) = (VoiceDetector::new(), 1);
        let false_ones = (0..500).filter(|_| vad.hear(&noise(&mut state, 0.05))).count();
        assert!(false_ones < 25, "{false_ones} of 500 frames of noise");
    }

    #[test]
    fn silence_is_no_voice() {
        let mut vad = VoiceDetector::new();
        assert!((0..200).all(|_| !vad.hear(&[0.0; FRAME])));
    }
}
