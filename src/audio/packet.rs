//! What an Opus packet says of itself, checked without decoding (RFC 6716 section 3).
//!
//! A packet of two bytes may decode to 120 ms: look before forwarding or decoding.

use thiserror::Error;

/// Samples of the longest packet at 48 kHz: 120 ms (RFC 6716 section 3.2.5, R5).
const MAX_SAMPLES: u32 = 5_760;

/// Samples of a live packet at 48 kHz: palco's packets are 20 ms.
const LIVE_SAMPLES: u32 = 960;

/// The largest frame in bytes (RFC 6716 section 3.2.1, R2), and the largest packet that palco carries.
const MAX_BYTES: usize = 1_275;

/// Lengths below this take one byte (RFC 6716 section 3.2.1).
const TWO_BYTE_LENGTH: usize = 252;

/// A well-formed Opus packet's outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// How long it sounds, in samples at 48 kHz: 120 to 5,760.
    pub samples: u32,
    /// How many Opus frames it holds, of whatever length: 1 to 48.
    pub opus_frames: u32,
    /// Whether it is stereo.
    pub stereo: bool,
    /// Whether every frame is empty or one byte: silence in discontinuous transmission.
    pub dtx: bool,
}

/// Why bytes are not an Opus packet that palco carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPacket {
    /// There are no bytes.
    #[error("the Opus packet is empty; leave the record out instead")]
    Empty,
    /// It has more than 1,275 bytes.
    #[error("the Opus packet has {0} bytes; send 1275 at most")]
    TooLarge(usize),
    /// Its frames' lengths don't fit its bytes.
    #[error("the Opus packet's frames do not fit its bytes; send whole packets")]
    Malformed,
    /// It is longer than 120 ms or holds no frame.
    #[error("the Opus packet lasts {0} samples; 120 ms at most are possible")]
    Duration(u32),
    /// It is well formed and not 20 ms long.
    #[error("the Opus packet lasts {0} samples; send packets of 20 ms, which are 960")]
    NotLive(u32),
}

impl Packet {
    /// Checks a packet of any duration.
    ///
    /// # Errors
    /// The first rule of RFC 6716 section 3.4 that it breaks, or that it is too large for palco.
    pub fn check(bytes: &[u8]) -> Result<Self, BadPacket> {
        if bytes.len() > MAX_BYTES {
            return Err(BadPacket::TooLarge(bytes.len()));
        }
        Self::check_any(bytes)
    }

    /// Checks a packet of any duration and size, as a file may hold it: music in long packets is larger than what palco
    /// carries.
    ///
    /// # Errors
    /// The first rule of RFC 6716 section 3.4 that it breaks.
    pub fn check_any(bytes: &[u8]) -> Result<Self, BadPacket> {
        let (&toc, rest) = bytes.split_first().ok_or(BadPacket::Empty)?;
        let (frames, dtx) = match toc & 3 {
            0 => (1, rest.len() <= 1),
            1 if rest.len().is_multiple_of(2) => (2, rest.len() <= 2),
            1 => return Err(BadPacket::Malformed),
            2 => two_frames(rest)?,
            _ => many_frames(rest, frame_samples(toc))?,
        };
        let samples = frames * frame_samples(toc);
        if samples == 0 || samples > MAX_SAMPLES {
            return Err(BadPacket::Duration(samples));
        }
        Ok(Self { samples, opus_frames: frames, stereo: toc & 4 != 0, dtx })
    }

    /// How many frames of 20 ms it takes where packets are numbered by them: 1 to 6.
    pub const fn frames(self) -> u16 {
        // 5,760 samples at most.
        self.samples.div_ceil(LIVE_SAMPLES) as u16
    }

    /// Checks a packet from a live microphone: well formed and 20 ms long. The server forwards no other.
    ///
    /// # Errors
    /// As [`check`](Self::check), or that it is not 20 ms.
    pub fn check_live(bytes: &[u8]) -> Result<Self, BadPacket> {
        let packet = Self::check(bytes)?;
        if packet.samples != LIVE_SAMPLES {
            return Err(BadPacket::NotLive(packet.samples));
        }
        Ok(packet)
    }
}

/// Samples of one frame at 48 kHz, by the configuration in the first byte (RFC 6716 table 2).
fn frame_samples(toc: u8) -> u32 {
    let config = toc >> 3;
    match config {
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    }
}

/// Reads a frame's length (RFC 6716 section 3.2.1).
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), BadPacket> {
    let (&first, rest) = bytes.split_first().ok_or(BadPacket::Malformed)?;
    let first = usize::from(first);
    if first < TWO_BYTE_LENGTH {
        return Ok((first, rest));
    }
    let (&second, rest) = rest.split_first().ok_or(BadPacket::Malformed)?;
    Ok((usize::from(second) * 4 + first, rest))
}

