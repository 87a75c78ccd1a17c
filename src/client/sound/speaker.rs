//! A speaker for sound that is no meeting's: a recording.

use std::time::Instant;

use crate::device::{DeviceChoice, Playback};

use super::DeviceState;
use super::slot::Slot;

/// A speaker that is opened when it is wanted, watched, and opened again when it comes back.
#[derive(Debug)]
pub struct Speaker {
    slot: Slot<Playback>,
    start: Instant,
}

impl Speaker {
    /// One that is not open yet.
    pub fn new(choice: DeviceChoice) -> Self {
        Self { slot: Slot::new(choice), start: Instant::now() }
    }

    /// Moves on: opens it when it is wanted, closes it when not. The calling thread is unparked when an attempt ends and
    /// at each callback.
    pub fn poll(&mut self, wanted: bool) -> Option<&mut Playback> {
        self.slot.poll(wanted, self.start.elapsed())
    }

    /// What to say of it.
    pub fn shown(&self) -> &DeviceState {
        self.slot.shown()
    }

    /// Whether it is open or about to be.
    pub fn is_coming(&self) -> bool {
        self.slot.is_coming()
    }
}
