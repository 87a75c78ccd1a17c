//! A whole Ogg Opus file: how long it is and what its tags say, without reading it through, and packets from any place.

use std::collections::VecDeque;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

use bytes::Bytes;
use thiserror::Error;

use crate::audio::Packet;

use super::head::{BadHead, OpusHead, comments};
use super::page::{CAPTURE, CONTINUED, FIRST, HEADER, Header, MAX_PAGE, NONE_ENDS, SEGMENT};

/// Bytes of a packet at most, the tags too, which may hold a picture.
const MAX_PACKET: usize = 1 << 24;

/// Bytes that are read through rather than halved once more: a second of speech, and one read of a disk.
const NEAR: u64 = 16 << 10;

/// Samples before a place that are decoded so that the decoder has settled there: 80 ms (RFC 7845 section 4.6).
const PRE_ROLL: u64 = 3_840;

/// Why a file can't be played.
#[derive(Debug, Error)]
pub enum BadFile {
    /// The disk failed, or the file is gone.
    #[error("it cannot be read ({0})")]
    Disk(#[from] io::Error),
    /// It is not Ogg.
    #[error("this is not Ogg; encode it with: ffmpeg -i FILE -c:a libopus OTHER.opus")]
    NotOgg,
    /// The stream inside can't be taken.
    #[error(transparent)]
    Head(#[from] BadHead),
    /// There is nothing to hear in it.
    #[error("there is no sound in it")]
    Empty,
}

/// A packet and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The packet.
    pub opus: Bytes,
    /// Its first sample, from the start of the stream, those to be skipped there too.
    pub at: u64,
    /// 120 to 5,760.
    pub samples: u32,
}

/// An Ogg Opus file that is read from any place. Of a chain the first stream is read, and other streams beside it are
/// left out.
#[derive(Debug)]
pub struct OggFile<R> {
    source: BufReader<R>,
    /// Where `source` stands.
    place: u64,
    head: OpusHead,
    comments: Vec<(String, String)>,
    serial: u32,
    /// Where the first page with sound begins, and where the file ends.
    sound: u64,
    bytes: u64,
    /// The granule positions at which the sound begins and ends.
    first: u64,
    last: u64,
    /// The page that comes next, and the granule position at which it begins unless it says otherwise.
    next: u64,
    granule: u64,
    packets: VecDeque<Placed>,
    /// The start of a packet that goes on in the next page.
    begun: Option<Vec<u8>>,
}

/// A page as it is read.
struct Page {
    header: Header,
    start: u64,
    raw: Vec<u8>,
}

impl Page {
    fn end(&self) -> u64 {
        self.start + self.raw.len() as u64
    }

    fn lacing(&self) -> &[u8] {
        self.raw.get(HEADER..HEADER + self.header.segments).unwrap_or_default()
    }

    /// Its pieces, and whether a packet ends with each.
    fn pieces(&self) -> Vec<(&[u8], bool)> {
        let mut rest = self.raw.get(HEADER + self.header.segments..).unwrap_or_default();
        let (mut pieces, mut length) = (Vec::new(), 0);
        for &segment in self.lacing() {
            length += usize::from(segment);
            if usize::from(segment) < SEGMENT {
                let (piece, after) = rest.split_at(length.min(rest.len()));
                pieces.push((piece, true));
                (rest, length) = (after, 0);
            }
        }
        if length > 0 {
            pieces.push((rest, false));
        }
        pieces
    }
}

impl<R: Read + Seek> OggFile<R> {
    /// Opens a file: reads its head, its tags and its last page.
    ///
    /// # Errors
    /// Why it can't be played.
    pub fn open(mut source: R) -> Result<Self, BadFile> {
        let bytes = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut file = Self {
            source: BufReader::with_capacity(NEAR as usize, source),
            place: 0,
            head: OpusHead::MONO,
            comments: Vec::new(),
            serial: 0,
            sound: 0,
            bytes,
            first: 0,
            last: 0,
            next: 0,
            granule: 0,
            packets: VecDeque::new(),
            begun: None,
        };
        file.read_heads()?;
        file.find_ends()?;
        file.rewind();
        Ok(file)
    }

    /// What the first packet says.
    pub fn head(&self) -> OpusHead {
        self.head
    }

    /// The tags, names in capitals.
    pub fn comments(&self) -> &[(String, String)] {
        &self.comments
    }

    /// How long it is, in samples at 48 kHz, those to be skipped at the start too.
    pub fn samples(&self) -> u64 {
        self.last - self.first
    }

