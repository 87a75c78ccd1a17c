//! WAV files and bare samples.

use thiserror::Error;

/// Bytes of a chunk before the samples that are looked at: longer ones hold no format.
const MAX_CHUNK: usize = 64;

/// Channels at most.
const MAX_CHANNELS: u16 = 32;

/// Why a WAV file can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadWav {
    /// It is cut or no WAV file.
    #[error("this WAV file cannot be read; write it again: ffmpeg -i FILE -c:a pcm_s16le OTHER.wav")]
    Malformed,
    /// Its samples are packed in a way that is not known.
    #[error(
        "this WAV file's coding {0} is not known; write it again: ffmpeg -i FILE -c:a pcm_s16le OTHER.wav"
    )]
    Coding(u16),
}

/// How samples lie in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    rate: u32,
    channels: u16,
    bytes: usize,
    float: bool,
}

impl Format {
    /// One channel of signed 16 bits.
    pub(super) fn mono_16(rate: u32) -> Self {
        Self { rate, channels: 1, bytes: 2, float: false }
    }

    /// Reads a `fmt ` chunk.
    fn read(chunk: &[u8]) -> Result<Self, BadWav> {
        let two = |at: usize| {
            let bytes: Option<[u8; 2]> = chunk.get(at..at + 2).and_then(|b| b.try_into().ok());
            bytes.map(u16::from_le_bytes).ok_or(BadWav::Malformed)
        };
        let rate = u32::from(two(4)?) | u32::from(two(6)?) << 16;
        let (channels, bits) = (two(2)?, two(14)?);
        // An extensible one tells at its end what it is.
        let coding = match two(0)? {
            0xfffe => two(24)?,
            plain => plain,
        };
        let known = match coding {
            1 => matches!(bits, 8 | 16 | 24 | 32),
            3 => bits == 32,
            _ => false,
        };
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(BadWav::Malformed);
        }
        let bytes = usize::from(bits / 8);
        known.then_some(Self { rate, channels, bytes, float: coding == 3 }).ok_or(BadWav::Coding(coding))
    }

    /// One sample in -1..=1.
    fn sample(&self, bytes: &[u8]) -> f32 {
        let mut wide = [0; 4];
        // The highest bits first of all: every width is then the same scale.
        wide[4 - bytes.len()..].copy_from_slice(bytes);
        match (self.float, bytes.len()) {
            (true, _) => {
                Some(f32::from_le_bytes(wide)).filter(|s| s.is_finite()).unwrap_or(0.0).clamp(-1.0, 1.0)
            }
            (false, 1) => (f32::from(bytes[0]) - 128.0) / 128.0,
            (false, _) => i32::from_le_bytes(wide) as f32 / 2_147_483_648.0,
        }
    }
}

/// Reads samples, all channels together as one.
#[derive(Debug)]
pub(super) struct WavReader {
    part: Part,
    format: Option<Format>,
    /// What is gathered of a head or a sample.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `RIFF`, a size, `WAVE`.
    Start,
    /// A chunk's name and size.
    Chunk,
    /// The format, of so many bytes.
    Format(usize),
    /// Something else, of so many bytes.
    Other(usize),
    /// Samples, until the bytes end: who writes into a pipe does not know how many there will be.
    Samples,
}

impl WavReader {
    pub(super) fn new() -> Self {
        Self { part: Part::Start, format: None, held: Vec::new() }
    }

    /// Of samples without a head.
    pub(super) fn bare(format: Format) -> Self {
        Self { part: Part::Samples, format: Some(format), held: Vec::new() }
    }

    /// Samples a second, once it is known.
    pub(super) fn rate(&self) -> Option<u32> {
        self.format.map(|f| f.rate)
    }

    /// Reads on in `bytes` and appends samples; `false` when the bytes are used up.
    pub(super) fn read(&mut self, bytes: &mut &[u8], out: &mut Vec<f32>) -> Result<bool, BadWav> {
        let wanted = match self.part {
            Part::Start => 12,
            Part::Chunk => 8,
            Part::Format(size) => size,
            Part::Other(size) => {
                let skipped = size.min(bytes.len());
                *bytes = &bytes[skipped..];
                self.part = if skipped == size { Part::Chunk } else { Part::Other(size - skipped) };
                return Ok(skipped == size);
            }
            Part::Samples => return Ok(self.samples(bytes, out)),
        };
        let (taken, rest) = bytes.split_at(bytes.len().min(wanted - self.held.len()));
        self.held.extend_from_slice(taken);
        *bytes = rest;
        if self.held.len() < wanted {
            return Ok(false);
        }
        self.understand()?;
        self.held.clear();
        Ok(true)
    }

