//! The encoders of a mix: one for each quality, fed a frame at a time.

use bytes::Bytes;
use opus::{Application, Bandwidth, Bitrate, Channels};

use super::codec::{CodecError, failed};
use super::{FRAME, SAMPLE_RATE};

/// Half the work of the highest, without a difference to hear in speech.
const COMPLEXITY: i32 = 5;

/// Room for the largest packet (RFC 6716 section 3.4).
const MAX_BYTES: usize = 1_275;

/// A packet this short says only that it is quiet.
const DTX_BYTES: usize = 2;

/// Frames of digital silence after which libopus is not asked any more: 1 s, by then it says nothing else.
const RESTS_AFTER: usize = 50;

/// First byte of a packet of SILK, wideband, 60 ms, mono (RFC 6716 table 2). Alone it is silence of that length.
const SILENT_60_MS: &[u8] = &[11 << 3];

/// First byte of a hybrid packet, fullband, 20 ms, mono.
const SILENT_20_MS: &[u8] = &[15 << 3];

/// How a mix is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    bits: i32,
    frames: usize,
    /// Left to itself the codec goes to fullband at 16 kb/s and to narrowband at 8, and both sound worse.
    wideband: bool,
}

impl Quality {
    /// 32 kb/s in packets of 20 ms, as much of the sound as fits.
    pub const HIGH: Self = Self { bits: 32_000, frames: 1, wideband: false };
    /// 24 kb/s in packets of 20 ms: what is kept of a meeting.
    pub const KEPT: Self = Self { bits: 24_000, frames: 1, wideband: false };
    /// 16 kb/s in packets of 60 ms, wideband.
    pub const MIDDLE: Self = Self { bits: 16_000, frames: 3, wideband: true };
    /// 8 kb/s in packets of 60 ms, wideband.
    pub const LOW: Self = Self { bits: 8_000, frames: 3, wideband: true };

    /// Frames in a packet.
    pub const fn frames(self) -> usize {
        self.frames
    }

    /// A packet that is silent as long as a packet of this quality: its first byte alone.
    pub const fn silence(self) -> Bytes {
        Bytes::from_static(if self.frames == 1 { SILENT_20_MS } else { SILENT_60_MS })
    }
}

/// A packet of a mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// The packet, never empty. In silence it is a byte or two, which a stream that must advance carries and others
    /// leave out.
    pub opus: Bytes,
    /// Whether it says only that it is quiet.
    pub silent: bool,
}

/// An encoder of a mix: mono, VOIP, discontinuous in silence.
pub struct LadderEncoder {
    inner: opus::Encoder,
    quality: Quality,
    pending: Vec<f32>,
    /// Frames of digital silence in a row.
    quiet: usize,
    out: [u8; MAX_BYTES],
}

impl LadderEncoder {
    /// An encoder that has heard nothing.
    ///
    /// # Errors
    /// libopus has no memory.
    pub fn new(quality: Quality) -> Result<Self, CodecError> {
        let make = || {
            let mut inner = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
            inner.set_bitrate(Bitrate::Bits(quality.bits))?;
            inner.set_complexity(COMPLEXITY)?;
            inner.set_dtx(true)?;
            if quality.wideband {
                inner.set_max_bandwidth(Bandwidth::Wideband)?;
                inner.set_bandwidth(Bandwidth::Wideband)?;
            }
            Ok(inner)
        };
        let inner = make().map_err(failed("start an encoder"))?;
        let pending = Vec::with_capacity(quality.frames * FRAME);
        // Before the first sound there is nothing to say either.
        Ok(Self { inner, quality, pending, quiet: RESTS_AFTER, out: [0; MAX_BYTES] })
    }

    /// Takes a frame; every [`frames`](Quality::frames) of them make a packet.
    ///
    /// # Errors
    /// libopus' own.
    pub fn push(&mut self, frame: &[f32; FRAME]) -> Result<Option<Coded>, CodecError> {
        self.pending.extend_from_slice(frame);
        let is_quiet = frame.iter().all(|s| *s == 0.0);
        self.quiet = if is_quiet { self.quiet.saturating_add(1) } else { 0 };
        if self.pending.len() < self.quality.frames * FRAME {
            return Ok(None);
        }
        let coded = self.encode();
        self.pending.clear();
        coded.map(Some)
    }

