//! How loud a frame is, as RFC 6464 writes it.

/// The byte's flag for "this is voice" (RFC 6464 section 3).
const VOICE: u8 = 0x80;

/// The quietest level, also used for digital silence.
const SILENCE: u8 = 127;

/// Quieter than this, in -dBov, a meter shows nothing: a quiet room's noise.
const METER_FLOOR: f32 = 60.0;

/// The level of one frame: 0 (loudest) to 127 (silence) in -dBov, and whether it is voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    below: u8,
    voice: bool,
}

impl Level {
    /// Digital silence.
    pub const SILENT: Self = Self { below: SILENCE, voice: false };

    /// Measures the root mean square of `samples` (-1..=1) against full scale.
    pub fn measure(samples: &[f32], voice: bool) -> Self {
        if samples.is_empty() {
            return Self::SILENT;
        }
        let sum = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>();
        let mean = sum / samples.len() as f64;
        if !mean.is_finite() || mean <= 0.0 {
            return Self { below: SILENCE, voice };
        }
        let below = (-10.0 * mean.log10()).clamp(0.0, f64::from(SILENCE));
        Self { below: below.round() as u8, voice }
    }

    /// The level that a [`meter`](Self::meter) shows.
    pub fn from_meter(meter: f32, voice: bool) -> Self {
        let below = ((1.0 - meter.clamp(0.0, 1.0)) * METER_FLOOR).round();
        // between 0 and 60, so nothing is cut
        Self { below: below as u8, voice }
    }

    /// Reads the byte of a record.
    pub fn from_byte(byte: u8) -> Self {
        Self { below: byte & !VOICE, voice: byte & VOICE != 0 }
    }

    /// The byte of a record: the level in the low seven bits, voice in the highest.
    pub fn byte(self) -> u8 {
        self.below | if self.voice { VOICE } else { 0 }
    }

    /// How far below full scale, in dB: 0 to 127.
    pub fn below_full_scale(self) -> u8 {
        self.below
    }

    /// Whether the frame is voice.
    pub fn is_voice(self) -> bool {
        self.voice
    }

    /// How far a meter goes: 0 at -60 dBov and below, 1 at full scale.
    pub fn meter(self) -> f32 {
        (1.0 - f32::from(self.below) / METER_FLOOR).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn full_scale_is_zero_and_half_is_six() {
        assert_eq!(Level::measure(&[1.0; 960], false).byte(), 0);
        assert_eq!(Level::measure(&[0.5; 960], true).byte(), 6 | 0x80);
        assert_eq!(Level::measure(&[0.0; 960], false).byte(), 127);
        assert_eq!(Level::measure(&[], true), Level::SILENT);
    }

    #[test]
    fn meter_spans_its_range() {
        assert_eq!(Level::from_byte(0).meter(), 1.0);
        assert_eq!(Level::from_byte(30).meter(), 0.5);
        assert_eq!(Level::from_byte(90).meter(), 0.0);
        assert_eq!(Level::from_meter(0.5, true), Level::from_byte(0x80 | 30));
        assert_eq!(Level::from_meter(0.0, false).byte(), 60);
    }

    proptest! {
        #[test]
        fn byte_round_trips(byte: u8) {
            prop_assert_eq!(Level::from_byte(byte).byte(), byte);
        }

        #[test]
        fn any_samples_have_a_level(samples in prop::collection::vec(any::<f32>(), 0..100)) {
            prop_assert!(Level::measure(&samples, false).below_full_scale() <= 127);
        }
    }
}
