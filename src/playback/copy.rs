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

/// Writes the sound from where the reel stands to its end. What cannot be read is left out.
///
/// # Errors
/// It cannot be written: whoever read it may be gone.
pub fn copy(
    reel: &mut Reel,
    format: Format,
    serial: u32,
    title: &str,
    to: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Opus => opus(reel, serial, title, to),
        Format::Wav => wav(reel, to),
    }
}

fn opus(reel: &mut Reel, serial: u32, title: &str, to: &mut impl Write) -> io::Result<()> {
    let mut writer = OggWriter::new(serial, PAGE_200_MS, &[("TITLE", title)]);
    let mut start = None;
    loop {
        match reel.packet() {
            Ok(Some((place, packet))) => {
                let first = *start.get_or_insert(place);
                writer.silence((place - first).saturating_sub(writer.samples()));
                // What palco does not write itself, it may not be able to carry.
                if let Err(error) = writer.push(&packet.opus) {
                    tracing::debug!(%error, "a packet is left out");
                }
            }
            Ok(None) => break,
            Err(error) => unread(&error),
        }
        writer.write_to(to)?;
    }
    writer.finish();
    writer.write_to(to)?;
    to.flush()
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
