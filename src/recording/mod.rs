//! Ogg Opus (RFC 3533, RFC 7845): packets into a stream of pages, and back. Bytes in, bytes out: no file, no socket, no
//! clock.
//!
//! [`OggWriter`] makes pages of packets; [`LiveWriter`] does so for a stream that somebody listens to as it happens,
//! where what is not sent in silence (DTX) has to be filled in time. [`OggReader`] takes any bytes as they come,
//! and [`SoundReader`] makes frames of them, of WAV files and of bare samples.

mod head;
mod live;
mod page;
mod reader;
mod sound;
mod wav;
mod writer;

pub use head::{BadHead, OpusHead};
pub use live::LiveWriter;
pub use reader::{BadOgg, OggReader, Read};
pub use sound::{BadSound, SoundReader};
pub use wav::BadWav;
pub use writer::OggWriter;

/// The media type of an Ogg Opus stream.
pub const MEDIA_TYPE: &str = "audio/ogg; codecs=opus";
