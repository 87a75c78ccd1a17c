//! Lines to standard output, written by a thread of its own, so that a reader who takes his time stops nothing else.

use std::{io, thread};

use tokio::sync::{mpsc, oneshot};

use super::tty::write_all;

/// How many pieces may wait for the reader: a screenful and a burst. When it is full the newest is refused.
pub const PIECES: usize = 256;

/// Prints pieces of output in their order.
#[derive(Debug)]
pub struct Printer {
    pieces: mpsc::Sender<Vec<u8>>,
    done: oneshot::Receiver<()>,
}

impl Printer {
    /// Starts to print.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start() -> io::Result<Self> {
        let (pieces, mut queue) = mpsc::channel::<Vec<u8>>(PIECES);
        let (ended, done) = oneshot::channel();
        let print = move || {
            while let Some(piece) = queue.blocking_recv() {
                // a reader who is gone closes the channel, and the loop finds out
                if write_all(&piece).is_err() {
                    break;
                }
            }
            // nobody may be waiting for it
            let _ = ended.send(());
        };
        thread::Builder::new().name("printer".into()).spawn(print)?;
        Ok(Self { pieces, done })
    }

    /// Whether another piece has room.
    pub fn has_room(&self) -> bool {
        self.pieces.capacity() > 0
    }

    /// Prints a piece; tells whether there was room for it.
    pub fn print(&self, piece: Vec<u8>) -> bool {
        self.pieces.try_send(piece).is_ok()
    }

    /// Waits until the reader is gone. Cancel-safe.
    pub async fn gone(&self) {
        self.pieces.closed().await;
    }

    /// Waits until everything is printed, or cannot be.
    pub async fn finish(self) {
        drop(self.pieces);
        // a thread that failed has ended too
        let _ = self.done.await;
    }
}
