//! Ogg pages (RFC 3533 section 6).

use bytes::{BufMut, Bytes, BytesMut};

/// How every page begins: the pattern and the version.
pub(super) const CAPTURE: &[u8; 5] = b"OggS\0";

/// Bytes of a page before its table of segments.
pub(super) const HEADER: usize = 27;

/// Segments of a page at most.
pub(super) const MAX_SEGMENTS: usize = 255;

/// Bytes of a segment at most; one of fewer ends a packet.
pub(super) const SEGMENT: usize = 255;

/// Bytes of a page's packets at most.
pub(super) const MAX_BODY: usize = MAX_SEGMENTS * SEGMENT;

/// Bytes of a page at most.
pub(super) const MAX_PAGE: usize = HEADER + MAX_SEGMENTS + MAX_BODY;

/// The granule position of a page in which no packet ends.
pub(super) const NONE_ENDS: u64 = u64::MAX;

/// The page goes on with a packet of the page before.
pub(super) const CONTINUED: u8 = 1;

/// The page is a stream's first.
pub(super) const FIRST: u8 = 2;

/// The page is a stream's last.
pub(super) const LAST: u8 = 4;

/// Where a page's checksum is.
const CHECKSUM: std::ops::Range<usize> = 22..26;

/// Remainders of all bytes by the polynomial 0x04c11db7, highest bit first.
const REMAINDERS: [u32; 256] = remainders();

const fn remainders() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut r = (i as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            r = if r & 0x8000_0000 == 0 { r << 1 } else { (r << 1) ^ 0x04c1_1db7 };
            bit += 1;
        }
        table[i] = r;
        i += 1;
    }
    table
}

/// The checksum of a page, whatever stands where its checksum belongs.
pub(super) fn checksum(page: &[u8]) -> u32 {
    let byte = |(at, byte): (usize, &u8)| if CHECKSUM.contains(&at) { 0 } else { *byte };
    page.iter().enumerate().map(byte).fold(0, |crc, byte| {
        let index = (crc >> 24) as u8 ^ byte;
        (crc << 8) ^ REMAINDERS[usize::from(index)]
    })
}

/// A page that is being filled.
#[derive(Debug, Default)]
pub(super) struct Filling {
    segments: Vec<u8>,
    body: Vec<u8>,
}

impl Filling {
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether a whole packet of so many bytes has room.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.segments.len() + bytes / SEGMENT < MAX_SEGMENTS
    }

    /// A page that [`MAX_BODY`] bytes of a longer packet fill.
    pub(super) fn full(piece: &[u8]) -> Self {
        Self { segments: vec![u8::MAX; MAX_SEGMENTS], body: piece.to_vec() }
    }

    /// Adds a whole packet, which has to fit.
    pub(super) fn add(&mut self, packet: &[u8]) {
        self.segments.resize(self.segments.len() + packet.len() / SEGMENT, u8::MAX);
        // Less than 255.
        self.segments.push((packet.len() % SEGMENT) as u8);
        self.body.extend_from_slice(packet);
    }

    /// The page; what is filled is another one from now on.
    pub(super) fn finish(&mut self, flags: u8, granule: u64, serial: u32, sequence: u32) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER + self.segments.len() + self.body.len());
        out.put_slice(CAPTURE);
        out.put_u8(flags);
        out.put_u64_le(granule);
        out.put_u32_le(serial);
        out.put_u32_le(sequence);
        out.put_u32_le(0);
        // At most 255, see `fits`.
        out.put_u8(self.segments.len() as u8);
        out.put_slice(&self.segments);
        out.put_slice(&self.body);
        let sum = checksum(&out);
        out[CHECKSUM].copy_from_slice(&sum.to_le_bytes());
        self.segments.clear();
        self.body.clear();
        out.freeze()
    }
}

/// What a page's head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) flags: u8,
    pub(super) granule: u64,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    pub(super) segments: usize,
    checksum: u32,
}

impl Header {
    /// Reads a head of [`HEADER`] bytes or more; `None` when it is of no page that is known.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let four = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        bytes.starts_with(CAPTURE).then_some(())?;
        Some(Self {
            flags: *bytes.get(5)?,
            granule: u64::from_le_bytes(bytes.get(6..14)?.try_into().ok()?),
            serial: four(14)?,
            sequence: four(18)?,
            checksum: four(22)?,
            segments: usize::from(*bytes.get(26)?),
        })
    }

    /// Whether a whole page of this head is undamaged.
    pub(super) fn matches(&self, page: &[u8]) -> bool {
        checksum(page) == self.checksum
    }
}
