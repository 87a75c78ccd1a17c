//! Sound from any bytes: Ogg Opus, WAV or bare samples, as they come, in frames.

use std::collections::VecDeque;

use thiserror::Error;

use crate::audio::{CodecError, Decoder, FRAME, Resampler};

use super::wav::{BadWav, Format, WavReader};
use super::{BadOgg, OggReader, Read};

/// Samples decoded before the reader waits for them to be taken: two of the longest packets.
const AHEAD: usize = 2 * 5_760;

/// How an Ogg stream begins.
const OGG: &[u8; 4] = b"OggS";

/// How a WAV file begins.
const WAV: &[u8; 4] = b"RIFF";

/// Why sound can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadSound {
    /// It is neither Ogg nor WAV.
    #[error(
        "this is neither Ogg Opus nor WAV; bare samples need their rate: --pcm 48000, or encode it: \
         ffmpeg -i FILE -c:a libopus -f ogg -"
    )]
    Unknown,
    /// The Ogg stream can't be read.
    #[error(transparent)]
    Ogg(#[from] BadOgg),
    /// The WAV file can't be read.
    #[error(transparent)]
    Wav(#[from] BadWav),
    /// Sound does not have this rate.
    #[error("{0} samples a second are no sound; 4000 to 384000 are possible")]
    Rate(u32),
    /// libopus failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Turns bytes into frames of 48 kHz mono. It reads no further than the frames that are taken, so that its memory is
/// bounded whatever comes.
#[derive(Debug)]
pub struct SoundReader {
    form: Form,
    ready: VecDeque<f32>,
}

#[derive(Debug)]
enum Form {
    /// Not known before the first bytes, which are these.
    Unknown(Vec<u8>),
    Ogg(Box<Ogg>),
    Wav(Box<WavReader>, Option<Resampler>),
}

#[derive(Debug)]
struct Ogg {
    reader: OggReader,
    /// Mixes two channels to one by itself.
    decoder: Decoder,
    /// Samples to leave out yet.
    skip: usize,
    /// How much louder than it is.
    gain: f32,
}

impl SoundReader {
    /// Ogg Opus or WAV, whatever the bytes are.
    pub fn new() -> Self {
        Self { form: Form::Unknown(Vec::new()), ready: VecDeque::new() }
    }

    /// Bare samples: signed 16 bits, little-endian, mono.
    ///
    /// # Errors
    /// Sound does not have this rate.
    pub fn pcm(rate: u32) -> Result<Self, BadSound> {
        let resampler = Resampler::new(rate).ok_or(BadSound::Rate(rate))?;
        let reader = WavReader::bare(Format::mono_16(rate));
        Ok(Self { form: Form::Wav(Box::new(reader), Some(resampler)), ready: VecDeque::new() })
    }

    /// The next frame; reads on in `bytes`, which is cut by what was read. `None` when they are used up.
    ///
    /// # Errors
    /// Why nothing more can be read.
    pub fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<[f32; FRAME]>, BadSound> {
        loop {
            if let Some(frame) = self.frame() {
                return Ok(Some(frame));
            }
            // A page that was read before may hold more, when the bytes are used up too.
            self.advance(bytes)?;
            if self.ready.len() < FRAME && bytes.is_empty() {
                return Ok(None);
            }
        }
    }

    /// What is left when the bytes have ended, filled up with silence; `None` when nothing is.
    pub fn finish(&mut self) -> Option<[f32; FRAME]> {
        if let Form::Wav(_, resampler) = &mut self.form
            && let Some(mut resampler) = resampler.take()
        {
            let mut last = Vec::new();
            resampler.finish(&mut last);
            self.ready.extend(last);
        }
        if self.ready.is_empty() {
            return None;
        }
        self.ready.resize(self.ready.len().max(FRAME), 0.0);
        self.frame()
    }

    fn frame(&mut self) -> Option<[f32; FRAME]> {
        if self.ready.len() < FRAME {
            return None;
        }
        let mut frame = [0.0; FRAME];
        frame.iter_mut().zip(self.ready.drain(..FRAME)).for_each(|(to, from)| *to = from);
        Some(frame)
    }

    /// Reads some bytes.
    fn advance(&mut self, bytes: &mut &[u8]) -> Result<(), BadSound> {
        match &mut self.form {
            Form::Unknown(first) => {
                let (taken, rest) = bytes.split_at(bytes.len().min(4 - first.len()));
                first.extend_from_slice(taken);
                *bytes = rest;
                self.guess()
            }
            Form::Ogg(ogg) => {
                while self.ready.len() < AHEAD
                    && let Some(read) = ogg.reader.read(bytes)?
                {
                    ogg.hear(read, &mut self.ready)?;
                }
                Ok(())
            }
            Form::Wav(wav, resampler) => {
                let mut samples = Vec::new();
                while samples.len() < AHEAD && wav.read(bytes, &mut samples)? {}
                if resampler.is_none()
                    && let Some(rate) = wav.rate()
                {
                    *resampler = Some(Resampler::new(rate).ok_or(BadSound::Rate(rate))?);
                }
                if let Some(resampler) = resampler {
                    let mut out = Vec::with_capacity(samples.len());
                    resampler.push(&samples, &mut out);
                    self.ready.extend(out);
                }
                Ok(())
            }
        }
    }

    /// Finds out what the first bytes are.
    fn guess(&mut self) -> Result<(), BadSound> {
        let Form::Unknown(first) = &self.form else { return Ok(()) };
        let whole: Option<[u8; 4]> = first.as_slice().try_into().ok();
        self.form = match whole {
            Some(first) if &first == OGG => Form::Ogg(Box::new(Ogg::new()?)),
            Some(first) if &first == WAV => Form::Wav(Box::new(WavReader::new()), None),
            None if OGG.starts_with(first) || WAV.starts_with(first) => return Ok(()),
            _ => return Err(BadSound::Unknown),
        };
        self.advance(&mut whole.unwrap_or_default().as_slice())
    }
}

impl Default for SoundReader {
    fn default() -> Self {
        Self::new()
    }
}

impl Ogg {
    fn new() -> Result<Self, BadSound> {
        Ok(Self { reader: OggReader::new(), decoder: Decoder::new()?, skip: 0, gain: 1.0 })
    }

    fn hear(&mut self, read: Read, out: &mut VecDeque<f32>) -> Result<(), BadSound> {
        match read {
            Read::Head(head) => {
                self.decoder.reset()?;
                self.skip = head.pre_skip.into();
                // In 1/256 dB.
                self.gain = 10.0_f32.powf(f32::from(head.gain) / (20.0 * 256.0));
            }
            Read::Packet { opus, samples } => match self.decoder.decode(&opus) {
                Ok(sound) => {
                    let heard = &sound[self.skip.min(sound.len())..];
                    self.skip -= sound.len() - heard.len();
                    out.extend(heard.iter().map(|s| s * self.gain));
                }
                // One packet that cannot be decoded is silence as long as it says.
                Err(_) => out.extend(std::iter::repeat_n(0.0, samples as usize)),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Encoder, Level, Voice};
    use crate::recording::OggWriter;
    use proptest::prelude::*;

    /// All frames when the bytes come in pieces.
    fn frames(mut reader: SoundReader, bytes: &[u8], piece: usize) -> Result<Vec<[f32; FRAME]>, BadSound> {
        let mut all = Vec::new();
        for mut piece in bytes.chunks(piece) {
            while let Some(frame) = reader.read(&mut piece)? {
                all.push(frame);
                assert!(reader.ready.len() <= 40 * AHEAD, "memory is bounded");
            }
        }
        all.extend(reader.finish());
        Ok(all)
    }

    fn correlation(a: &[f32], b: &[f32]) -> f32 {
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(p, q)| p * q).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    fn voice(seconds: usize) -> Vec<f32> {
        let mut voice = Voice::new(3);
        (0..seconds * 50).flat_map(|_| voice.next_frame()).collect()
    }

    fn pcm(samples: &[f32]) -> Vec<u8> {
        samples.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()).collect()
    }

    #[test]
    fn opus_comes_out_as_it_was_spoken() {
        let spoken = voice(3);
        let (mut encoder, mut writer) = (Encoder::new().unwrap(), OggWriter::new(1, 9_600, &[]));
        for frame in spoken.as_chunks::<FRAME>().0 {
            match encoder.encode(frame).unwrap() {
                Some(opus) => writer.push(&opus).unwrap(),
                None => drop(writer.silence(FRAME as u64)),
            }
        }
        writer.finish();
        let bytes = std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat();
        for piece in [7, 4_096, 1 << 20] {
            let heard = frames(SoundReader::new(), &bytes, piece).unwrap().concat();
            // The pre-skip takes the encoder's delay away.
            let r = correlation(&spoken[..heard.len().min(spoken.len())], &heard);
            assert!(r > 0.85 && heard.len().abs_diff(spoken.len()) <= FRAME, "{piece}: {r}");
        }
    }

    #[test]
    fn bare_samples_are_brought_to_48_khz() {
        let spoken = voice(2);
        let heard = frames(SoundReader::pcm(48_000).unwrap(), &pcm(&spoken), 999).unwrap().concat();
        assert_eq!(heard.len(), spoken.len());
        assert!(correlation(&spoken, &heard) > 0.999);
        let third: Vec<f32> = spoken.iter().copied().step_by(3).collect();
        let heard = frames(SoundReader::pcm(16_000).unwrap(), &pcm(&third), 4_096).unwrap().concat();
        assert!(heard.len().abs_diff(spoken.len()) <= FRAME);
        assert!(correlation(&spoken, &heard) > 0.9);
        assert!(matches!(SoundReader::pcm(1), Err(BadSound::Rate(1))));
    }

    #[test]
    fn other_things_are_refused_with_a_sentence() {
        for odd in [&b"ID3\x04 an mp3"[..], b"fLaC", b"hello", &[0; 9]] {
            assert_eq!(frames(SoundReader::new(), odd, 3).unwrap_err(), BadSound::Unknown);
        }
        assert_eq!(frames(SoundReader::new(), b"Ogg", 1), Ok(vec![]));
    }

    #[test]
    fn a_gain_in_the_head_counts() {
        let mut head = crate::recording::OpusHead::MONO;
        head.gain = -6 * 256;
        let mut ogg = Ogg::new().unwrap();
        let mut out = VecDeque::new();
        ogg.hear(Read::Head(head), &mut out).unwrap();
        assert!((ogg.gain - 0.501).abs() < 0.001);
        assert_eq!(Level::measure(&[0.0; FRAME], false).byte() & 127, 127);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            start in prop_oneof![Just(""), Just("OggS"), Just("RIFFaaaaWAVEfmt ")],
            piece in 1usize..100,
        ) {
            let _ = frames(SoundReader::new(), &[start.as_bytes(), &bytes].concat(), piece);
            let _ = frames(SoundReader::pcm(44_100).unwrap(), &bytes, piece);
        }
    }
}
