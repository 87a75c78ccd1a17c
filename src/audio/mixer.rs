//! Several speakers into one stretch of sound that never clips.

/// The limiter holds the mix under this: 0.9 dB of headroom for what resampling in a device adds.
const CEILING: f32 = 0.9;

/// How fast the limiter lets go, a sample: back to half in about 150 ms, slower than a syllable.
const RELEASE: f32 = 0.999_9;

/// Adds speakers and limits the sum.
///
/// Below the ceiling the samples pass unchanged; above it the gain falls at once and comes back slowly, so that loud
/// words are turned down rather than distorted.
#[derive(Clone, Debug)]
pub struct Mixer {
    envelope: f32,
}

impl Mixer {
    /// A mixer at rest.
    pub fn new() -> Self {
        Self { envelope: 0.0 }
    }

    /// Adds `from` to `into`, sample by sample.
    pub fn add(into: &mut [f32], from: &[f32]) {
        for (i, f) in into.iter_mut().zip(from) {
            *i += f;
        }
    }

    /// Brings a sum under the ceiling; what is not a number becomes silence.
    pub fn limit(&mut self, mix: &mut [f32]) {
        for sample in mix {
            if !sample.is_finite() {
                *sample = 0.0;
            }
            self.envelope = sample.abs().max(self.envelope * RELEASE);
            if self.envelope > CEILING {
                *sample *= CEILING / self.envelope;
            }
        }
    }
}

impl Default for Mixer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;
    use proptest::prelude::*;

    #[test]
    fn one_voice_passes_unchanged() {
        let (mut voice, mut mixer) = (Voice::new(3), Mixer::new());
        for _ in 0..200 {
            let frame = voice.next_frame();
            let mut mix = [0.0; 960];
            Mixer::add(&mut mix, &frame);
            mixer.limit(&mut mix);
            if frame.iter().all(|s| s.abs() < 0.5) && mixer.envelope < CEILING {
                assert_eq!(mix, frame);
            }
        }
    }

    #[test]
    fn the_gain_comes_back() {
        let mut mixer = Mixer::new();
        mixer.limit(&mut [4.0; 960]);
        let mut quiet = vec![0.1; 48_000];
        mixer.limit(&mut quiet);
        assert!(quiet[0] < 0.05);
        assert_eq!(quiet[47_999], 0.1);
    }

    proptest! {
        #[test]
        fn never_clips(speakers in prop::collection::vec(prop::collection::vec(any::<f32>(), 64), 1..20)) {
            let (mut mixer, mut mix) = (Mixer::new(), [0.0; 64]);
            for s in &speakers {
                Mixer::add(&mut mix, s);
            }
            mixer.limit(&mut mix);
            prop_assert!(mix.iter().all(|s| s.abs() <= CEILING * 1.000_1), "{mix:?}");
        }
    }
}
