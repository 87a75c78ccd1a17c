//! Packets out of pages, as the bytes come.

use bytes::Bytes;
use thiserror::Error;

use crate::audio::Packet;

use super::head::{BadHead, OpusHead};
use super::page::{CAPTURE, CONTINUED, FIRST, HEADER, Header, MAX_PAGE, SEGMENT};

/// Bytes of an Opus packet at most: 48 frames of the largest (RFC 7845 section 3). A longer one is no sound.
const MAX_PACKET: usize = 61_440;

/// Bytes without a page before a stream is given up: two of the largest pages, so that a damaged one is survived.
const MAX_JUNK: usize = 2 * MAX_PAGE;

/// What a stream holds, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A stream begins; another one may have ended before (a chain, RFC 3533 section 4).
    Head(OpusHead),
    /// An Opus packet and how long it lasts, in samples at 48 kHz.
    Packet {
        /// The packet.
        opus: Bytes,
        /// 120 to 5,760.
        samples: u32,
    },
}

/// Why bytes can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadOgg {
    /// They do not begin as Ogg does.
    #[error("this is not Ogg; encode it with: ffmpeg -i FILE -c:a libopus -f ogg -")]
    NotOgg,
    /// There is no page where one has to be, for long.
    #[error("the Ogg stream is damaged; nothing in the last {MAX_JUNK} bytes can be read")]
    Damaged,
    /// The stream inside can't be taken.
    #[error(transparent)]
    Head(#[from] BadHead),
}

/// Reads an Ogg Opus stream from bytes in pieces of any size; it holds a page and a packet at most.
///
/// Damaged pages are passed over once the stream has begun, and other streams beside the first one are left out.
#[derive(Debug, Default)]
pub struct OggReader {
    /// The page that is being gathered; behind a damaged one what follows it too.
    page: Vec<u8>,
    /// Bytes of it, while it is whole.
    length: usize,
    /// Segments of the page that are read, and where the next one begins; while the page is whole.
    place: Option<(usize, usize)>,
    /// The packet that is being put together; `None` while the rest of one is passed over.
    packet: Option<Vec<u8>>,
    junk: usize,
    stream: Option<Stream>,
}

/// The stream that is read.
#[derive(Clone, Copy, Debug)]
struct Stream {
    serial: u32,
    /// The page that has to come next.
    next: u32,
    part: Part,
}

/// Which packet comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    Tags,
    Sound,
}

impl OggReader {
    /// A reader at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on in `bytes`, which is cut by what was read; `None` when it is used up. Packets that are not Opus are
    /// passed over.
    ///
    /// # Errors
    /// Why nothing more can be read from this stream.
    pub fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Read>, BadOgg> {
        loop {
            if self.place.is_some() {
                while let Some(packet) = self.next_packet() {
                    if let Some(read) = self.understand(packet)? {
                        return Ok(Some(read));
                    }
                }
                self.page.drain(..self.length);
                self.place = None;
            }
            if !self.gather(bytes)? {
                return Ok(None);
            }
        }
    }

    /// Takes bytes until a page is whole; `false` when they are used up before.
    fn gather(&mut self, bytes: &mut &[u8]) -> Result<bool, BadOgg> {
        loop {
            let wanted = self.wanted();
            if self.page.len() < wanted {
                let (taken, rest) = bytes.split_at(bytes.len().min(wanted - self.page.len()));
                self.page.extend_from_slice(taken);
                *bytes = rest;
            }
            if !self.page.starts_with(&CAPTURE[..self.page.len().min(CAPTURE.len())]) {
                self.lose(1)?;
                continue;
            }
            if self.page.len() < wanted {
                return Ok(false);
            }
            if wanted < self.wanted() {
                continue;
            }
            match Header::read(&self.page) {
                Some(header) if header.matches(&self.page[..wanted]) => {
                    (self.junk, self.length) = (0, wanted);
                    self.open(header)?;
                    return Ok(true);
                }
                // What looked like a page may hold a page.
                _ => self.lose(1)?,
            }
        }
    }

    /// Bytes of the page, as far as it is known.
    fn wanted(&self) -> usize {
        let Some(&segments) = self.page.get(HEADER - 1) else { return HEADER };
        let table = HEADER + usize::from(segments);
        match self.page.get(HEADER..table) {
            None => table,
            Some(lengths) => table + lengths.iter().map(|l| usize::from(*l)).sum::<usize>(),
        }
    }

