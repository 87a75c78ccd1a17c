//! Sound cards, by cpal: PulseAudio (or PipeWire's) first, ALSA second.

mod alsa;
mod choice;
mod environment;
mod error;
mod host;
mod stream;

pub use choice::{DeviceChoice, Direction};
pub use environment::settle as settle_environment;
pub use error::DeviceError;
pub use host::{DeviceInfo, HostReport, devices, find};
pub use stream::{Capture, Line, Playback};
