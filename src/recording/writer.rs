//! Packets into pages.

use std::collections::VecDeque;
use std::io::{self, Write};

use bytes::Bytes;

use crate::audio::{BadPacket, FRAME, Packet};

use super::PAGE_1_S;
use super::head::{OpusHead, tags};
use super::page::{CONTINUED, FIRST, Filling, LAST, MAX_BODY, NONE_ENDS};

/// Silence written at once, in samples: 10 s. The rest of a longer one is left out, and the positions jump over it.
const MAX_SILENCE: u64 = 480_000;

/// 20 ms of true silence in music mode, its flag of silence set (RFC 6716 section 4.3): decoders make zeros of it, where they
/// guess what an empty packet was.
pub(super) const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// Frames of a gap that decoders may guess, as the jitter buffer does: 60 ms, so that a word that is cut fades.
pub(super) const GUESSED: u64 = 3;

/// The first byte of a silent packet before any other: mono speech, wideband, 20 ms.
pub(super) const SPEECH: u8 = 9 << 3;

/// Makes an Ogg Opus stream of packets of any duration.
///
/// [`push`](Self::push) packets, [`silence`](Self::silence) and at last [`finish`](Self::finish), and [`take`](Self::take)
/// or [write](Self::write_to) the pages that are ready after each.
#[derive(Debug)]
pub struct OggWriter {
    serial: u32,
    sequence: u32,
    /// Samples so far, those to be skipped at the start too.
    granule: u64,
    /// Samples after which a page ends.
    length: u64,
    page: Filling,
    /// Samples in the page.
    held: u64,
    /// The first byte of the last packet.
    toc: u8,
    ready: VecDeque<Bytes>,
}

impl OggWriter {
    /// A stream of palco's own packets. `serial` tells it from others of its chain: take one by chance. A page ends with
    /// the packet that fills `length` samples at 48 kHz: 9,600 are 200 ms, 1 ends it with each packet.
    pub fn new(serial: u32, length: u32, comments: &[(&str, &str)]) -> Self {
        let mut writer = Self {
            serial,
            sequence: 0,
            granule: 0,
            length: length.into(),
            page: Filling::default(),
            held: 0,
            toc: SPEECH,
            ready: VecDeque::with_capacity(2),
        };
        writer.page.add(&OpusHead::MONO.encode());
        writer.end_page(FIRST);
        writer.add_tags(&tags(comments));
        writer
    }

    /// Adds the second packet, in as many pages as it takes: the last one ends with it (RFC 7845 section 3).
    fn add_tags(&mut self, packet: &[u8]) {
        let mut pages = packet.chunks_exact(MAX_BODY);
        let mut flags = 0;
        for full in &mut pages {
            let page = Filling::full(full).finish(flags, NONE_ENDS, self.serial, self.sequence);
            self.put(page);
            flags = CONTINUED;
        }
        self.page.add(pages.remainder());
        self.end_page(flags);
    }

    /// Samples written, silence too.
    pub fn samples(&self) -> u64 {
        self.granule
    }

    /// Adds a packet.
    ///
    /// # Errors
    /// It is no Opus packet; nothing is written then.
    pub fn push(&mut self, opus: &[u8]) -> Result<(), BadPacket> {
        let packet = Packet::check(opus)?;
        self.toc = opus[0];
        self.add(opus, packet.samples.into());
        Ok(())
    }

    /// Adds silence in place of packets that were not sent, in whole frames of 20 ms: what is left over is returned. A
    /// decoder fills them as it fills discontinuous transmission.
    pub fn silence(&mut self, samples: u64) -> u64 {
        let frame = FRAME as u64;
        self.skip(samples.saturating_sub(MAX_SILENCE) / frame * frame);
        for _ in 0..samples.min(MAX_SILENCE) / frame {
            self.add(&[silent(self.toc)], frame);
        }
        samples % frame
    }

