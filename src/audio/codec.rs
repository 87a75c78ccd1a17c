//! Opus: one frame in, one packet out, and back (RFC 6716).

use bytes::Bytes;
use opus::{Application, Bitrate, Channels};
use thiserror::Error;

use super::{FRAME, SAMPLE_RATE};

/// Speech at its best for one voice: above it the gain is not heard.
const BITRATE: i32 = 24_000;

/// Half the work of the highest, without a difference to hear in speech.
const COMPLEXITY: i32 = 5;

/// Room for the largest packet (RFC 6716 section 3.4).
const MAX_BYTES: usize = 1_275;

/// A packet this short says only that it is quiet, and is left out.
const DTX_BYTES: usize = 2;

/// Samples of the longest packet, 120 ms: whatever a packet claims fits.
const MAX_SAMPLES: usize = 5_760;

/// libopus refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the Opus codec failed to {what}: {why}; please report it")]
pub struct CodecError {
    what: &'static str,
    why: String,
}

pub(super) fn failed(what: &'static str) -> impl Fn(opus::Error) -> CodecError {
    move |e| CodecError { what, why: e.to_string() }
}

/// Makes 20 ms packets of speech: 48 kHz mono, VOIP, 24 kb/s, discontinuous in silence.
pub struct Encoder {
    inner: opus::Encoder,
    out: [u8; MAX_BYTES],
}

impl Encoder {
    /// An encoder that has heard nothing.
    ///
    /// # Errors
    /// libopus has no memory.
    pub fn new() -> Result<Self, CodecError> {
        let make = || {
            let mut inner = opus::Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
            inner.set_bitrate(Bitrate::Bits(BITRATE))?;
            inner.set_complexity(COMPLEXITY)?;
            inner.set_dtx(true)?;
            Ok(inner)
        };
        Ok(Self { inner: make().map_err(failed("start an encoder"))?, out: [0; MAX_BYTES] })
    }

    /// The packet of a frame; `None` in silence, when nothing has to be sent.
    ///
    /// # Errors
    /// libopus' own.
    pub fn encode(&mut self, frame: &[f32; FRAME]) -> Result<Option<Bytes>, CodecError> {
        let n = self.inner.encode_float(frame, &mut self.out).map_err(failed("encode a frame"))?;
        Ok((n > DTX_BYTES).then(|| Bytes::copy_from_slice(&self.out[..n])))
    }

    /// Forgets what it heard, before another stretch of sound.
    ///
    /// # Errors
    /// libopus' own.
    pub fn reset(&mut self) -> Result<(), CodecError> {
        self.inner.reset_state().map_err(failed("reset an encoder"))
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// Turns packets into samples.
pub struct Decoder {
    inner: opus::Decoder,
    out: [f32; MAX_SAMPLES],
}

impl Decoder {
    /// A decoder that has heard nothing.
    ///
    /// # Errors
    /// libopus has no memory.
    pub fn new() -> Result<Self, CodecError> {
        let inner = opus::Decoder::new(SAMPLE_RATE, Channels::Mono).map_err(failed("start a decoder"))?;
        Ok(Self { inner, out: [0.0; MAX_SAMPLES] })
    }

    /// The samples of a packet, up to 5,760. Check it with [`Packet`](super::Packet) first: two bytes may be 120 ms.
    ///
    /// # Errors
    /// The bytes are no Opus packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[f32], CodecError> {
        let n = self.inner.decode_float(packet, &mut self.out, false).map_err(failed("decode a packet"))?;
        Ok(&self.out[..n])
    }

    /// A frame in place of one that is missing: it goes on as the sound before, fainter each time.
    ///
    /// # Errors
    /// libopus' own.
    pub fn conceal(&mut self) -> Result<&[f32], CodecError> {
        let out = &mut self.out[..FRAME];
        let n = self.inner.decode_float(&[], out, false).map_err(failed("conceal a gap"))?;
        Ok(&self.out[..n])
    }

    /// Forgets what it heard, before another stretch of sound.
    ///
    /// # Errors
    /// libopus' own.
    pub fn reset(&mut self) -> Result<(), CodecError> {
        self.inner.reset_state().map_err(failed("reset a decoder"))
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Packet, Voice};
    use proptest::prelude::*;

    /// Samples by which decoded sound lags: the encoder's lookahead.
    const DELAY: usize = 312;

    fn correlation(a: &[f32], b: &[f32]) -> f32 {
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    #[test]
    fn a_voice_comes_through() {
        for seed in 0..4 {
            let (mut voice, mut enc, mut dec) =
                (Voice::new(seed), Encoder::new().unwrap(), Decoder::new().unwrap());
            let (mut mouth, mut ear, mut bytes) = (Vec::new(), Vec::new(), 0);
            for _ in 0..250 {
                let frame = voice.next_frame();
                mouth.extend_from_slice(&frame);
                match enc.encode(&frame).unwrap() {
                    Some(packet) => {
                        Packet::check_live(&packet).unwrap();
                        bytes += packet.len();
                        ear.extend_from_slice(dec.decode(&packet).unwrap());
                    }
                    None => ear.extend_from_slice(dec.conceal().unwrap()),
                }
            }
            // VOIP takes the lowest tones away and turns the phase: 0.88 is a faithful voice.
            let r = correlation(&mouth[..mouth.len() - DELAY], &ear[DELAY..]);
            assert!(r > 0.85, "seed {seed}: correlation {r}");
            assert!((5_000..20_000).contains(&bytes), "seed {seed}: {bytes} bytes in 5 s");
        }
    }

    #[test]
    fn silence_is_not_sent() {
        let mut enc = Encoder::new().unwrap();
        let sent = (0..100).filter(|_| enc.encode(&[0.0; FRAME]).unwrap().is_some()).count();
        assert!(sent < 25, "{sent} packets in 2 s of silence");
    }

    proptest! {
        #[test]
        fn decoding_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 1..200)) {
            let mut dec = Decoder::new().unwrap();
            if let Ok(samples) = dec.decode(&bytes) {
                prop_assert!(samples.len() <= MAX_SAMPLES);
            }
        }
    }
}
