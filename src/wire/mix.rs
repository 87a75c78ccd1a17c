//! Binary messages of a mix: who is in it and how loud, and its packets in a row.
//!
//! A message is, in network byte order: kind (1), frame (2), number of levels (1), and for each source (2) and level (1);
//! then packets until the end, each after its length in one or two bytes, as Opus writes lengths (RFC 6716 section 3.2.1).
//! Records of their own, as the audio message has them, would cost the lowest rung a tenth of its bytes.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::meeting::Source;

use super::audio::{AudioMessage, BadAudio, KIND_AUDIO, MAX_OPUS_BYTES};
use super::message::Level;

/// The first byte of a mix message.
const KIND_MIX: u8 = 2;

/// Bytes before the levels.
const HEADER: usize = 4;

/// Bytes of a level.
const LEVEL: usize = 3;

/// Lengths below this take one byte (RFC 6716 section 3.2.1).
const TWO_BYTE_LENGTH: usize = 252;

/// A stretch of the mix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MixMessage {
    /// Which 20 ms since the Unix epoch the first packet begins with, by the server's clock, modulo 65,536.
    pub frame: u16,
    /// Who is heard in it and how loud; at most 255.
    pub levels: Vec<Level>,
    /// Opus packets, each beginning where the one before ends.
    pub packets: Vec<Bytes>,
}

/// A binary message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BinaryMessage {
    /// Packets of single people.
    Audio(AudioMessage),
    /// Packets of a mix.
    Mix(MixMessage),
}

impl BinaryMessage {
    /// Reads a binary message; packets share its bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: Bytes) -> Result<Self, BadAudio> {
        match bytes.first() {
            Some(&KIND_MIX) => MixMessage::decode(bytes).map(Self::Mix),
            Some(&KIND_AUDIO) | None => AudioMessage::decode(bytes).map(Self::Audio),
            Some(&other) => Err(BadAudio::Kind(other)),
        }
    }
}

impl MixMessage {
    /// Its bytes. A packet that cannot be carried, empty or too large, is left out.
    pub fn encode(&self) -> Bytes {
        let packets = self.packets.iter().map(|p| 2 + p.len()).sum::<usize>();
        let mut out = BytesMut::with_capacity(HEADER + LEVEL * self.levels.len() + packets);
        out.put_u8(KIND_MIX);
        out.put_u16(self.frame);
        let count = u8::try_from(self.levels.len()).unwrap_or(u8::MAX);
        out.put_u8(count);
        for level in self.levels.iter().take(count.into()) {
            out.put_u16(level.source.0);
            out.put_u8(level.level);
        }
        for packet in self.packets.iter().filter(|p| (1..=MAX_OPUS_BYTES).contains(&p.len())) {
            put_length(&mut out, packet.len());
            out.put_slice(packet);
        }
        out.freeze()
    }

    /// Reads a mix message; packets share its bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(mut bytes: Bytes) -> Result<Self, BadAudio> {
        if bytes.remaining() < HEADER {
            return Err(BadAudio::Truncated);
        }
        let kind = bytes.get_u8();
        if kind != KIND_MIX {
            return Err(BadAudio::Kind(kind));
        }
        let frame = bytes.get_u16();
        let count = usize::from(bytes.get_u8());
        if bytes.remaining() < count * LEVEL {
            return Err(BadAudio::Truncated);
        }
        let levels =
            (0..count).map(|_| Level { source: Source(bytes.get_u16()), level: bytes.get_u8() }).collect();
        let mut packets = Vec::with_capacity(1);
        while bytes.has_remaining() {
            let length = length(&mut bytes)?;
            if length == 0 || length > MAX_OPUS_BYTES {
                return Err(BadAudio::Length(length));
            }
            if bytes.remaining() < length {
                return Err(BadAudio::Truncated);
            }
            packets.push(bytes.split_to(length));
        }
        Ok(Self { frame, levels, packets })
    }
}

fn put_length(out: &mut BytesMut, length: usize) {
    if length < TWO_BYTE_LENGTH {
        // Below 252, so nothing is cut.
        return out.put_u8(length as u8);
    }
    let first = TWO_BYTE_LENGTH + (length & 3);
    // 252..=255, and at most 255 since a packet has at most 1,275 bytes.
    out.put_u8(first as u8);
    out.put_u8(((length - first) >> 2) as u8);
}

fn length(bytes: &mut Bytes) -> Result<usize, BadAudio> {
    let first = usize::from(bytes.get_u8());
    if first < TWO_BYTE_LENGTH {
        return Ok(first);
    }
    if !bytes.has_remaining() {
        return Err(BadAudio::Truncated);
    }
    Ok(usize::from(bytes.get_u8()) * 4 + first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_mix() -> impl Strategy<Value = MixMessage> {
        let level = (any::<u16>(), any::<u8>()).prop_map(|(s, level)| Level { source: Source(s), level });
        let packet = (1..=MAX_OPUS_BYTES).prop_map(|n| Bytes::from(vec![7; n]));
        (any::<u16>(), prop::collection::vec(level, 0..20), prop::collection::vec(packet, 0..6))
            .prop_map(|(frame, levels, packets)| MixMessage { frame, levels, packets })
    }

    #[test]
    fn one_speaker_costs_seven_bytes_and_one_a_packet() {
        let packets = vec![Bytes::from(vec![9; 60]); 3];
        let levels = vec![Level { source: Source(2), level: 154 }];
        let message = MixMessage { frame: 3, levels, packets };
        assert_eq!(message.encode().len(), 7 + 3 * 61);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let decode = |bytes: &'static [u8]| BinaryMessage::decode(Bytes::from_static(bytes));
        assert_eq!(decode(&[]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[3, 0, 0, 0]), Err(BadAudio::Kind(3)));
        assert_eq!(decode(&[2, 0, 0]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[2, 0, 0, 1, 0, 1]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[2, 0, 0, 0, 0]), Err(BadAudio::Length(0)));
        assert_eq!(decode(&[2, 0, 0, 0, 2, 7]), Err(BadAudio::Truncated));
        assert_eq!(decode(&[2, 0, 0, 0, 252]), Err(BadAudio::Truncated));
        assert!(matches!(decode(&[2, 0, 0, 0]), Ok(BinaryMessage::Mix(_))));
        assert!(matches!(decode(&[1]), Ok(BinaryMessage::Audio(_))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(message in any_mix()) {
            prop_assert_eq!(BinaryMessage::decode(message.encode()), Ok(BinaryMessage::Mix(message)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..4) {
            if let Some(first) = bytes.first_mut() {
                *first = kind;
            }
            if let Ok(BinaryMessage::Mix(message)) = BinaryMessage::decode(bytes.into()) {
                prop_assert_eq!(MixMessage::decode(message.encode()), Ok(message));
            }
        }
    }
}
