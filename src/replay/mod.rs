//! A kept meeting, moved through: how it was at a position of its recording, and the sound from there. Pure.
//!
//! [`Tape`] is the meeting at any position, from its events. [`Playout`] turns the recording's frames into what a speaker
//! takes, faster or slower and without silence if wanted, and [`Playout::heard`] tells which position is being heard: what
//! is shown follows the samples that were played, never a clock beside them.

use crate::audio::SAMPLE_RATE;
use crate::meeting::Millis;

mod course;
mod order;
mod playout;
mod tape;

pub use order::{Order, Playing};
pub use playout::{Heard, Playout};
pub use tape::{Found, Mark, Moved, Tape, marks, position};

// A place is counted in samples and shown as a time: both have the same rate.
const _: () = assert!(Millis::from_secs(1).samples() == SAMPLE_RATE as u64);
