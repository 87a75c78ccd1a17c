//! The console on the local terminal: composes the link, the sound engine, the model and the screen.

mod end;
mod feed;
mod run;
mod signals;
mod upstream;

use std::fs::File;

use tokio::sync::mpsc;

use crate::client::{Link, LinkEvent};
use crate::term::{Caps, Guard, GuardError, GuardSettings, Keyboard, LOCAL_INTERVAL, Modes, Pacer, Screen};
use crate::tui::{self, Model, Setup, Symbols};

pub(crate) use end::End;

/// What a console is made of.
#[derive(Debug)]
pub(crate) struct Console {
    /// A link that is connected; its [`LinkEvent::Connected`] has been taken out of the events.
    pub(crate) link: Link,
    /// What it will say, the welcome first.
    pub(crate) events: mpsc::Receiver<LinkEvent>,
    /// Room, language, theme, keys. Depth, symbols and key releases come from the terminal, which can only have less.
    pub(crate) setup: Setup,
    /// Where standard error goes while the screen is up; `None` is nowhere.
    pub(crate) log: Option<File>,
}

/// Sits in a meeting until the person leaves, the link ends, the process is told to end, or `shutdown` completes. The
/// terminal is as before by then. Run it in `block_on`: a panic gives the terminal back on this thread only.
///
/// # Errors
/// There is no terminal, or it can't be taken over.
pub(crate) async fn run(console: Console, shutdown: impl Future<Output = ()>) -> Result<End, GuardError> {
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    let Console { link, events, setup, log } = console;
    let modes = Modes { title: Some(format!("palco {}", setup.room)), mouse: true };
    let guard = Guard::enter(GuardSettings { modes, log })?;
    let keyboard = Keyboard::open()?;
    let signals = signals::Signals::listen()?;
    let screen = Screen::new(guard.size(), caps.depth, Pacer::new(LOCAL_INTERVAL), guard.frames());
    let model = Model::new(fit(setup, &caps));
    let upstream = upstream::Upstream::new(link);
    let mut seat = run::Seat::new(model, upstream, events, screen, guard, keyboard, signals);
    let end = seat.sit(shutdown).await;
    seat.leave().await;
    Ok(end)
}

/// The set-up, cut down to what the terminal can show.
fn fit(setup: Setup, caps: &Caps) -> Setup {
    let depth = match caps.depth {
        crate::term::Depth::None => tui::Depth::None,
        crate::term::Depth::Ansi16 => tui::Depth::Ansi16,
        crate::term::Depth::Ansi256 => tui::Depth::Ansi256,
        crate::term::Depth::True => tui::Depth::True,
    };
    let symbols = if caps.unicode { setup.symbols } else { Symbols::Ascii };
    Setup { depth: depth.min(setup.depth), symbols, key_releases: false, ..setup }
}
