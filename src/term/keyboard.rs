//! What comes from the local terminal, read by a thread of its own.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio::stdin;
use tokio::sync::mpsc;

/// How many chunks of input may wait; when it is full the rest waits in the kernel, and whoever types feels it.
pub const CHUNKS: usize = 16;

/// The most bytes read at once.
const CHUNK: usize = 1024;

/// Reads standard input while it lives, and not a byte longer: what is typed afterwards is the shell's.
#[derive(Debug)]
pub struct Keyboard {
    chunks: mpsc::Receiver<Vec<u8>>,
    _open: PipeWriter,
}

impl Keyboard {
    /// Starts to read.
    ///
    /// # Errors
    /// No pipe or no thread can be had.
    pub fn open() -> io::Result<Self> {
        let (closed, open) = io::pipe()?;
        let (sender, chunks) = mpsc::channel(CHUNKS);
        thread::Builder::new().name("keyboard".into()).spawn(move || read(&closed, &sender))?;
        Ok(Self { chunks, _open: open })
    }

    /// The next bytes; `None` when the terminal is gone. Cancel-safe.
    pub async fn read(&mut self) -> Option<Vec<u8>> {
        self.chunks.recv().await
    }
}

/// Reads until the other end of `closed` is dropped or the terminal is gone.
fn read(closed: &PipeReader, chunks: &mpsc::Sender<Vec<u8>>) {
    let mut buffer = [0; CHUNK];
    loop {
        let input = stdin();
        let mut fds = [
            PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(closed.as_fd(), PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return,
        }
        if !fds[1].revents().is_empty() {
            return;
        }
        match rustix::io::read(input, &mut buffer) {
            Ok(0) => return,
            Ok(n) => {
                if chunks.blocking_send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}
