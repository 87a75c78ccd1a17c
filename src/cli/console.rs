//! The console on the local terminal: composes the link, the sound engine, the model and the screen.

mod hearing;
mod keep;
mod local;
pub(super) mod plain;
mod signals;
mod tuning;
mod wire;

use std::fs::File;

use tokio::sync::mpsc;

use crate::client::sound::SoundConfig;
use crate::client::{Link, LinkEvent};
use crate::console::{self, End, Near, Themes, Upstream};
use crate::term::{Caps, GuardError, GuardSettings, LOCAL_INTERVAL, Modes, Notify, Pacer, Screen};
use crate::tui::{Language, Setup};

use super::output::{Failure, print};
use super::zone::utc_offset_secs;
pub(crate) use hearing::Hearing;
pub(crate) use keep::{Keep, volumes};
pub(crate) use local::Local;
pub(crate) use tuning::Tuning;
pub(crate) use wire::Wire;

/// The ends towards the meeting of a console on this machine.
type Far = console::Far<Wire, Hearing>;

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
    let (setup, far, near) = take_seat(console).map_err(Failure::usage)?;
    let (end, language) = console::sit(setup, far, near, shutdown).await;
    finish(end, language)
}

fn take_seat(console: Console) -> Result<(Setup, Far, Near<Local>), GuardError> {
    use console::Terminal as _;
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    let Console { link, events, setup, sound, hears, keep, themes, log, notify } = console;
    let title = Some(format!("palco {}", setup.room));
    let modes = Modes { title, mouse: setup.mouse, steady: setup.reduced_motion };
    let terminal = Local::enter(GuardSettings { modes, log })?;
    let screen = Screen::new(terminal.size(), caps.depth, Pacer::new(LOCAL_INTERVAL), terminal.frames());
    // after the terminal: sound libraries write to standard error
    let far = far(link, events, &setup, (sound, hears), keep);
    Ok((fit(setup, &caps), far, Near { terminal, screen, themes, notify }))
}

fn far(
    link: Link,
    events: mpsc::Receiver<LinkEvent>,
    setup: &Setup,
    (sound, hears): (SoundConfig, bool),
    keep: Keep,
) -> Far {
    let tuning = Tuning::new(link.clone(), setup.feed);
    let ears = Hearing::start(sound, tuning, hears, setup.language);
    Far { upstream: Upstream::new(Wire { link, events }), ears, habits: Box::new(keep) }
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

/// The set-up, cut down to what the local terminal can show, with the local time of day.
pub(crate) fn fit(setup: Setup, caps: &Caps) -> Setup {
    Setup { utc_offset_secs: utc_offset_secs(), ..console::fit(setup, caps) }
}
