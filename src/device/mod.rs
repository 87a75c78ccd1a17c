//! Sound cards: PulseAudio's (or PipeWire's) first, ALSA's by cpal second.

mod address;
mod alsa;
mod bridge;
mod choice;
mod environment;
mod error;
mod host;
mod pulse;
mod ring;
mod stream;

pub use choice::{DeviceChoice, Direction};
pub use environment::settle as settle_environment;
pub use error::DeviceError;
pub use host::{DeviceInfo, HostReport, devices, find};
pub use stream::{Capture, Line, Playback};