    /// Goes to the start.
    pub fn rewind(&mut self) {
        self.stand_at(self.sound, self.first);
    }

    /// Goes to a packet so far before `sample` that a decoder has settled there.
    ///
    /// # Errors
    /// The disk failed.
    pub fn seek(&mut self, sample: u64) -> io::Result<()> {
        let wanted = self.first + sample.saturating_sub(PRE_ROLL);
        let (mut low, mut high, mut granule) = (self.sound, self.bytes, self.first);
        while high - low > NEAR {
            let middle = low + (high - low) / 2;
            match self.page_from(middle, high)? {
                Some(page) if page.header.granule <= wanted => {
                    (low, granule) = (page.end(), page.header.granule);
                }
                _ => high = middle,
            }
        }
        // What is near is read through, a page at a time.
        while let Some(page) = self.page_from(low, self.bytes)? {
            if page.header.granule > wanted {
                break;
            }
            (low, granule) = (page.end(), page.header.granule);
        }
        self.stand_at(low, granule);
        Ok(())
    }

    /// The next packet; `None` at the end. Those that are no Opus are left out.
    ///
    /// # Errors
    /// The disk failed.
    pub fn packet(&mut self) -> io::Result<Option<Placed>> {
        while self.packets.is_empty() {
            let Some(page) = self.page_from(self.next, self.bytes)? else { return Ok(None) };
            self.take(&page);
        }
        Ok(self.packets.pop_front())
    }

    fn stand_at(&mut self, next: u64, granule: u64) {
        (self.next, self.granule, self.begun) = (next, granule, None);
        self.packets.clear();
    }

    /// Takes a page's packets: they end where the page says, so that a jump in the positions stays one.
    fn take(&mut self, page: &Page) {
        let goes_on = page.header.flags & CONTINUED != 0;
        // What a damaged page held is missing between.
        let mut begun = self.begun.take().filter(|_| goes_on && page.start == self.next);
        self.next = page.end();
        let mut whole = Vec::new();
        for (nth, (piece, ends)) in page.pieces().into_iter().enumerate() {
            if nth == 0 && goes_on && begun.is_none() {
                continue;
            }
            let mut packet = begun.take().unwrap_or_default();
            packet.extend_from_slice(piece);
            if !ends {
                self.begun = (packet.len() < MAX_PACKET).then_some(packet);
            } else if let Ok(checked) = Packet::check_any(&packet) {
                whole.push((packet, checked.samples));
            }
        }
        let length: u64 = whole.iter().map(|(_, samples)| u64::from(*samples)).sum();
        let mut at = match page.header.granule {
            NONE_ENDS => self.granule,
            // The last page may end before its packets do (RFC 7845 section 4.4).
            end => end.saturating_sub(length).max(self.granule),
        };
        for (opus, samples) in whole {
            let place = at.saturating_sub(self.first);
            self.packets.push_back(Placed { opus: opus.into(), at: place, samples });
            at += u64::from(samples);
        }
        if page.header.granule != NONE_ENDS {
            self.granule = page.header.granule;
        }
    }

    fn read_heads(&mut self) -> Result<(), BadFile> {
        let first = self.page_at(0)?.ok_or(BadFile::NotOgg)?;
        if first.header.flags & FIRST == 0 {
            return Err(BadFile::NotOgg);
        }
        self.serial = first.header.serial;
        let packet = first.pieces().first().map(|(piece, _)| piece.to_vec()).unwrap_or_default();
        self.head = OpusHead::decode(&packet)?;
        let (mut at, mut tags) = (first.end(), Vec::new());
        while let Some(page) = self.page_at(at)? {
            at = page.end();
            if page.header.serial != self.serial {
                continue;
            }
            let Some(&(piece, ends)) = page.pieces().first() else { continue };
            if tags.len() + piece.len() > MAX_PACKET {
                return Err(BadHead::Malformed.into());
            }
            tags.extend_from_slice(piece);
            if ends {
                self.comments = comments(&tags);
                self.sound = at;
                return Ok(());
            }
        }
        Err(BadFile::Empty)
    }

    /// Finds where the sound begins and ends, from the first page with sound and the last.
    fn find_ends(&mut self) -> Result<(), BadFile> {
        self.stand_at(self.sound, 0);
        let first = self.packet()?.ok_or(BadFile::Empty)?;
        self.first = first.at;
        let mut back = NEAR.max(MAX_PAGE as u64);
        loop {
            let from = self.bytes.saturating_sub(back).max(self.sound);
            let (mut at, mut last) = (from, None);
            while let Some(page) = self.page_from(at, self.bytes)? {
                at = page.end();
                last = Some(page.header.granule);
            }
            if let Some(last) = last {
                self.last = last.max(self.first);
                return if self.last > self.first { Ok(()) } else { Err(BadFile::Empty) };
            }
            if from == self.sound {
                return Err(BadFile::Empty);
            }
            back *= 2;
        }
    }