    /// Forgets the frames that make no whole packet yet.
    pub fn restart(&mut self) {
        self.pending.clear();
    }

    fn encode(&mut self) -> Result<Coded, CodecError> {
        if self.quiet >= RESTS_AFTER {
            return Ok(Coded { opus: self.quality.silence(), silent: true });
        }
        let n = self.inner.encode_float(&self.pending, &mut self.out).map_err(failed("encode a mix"))?;
        Ok(Coded { opus: Bytes::copy_from_slice(&self.out[..n]), silent: n <= DTX_BYTES })
    }
}

impl std::fmt::Debug for LadderEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LadderEncoder").field("quality", &self.quality).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Decoder, Packet, Voice};

    const ALL: [Quality; 4] = [Quality::HIGH, Quality::KEPT, Quality::MIDDLE, Quality::LOW];

    fn correlation(a: &[f32], b: &[f32]) -> f32 {
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    /// The best correlation over the lags that a codec may have, of a second in the middle.
    fn likeness(a: &[f32], b: &[f32]) -> f32 {
        let (a, b) = (&a[96_000..144_000], &b[96_000..144_000]);
        (200..1_000).step_by(8).map(|d| correlation(&a[..a.len() - 1_000], &b[d..])).fold(0.0, f32::max)
    }

    #[test]
    fn every_rung_keeps_its_rate_its_length_and_the_voice() {
        for (quality, bytes_a_second) in ALL.into_iter().zip([4_000, 3_000, 2_000, 1_000]) {
            let (mut voice, mut enc, mut dec) =
                (Voice::new(3), LadderEncoder::new(quality).unwrap(), Decoder::new().unwrap());
            let (mut mouth, mut ear, mut bytes) = (Vec::new(), Vec::new(), 0);
            for _ in 0..300 {
                let frame = voice.next_frame();
                mouth.extend_from_slice(&frame);
                let Some(coded) = enc.push(&frame).unwrap() else { continue };
                let packet = Packet::check(&coded.opus).unwrap();
                assert_eq!(packet.samples as usize, quality.frames() * FRAME, "{quality:?}");
                assert!(!packet.stereo && coded.silent == (coded.opus.len() <= 2));
                bytes += coded.opus.len();
                ear.extend_from_slice(dec.decode(&coded.opus).unwrap());
            }
            assert_eq!(mouth.len(), ear.len());
            let r = likeness(&mouth, &ear);
            assert!(r > 0.7, "{quality:?}: correlation {r}");
            assert!(bytes < bytes_a_second * 6 * 11 / 10, "{quality:?}: {bytes} bytes in 6 s");
        }
    }

    #[test]
    fn silence_is_said_in_a_byte_and_as_long_as_it_is() {
        for quality in ALL {
            let (mut enc, mut dec) = (LadderEncoder::new(quality).unwrap(), Decoder::new().unwrap());
            let mut voice = Voice::new(3);
            let (mut loud, mut samples) = (0, 0);
            for n in 0..480 {
                let frame = if n < 30 { voice.next_frame() } else { [0.0; FRAME] };
                let Some(coded) = enc.push(&frame).unwrap() else { continue };
                loud += u32::from(n >= 90 && !coded.silent);
                samples += dec.decode(&coded.opus).unwrap().len();
            }
            assert_eq!(samples, 480 * FRAME, "{quality:?}");
            assert_eq!(loud, 0, "{quality:?}: nothing is said any more");
        }
    }

    #[test]
    fn what_was_half_there_is_forgotten() {
        let mut enc = LadderEncoder::new(Quality::LOW).unwrap();
        assert_eq!(enc.push(&[0.0; FRAME]).unwrap(), None);
        assert_eq!(enc.push(&[0.0; FRAME]).unwrap(), None);
        enc.restart();
        assert_eq!(enc.push(&[0.0; FRAME]).unwrap(), None);
    }
}
