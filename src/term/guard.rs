//! The local terminal while the screen is up.

use std::fs::{File, OpenOptions};
use std::sync::Arc;
use std::{io, panic, thread};

use ratatui::layout::Size;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{isatty, tcgetwinsize};
use thiserror::Error;
use tokio::sync::mpsc;

use super::tty::Tty;
use super::{FRAMES_IN_FLIGHT, Modes, PROBE};

/// The size when a terminal doesn't tell its own.
const USUAL_SIZE: Size = Size { width: 80, height: 24 };

/// How the local terminal is taken over.
#[derive(Debug)]
pub struct GuardSettings {
    /// What is switched on.
    pub modes: Modes,
    /// Where standard error goes while the screen is up; `None` is nowhere.
    pub log: Option<File>,
}

/// The terminal can't be taken over.
#[derive(Debug, Error)]
pub enum GuardError {
    /// Standard input or output is something else.
    #[error("the console needs a terminal, and {0} is none; run it in a terminal, or use `palco ctl`")]
    NotATerminal(&'static str),
    /// The terminal refuses.
    #[error("the terminal can't be taken over: {0}; try another terminal")]
    Io(#[from] io::Error),
}

/// Holds the local terminal: raw mode, alternate screen and the rest of [`Modes`]; standard error is kept off it.
///
/// Everything is as before when it is dropped, and when the thread that made it panics: run the loop on that thread.
#[derive(Debug)]
pub struct Guard {
    tty: Arc<Tty>,
    frames: mpsc::Sender<Vec<u8>>,
}

impl Guard {
    /// Takes the terminal over, and asks it what it can do ([`PROBE`]).
    ///
    /// # Errors
    /// It is no terminal, or refuses.
    pub fn enter(settings: GuardSettings) -> Result<Self, GuardError> {
        if !isatty(stdin()) {
            return Err(GuardError::NotATerminal("standard input"));
        }
        if !isatty(stdout()) {
            return Err(GuardError::NotATerminal("standard output"));
        }
        let log = match settings.log {
            Some(log) => log,
            None => OpenOptions::new().write(true).open("/dev/null")?,
        };
        let tty = Arc::new(Tty::new(settings.modes, log)?);
        restore_on_panic(&tty);
        let (frames, queue) = mpsc::channel(FRAMES_IN_FLIGHT);
        write_frames(Arc::clone(&tty), queue)?;
        tty.take_over(PROBE)?;
        Ok(Self { tty, frames })
    }

    /// Where frames go: to a thread that writes them, so that a terminal that stands still stops nothing else.
    pub fn frames(&self) -> mpsc::Sender<Vec<u8>> {
        self.frames.clone()
    }

    /// The terminal's size; 80x24 when it doesn't tell.
    pub fn size(&self) -> Size {
        match tcgetwinsize(stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                Size { width: size.ws_col, height: size.ws_row }
            }
            _ => USUAL_SIZE,
        }
    }

    /// Notes that [`KeyFlags`](super::KeyFlags) were pushed, so that they are popped.
    pub fn keys_pushed(&self) {
        self.tty.set_keys_pushed();
    }

    /// Gives the terminal back for a while: everything as before. Frames are dropped until
    /// [`take_over`](Self::take_over).
    pub fn give_back(&self) {
        self.tty.give_back();
    }

    /// Takes the terminal over again, whatever was done to it meanwhile.
    ///
    /// # Errors
    /// The terminal refuses.
    pub fn take_over(&self) -> io::Result<()> {
        self.tty.take_over(PROBE)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.tty.give_back();
    }
}

/// A panic on this thread gives the terminal back before its message is printed; one on another thread leaves the
/// screen alone, and its message goes to the log with the rest of standard error.
fn restore_on_panic(tty: &Arc<Tty>) {
    let tty = Arc::downgrade(tty);
    let owner = thread::current().id();
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == owner
            && let Some(tty) = tty.upgrade()
        {
            tty.give_back();
        }
        previous(info);
    }));
}

fn write_frames(tty: Arc<Tty>, mut queue: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let write = move || {
        while let Some(frame) = queue.blocking_recv() {
            // a terminal that is gone closes the channel, and the screen finds out
            if tty.write(&frame).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("screen".into()).spawn(write).map(drop)
}
