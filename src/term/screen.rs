//! What a terminal shows: ratatui above, a channel of one frame below, paced.

use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::Size;
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{Depth, FENCE, Pacer, Reply, SYNCHRONIZED, Sheet};

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

    /// Whether a frame is to be drawn: there is news to show, or something to send with it.
    pub fn wants_frame(&self, news: bool) -> bool {
        news || !self.control.is_empty()
    }

    /// When a frame that is wanted may be drawn if the terminal says nothing meanwhile. `None` when none is wanted, or
    /// the writer still has the last one: [`unblocked`](Self::unblocked) waits for that.
    pub fn next_frame(&self, news: bool, now: Instant) -> Option<Instant> {
        (self.wants_frame(news) && !self.is_full()).then(|| self.pacer.next(now))
    }

    /// Waits until the writer no longer holds up a frame that is wanted, or its terminal hung up, which the next
    /// [`draw`](Self::draw) tells; for ever when it holds up none.
    pub async fn unblocked(&self, news: bool) {
        if self.wants_frame(news) && self.is_full() {
            let _ = self.taken().await;
        } else {
            std::future::pending().await
        }
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

    /// The terminal answered; what is not about drawing comes back.
    pub fn reply(&mut self, reply: Reply) -> Option<Reply> {
        match reply {
            Reply::Fence => self.answered(),
            Reply::Mode { mode: SYNCHRONIZED, known } => self.sheet.set_synchronized(known),
            other => return Some(other),
        }
        None
    }

    /// Sends control sequences with the next frame. Few and short: modes, the bell.
    pub fn control(&mut self, bytes: &[u8]) {
        self.control.extend_from_slice(bytes);
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: Size) {
        self.sheet.resize(size);
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