    /// Drops what can't be the start of a page, at least so many bytes.
    fn lose(&mut self, least: usize) -> Result<(), BadOgg> {
        if self.stream.is_none() {
            return Err(BadOgg::NotOgg);
        }
        let looks = |at: &usize| {
            let rest = &self.page[*at..];
            rest.starts_with(&CAPTURE[..rest.len().min(CAPTURE.len())])
        };
        let lost = (least..self.page.len()).find(looks).unwrap_or(self.page.len());
        self.page.drain(..lost);
        self.junk += lost;
        if self.junk > MAX_JUNK { Err(BadOgg::Damaged) } else { Ok(()) }
    }

    /// Begins to read a whole page, if it belongs to the stream.
    fn open(&mut self, header: Header) -> Result<(), BadOgg> {
        let start = HEADER + header.segments;
        let is_first = header.flags & FIRST != 0;
        if is_first && OpusHead::is(&self.page[start..]) {
            let stream = Stream { serial: header.serial, next: header.sequence, part: Part::Head };
            self.stream = Some(stream);
            self.packet = None;
        } else if is_first && self.stream.is_none() {
            return Err(BadHead::NotOpus.into());
        }
        let Some(stream) = self.stream.as_mut().filter(|s| s.serial == header.serial) else {
            // Another stream beside it: an empty page.
            self.place = Some((header.segments, start));
            return if self.stream.is_none() { Err(BadOgg::NotOgg) } else { Ok(()) };
        };
        let follows = header.sequence == stream.next;
        stream.next = header.sequence.wrapping_add(1);
        let goes_on = header.flags & CONTINUED != 0;
        if !goes_on {
            self.packet = Some(Vec::new());
        } else if !follows {
            self.packet = None;
        }
        self.place = Some((0, start));
        Ok(())
    }

    /// The next packet that ends in the page.
    fn next_packet(&mut self) -> Option<Vec<u8>> {
        let segments = usize::from(*self.page.get(HEADER - 1)?);
        let (mut nth, mut at) = self.place?;
        while nth < segments {
            let length = usize::from(*self.page.get(HEADER + nth)?);
            if let Some(packet) = &mut self.packet {
                // The tags may hold a picture, and nobody reads them.
                if packet.len() + length <= MAX_PACKET {
                    packet.extend_from_slice(self.page.get(at..at + length)?);
                }
            }
            (nth, at) = (nth + 1, at + length);
            self.place = Some((nth, at));
            if length < SEGMENT
                && let Some(packet) = self.packet.replace(Vec::new())
            {
                return Some(packet);
            }
        }
        None
    }

