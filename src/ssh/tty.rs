//! The terminal at the other end of a channel.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Size;
use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::console::{Terminal, Typed};
use crate::term::{FRAMES_IN_FLIGHT, Modes, PROBE};

use super::ask::typed;
use super::guarded::STUCK;
use super::request::size;
use crate::wire::Secret;

/// The terminal at the other end of a channel as its client has it: nothing is drawn, and what is typed is not shown.
pub(super) struct Plain {
    pub(super) read: ChannelReadHalf,
    pub(super) write: ChannelWriteHalf<Msg>,
    pub(super) size: Size,
}

impl Plain {
    /// Asks for a secret; `None` when it is not given.
    pub(super) async fn ask(&mut self, question: &str) -> Option<Secret> {
        say(&self.write, question.as_bytes().to_vec()).await?;
        let answer = typed(&mut self.read, &mut self.size).await;
        say(&self.write, b"\r\n".to_vec()).await?;
        Secret::new(&answer?)
    }
}

/// The terminal at the other end of a channel while a console is on it.
pub(super) struct Tty {
    read: ChannelReadHalf,
    frames: mpsc::Sender<Vec<u8>>,
    size: Size,
    keys_pushed: Arc<AtomicBool>,
}

/// Writes frames to a channel, and gives the terminal back when there are no more. It ends with the channel, unless the
/// client takes nothing in.
pub(super) type Writer = JoinHandle<Option<ChannelWriteHalf<Msg>>>;

impl Tty {
    /// Takes a terminal over, and asks it what it can do.
    pub(super) fn enter(Plain { read, write, size }: Plain, modes: Modes) -> (Self, Writer) {
        let (frames, queue) = mpsc::channel(FRAMES_IN_FLIGHT);
        let keys_pushed = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn(write_frames(write, queue, modes, Arc::clone(&keys_pushed)));
        (Self { read, frames, size, keys_pushed }, writer)
    }

    /// Gives the terminal back as it was; `None` when it is gone.
    pub(super) async fn leave(self, writer: Writer) -> Option<Plain> {
        let Self { read, size, frames, .. } = self;
        drop(frames);
        Some(Plain { read, write: writer.await.ok()??, size })
    }
}

impl Terminal for Tty {
    async fn next(&mut self) -> Typed {
        loop {
            match self.read.wait().await {
                Some(ChannelMsg::Data { data }) => return Typed::Bytes(data.to_vec()),
                Some(ChannelMsg::WindowChange { col_width, row_height, .. }) => {
                    self.size = size(col_width, row_height);
                    return Typed::Resized;
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Typed::HungUp,
                Some(_) => {}
            }
        }
    }

    fn size(&self) -> Size {
        self.size
    }

    fn frames(&self) -> mpsc::Sender<Vec<u8>> {
        self.frames.clone()
    }

    fn keys_pushed(&self) {
        self.keys_pushed.store(true, Ordering::SeqCst);
    }

    /// There is no shell here.
    fn give_back(&self) -> bool {
        false
    }

    async fn stop(&mut self) {}

    fn take_over(&self) -> io::Result<()> {
        Ok(())
    }
}

async fn write_frames(
    write: ChannelWriteHalf<Msg>,
    mut frames: mpsc::Receiver<Vec<u8>>,
    modes: Modes,
    keys_pushed: Arc<AtomicBool>,
) -> Option<ChannelWriteHalf<Msg>> {
    let mut enter = modes.enter();
    enter.extend_from_slice(PROBE);
    say(&write, enter).await?;
    while let Some(frame) = frames.recv().await {
        say(&write, frame).await?;
    }
    say(&write, modes.leave(keys_pushed.load(Ordering::SeqCst))).await?;
    Some(write)
}

/// Writes to a channel; `None` when it is gone, or its client takes nothing in.
pub(super) async fn say(write: &ChannelWriteHalf<Msg>, bytes: Vec<u8>) -> Option<()> {
    timeout(STUCK, write.data_bytes(bytes)).await.ok()?.ok()
}
