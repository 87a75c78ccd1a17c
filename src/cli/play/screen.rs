//! A recording on the local terminal.

use crate::cli::console::Local;
use crate::cli::context::Context;
use crate::cli::output::Failure;
use crate::console::{self, Terminal as _};
use crate::meeting::Millis;
use crate::playback::Loaded;
use crate::term::{Caps, GuardSettings, LOCAL_INTERVAL, Modes, Pacer, Screen};
use crate::tui::{Player, Setup};

use super::{PlayArgs, Stopped, deck};

/// Plays until the person ends it.
pub(super) async fn run(
    context: &Context,
    args: &PlayArgs,
    loaded: Loaded,
    setup: Setup,
    at: Millis,
) -> Result<Stopped, Failure> {
    let title = Some(format!("palco {}", loaded.name));
    let modes = Modes { title, mouse: false, steady: setup.reduced_motion };
    let mut local = Local::enter(GuardSettings { modes, log: None }).map_err(Failure::usage)?;
    let depth = Caps::from_env(&|name| std::env::var(name).ok()).depth;
    let mut screen = Screen::new(local.size(), depth, Pacer::new(LOCAL_INTERVAL), local.frames());
    // after the terminal: sound libraries write to standard error
    let deck = deck(context, args, loaded.reel)?;
    let mut player = Player::new(setup, loaded.tape, loaded.name);
    let begin = player.begin(at, args.speed, args.skip_silence);
    let never = std::future::pending();
    let player = console::play(player, (&mut local, &mut screen), &deck, begin, never).await;
    Ok(Stopped { position: player.position(), length: player.length() })
}
