//! What is spoken: a file, which can wait, or a pipe, which cannot.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;
use std::thread;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use crate::audio::FRAME;
use crate::cli::args::SpeakArgs;
use crate::cli::output::Failure;
use crate::recording::SoundReader;

/// Frames read ahead: 200 ms. When they are not taken, reading waits, and so does whoever writes into the pipe.
const AHEAD: usize = 10;

/// Bytes read at once.
const PIECE: usize = 8 * 1024;

/// What is spoken.
pub(super) struct Input {
    frames: mpsc::Receiver<Result<[f32; FRAME], Failure>>,
    can_wait: bool,
}

/// The next 20 ms.
pub(super) enum Next {
    /// They are there.
    Frame(Box<[f32; FRAME]>),
    /// Whoever writes into the pipe is late.
    NotYet,
    /// There is nothing more.
    End,
}

impl Input {
    /// Opens it, and begins to read.
    pub(super) fn open(args: &SpeakArgs) -> Result<Self, Failure> {
        let path = args.input.as_path();
        let is_pipe = path == Path::new("-");
        let from: Box<dyn Read + Send> = if is_pipe {
            if io::stdin().is_terminal() {
                let text =
                    "nothing comes from a terminal; pipe sound in: ffmpeg … -f ogg - | palco speak URL -i -";
                return Err(Failure::usage(text));
            }
            Box::new(io::stdin())
        } else {
            let unread = |e| Failure::refused("input", format!("{} cannot be read ({e})", path.display()));
            Box::new(File::open(path).map_err(unread)?)
        };
        let reader = args.pcm.map_or_else(|| Ok(SoundReader::new()), SoundReader::pcm);
        let reader = reader.map_err(Failure::usage)?;
        let (to, frames) = mpsc::channel(AHEAD);
        let failed = |e| Failure::refused("threads", format!("the system gives no threads ({e})"));
        thread::Builder::new()
            .name("palco-in".into())
            .spawn(move || read(from, reader, &to))
            .map_err(failed)?;
        Ok(Self { frames, can_wait: !is_pipe })
    }

    /// Whether what is not heard now is heard later: in a pipe time goes on.
    pub(super) fn can_wait(&self) -> bool {
        self.can_wait
    }

    /// The next 20 ms.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn next(&mut self) -> Result<Next, Failure> {
        match self.frames.try_recv() {
            Ok(frame) => Ok(Next::Frame(Box::new(frame?))),
            Err(TryRecvError::Empty) => Ok(Next::NotYet),
            Err(TryRecvError::Disconnected) => Ok(Next::End),
        }
    }
}

/// Reads until the end, or until nobody takes the frames.
fn read(
    mut from: Box<dyn Read + Send>,
    mut reader: SoundReader,
    to: &mpsc::Sender<Result<[f32; FRAME], Failure>>,
) {
    let mut piece = vec![0; PIECE];
    let ended = loop {
        let mut bytes = match from.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(n) => &piece[..n],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => break Err(Failure::refused("input", format!("the sound cannot be read ({e})"))),
        };
        loop {
            match reader.read(&mut bytes) {
                Ok(Some(frame)) if to.blocking_send(Ok(frame)).is_err() => return,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(why) => {
                    // Who is gone needs no reason.
                    let _ = to.blocking_send(Err(Failure::refused("sound", why)));
                    return;
                }
            }
        }
    };
    match (ended, reader.finish()) {
        (Err(why), _) => drop(to.blocking_send(Err(why))),
        (Ok(()), Some(last)) => drop(to.blocking_send(Ok(last))),
        (Ok(()), None) => {}
    }
}