/// Code 2: two frames of different sizes (section 3.2.4).
fn two_frames(rest: &[u8]) -> Result<(u32, bool), BadPacket> {
    let (first, rest) = length(rest)?;
    let second = rest.len().checked_sub(first).ok_or(BadPacket::Malformed)?;
    Ok((2, first <= 1 && second <= 1))
}

/// Code 3: a signalled number of frames, with padding and variable sizes if flagged (section 3.2.5).
fn many_frames(rest: &[u8], each: u32) -> Result<(u32, bool), BadPacket> {
    let (&head, mut rest) = rest.split_first().ok_or(BadPacket::Malformed)?;
    let frames = u32::from(head & 0x3f);
    if frames == 0 || frames * each > MAX_SAMPLES {
        return Err(BadPacket::Duration(frames * each));
    }
    let mut padding = 0_usize;
    if head & 0x40 != 0 {
        loop {
            let (&byte, after) = rest.split_first().ok_or(BadPacket::Malformed)?;
            rest = after;
            padding += usize::from(byte.min(254));
            if byte != 255 {
                break;
            }
        }
    }
    let mut dtx = true;
    let mut sized = 0_usize;
    if head & 0x80 != 0 {
        for _ in 1..frames {
            let (size, after) = length(rest)?;
            rest = after;
            sized += size;
            dtx &= size <= 1;
        }
        let last = rest.len().checked_sub(sized + padding).ok_or(BadPacket::Malformed)?;
        return Ok((frames, dtx && last <= 1));
    }
    let data = rest.len().checked_sub(padding).ok_or(BadPacket::Malformed)?;
    let count = usize::try_from(frames).map_err(|_| BadPacket::Malformed)?;
    if !data.is_multiple_of(count) {
        return Err(BadPacket::Malformed);
    }
    Ok((frames, data / count <= 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opus::packet as libopus;
    use proptest::prelude::*;

    /// Configuration 31: fullband CELT, 20 ms.
    const CELT20: u8 = 31 << 3;

    #[test]
    fn one_frame_of_20_ms() {
        let packet = Packet::check_live(&[CELT20, 1, 2, 3]).unwrap();
        assert_eq!(packet, Packet { samples: 960, opus_frames: 1, stereo: false, dtx: false });
    }

    #[test]
    fn a_lone_first_byte_is_silence() {
        assert!(Packet::check_live(&[CELT20]).unwrap().dtx);
    }

    #[test]
    fn two_bytes_of_120_ms_are_not_live() {
        let bytes = [CELT20 | 3, 6];
        assert_eq!(Packet::check(&bytes).unwrap().samples, 5_760);
        assert_eq!(Packet::check_live(&bytes), Err(BadPacket::NotLive(5_760)));
    }

    #[test]
    fn refusals() {
        assert_eq!(Packet::check(&[]), Err(BadPacket::Empty));
        assert_eq!(Packet::check(&[0; 1_276]), Err(BadPacket::TooLarge(1_276)));
        assert_eq!(Packet::check(&[CELT20 | 1, 0]), Err(BadPacket::Malformed));
        assert_eq!(Packet::check(&[CELT20 | 2, 9, 0]), Err(BadPacket::Malformed));
        assert_eq!(Packet::check(&[CELT20 | 3]), Err(BadPacket::Malformed));
        assert_eq!(Packet::check(&[CELT20 | 3, 0]), Err(BadPacket::Duration(0)));
        assert_eq!(Packet::check(&[CELT20 | 3, 7]), Err(BadPacket::Duration(6_720)));
        assert_eq!(Packet::check(&[CELT20 | 3, 0x41, 255]), Err(BadPacket::Malformed));
    }

    proptest! {
        /// libopus reads the same duration from whatever passes.
        #[test]
        fn agrees_with_libopus(bytes in prop::collection::vec(any::<u8>(), 1..80)) {
            match Packet::check(&bytes) {
                Ok(packet) => {
                    let theirs = libopus::parse(&bytes);
                    prop_assert!(theirs.is_ok(), "{packet:?} against {theirs:?}");
                    prop_assert_eq!(libopus::get_nb_samples(&bytes, 48_000).unwrap() as u32, packet.samples);
                    prop_assert_eq!(libopus::get_nb_frames(&bytes).unwrap() as u32, packet.opus_frames);
                }
                Err(error) => prop_assert!(libopus::parse(&bytes).is_err(), "{error} only here"),
            }
        }
    }
}