    /// Adds frames of 20 ms in which nothing is heard, however many: what was heard before fades, then it is true silence, in
    /// pages of a second. Positions never jump.
    pub fn quiet(&mut self, frames: u64) {
        let fades = if self.granule == 0 { 0 } else { frames.min(GUESSED) };
        (0..fades).for_each(|_| self.add(&[silent(self.toc)], FRAME as u64));
        if fades < frames {
            self.flush();
        }
        let length = std::mem::replace(&mut self.length, PAGE_1_S.into());
        (fades..frames).for_each(|_| self.add(&SILENCE, FRAME as u64));
        if fades < frames {
            self.flush();
        }
        self.length = length;
    }

    /// Leaves out what a slow reader did not get: positions go on without it.
    pub fn skip(&mut self, samples: u64) {
        if samples > 0 {
            self.flush();
            self.granule += samples;
        }
    }

    /// Ends the page that is being filled.
    pub fn flush(&mut self) {
        if !self.page.is_empty() {
            self.end_page(0);
        }
    }

    /// Ends the stream.
    pub fn finish(&mut self) {
        if self.page.is_empty() {
            // Readers complain of a last page without a packet, and a stream has to be longer than what is skipped.
            self.page.add(&[silent(self.toc)]);
            self.granule += FRAME as u64;
        }
        self.end_page(LAST);
    }

    /// Ends the stream with this packet, so that it is no longer than its packets.
    ///
    /// # Errors
    /// It is no Opus packet; nothing is written then.
    pub fn finish_with(&mut self, opus: &[u8]) -> Result<(), BadPacket> {
        let packet = Packet::check(opus)?;
        if !self.page.fits(opus.len()) {
            self.flush();
        }
        self.page.add(opus);
        self.granule += u64::from(packet.samples);
        self.end_page(LAST);
        Ok(())
    }

    /// Writes the pages that are ready.
    ///
    /// # Errors
    /// It cannot be written; the page it failed with is lost.
    pub fn write_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        std::iter::from_fn(|| self.take()).try_for_each(|page| out.write_all(&page))
    }

    /// The next page that is ready.
    pub fn take(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    fn add(&mut self, opus: &[u8], samples: u64) {
        if !self.page.fits(opus.len()) {
            self.flush();
        }
        self.page.add(opus);
        self.granule += samples;
        self.held += samples;
        if self.held >= self.length {
            self.flush();
        }
    }

    fn end_page(&mut self, flags: u8) {
        let page = self.page.finish(flags, self.granule, self.serial, self.sequence);
        self.put(page);
        self.held = 0;
    }

    fn put(&mut self, page: Bytes) {
        self.ready.push_back(page);
        self.sequence = self.sequence.wrapping_add(1);
    }
}

