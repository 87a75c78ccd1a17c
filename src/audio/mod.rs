//! Sound without devices: codec, level, voice detection, jitter buffer, mixer. Pure.
//!
//! Everything here works on 20 ms frames of 48 kHz mono `f32` in -1..=1. A moment is a [`Duration`](std::time::Duration)
//! since any fixed start, given as an argument.

mod blend;
mod codec;
mod crowd;
mod detector;
mod jitter;
mod ladder;
mod level;
mod loudness;
mod mixer;
mod packet;
mod resample;
mod shrink;
mod stretch;
mod talk;
mod voice;

pub use blend::Blend;
pub use codec::{CodecError, Decoder, Encoder};
pub use crowd::Crowd;
pub use detector::VoiceDetector;
pub use jitter::{JitterBuffer, JitterStats, Taken};
pub use ladder::{Coded, LadderEncoder, Quality};
pub use level::Level;
pub use loudness::{LoudnessMeter, loudness, stretches_within};
pub use mixer::Mixer;
pub use packet::{BadPacket, Packet};
pub use resample::Resampler;
pub use stretch::Stretch;
pub use talk::{Talk, Uttered};
pub use voice::Voice;

/// Samples a second, everywhere but in a device.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in a frame: 20 ms at [`SAMPLE_RATE`].
pub const FRAME: usize = 960;

/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 20;