    fn understand(&mut self) -> Result<(), BadWav> {
        self.part = match self.part {
            Part::Start if &self.held[8..12] == b"WAVE" => Part::Chunk,
            Part::Start => return Err(BadWav::Malformed),
            Part::Format(_) => {
                self.format = Some(Format::read(&self.held)?);
                Part::Chunk
            }
            Part::Chunk | Part::Other(_) | Part::Samples => {
                let size: [u8; 4] = self.held[4..8].try_into().map_err(|_| BadWav::Malformed)?;
                let size = u32::from_le_bytes(size);
                // Chunks begin at even places.
                let size = usize::try_from(size.saturating_add(size % 2)).map_err(|_| BadWav::Malformed)?;
                match &self.held[..4] {
                    b"fmt " if (16..=MAX_CHUNK).contains(&size) => Part::Format(size),
                    b"fmt " => return Err(BadWav::Malformed),
                    b"data" if self.format.is_some() => Part::Samples,
                    b"data" => return Err(BadWav::Malformed),
                    _ => Part::Other(size),
                }
            }
        };
        Ok(())
    }

    fn samples(&mut self, bytes: &mut &[u8], out: &mut Vec<f32>) -> bool {
        let Some(format) = self.format else { return false };
        let each = format.bytes * usize::from(format.channels);
        let missing = each - self.held.len();
        if bytes.len() < missing {
            self.held.extend_from_slice(bytes);
            *bytes = &[];
            return false;
        }
        let (taken, rest) = bytes.split_at(missing);
        self.held.extend_from_slice(taken);
        *bytes = rest;
        let sum: f32 = self.held.chunks_exact(format.bytes).map(|s| format.sample(s)).sum();
        out.push(sum / f32::from(format.channels));
        self.held.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one odd chunk before the samples.
    fn file(coding: u16, channels: u16, bits: u16, samples: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        out.extend([coding, channels].iter().flat_map(|v| v.to_le_bytes()));
        out.extend(44_100_u32.to_le_bytes());
        out.extend([0; 6]);
        out.extend(bits.to_le_bytes());
        out.extend(b"data\xff\xff\xff\xff");
        out.extend(samples);
        out
    }

    fn read(bytes: &[u8], piece: usize) -> Result<Vec<f32>, BadWav> {
        let (mut reader, mut out) = (WavReader::new(), Vec::new());
        for mut piece in bytes.chunks(piece) {
            while reader.read(&mut piece, &mut out)? {}
        }
        assert!(out.is_empty() || reader.rate() == Some(44_100));
        Ok(out)
    }

    #[test]
    fn samples_of_any_width_are_on_one_scale() {
        let half = [
            file(1, 1, 8, &[192]),
            file(1, 1, 16, &[0, 0x40]),
            file(1, 1, 24, &[0, 0, 0x40]),
            file(1, 1, 32, &[0, 0, 0, 0x40]),
            file(3, 1, 32, &0.5_f32.to_le_bytes()),
            file(1, 2, 16, &[0, 0x40, 0, 0x40, 1]),
        ];
        for bytes in half {
            for piece in [1, 3, 999] {
                assert_eq!(read(&bytes, piece), Ok(vec![0.5]));
            }
        }
        assert_eq!(read(&file(3, 1, 32, &f32::NAN.to_le_bytes()), 9), Ok(vec![0.0]));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert_eq!(read(&file(85, 1, 16, &[]), 9), Err(BadWav::Coding(85)));
        assert_eq!(read(&file(1, 1, 12, &[]), 9), Err(BadWav::Coding(1)));
        assert_eq!(read(&file(1, 0, 16, &[]), 9), Err(BadWav::Malformed));
        assert_eq!(read(b"RIFF....AVI fmt ", 9), Err(BadWav::Malformed));
        assert_eq!(read(b"RIFF....WAVEdata....", 9), Err(BadWav::Malformed));
    }
}
