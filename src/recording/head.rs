//! The two packets that begin a stream (RFC 7845 section 5).

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;

/// Samples that an encoder is ahead, at 48 kHz: libopus' lookahead, which a player skips at the start.
const PRE_SKIP: u16 = 312;

/// How the first packet begins.
const HEAD: &[u8; 8] = b"OpusHead";

/// How the second packet begins.
const TAGS: &[u8; 8] = b"OpusTags";

/// Who made the stream, for the second packet.
const VENDOR: &str = concat!("palco ", env!("CARGO_PKG_VERSION"));

/// Bytes of the comments at most: a player reads all of them before it plays, and every chapter that can be numbered is
/// among them, however long its title.
const MAX_TAGS: usize = 1 << 20;

/// What the first packet says of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusHead {
    /// 1 or 2.
    pub channels: u8,
    /// Samples to leave out at the start, at 48 kHz.
    pub pre_skip: u16,
    /// How much louder it is to be played, in 1/256 dB.
    pub gain: i16,
}

/// Why a stream can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadHead {
    /// It is Ogg with something else inside.
    #[error("there is no Opus in this Ogg stream; encode it with: ffmpeg -i FILE -c:a libopus -f ogg -")]
    NotOpus,
    /// The head is cut or of a version that is not known.
    #[error("the head of this Opus stream cannot be read; encode it again")]
    Malformed,
    /// It has more channels than two, or is laid out for a hall.
    #[error("this Opus stream has {0} channels; make it mono: ffmpeg -i FILE -ac 1 -c:a libopus -f ogg -")]
    Channels(u8),
}

impl OpusHead {
    /// The head of what palco's encoders make: mono, as loud as it is.
    pub const MONO: Self = Self { channels: 1, pre_skip: PRE_SKIP, gain: 0 };

    /// The packet.
    pub(super) fn encode(self) -> Bytes {
        let mut out = BytesMut::with_capacity(19);
        out.put_slice(HEAD);
        out.put_u8(1);
        out.put_u8(self.channels);
        out.put_u16_le(self.pre_skip);
        out.put_u32_le(48_000);
        out.put_i16_le(self.gain);
        out.put_u8(0);
        out.freeze()
    }

    /// Whether a packet says that it is the head of an Opus stream.
    pub(super) fn is(packet: &[u8]) -> bool {
        packet.starts_with(HEAD)
    }

    /// Reads the packet.
    ///
    /// # Errors
    /// Why the stream can't be taken.
    pub(super) fn decode(packet: &[u8]) -> Result<Self, BadHead> {
        if !Self::is(packet) {
            return Err(BadHead::NotOpus);
        }
        let &[version, channels, s0, s1, _, _, _, _, g0, g1, mapping, ..] = &packet[HEAD.len()..] else {
            return Err(BadHead::Malformed);
        };
        if version & 0xf0 != 0 || channels == 0 {
            return Err(BadHead::Malformed);
        }
        if mapping != 0 || channels > 2 {
            return Err(BadHead::Channels(channels));
        }
        let pre_skip = u16::from_le_bytes([s0, s1]);
        Ok(Self { channels, pre_skip, gain: i16::from_le_bytes([g0, g1]) })
    }
}

/// The second packet, with comments as names and values. What does not fit is left out.
pub(super) fn tags(comments: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_slice(TAGS);
    // Short, and so are the comments: `MAX_TAGS`.
    out.put_u32_le(VENDOR.len() as u32);
    out.put_slice(VENDOR.as_bytes());
    let mut left = MAX_TAGS;
    let texts = comments.iter().map(|(name, value)| format!("{name}={value}"));
    let fitting: Vec<_> = texts
        .take_while(|text| {
            left = left.saturating_sub(text.len() + 4);
            left > 0
        })
        .collect();
    out.put_u32_le(fitting.len() as u32);
    for text in fitting {
        out.put_u32_le(text.len() as u32);
        out.put_slice(text.as_bytes());
    }
    out.freeze()
}

/// The comments of the second packet, names in capitals; what is cut or no text is left out.
pub(super) fn comments(packet: &[u8]) -> Vec<(String, String)> {
    fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (field, after) = after.split_at_checked(length)?;
        *rest = after;
        Some(field)
    }
    let mut rest = packet.strip_prefix(TAGS).unwrap_or_default();
    let mut comments = Vec::new();
    let counted = field(&mut rest).and_then(|_vendor| rest.split_first_chunk::<4>());
    let Some((count, after)) = counted else { return comments };
    rest = after;
    for _ in 0..u32::from_le_bytes(*count) {
        let Some(comment) = field(&mut rest) else { break };
        if let Some((name, value)) = std::str::from_utf8(comment).ok().and_then(|c| c.split_once('=')) {
            comments.push((name.to_ascii_uppercase(), value.to_owned()));
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn streams_that_cannot_be_taken_are_told() {
        let mono = OpusHead::MONO.encode();
        let with = |at: usize, byte: u8| {
            let mut bytes = mono.to_vec();
            bytes[at] = byte;
            OpusHead::decode(&bytes)
        };
        assert_eq!(OpusHead::decode(b"\x01vorbis"), Err(BadHead::NotOpus));
        assert_eq!(OpusHead::decode(&mono[..18]), Err(BadHead::Malformed));
        assert_eq!(with(8, 0x11), Err(BadHead::Malformed));
        assert_eq!(with(8, 2), Ok(OpusHead::MONO), "minor versions are compatible");
        assert_eq!(with(9, 6), Err(BadHead::Channels(6)));
        assert_eq!(with(9, 2), Ok(OpusHead { channels: 2, ..OpusHead::MONO }));
    }

    #[test]
    fn tags_that_do_not_fit_are_left_out() {
        let long = "x".repeat(MAX_TAGS);
        assert!(tags(&[("TITLE", "Monday"), ("LONG", &long)]).len() < 100);
    }

    #[test]
    fn tags_come_back() {
        let packet = tags(&[("title", "a=b"), ("ARTIST", "Ana")]);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(comments(&packet), [pair("TITLE", "a=b"), pair("ARTIST", "Ana")]);
        assert_eq!(comments(&packet[..packet.len() - 1]), [pair("TITLE", "a=b")]);
        assert_eq!(comments(b"OpusTags"), []);
    }

    proptest! {
        #[test]
        fn any_tags_are_read(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = comments(&[TAGS.as_slice(), &bytes].concat());
        }

        #[test]
        fn heads_come_back(channels in 1u8..3, pre_skip: u16, gain: i16) {
            let head = OpusHead { channels, pre_skip, gain };
            prop_assert_eq!(OpusHead::decode(&head.encode()), Ok(head));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = OpusHead::decode(&bytes);
            let _ = OpusHead::decode(&[HEAD.as_slice(), &bytes].concat());
        }
    }
}
