//! From a microphone's frames to numbered packets.

use bytes::Bytes;

use super::{CodecError, Encoder, FRAME, Level, VoiceDetector};

/// What one opening of a microphone hears: the level of each frame and, while it is open, its packet.
///
/// The default is a closed one, which only shows levels.
#[derive(Debug, Default)]
pub struct Talk {
    encoder: Option<Encoder>,
    detector: VoiceDetector,
    /// Number of the next frame.
    number: u16,
}

/// What became of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uttered {
    /// How loud it is, and whether it is voice.
    pub level: Level,
    /// Its number since the microphone opened, modulo 65,536, and its packet; `None` when nothing has to be sent.
    pub packet: Option<(u16, Bytes)>,
}

impl Talk {
    /// An open microphone that has heard nothing.
    ///
    /// # Errors
    /// libopus has no memory.
    pub fn open() -> Result<Self, CodecError> {
        Ok(Self { encoder: Some(Encoder::new()?), ..Self::default() })
    }

    /// Whether frames become packets.
    pub fn is_open(&self) -> bool {
        self.encoder.is_some()
    }

    /// Leaves frames out; their numbers stay unused.
    pub fn skip(&mut self, frames: usize) {
        self.number = self.number.wrapping_add(u16::try_from(frames).unwrap_or(u16::MAX));
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// libopus' own.
    pub fn utter(&mut self, frame: &[f32; FRAME]) -> Result<Uttered, CodecError> {
        let level = Level::measure(frame, self.detector.hear(frame));
        let Some(encoder) = &mut self.encoder else { return Ok(Uttered { level, packet: None }) };
        let number = self.number;
        self.number = number.wrapping_add(1);
        let opus = encoder.encode(frame)?;
        Ok(Uttered { level, packet: opus.map(|opus| (number, opus)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    #[test]
    fn nothing_is_encoded_while_the_microphone_is_closed() {
        let (mut talk, mut voice) = (Talk::default(), Voice::new(1));
        let uttered: Vec<_> = (0..100).map(|_| talk.utter(&voice.next_frame()).unwrap()).collect();
        assert!(uttered.iter().all(|u| u.packet.is_none()));
        assert!(uttered.iter().any(|u| u.level.is_voice()), "its level is shown");
    }

    #[test]
    fn numbers_count_frames_left_out_too() {
        let (mut talk, mut voice) = (Talk::open().unwrap(), Voice::new(1));
        let mut next = |talk: &mut Talk| talk.utter(&voice.next_frame()).unwrap().packet.map(|(n, _)| n);
        let numbers: Vec<u16> = (0..300).filter_map(|_| next(&mut talk)).collect();
        assert_eq!(numbers[0], 0);
        assert!(numbers.windows(2).all(|w| w[0] < w[1]));
        talk.skip(10);
        let later = std::iter::repeat_with(|| next(&mut talk)).flatten().next().unwrap();
        assert!(later >= 310, "{later}");
    }
}