    /// The first whole page of the stream at `from` or after it, in which a packet ends, that begins before `to`.
    fn page_from(&mut self, from: u64, to: u64) -> io::Result<Option<Page>> {
        let mut at = from;
        while at < to {
            match self.page_at(at)? {
                Some(page) if page.header.serial == self.serial && page.header.granule != NONE_ENDS => {
                    return Ok(Some(page));
                }
                // A packet of many pages is put together here, since nobody seeks into it.
                Some(page) if page.header.serial == self.serial && at == self.next => {
                    self.take(&page);
                    at = page.end();
                }
                Some(page) => at = page.end(),
                None => match self.capture_after(at, to)? {
                    Some(next) => at = next,
                    None => return Ok(None),
                },
            }
        }
        Ok(None)
    }

    /// The undamaged page that begins at `at`, if one does.
    fn page_at(&mut self, at: u64) -> io::Result<Option<Page>> {
        self.go_to(at)?;
        let mut raw = vec![0; HEADER];
        if !self.fill(&mut raw)? {
            return Ok(None);
        }
        let Some(header) = Header::read(&raw) else { return Ok(None) };
        raw.resize(HEADER + header.segments, 0);
        if !self.fill(raw.get_mut(HEADER..).unwrap_or_default())? {
            return Ok(None);
        }
        let table = raw.len();
        let body: usize = raw[HEADER..].iter().map(|n| usize::from(*n)).sum();
        raw.resize(table + body, 0);
        let is_whole = self.fill(raw.get_mut(table..).unwrap_or_default())?;
        Ok((is_whole && header.matches(&raw)).then_some(Page { header, start: at, raw }))
    }

