//! Binary messages: one kind byte, then records until the end.
//!
//! A record is, in network byte order: source (2), frame (2), level (1), length (2), Opus packet (length).

use bytes::{Buf, BufMut, Bytes, BytesMut};
use thiserror::Error;

use crate::meeting::Source;

/// The first byte of an audio message.
pub(super) const KIND_AUDIO: u8 = 1;

/// Bytes before the Opus packet in a record.
const RECORD_HEADER: usize = 7;

/// The largest Opus packet, in bytes (RFC 6716 section 3.4).
pub const MAX_OPUS_BYTES: usize = 1275;

/// Several packets in one websocket message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudioMessage {
    /// The records, oldest first.
    pub records: Vec<AudioRecord>,
}

/// One Opus packet and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioRecord {
    /// Who speaks. A client sends 0; the server fills it in.
    pub source: Source,
    /// Which 20 ms frame since the microphone opened, modulo 65,536; frames left out by DTX count.
    pub frame: u16,
    /// Level as in RFC 6464.
    pub level: u8,
    /// The packet.
    pub opus: Bytes,
}

/// A binary message is not audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadAudio {
    /// The kind byte is unknown.
    #[error("the binary message's kind {0} is unknown; audio is 1, a mix is 2")]
    Kind(u8),
    /// It ends within a record.
    #[error("the audio message ends within a record")]
    Truncated,
    /// A packet is empty or larger than [`MAX_OPUS_BYTES`].
    #[error("an Opus packet has {0} bytes; 1 to 1275 are possible")]
    Length(usize),
}

impl AudioRecord {
    /// A packet of the sender's own; the server fills in the source.
    pub fn own(level: u8, (frame, opus): (u16, Bytes)) -> Self {
        Self { source: Source(0), frame, level, opus }
    }
}

impl AudioMessage {
    /// A message of one record.
    pub fn one(record: AudioRecord) -> Self {
        Self { records: vec![record] }
    }

    /// Its bytes. A packet that no record can carry, empty or too large, is left out.
    pub fn encode(&self) -> Bytes {
        let size = self.records.iter().map(|r| RECORD_HEADER + r.opus.len()).sum::<usize>();
        let mut out = BytesMut::with_capacity(1 + size);
        out.put_u8(KIND_AUDIO);
        for r in &self.records {
            let Some(length) = r.carried() else { continue };
            out.put_u16(r.source.0);
            out.put_u16(r.frame);
            out.put_u8(r.level);
            out.put_u16(length);
            out.put_slice(&r.opus);
        }
        out.freeze()
    }

    /// Reads a binary message; packets share its bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(mut bytes: Bytes) -> Result<Self, BadAudio> {
        if !bytes.has_remaining() {
            return Err(BadAudio::Truncated);
        }
        let kind = bytes.get_u8();
        if kind != KIND_AUDIO {
            return Err(BadAudio::Kind(kind));
        }
        let mut records = Vec::with_capacity(1);
        while bytes.has_remaining() {
            if bytes.remaining() < RECORD_HEADER {
                return Err(BadAudio::Truncated);
            }
            let source = Source(bytes.get_u16());
            let frame = bytes.get_u16();
            let level = bytes.get_u8();
            let length = usize::from(bytes.get_u16());
            if length == 0 || length > MAX_OPUS_BYTES {
                return Err(BadAudio::Length(length));
            }
            if bytes.remaining() < length {
                return Err(BadAudio::Truncated);
            }
            records.push(AudioRecord { source, frame, level, opus: bytes.split_to(length) });
        }
        Ok(Self { records })
    }
}

impl AudioRecord {
    /// The packet's length as a record carries it.
    fn carried(&self) -> Option<u16> {
        let fits = (1..=MAX_OPUS_BYTES).contains(&self.opus.len());
        u16::try_from(self.opus.len()).ok().filter(|_| fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(opus: Vec<u8>) -> AudioRecord {
        AudioRecord { source: Source(2), frame: 3, level: 154, opus: opus.into() }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let decode = |bytes: &'static [u8]| AudioMessage::decode(Bytes::from_static(bytes));
        assert_eq!(decode(&[]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[2]), Err(BadAudio::Kind(2)));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0, 0]), Err(BadAudio::Length(0)));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0, 1]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 4, 252]), Err(BadAudio::Length(1276)));
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0, 1, 9, 7]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[1]), Ok(AudioMessage::default()));
    }

    #[test]
    fn a_packet_that_cannot_be_carried_is_left_out() {
        let good = record(vec![7; MAX_OPUS_BYTES]);
        let all = AudioMessage { records: vec![record(vec![]), good.clone(), record(vec![7; 70_000])] };
        assert_eq!(AudioMessage::decode(all.encode()), Ok(AudioMessage::one(good)));
    }

    fn any_record() -> impl Strategy<Value = AudioRecord> {
        let packet = proptest::collection::vec(any::<u8>(), 1..200);
        (any::<u16>(), any::<u16>(), any::<u8>(), packet).prop_map(|(source, frame, level, opus)| {
            AudioRecord { source: Source(source), frame, level, opus: opus.into() }
        })
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_were(records in proptest::collection::vec(any_record(), 0..6)) {
            let message = AudioMessage { records };
            prop_assert_eq!(AudioMessage::decode(message.encode()), Ok(message));
        }

        #[test]
        fn whatever_decodes_is_written_the_same(
            kind in 0u8..3,
            rest in proptest::collection::vec(prop_oneof![3 => 0u8..4, 1 => any::<u8>()], 0..64),
        ) {
            let bytes = Bytes::from([vec![kind], rest].concat());
            if let Ok(message) = AudioMessage::decode(bytes.clone()) {
                prop_assert_eq!(message.encode(), bytes);
            }
        }

        #[test]
        fn a_message_cut_short_never_reads_as_a_whole(record in any_record(), cut in 1usize..200) {
            let bytes = AudioMessage::one(record).encode();
            let left = bytes.len().saturating_sub(cut).max(2);
            prop_assume!(left < bytes.len());
            prop_assert_eq!(AudioMessage::decode(bytes.slice(..left)), Err(BadAudio::Truncated));
        }
    }
}