/// An empty packet of 20 ms in the mode of the packet that began with `toc` (RFC 6716 table 2).
fn silent(toc: u8) -> u8 {
    let twenty_ms = match toc >> 3 {
        speech @ 0..=11 => speech & !3 | 1,
        hybrid @ 12..=15 => hybrid | 1,
        music => music | 3,
    };
    twenty_ms << 3 | toc & 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggReader, Read};
    use proptest::prelude::*;

    fn pages(writer: &mut OggWriter) -> Vec<Bytes> {
        std::iter::from_fn(|| writer.take()).collect()
    }

    fn granule(page: &Bytes) -> u64 {
        u64::from_le_bytes(page[6..14].try_into().unwrap())
    }

    #[test]
    fn the_heads_are_two_pages_at_the_start() {
        let mut writer = OggWriter::new(7, 9_600, &[("TITLE", "Monday")]);
        let heads = pages(&mut writer);
        assert_eq!(heads.iter().map(granule).collect::<Vec<_>>(), [0, 0]);
        assert_eq!([heads[0][5], heads[1][5]], [FIRST, 0]);
        assert!(heads[1].windows(12).any(|w| w == b"TITLE=Monday"));
    }

    #[test]
    fn a_page_is_as_long_as_was_asked_for() {
        let packet = [9 << 3, 1, 2, 3];
        for (length, at) in [(9_600, vec![9_600, 19_200]), (1, (1..=20).map(|n| n * 960).collect())] {
            let mut writer = OggWriter::new(7, length, &[]);
            pages(&mut writer);
            for _ in 0..20 {
                writer.push(&packet).unwrap();
            }
            assert_eq!(pages(&mut writer).iter().map(granule).collect::<Vec<_>>(), at);
        }
        let mut writer = OggWriter::new(7, 9_600, &[]);
        pages(&mut writer);
        // 60 ms of speech: four of them are the first that fill 200 ms.
        for _ in 0..8 {
            writer.push(&[11 << 3, 1, 2]).unwrap();
        }
        assert_eq!(pages(&mut writer).iter().map(granule).collect::<Vec<_>>(), [11_520, 23_040]);
    }

    #[test]
    fn silence_counts_and_what_is_skipped_too() {
        let mut writer = OggWriter::new(7, 9_600, &[]);
        pages(&mut writer);
        assert_eq!(writer.silence(960 * 3 + 5), 5);
        assert_eq!(writer.samples(), 2_880);
        writer.skip(960);
        writer.finish();
        let made = pages(&mut writer);
        assert_eq!(
            made.iter().map(granule).collect::<Vec<_>>(),
            [2_880, 4_800],
            "the last page is not empty"
        );
        assert_eq!(made[1][5], LAST);
        // An hour of it is not written out.
        writer.silence(3_600 * 48_000);
        assert!(pages(&mut writer).len() <= 51);
        assert_eq!(writer.samples(), 4_800 + 3_600 * 48_000);
    }

    #[test]
    fn a_quiet_hour_has_no_hole() {
        let mut writer = OggWriter::new(7, 9_600, &[]);
        pages(&mut writer);
        writer.quiet(5);
        writer.push(&[9 << 3, 1, 2]).unwrap();
        writer.quiet(3_600 * 50);
        writer.push(&[9 << 3, 1, 2]).unwrap();
        writer.finish();
        let mut before = 0;
        let all = pages(&mut writer);
        for page in &all {
            let frames = (granule(page) - before) / 960;
            assert!(frames <= 50 && usize::from(page[26]) as u64 == frames, "as many packets as frames");
            before = granule(page);
        }
        assert_eq!(before, (5 + 1 + 3_600 * 50 + 1) * 960);
        let bytes = all.concat().len();
        assert!(bytes < 900_000, "an hour of silence takes {bytes} bytes");
        assert_eq!(Packet::check(&SILENCE).unwrap().samples, 960);
    }

    #[test]
    fn silence_is_a_packet_of_20_ms_in_any_mode() {
        for config in 0..32_u8 {
            for stereo in [0, 4] {
                let bytes = [silent(config << 3 | stereo)];
                let packet = Packet::check(&bytes).unwrap();
                assert_eq!((packet.samples, packet.dtx, packet.stereo), (960, true, stereo != 0), "{config}");
                let (narrow, silk) = (bytes[0] >> 5, config < 12);
                assert!(!silk || narrow == config >> 2, "the bandwidth stays: {config}");
            }
        }
    }

    #[test]
    fn what_is_no_packet_is_not_written() {
        let mut writer = OggWriter::new(7, 1, &[]);
        pages(&mut writer);
        assert_eq!(writer.push(&[]), Err(BadPacket::Empty));
        assert_eq!((writer.samples(), writer.take()), (0, None));
    }

    fn any_packet() -> impl Strategy<Value = Vec<u8>> {
        let rest = prop_oneof![9 => 0usize..200, 1 => 200usize..1_275];
        (0u8..32, rest).prop_map(|(config, n)| [vec![config << 3], vec![n as u8; n]].concat())
    }

    proptest! {
        #[test]
        fn packets_come_back_as_they_were(
            packets in prop::collection::vec(any_packet(), 1..300),
            length in prop_oneof![Just(1), Just(9_600), Just(500_000)],
        ) {
            let mut writer = OggWriter::new(7, length, &[]);
            for packet in &packets {
                writer.push(packet).unwrap();
            }
            writer.finish();
            let bytes = pages(&mut writer).concat();
            let (mut reader, mut rest, mut got) = (OggReader::new(), bytes.as_slice(), Vec::new());
            while let Some(read) = reader.read(&mut rest).unwrap() {
                if let Read::Packet { opus, .. } = read {
                    got.push(opus.to_vec());
                }
            }
            got.truncate(packets.len());
            prop_assert_eq!(got, packets, "and 20 ms of silence at most");
        }
    }
}