    /// Where something that may be a page begins, after `at` and before `to`.
    fn capture_after(&mut self, at: u64, to: u64) -> io::Result<Option<u64>> {
        let mut from = at + 1;
        let mut window = vec![0; NEAR as usize];
        while from < to {
            self.go_to(from)?;
            let mut length = 0;
            while length < window.len() {
                match self.source.read(&mut window[length..]) {
                    Ok(0) => break,
                    Ok(n) => length += n,
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            self.place += length as u64;
            let found = window[..length].windows(CAPTURE.len()).position(|w| w == CAPTURE);
            if let Some(found) = found {
                return Ok(Some(from + found as u64).filter(|at| *at < to));
            }
            if length < window.len() {
                return Ok(None);
            }
            // What looks like the start of a page may lie across two windows.
            from += (length - CAPTURE.len() + 1) as u64;
        }
        Ok(None)
    }

    fn go_to(&mut self, at: u64) -> io::Result<()> {
        if at != self.place {
            // What is buffered already is not read again.
            let by = i64::try_from(at).unwrap_or(i64::MAX) - i64::try_from(self.place).unwrap_or(i64::MAX);
            self.source.seek_relative(by)?;
            self.place = at;
        }
        Ok(())
    }

    /// Fills `buffer`; `false` when the file ends before.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) => {
                    self.place += filled as u64;
                    return Ok(false);
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.place += filled as u64;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::OggWriter;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A file of so many packets of 20 ms, of which the second and third byte count, and a jump after half of them.
    fn file(packets: u16, jump: u64) -> Vec<u8> {
        let mut writer = OggWriter::new(7, 9_600, &[("title", "Monday"), ("ARTIST", "Ana")]);
        for n in 0..packets {
            if n == packets / 2 {
                writer.skip(jump);
            }
            let [a, b] = n.to_be_bytes();
            writer.push(&[9 << 3, a, b, 1]).unwrap();
        }
        writer.finish();
        std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
    }

    fn number(placed: &Placed) -> Option<u16> {
        Some(u16::from_be_bytes([*placed.opus.get(1)?, *placed.opus.get(2)?]))
    }

    fn all<R: Read + Seek>(file: &mut OggFile<R>) -> Vec<Placed> {
        std::iter::from_fn(|| file.packet().unwrap()).collect()
    }

    #[test]
    fn a_file_tells_its_length_and_tags_and_gives_every_packet() {
        let mut file = OggFile::open(Cursor::new(file(1_000, 48_000))).unwrap();
        assert_eq!(file.samples(), 1_000 * 960 + 48_000 + 960, "and the frame that ends it");
        assert_eq!(file.comments()[0], ("TITLE".into(), "Monday".into()));
        let all = all(&mut file);
        let numbers: Vec<_> = all.iter().filter_map(number).collect();
        assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
        for (n, placed) in all.iter().take(1_000).enumerate() {
            let jump = if n < 500 { 0 } else { 48_000 };
            assert_eq!(placed.at, n as u64 * 960 + jump);
        }
    }

    #[test]
    fn a_file_that_was_cut_is_as_long_as_its_last_whole_page() {
        let whole = file(1_000, 0);
        let mut file = OggFile::open(Cursor::new(&whole[..whole.len() - 3])).unwrap();
        assert_eq!(file.samples(), 1_000 * 960, "in pages of ten");
        assert_eq!(all(&mut file).len(), 1_000);
    }

    #[test]
    fn other_things_are_refused_with_a_sentence() {
        let refused = |bytes: &[u8]| OggFile::open(Cursor::new(bytes.to_vec())).unwrap_err().to_string();
        assert!(refused(b"RIFF....WAVE").contains("not Ogg"));
        assert!(refused(b"").contains("not Ogg"));
        let whole = file(10, 0);
        let heads = whole.len() - 10 * 5 - 2 * 40;
        assert!(refused(&whole[..heads]).contains("no sound"), "{}", refused(&whole[..heads]));
    }

    #[test]
    fn a_packet_over_several_pages_is_put_together() {
        // ffmpeg writes such tags when there is a picture: here a packet of sound of 70,000 bytes.
        let mut bytes = Vec::new();
        let mut page = super::super::page::Filling::default();
        page.add(&OpusHead::MONO.encode());
        bytes.extend_from_slice(&page.finish(FIRST, 0, 7, 0));
        page.add(&super::super::head::tags(&[]));
        bytes.extend_from_slice(&page.finish(0, 0, 7, 1));
        let raw = |flags: u8, granule: u64, lacing: &[u8], body: &[u8], sequence: u8| {
            let mut raw = vec![0; HEADER];
            raw[..5].copy_from_slice(CAPTURE);
            raw[5] = flags;
            raw[6..14].copy_from_slice(&granule.to_le_bytes());
            (raw[14], raw[18], raw[26]) = (7, sequence, lacing.len() as u8);
            raw.extend_from_slice(lacing);
            raw.extend_from_slice(body);
            let sum = super::super::page::checksum(&raw);
            raw[22..26].copy_from_slice(&sum.to_le_bytes());
            raw
        };
        let mut packet = vec![9 << 3];
        packet.resize(255 * 255 + 10, 1);
        let (one, two) = packet.split_at(255 * 255);
        bytes.extend(raw(0, NONE_ENDS, &[255; 255], one, 2));
        bytes.extend(raw(CONTINUED, 960, &[10], two, 3));
        let mut file = OggFile::open(Cursor::new(bytes)).unwrap();
        assert_eq!(all(&mut file).iter().map(|p| (p.at, p.opus.len())).collect::<Vec<_>>(), [(0, 65_035)]);
    }

    proptest! {
        #[test]
        fn any_place_is_found(packets in 1u16..3_000, jump in prop_oneof![Just(0u64), 1..500_000u64], at: u64) {
            let mut file = OggFile::open(Cursor::new(file(packets, jump))).unwrap();
            let every = all(&mut file);
            let at = at % file.samples();
            file.seek(at).unwrap();
            let rest = all(&mut file);
            prop_assert_eq!(&every[every.len() - rest.len()..], &rest[..], "what follows is what follows");
            let before = rest.first().map_or(0, |p| p.at);
            let preroll = at.saturating_sub(PRE_ROLL);
            prop_assert!(before <= preroll || every.iter().all(|p| p.at + 960 <= preroll || p.at >= before));
            // A page of 200 ms before it at most, when nothing jumps.
            prop_assert!(jump > 0 || preroll - before < 9_600 + 960);
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            junk in prop::collection::vec(any::<u8>(), 0..300),
            at in 0usize..4_000,
            seek: u64,
        ) {
            let mut bytes = file(300, 0);
            let at = at.min(bytes.len());
            bytes.splice(at..at, junk);
            if let Ok(mut file) = OggFile::open(Cursor::new(bytes)) {
                file.seek(seek % (file.samples() + 1)).unwrap();
                let got = all(&mut file);
                prop_assert!(got.iter().filter_map(number).all(|n| n < 300));
            }
        }
    }
}
