//! The plain console on standard input and output: lines, and commands typed as words.

mod seat;
mod typing;
mod voice;

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _};

use crate::cli::output::{Failure, Status};
use crate::term::{Aside, Caps, Keyboard, LineMode, Printer};
use crate::tui::{Plain, Trouble};

use super::signals::Signals;
use super::{Console, far, finish, fit};
use seat::{Near, Seat};
use typing::Typing;
use voice::Voice;

/// Sits in a meeting without a screen until the person leaves, the link ends, the process is told to end, `shutdown`
/// completes, or a script's input has ended and what it says is done.
///
/// `by_itself` when nobody asked for it to be plain: it says why then.
///
/// # Errors
/// Something that a script typed did not work, or the server ended the link for good.
pub(crate) async fn run(
    console: Console,
    by_itself: bool,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let language = console.setup.language;
    let refused = |e: io::Error| Failure::refused("plain", format!("lines cannot be read and printed ({e})"));
    // until the last line: sound libraries write to standard error
    let aside = begin_aside(console.log.as_ref()).map_err(refused)?;
    let seat = take_seat(console).map_err(refused)?;
    let first = by_itself.then(|| Plain::by_itself(language).to_owned());
    let (end, language, trouble) = seat.sit(first.as_slice(), shutdown).await;
    drop(aside);
    finish(end, language)?;
    trouble.map_or(Ok(()), |trouble| Err(failure(trouble)))
}

fn begin_aside(log: Option<&File>) -> io::Result<Option<Aside>> {
    match log {
        Some(log) => Aside::begin(log),
        None => Aside::begin(&OpenOptions::new().write(true).open("/dev/null")?),
    }
}

fn take_seat(console: Console) -> io::Result<Seat> {
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    let Console { link, events, setup, sound, hears, keep, notify, .. } = console;
    let (person, screen) = (io::stdin().is_terminal(), io::stdout().is_terminal());
    let edits = person && screen && !caps.dumb;
    let language = setup.language;
    let mode = if edits { Some(LineMode::enter()?) } else { None };
    let near = Near {
        typing: Typing::new(Keyboard::open()?, mode),
        voice: Voice::new(Printer::start()?, edits, screen, notify, language),
        signals: Signals::listen()?,
        person,
    };
    let far = far(link, events, &setup, (sound, hears), keep);
    Ok(Seat::new(Plain::new(fit(setup, &caps), person), far, near))
}

/// What a script typed and did not work, as `palco ctl` ends with it.
fn failure(trouble: Trouble) -> Failure {
    let status = if trouble.is_usage { Status::Usage } else { Status::Refused };
    Failure { status, code: trouble.code, text: trouble.text }
}
