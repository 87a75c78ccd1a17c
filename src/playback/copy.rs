//! A recording written to somebody else's player.

use std::io::{self, Write};

use crate::audio::SAMPLE_RATE;
use crate::recording::{BadFile, OggWriter, PAGE_200_MS};

use super::Reel;

/// How the sound is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Ogg Opus: the packets as they are.
    Opus,
    /// WAV: 48 kHz, mono, 16 bits.
    Wav,
}

/// What stands for a length that is not known.
const UNKNOWN: u32 = u32::MAX;

/// Bytes of pages that are read at once: some seconds.
const TOGETHER: usize = 16 * 1024;

/// Writes the sound from where the reel stands to its end. What cannot be read is left out.
///
/// # Errors
/// It cannot be written: whoever read it may be gone.
pub fn copy(mut reel: Reel, format: Format, serial: u32, title: &str, to: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Opus => {
            let mut pages = Pages::new(reel, serial, title);
            while let Some(some) = pages.read() {
                to.write_all(&some)?;
            }
            to.flush()
        }
        Format::Wav => wav(&mut reel, to),
    }
}

/// A recording as Ogg Opus, some pages at a time, for whoever takes them slowly.
#[derive(Debug)]
pub struct Pages {
    reel: Reel,
    writer: OggWriter,
    /// Where the first packet was in the reel.
    start: Option<u64>,
    is_over: bool,
}

impl Pages {
    /// The sound from where the reel stands to its end.
    pub fn new(reel: Reel, serial: u32, title: &str) -> Self {
        let writer = OggWriter::new(serial, PAGE_200_MS, &[("TITLE", title)]);
        Self { reel, writer, start: None, is_over: false }
    }

    /// The next pages; `None` behind the last. What cannot be read is left out.
    pub fn read(&mut self) -> Option<Vec<u8>> {
        let mut pages = Vec::new();
        while pages.len() < TOGETHER && !self.is_over {
            match self.reel.packet() {
                Ok(Some((place, packet))) => {
                    let first = *self.start.get_or_insert(place);
                    self.writer.silence((place - first).saturating_sub(self.writer.samples()));
                    // What palco does not write itself, it may not be able to carry.
                    if let Err(error) = self.writer.push(&packet.opus) {
                        tracing::debug!(%error, "a packet is left out");
                    }
                }
                Ok(None) => {
                    self.writer.finish();
                    self.is_over = true;
                }
                Err(error) => unread(&error),
            }
            std::iter::from_fn(|| self.writer.take()).for_each(|page| pages.extend_from_slice(&page));
        }
        (!pages.is_empty()).then_some(pages)
    }
}

fn wav(reel: &mut Reel, to: &mut impl Write) -> io::Result<()> {
    let mut head = b"RIFF".to_vec();
    head.extend(UNKNOWN.to_le_bytes());
    head.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    head.extend(SAMPLE_RATE.to_le_bytes());
    head.extend((2 * SAMPLE_RATE).to_le_bytes());
    head.extend(b"\x02\0\x10\0data");
    head.extend(UNKNOWN.to_le_bytes());
    to.write_all(&head)?;
    loop {
        match reel.frame() {
            Ok(Some((_, frame))) => {
                // Clamped, so that nothing is cut.
                let sample = |s: &f32| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes();
                let bytes: Vec<u8> = frame.iter().flat_map(sample).collect();
                to.write_all(&bytes)?;
            }
            Ok(None) => return to.flush(),
            Err(error) => unread(&error),
        }
    }
}

fn unread(error: &BadFile) {
    tracing::warn!(%error, "a part of the recording is left out");
}
