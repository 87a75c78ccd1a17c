//! How much of a stream is whole: what is left of a file that its writer could not end.

use std::io::{self, Read};

use crate::audio::FRAME;

use super::page::{Filling, HEADER, Header, LAST, MAX_PAGE, NONE_ENDS};
use super::writer::SPEECH;

/// The whole pages from the start of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Bytes up to the end of the last one.
    pub bytes: u64,
    /// Samples up to there, those to be skipped at the start too.
    pub samples: u64,
    /// Whether the last one ends the stream.
    pub is_ended: bool,
    serial: u32,
    /// Pages.
    pages: u32,
}

impl Whole {
    /// Reads a stream's pages one by one, and stops at the first that is not whole, not undamaged, or goes beyond `samples`.
    ///
    /// # Errors
    /// The source's own; its end is none.
    pub fn read(mut source: impl Read, samples: u64) -> io::Result<Self> {
        let mut whole = Self::default();
        let mut page = Vec::with_capacity(MAX_PAGE);
        while !whole.is_ended {
            page.resize(HEADER, 0);
            if !fill(&mut source, &mut page)? {
                break;
            }
            let Some(header) = Header::read(&page) else { break };
            let mut table = vec![0; header.segments];
            if !fill(&mut source, &mut table)? {
                break;
            }
            page.extend_from_slice(&table);
            let body: usize = table.iter().map(|n| usize::from(*n)).sum();
            let start = page.len();
            page.resize(start + body, 0);
            if !fill(&mut source, page.get_mut(start..).unwrap_or_default())? {
                break;
            }
            let is_next =
                header.sequence == whole.pages && (whole.pages == 0 || header.serial == whole.serial);
            // Many tags are a packet of several pages.
            let end = if header.granule == NONE_ENDS { whole.samples } else { header.granule };
            if !header.matches(&page) || !is_next || end > samples {
                break;
            }
            whole.bytes += page.len() as u64;
            whole.samples = end;
            whole.serial = header.serial;
            whole.pages += 1;
            whole.is_ended = header.flags & LAST != 0;
        }
        Ok(whole)
    }

    /// Whether there is anything to hear in it.
    pub fn has_sound(&self) -> bool {
        self.samples > 0
    }

    /// The page that ends the stream after these: 20 ms of silence.
    pub fn end(&self) -> bytes::Bytes {
        let mut last = Filling::default();
        last.add(&[SPEECH]);
        last.finish(LAST, self.samples + FRAME as u64, self.serial, self.pages)
    }
}

/// Fills `buffer`; `false` when the source ends before.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match source.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggReader, OggWriter, Read as Packet};
    use proptest::prelude::*;

    /// So many packets of 20 ms in pages of 200 ms, and where each page ends.
    fn stream(packets: u8) -> (Vec<u8>, Vec<(u64, u64)>) {
        let mut writer = OggWriter::new(7, 9_600, &[("TITLE", "Monday")]);
        for n in 0..packets {
            writer.push(&[SPEECH, n, 1, 2, 3, n]).unwrap();
        }
        writer.finish();
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        while let Some(page) = writer.take() {
            bytes.extend_from_slice(&page);
            ends.push((bytes.len() as u64, u64::from_le_bytes(page[6..14].try_into().unwrap())));
        }
        (bytes, ends)
    }

    fn packets(mut bytes: &[u8]) -> usize {
        let (mut reader, mut count) = (OggReader::new(), 0);
        while let Some(read) = reader.read(&mut bytes).unwrap() {
            count += usize::from(matches!(read, Packet::Packet { .. }));
        }
        count
    }

    #[test]
    fn two_thousand_truncations_lose_no_whole_page() {
        let (bytes, ends) = stream(250);
        for n in 0..2_000 {
            let cut = bytes.len() * n / 2_000;
            let whole = Whole::read(&bytes[..cut], u64::MAX).unwrap();
            let last = ends.iter().rev().find(|(end, _)| *end <= cut as u64).copied().unwrap_or_default();
            assert_eq!((whole.bytes, whole.samples), last, "cut at {cut}");
            assert!(!whole.is_ended);
            if whole.has_sound() {
                let mended = [&bytes[..whole.bytes as usize], &whole.end()].concat();
                assert_eq!(packets(&mended), (whole.samples / 960) as usize + 1, "and an end");
                let again = Whole::read(mended.as_slice(), u64::MAX).unwrap();
                assert!(again.is_ended && again.bytes == mended.len() as u64);
                // All but what was in the page that was being written: 200 ms.
                let next = ends.iter().find(|(end, _)| *end > cut as u64).unwrap();
                assert!(next.1 - whole.samples <= 9_600);
            }
        }
        assert!(Whole::read(bytes.as_slice(), u64::MAX).unwrap().is_ended);
    }

    #[test]
    fn what_goes_beyond_a_place_is_left_out() {
        let (bytes, _) = stream(100);
        for (samples, kept) in [(0, 0), (9_599, 0), (9_600, 9_600), (50_000, 48_000), (u64::MAX, 96_000)] {
            let whole = Whole::read(bytes.as_slice(), samples).unwrap();
            let (found, sound) = (whole.samples.min(96_000), whole.has_sound());
            assert_eq!((found, sound), (kept, kept > 0), "up to {samples}");
        }
    }

    proptest! {
        #[test]
        fn damage_ends_it(at in 0usize..2_000, with in 1u8..) {
            let (mut bytes, ends) = stream(100);
            let at = at % bytes.len();
            bytes[at] ^= with;
            let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
            let before = ends.iter().rev().find(|(end, _)| *end <= at as u64).copied().unwrap_or_default();
            prop_assert_eq!((whole.bytes, whole.samples), before);
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let whole = Whole::read(bytes.as_slice(), u64::MAX).unwrap();
            prop_assert!(whole.bytes <= bytes.len() as u64);
        }
    }
}
