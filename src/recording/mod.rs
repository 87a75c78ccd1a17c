//! Ogg Opus (RFC 3533, RFC 7845): packets into a stream of pages, and back. Bytes in, bytes out: no socket, no
//! clock, and no file but in [`PartFile`], [`mend`] and what is kept of how loud a part is.
//!
//! [`OggWriter`] makes pages of packets; [`NumberedWriter`] of packets that are numbered and may be missing; [`LiveWriter`]
//! for a stream that somebody listens to as it happens, where what is not sent in silence (DTX) has to be filled in time.
//! [`OggReader`] takes any bytes as they come, [`OggFile`] finds any place in a file,
//! and [`SoundReader`] makes frames of them, of WAV files and of bare samples. [`PartFile`] keeps whole pages on disk,
//! [`Whole`] finds them in what a crash left, and [`mend`] makes a stream of that. A part may have a folder of [tracks](tracks_of)
//! beside it. [`join`] makes one stream of many parts.

mod file;
mod head;
mod joined;
mod live;
mod numbered;
mod page;
mod part;
mod reader;
mod sound;
mod strength;
mod tracks;
mod wav;
mod whole;
mod writer;

pub use file::{BadFile, OggFile, Placed};
pub use head::{BadHead, OpusHead};
pub use joined::{BadJoin, join, measure};
pub use live::LiveWriter;
pub use numbered::NumberedWriter;
pub use part::{PartFile, mend};
pub use reader::{BadOgg, OggReader, Read};
pub use sound::{BadSound, SoundReader};
pub use strength::{cut_strength, forget_strength, keep_strength, kept_strength, track_gain};
pub use tracks::{TrackKey, forget_tracks, mend_tracks, track_file, tracks_folder, tracks_of};
pub use wav::BadWav;
pub use whole::Whole;
pub use writer::OggWriter;

/// Samples of a page for somebody who listens: 200 ms, or the packets that first fill it. Shorter ones cost more than a
/// sixth of the sound.
pub const PAGE_200_MS: u32 = 9_600;

/// Samples of a page where nobody waits for it: a second, the most that RFC 7845 section 6 would have.
pub const PAGE_1_S: u32 = 48_000;

/// The media type of an Ogg Opus stream.
pub const MEDIA_TYPE: &str = "audio/ogg; codecs=opus";
