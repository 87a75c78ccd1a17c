//! What the system tells the process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal means to a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// End (SIGTERM).
    End,
    /// Interrupt (SIGINT): from outside, or Ctrl-C where the terminal reads the keys itself; in raw mode it does not.
    Interrupted,
    /// The terminal is gone (SIGHUP).
    HungUp,
    /// The terminal has another size (SIGWINCH).
    Resized,
    /// The process was stopped and goes on (SIGCONT).
    Continued,
}

/// The signals that a console listens to.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    resize: Signal,
    cont: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            resize: signal(SignalKind::window_change())?,
            cont: signal(SignalKind::from_raw(libc::SIGCONT))?,
        })
    }

    /// The next one. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Told {
        tokio::select! {
            biased;
            Some(()) = self.terminate.recv() => Told::End,
            Some(()) = self.interrupt.recv() => Told::Interrupted,
            Some(()) = self.hangup.recv() => Told::HungUp,
            Some(()) = self.cont.recv() => Told::Continued,
            Some(()) = self.resize.recv() => Told::Resized,
            else => std::future::pending().await,
        }
    }
}
