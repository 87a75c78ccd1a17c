//! What a scripted person says: a synthesised voice, its level and its Opus packets, 20 ms at a time.

use std::time::Duration;

use bytes::Bytes;

use crate::audio::{CodecError, Encoder, FRAME, FRAME_MS, Level, Voice};
use crate::wire::AudioRecord;

/// Silent frames after the last word: the far end's decoder fades out instead of guessing on (PLC).
const FADE: u8 = 5;

/// A voice and its encoder. Nothing is computed while it is silent.
#[derive(Debug)]
pub(in crate::cli) struct Mouth {
    voice: Voice,
    encoder: Encoder,
    frame: u16,
    fade: u8,
}

impl Mouth {
    /// The mouth of the voice `seed`.
    ///
    /// # Errors
    /// libopus has no memory.
    pub(in crate::cli) fn new(seed: u64) -> Result<Self, CodecError> {
        Ok(Self { voice: Voice::new(seed), encoder: Encoder::new()?, frame: 0, fade: 0 })
    }

    /// Begins to talk after a silence, whose frames count.
    pub(in crate::cli) fn open(&mut self, silence: Duration) {
        let frames = silence.as_millis() / u128::from(FRAME_MS);
        // Frames are counted modulo 65,536, so the lower bits are all that is needed.
        let low = u16::try_from(frames & u128::from(u16::MAX)).unwrap_or(0);
        self.frame = self.frame.wrapping_add(low);
        self.fade = FADE;
    }

    /// Whether there is nothing left to send.
    pub(in crate::cli) fn is_silent(&self) -> bool {
        self.fade == 0
    }

    /// The next 20 ms; `None` when nothing has to be sent for them.
    ///
    /// # Errors
    /// libopus' own.
    pub(in crate::cli) fn next(&mut self, talking: bool) -> Result<Option<AudioRecord>, CodecError> {
        let (sound, level) = if talking {
            let sound = self.voice.next_frame();
            let level = Level::measure(&sound, self.voice.is_speaking());
            (sound, level)
        } else {
            self.fade = self.fade.saturating_sub(1);
            ([0.0; FRAME], Level::SILENT)
        };
        let frame = self.frame;
        self.frame = self.frame.wrapping_add(1);
        let packet: Option<Bytes> = self.encoder.encode(&sound)?;
        Ok(packet.map(|opus| AudioRecord::own(level.byte(), (frame, opus))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Packet;

    #[test]
    fn talks_in_live_packets_with_moving_levels_and_fades_out() {
        let mut mouth = Mouth::new(5).unwrap();
        mouth.open(Duration::ZERO);
        let mut levels = std::collections::BTreeSet::new();
        for _ in 0..150 {
            if let Some(record) = mouth.next(true).unwrap() {
                Packet::check_live(&record.opus).unwrap();
                levels.insert(Level::from_byte(record.level).below_full_scale());
            }
        }
        assert!(levels.len() > 10, "levels move: {levels:?}");
        assert!(levels.first().is_some_and(|l| *l < 30), "and are loud: {levels:?}");
        for _ in 0..FADE {
            assert!(!mouth.is_silent());
            mouth.next(false).unwrap();
        }
        assert!(mouth.is_silent());
    }

    #[test]
    fn frames_count_on_through_a_silence() {
        let mut mouth = Mouth::new(5).unwrap();
        mouth.open(Duration::ZERO);
        for _ in 0..10 {
            mouth.next(true).unwrap();
        }
        mouth.open(Duration::from_secs(2));
        assert_eq!(mouth.frame, 110);
        mouth.open(Duration::from_millis(20 * 65_536));
        assert_eq!(mouth.frame, 110);
    }
}
