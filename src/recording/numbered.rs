//! A stream of packets that come by number.

use bytes::Bytes;

use crate::audio::{BadPacket, FRAME, Packet};

use super::OggWriter;

/// Writes packets that are numbered by their frames: over those that are missing the positions go on.
#[derive(Debug)]
pub struct NumberedWriter {
    writer: OggWriter,
    /// The number of the frame that comes next; `None` before the first.
    next: Option<u64>,
}

impl NumberedWriter {
    /// A stream; see [`OggWriter::new`].
    pub fn new(serial: u32, length: u32, comments: &[(&str, &str)]) -> Self {
        Self { writer: OggWriter::new(serial, length, comments), next: None }
    }

    /// Adds a packet; `frame` is the number of its first 20 ms.
    ///
    /// # Errors
    /// It is no Opus packet; nothing is written then.
    pub fn push(&mut self, frame: u64, opus: &[u8]) -> Result<(), BadPacket> {
        let frames = Packet::check(opus)?.frames();
        self.go_to(frame);
        self.next = Some(frame + u64::from(frames));
        self.writer.push(opus)
    }

    /// Leaves out all frames before this one, for a reader who is behind.
    pub fn go_to(&mut self, frame: u64) {
        let missing = self.next.map_or(0, |next| frame.saturating_sub(next));
        self.writer.skip(missing * FRAME as u64);
        self.next = self.next.map(|next| next.max(frame));
    }

    /// Ends the stream.
    pub fn finish(&mut self) {
        self.writer.finish();
    }

    /// The next page that is ready.
    pub fn take(&mut self) -> Option<Bytes> {
        self.writer.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::PAGE_200_MS;

    #[test]
    fn positions_go_on_over_what_is_missing() {
        let mut writer = NumberedWriter::new(7, PAGE_200_MS, &[]);
        let (twenty, sixty) = ([9 << 3, 1, 2], [11 << 3, 1, 2]);
        writer.push(1_000, &twenty).unwrap();
        writer.push(1_001, &sixty).unwrap();
        assert!(writer.push(1_004, &[]).is_err());
        writer.push(1_010, &sixty).unwrap();
        writer.go_to(1_020);
        writer.go_to(1_015);
        writer.push(1_020, &twenty).unwrap();
        writer.finish();
        let pages = std::iter::from_fn(|| writer.take()).skip(2);
        let ends = pages.map(|page| u64::from_le_bytes(page[6..14].try_into().unwrap()) / 960);
        assert_eq!(ends.collect::<Vec<_>>(), [4, 13, 21], "frames since the first");
    }
}
