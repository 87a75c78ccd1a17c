//! What a terminal shows: ratatui above, a channel of one frame below, paced.

use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::Size;
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{Depth, FENCE, Pacer, Sheet};

/// How many frames may wait for the writer: one, so that what is drawn is never older than one frame.
pub const FRAMES_IN_FLIGHT: usize = 1;

/// A screen over any sink of frames: a local terminal's writer, or a channel of an SSH session.
#[derive(Debug)]
pub struct Screen {
    sheet: Sheet,
    pacer: Pacer,
    frames: mpsc::Sender<Vec<u8>>,
    /// Control sequences that go out before the next frame.
    control: Vec<u8>,
}

/// The sink of a screen is gone: the terminal hung up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the terminal is gone")]
pub struct HungUp;

impl Screen {
    /// A screen for a cleared terminal of `size` that sends its frames to `frames`, a channel of
    /// [`FRAMES_IN_FLIGHT`]; when that is full nothing is drawn.
    pub fn new(size: Size, depth: Depth, pacer: Pacer, frames: mpsc::Sender<Vec<u8>>) -> Self {
        Self { sheet: Sheet::new(size, depth), pacer, frames, control: Vec::new() }
    }

    /// When the next frame may be drawn if the terminal says nothing meanwhile.
    pub fn next_frame(&self, now: Instant) -> Instant {
        self.pacer.next(now)
    }

    /// Draws a frame if the terminal is ready for one, and tells whether it was.
    ///
    /// # Errors
    /// The terminal hung up.
    pub fn draw(&mut self, now: Instant, view: impl FnOnce(&mut Frame<'_>)) -> Result<bool, HungUp> {
        if !self.pacer.is_open(now) {
            return Ok(false);
        }
        let permit = match self.frames.try_reserve() {
            Ok(permit) => permit,
            Err(TrySendError::Full(())) => return Ok(false),
            Err(TrySendError::Closed(())) => return Err(HungUp),
        };
        self.sheet.draw(view);
        let mut bytes = std::mem::take(&mut self.control);
        bytes.append(&mut self.sheet.take());
        if !bytes.is_empty() {
            bytes.extend_from_slice(FENCE);
            self.pacer.sent(now, bytes.len());
            permit.send(bytes);
        }
        Ok(true)
    }

    /// Waits until the writer has taken the last frame.
    ///
    /// # Errors
    /// The terminal hung up.
    pub async fn taken(&self) -> Result<(), HungUp> {
        self.frames.reserve().await.map(drop).map_err(|_| HungUp)
    }

    /// Whether the writer has not yet taken the last frame.
    pub fn is_full(&self) -> bool {
        self.frames.capacity() == 0
    }

    /// Whether the terminal has not answered the last frame.
    pub fn is_waiting(&self) -> bool {
        self.pacer.is_waiting()
    }

    /// The terminal answered a fence.
    pub fn answered(&mut self) {
        self.pacer.answered();
    }

    /// Sends control sequences with the next frame. Few and short: modes, the bell.
    pub fn control(&mut self, bytes: &[u8]) {
        self.control.extend_from_slice(bytes);
    }

    /// Whether something waits to go out with the next frame, so that one is due.
    pub fn is_due(&self) -> bool {
        !self.control.is_empty()
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: Size) {
        self.sheet.resize(size);
    }

    /// The terminal knows synchronized updates, or not.
    pub fn set_synchronized(&mut self, on: bool) {
        self.sheet.set_synchronized(on);
    }

    /// Draws everything anew with the next frame: something else wrote on the screen.
    pub fn repaint(&mut self) {
        self.sheet.repaint();
    }

    /// The terminal was given back and taken over again: nothing is known about it but its size.
    pub fn restart(&mut self, size: Size) {
        self.pacer.restart();
        self.control.clear();
        self.resize(size);
        self.repaint();
    }
}
