//! Parts behind one another, as one stream.

use std::io::{self, Read, Seek, Write};

use bytes::Bytes;
use thiserror::Error;

use crate::audio::{BadPacket, CodecError, Decoder, FRAME, LoudnessMeter};

use super::writer::{GUESSED, SILENCE, SPEECH};
use super::{BadFile, OggFile, OggWriter};

/// Why parts do not become one stream.
#[derive(Debug, Error)]
pub enum BadJoin {
    /// A part can't be read.
    #[error(transparent)]
    Part(#[from] BadFile),
    /// The stream can't be written, or a part not read on.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// A packet is none that palco carries.
    #[error(transparent)]
    Packet(#[from] BadPacket),
    /// libopus failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// It was told to stop.
    #[error("it was broken off")]
    BrokenOff,
}

/// Writes parts as one Ogg Opus stream, with the packets as they are. Of each part it takes so many samples, those to be
/// skipped at its start too, so that a place in the stream is the length of the parts before and the place within the part;
/// what a part lacks is silence, and all of one that is not there. It holds a page of so many samples at a time, and asks before
/// each packet whether it goes on. It tells how many packets there is something to hear in.
///
/// # Errors
/// A part can't be read, the stream can't be written, or it does not go on.
pub fn join<R: Read + Seek>(
    parts: impl IntoIterator<Item = io::Result<(Option<R>, u64)>>,
    (serial, page, comments): (u32, u32, &[(&str, &str)]),
    out: impl Write,
    goes_on: impl Fn() -> bool,
) -> Result<u64, BadJoin> {
    let stream = OggWriter::new(serial, page, comments);
    let mut joined = Joined { stream, held: None, end: 0, heard: 0, out };
    let mut start = 0;
    for part in parts {
        let (source, samples) = part?;
        let mut file = source.map(OggFile::open).transpose()?;
        while let Some(file) = &mut file
            && let Some(placed) = file.packet()?.filter(|p| p.at + u64::from(p.samples) <= samples)
        {
            if !goes_on() {
                return Err(BadJoin::BrokenOff);
            }
            joined.fill(start + placed.at)?;
            joined.heard += u64::from(placed.opus.len() > 1 && placed.opus != SILENCE[..]);
            joined.add(placed.opus, placed.samples)?;
        }
        start += samples;
        joined.fill(start)?;
    }
    joined.finish()
}

/// How loud a part is to the ear, in stretches of 100 ms, as [`LoudnessMeter`] measures them. It decodes all of it.
///
/// # Errors
/// The part can't be read, or it does not go on.
pub fn measure<R: Read + Seek>(part: R, goes_on: impl Fn() -> bool) -> Result<Vec<f32>, BadJoin> {
    let (mut file, mut decoder, mut meter) =
        (OggFile::open(part)?, Decoder::new()?, LoudnessMeter::default());
    while let Some(placed) = file.packet()? {
        if !goes_on() {
            return Err(BadJoin::BrokenOff);
        }
        meter.push(decoder.decode(&placed.opus)?);
    }
    Ok(meter.stretches().to_vec())
}

struct Joined<W> {
    stream: OggWriter,
    /// The last packet so far: the one that is there when all parts are read ends the stream.
    held: Option<Bytes>,
    /// Samples so far, with the packet that is held.
    end: u64,
    /// Packets with something to hear.
    heard: u64,
    out: W,
}

impl<W: Write> Joined<W> {
    fn add(&mut self, opus: Bytes, samples: u32) -> Result<(), BadJoin> {
        self.end += u64::from(samples);
        if let Some(before) = self.held.replace(opus) {
            self.stream.push(&before)?;
            self.stream.write_to(&mut self.out)?;
        }
        Ok(())
    }

    /// Silence up to a place, in whole frames; what was heard before fades.
    fn fill(&mut self, place: u64) -> Result<(), BadJoin> {
        let fades = if self.end > 0 { GUESSED } else { 0 };
        for n in 0..place.saturating_sub(self.end) / FRAME as u64 {
            let silence: &'static [u8] = if n < fades { &[SPEECH] } else { &SILENCE };
            self.add(Bytes::from_static(silence), FRAME as u32)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, BadJoin> {
        match self.held.take() {
            Some(last) => self.stream.finish_with(&last)?,
            None => self.stream.finish(),
        }
        self.stream.write_to(&mut self.out)?;
        self.out.flush()?;
        Ok(self.heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{PAGE_200_MS, Whole};
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A part of these packets, where each is one frame, `None` a jump of 12 s, and how many samples it has.
    fn part(packets: &[Option<u8>]) -> (Vec<u8>, u64) {
        let mut writer = OggWriter::new(7, PAGE_200_MS, &[("TITLE", "a part")]);
        for packet in packets {
            match packet {
                Some(n) => writer.push(&[SPEECH, *n, 1, 2]).unwrap(),
                None => writer.skip(600 * 960),
            }
        }
        writer.finish();
        (std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat(), writer.samples())
    }

    fn joined(parts: &[(Vec<u8>, u64)]) -> Vec<u8> {
        let mut out = Vec::new();
        let sources = parts
            .iter()
            .map(|(bytes, samples)| Ok(((!bytes.is_empty()).then(|| Cursor::new(bytes)), *samples)));
        join(sources, (9, PAGE_200_MS, &[("TITLE", "Monday")]), &mut out, || true).unwrap();
        out
    }

    /// What each frame holds.
    fn frames(bytes: &[u8]) -> Vec<(u64, Option<u8>)> {
        let mut file = OggFile::open(Cursor::new(bytes)).unwrap();
        std::iter::from_fn(|| file.packet().unwrap())
            .map(|p| (p.at / 960, p.opus.get(1).copied().filter(|_| p.opus != SILENCE[..])))
            .collect()
    }

    #[test]
    fn a_jump_becomes_silence_and_a_part_as_long_as_it_is_said() {
        let (one, two) = (part(&[Some(1), None, Some(2)]), part(&[Some(3)]));
        assert_eq!(one.1, 602 * 960);
        // A part that is said to be longer, and one that is said to be shorter.
        let bytes = joined(&[(one.0.clone(), one.1 + 9_600), (two.0, 960), (one.0, 960)]);
        let frames = frames(&bytes);
        assert_eq!(frames.len(), 602 + 10 + 2);
        let heard: Vec<_> = frames.iter().filter_map(|(at, n)| n.map(|n| (*at, n))).collect();
        assert_eq!(heard, [(0, 1), (601, 2), (612, 3), (613, 1)]);
    }

    #[test]
    fn a_part_that_is_not_there_is_silence() {
        let one = part(&[Some(1), Some(2)]);
        let bytes = joined(&[(Vec::new(), 50 * 960), one.clone(), (Vec::new(), 1_000 * 960)]);
        let frames = frames(&bytes);
        assert_eq!(frames.len(), 1_052);
        let heard: Vec<_> = frames.iter().filter_map(|(at, n)| n.map(|n| (*at, n))).collect();
        assert_eq!(heard, [(50, 1), (51, 2)]);
        let count = |parts: &[(Vec<u8>, u64)]| {
            let sources = parts.iter().map(|(b, n)| Ok(((!b.is_empty()).then(|| Cursor::new(b)), *n)));
            join(sources, (9, PAGE_200_MS, &[]), Vec::new(), || true).unwrap()
        };
        assert_eq!((count(&[one, (Vec::new(), 960)]), count(&[(Vec::new(), 9_600)])), (2, 0), "to be heard");
    }

    #[test]
    fn what_is_told_to_stop_stops() {
        let (bytes, samples) = part(&[Some(1); 20]);
        let parts = || [Ok((Some(Cursor::new(&bytes)), samples))];
        let stopped = join(parts(), (9, PAGE_200_MS, &[]), Vec::new(), || false);
        assert!(matches!(stopped, Err(BadJoin::BrokenOff)));
        assert!(matches!(measure(Cursor::new(&bytes), || false), Err(BadJoin::BrokenOff)));
        assert!(matches!(measure(Cursor::new(b"no part"), || true), Err(BadJoin::Part(_))));
    }

    proptest! {
        #[test]
        fn parts_are_one_stream_of_the_same_packets(
            lengths in prop::collection::vec(1usize..60, 1..5),
        ) {
            let parts: Vec<_> =
                lengths.iter().map(|n| part(&(0..*n).map(|n| Some(n as u8)).collect::<Vec<_>>())).collect();
            let bytes = joined(&parts);
            let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
            let samples: u64 = parts.iter().map(|(_, samples)| samples).sum();
            prop_assert!(whole.is_ended && whole.bytes == bytes.len() as u64);
            prop_assert_eq!(whole.samples, samples, "no more and no less");
            let frames = frames(&bytes);
            prop_assert!(frames.iter().enumerate().all(|(n, (at, _))| n as u64 == *at), "without a gap");
            let heard: Vec<_> = frames.iter().filter_map(|(_, n)| *n).collect();
            let said: Vec<_> = lengths.iter().flat_map(|n| (0..*n).map(|n| n as u8)).collect();
            prop_assert_eq!(heard, said);
        }
    }
}
