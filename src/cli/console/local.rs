//! The local terminal as a console's: the guard that holds it, its keyboard, and what the system tells the process.

use std::io;
use std::time::Duration;

use ratatui::layout::Size;
use tokio::sync::mpsc;

use crate::console::{Terminal, Typed};
use crate::term::{Guard, GuardError, GuardSettings, Keyboard, stop};

use super::signals::{Signals, Told};

/// How long a stop may take to come after it was asked for. Where nobody could continue the process the system ignores
/// it, and the console is back after this time.
const STOPPING: Duration = Duration::from_millis(200);

/// The local terminal while a console is on it.
#[derive(Debug)]
pub(crate) struct Local {
    // dropped first: what is typed afterwards is the shell's
    keyboard: Keyboard,
    guard: Guard,
    signals: Signals,
}

impl Local {
    /// Takes the terminal over.
    pub(crate) fn enter(settings: GuardSettings) -> Result<Self, GuardError> {
        let guard = Guard::enter(settings)?;
        Ok(Self { keyboard: Keyboard::open()?, guard, signals: Signals::listen()? })
    }
}

impl Terminal for Local {
    async fn next(&mut self) -> Typed {
        tokio::select! {
            told = self.signals.next() => match told {
                Told::End | Told::Interrupted => Typed::End,
                Told::HungUp => Typed::HungUp,
                Told::Resized => Typed::Resized,
                Told::Continued => Typed::Continued,
            },
            bytes = self.keyboard.read() => bytes.map_or(Typed::HungUp, Typed::Bytes),
        }
    }

    fn size(&self) -> Size {
        self.guard.size()
    }

    fn frames(&self) -> mpsc::Sender<Vec<u8>> {
        self.guard.frames()
    }

    fn keys_pushed(&self) {
        self.guard.keys_pushed();
    }

    fn give_back(&self) -> bool {
        self.guard.give_back();
        true
    }

    async fn stop(&mut self) {
        if stop().is_ok() {
            let continued = async { while self.signals.next().await != Told::Continued {} };
            let _ = tokio::time::timeout(STOPPING, continued).await;
        }
    }

    fn take_over(&self) -> io::Result<()> {
        self.guard.take_over()
    }
}