    fn understand(&mut self, packet: Vec<u8>) -> Result<Option<Read>, BadOgg> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        match stream.part {
            Part::Head => {
                stream.part = Part::Tags;
                Ok(Some(Read::Head(OpusHead::decode(&packet)?)))
            }
            Part::Tags => {
                stream.part = Part::Sound;
                Ok(None)
            }
            Part::Sound => {
                let samples = Packet::check_any(&packet).ok().map(|p| p.samples);
                Ok(samples.map(|samples| Read::Packet { opus: packet.into(), samples }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::OggWriter;
    use proptest::prelude::*;

    /// A stream of packets whose second byte counts.
    fn stream(serial: u32, packets: u8) -> Vec<u8> {
        let mut writer = OggWriter::new(serial, 1, &[]);
        for n in 0..packets {
            writer.push(&[9 << 3, n, 1, 2]).unwrap();
        }
        writer.finish();
        std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
    }

    /// What is read when the bytes come in pieces.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<Read>, BadOgg> {
        let (mut reader, mut all) = (OggReader::new(), Vec::new());
        for mut piece in bytes.chunks(piece) {
            while let Some(read) = reader.read(&mut piece)? {
                all.push(read);
            }
            assert!(piece.is_empty());
        }
        Ok(all)
    }

    fn counted(read: &[Read]) -> Vec<u8> {
        let count = |r: &Read| match r {
            // The last page may hold a silent frame of one byte.
            Read::Packet { opus, samples: 960 } => opus.get(1).copied(),
            _ => None,
        };
        read.iter().filter_map(count).collect()
    }

    #[test]
    fn bytes_come_in_pieces_of_any_size() {
        let bytes = stream(7, 30);
        let whole = read(&bytes, bytes.len()).unwrap();
        assert_eq!(whole[0], Read::Head(OpusHead::MONO));
        assert_eq!(counted(&whole), (0..30).collect::<Vec<_>>());
        for piece in [1, 2, 26, 27, 28, 100] {
            assert_eq!(read(&bytes, piece).as_ref(), Ok(&whole));
        }
    }

    #[test]
    fn one_stream_follows_another() {
        let all = read(&[stream(7, 2), stream(8, 3)].concat(), 64).unwrap();
        assert_eq!(counted(&all), [0, 1, 0, 1, 2]);
        assert_eq!(all.iter().filter(|r| matches!(r, Read::Head(_))).count(), 2);
    }

    #[test]
    fn a_damaged_page_is_passed_over() {
        let whole = stream(7, 9);
        let at = whole.len() - 4 * 32;
        for damage in [vec![], vec![1, 2, 3], b"OggSOggS".to_vec()] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes.splice(at..at, damage);
            let got = counted(&read(&bytes, 50).unwrap());
            assert_eq!(got.len(), 8, "{got:?}");
            assert_eq!(got.last(), Some(&8));
        }
        assert_eq!(read(&[whole, vec![0; MAX_JUNK + 50]].concat(), 4_096), Err(BadOgg::Damaged));
    }

    #[test]
    fn other_things_are_refused_with_a_sentence() {
        for odd in
            [&b"RIFF....WAVE"[..], b"O", b"OggX", b"Ogg", &[0; 100], b"OggS\x01aaaaaaaaaaaaaaaaaaaaaaaaaa"]
        {
            let answer = read(odd, 8);
            let is_start = CAPTURE.starts_with(odd);
            assert_eq!(answer, if is_start { Ok(vec![]) } else { Err(BadOgg::NotOgg) }, "{odd:?}");
        }
        let mut vorbis = super::super::page::Filling::default();
        vorbis.add(b"\x01vorbis");
        let page = vorbis.finish(FIRST, 0, 3, 0);
        assert_eq!(read(&page, 99), Err(BadOgg::Head(BadHead::NotOpus)));
    }

    #[test]
    fn a_picture_in_the_tags_is_not_kept() {
        use super::super::page::Filling;
        let (mut page, mut bytes, mut sequence) = (Filling::default(), Vec::new(), 1);
        page.add(&OpusHead::MONO.encode());
        bytes.extend_from_slice(&page.finish(FIRST, 0, 7, 0));
        // 100 pages of one packet: a page of 255 full segments goes on in the next.
        for nth in 0..100 {
            let mut raw = vec![0; 27];
            raw[..5].copy_from_slice(CAPTURE);
            raw[5] = if nth > 0 { CONTINUED } else { 0 };
            raw[14] = 7;
            raw[18] = sequence;
            raw[26] = 255;
            raw.extend([255; 255]);
            if nth == 99 {
                raw[27 + 254] = 0;
            }
            let body = if nth == 99 { 254 * 255 } else { 255 * 255 };
            raw.extend(vec![b'x'; body]);
            let sum = super::super::page::checksum(&raw);
            raw[22..26].copy_from_slice(&sum.to_le_bytes());
            bytes.extend(raw);
            sequence += 1;
        }
        page.add(&[9 << 3, 42]);
        bytes.extend_from_slice(&page.finish(0, 960, 7, sequence.into()));
        let mut reader = OggReader::new();
        let (mut rest, mut got) = (bytes.as_slice(), Vec::new());
        while let Some(read) = reader.read(&mut rest).unwrap() {
            got.push(read);
            assert!(reader.packet.as_ref().is_none_or(|p| p.capacity() <= 2 * MAX_PACKET));
        }
        assert_eq!(counted(&got), [42]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            junk in prop::collection::vec(any::<u8>(), 0..600),
            at in 0usize..400,
            piece in 1usize..90,
        ) {
            let _ = read(&junk, piece);
            let mut bytes = stream(7, 9);
            let at = at.min(bytes.len());
            bytes.splice(at..at, junk);
            if let Ok(all) = read(&bytes, piece) {
                // Whatever lies between pages, no packet is made up.
                let got = counted(&all);
                prop_assert!(got.iter().all(|n| *n < 9), "{got:?}");
            }
        }

        #[test]
        fn a_stream_cut_anywhere_gives_what_came_before(cut in 0usize..500) {
            let bytes = stream(7, 9);
            let got = counted(&read(&bytes[..cut.min(bytes.len())], 31).unwrap());
            prop_assert!(got.len() <= 9);
            prop_assert_eq!(&got, &(0..9).collect::<Vec<u8>>()[..got.len()]);
        }
    }
}
