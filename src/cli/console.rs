//! The console on the local terminal: composes the link, the sound engine, the model and the screen.

mod end;
mod far;
mod hearing;
mod keep;
pub(super) mod plain;
mod run;
mod signals;
mod upstream;

use std::fs::File;

use tokio::sync::mpsc;

use crate::client::sound::SoundConfig;
use crate::client::{Link, LinkEvent};
use crate::term::{
    Caps, Guard, GuardError, GuardSettings, Keyboard, LOCAL_INTERVAL, Modes, Notify, Pacer, Screen,
};
use crate::tui::{self, Language, Model, Setup, Symbols, Theme};

use super::output::{Failure, print};
use super::zone::utc_offset_secs;
use end::End;
use far::Far;
use hearing::Hearing;
pub(crate) use keep::{Keep, volumes};
use run::{Local, Seat};
pub(crate) use signals::{Signals, Told};
use upstream::Upstream;

/// Reads a theme by its name, or says why it can't.
type ReadTheme = dyn Fn(&str) -> Result<Theme, String> + Send + Sync;

/// The themes that there are.
pub(crate) struct Themes(pub(crate) Box<ReadTheme>);

impl std::fmt::Debug for Themes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Themes")
    }
}

/// What a console is made of.
#[derive(Debug)]
pub(crate) struct Console {
    /// A link that is connected; its [`LinkEvent::Connected`] has been taken out of the events.
    pub(crate) link: Link,
    /// What it will say, the welcome first.
    pub(crate) events: mpsc::Receiver<LinkEvent>,
    /// Room, language, theme, keys. Depth, symbols and key releases come from the terminal, which can only have less.
    pub(crate) setup: Setup,
    /// Microphone and speaker.
    pub(crate) sound: SoundConfig,
    /// Whether the link has a feed, so that levels come with the sound and not as signals.
    pub(crate) hears: bool,
    /// What is kept for the next time.
    pub(crate) keep: Keep,
    /// For choosing another theme while it runs.
    pub(crate) themes: Themes,
    /// Where standard error goes while the screen is up; `None` is nowhere.
    pub(crate) log: Option<File>,
    /// How the terminal tells that time runs out.
    pub(crate) notify: Notify,
}

/// Sits in a meeting until the person leaves, the link ends, the process is told to end, or `shutdown` completes. Then
/// the terminal is as it was, and a line on it says why.
///
/// Run it in `block_on`: a panic gives the terminal back on this thread only.
///
/// # Errors
/// There is no terminal, or the server ended the link for good.
pub(crate) async fn run(console: Console, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
    let seat = take_seat(console).map_err(Failure::usage)?;
    let (end, language) = seat.sit(shutdown).await;
    finish(end, language)
}

fn take_seat(console: Console) -> Result<Seat, GuardError> {
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    let Console { link, events, setup, sound, hears, keep, themes, log, notify } = console;
    let title = Some(format!("palco {}", setup.room));
    let modes = Modes { title, mouse: setup.mouse, steady: setup.reduced_motion };
    let guard = Guard::enter(GuardSettings { modes, log })?;
    let screen = Screen::new(guard.size(), caps.depth, Pacer::new(LOCAL_INTERVAL), guard.frames());
    let (keyboard, signals) = (Keyboard::open()?, Signals::listen()?);
    // after the guard: sound libraries write to standard error
    let hearing = Hearing::start(sound, link.clone(), hears, setup.language);
    let far = Far { upstream: Upstream::new(link), events, hearing, keep };
    let local = Local { guard, screen, keyboard, signals, themes, notify };
    Ok(Seat::new(Model::new(fit(setup, &caps)), far, local))
}

fn finish(end: End, language: Language) -> Result<(), Failure> {
    match end {
        End::HungUp => Ok(()),
        End::Ended { code, text } if code != "left" => {
            let text = language.own_refusal(&code).map_or(text, str::to_owned);
            Err(Failure::refused(code, text))
        }
        end => print(&end.line(language)),
    }
}

/// The set-up, cut down to what the terminal can show.
pub(crate) fn fit(setup: Setup, caps: &Caps) -> Setup {
    let depth = match caps.depth {
        crate::term::Depth::None => tui::Depth::None,
        crate::term::Depth::Ansi16 => tui::Depth::Ansi16,
        crate::term::Depth::Ansi256 => tui::Depth::Ansi256,
        crate::term::Depth::True => tui::Depth::True,
    };
    let symbols = if caps.unicode { setup.symbols } else { Symbols::Ascii };
    Setup {
        depth: depth.min(setup.depth),
        symbols,
        key_releases: false,
        utc_offset_secs: utc_offset_secs(),
        ..setup
    }
}
