//! A recording without a screen: a line for each happening.

use crate::cli::context::Context;
use crate::cli::output::{Failure, say};
use crate::cli::place::told_to_stop;
use crate::meeting::Millis;
use crate::playback::Loaded;
use crate::tui::{PlainPlayer, Setup};

use super::{PlayArgs, Stopped, deck};

/// Plays to the end, or until told to stop.
pub(super) async fn run(
    context: &Context,
    args: &PlayArgs,
    loaded: Loaded,
    setup: Setup,
    at: Millis,
) -> Result<Stopped, Failure> {
    let length = loaded.tape.length();
    let deck = deck(context, args, loaded.reel)?;
    let mut player = PlainPlayer::new(setup, loaded.tape, loaded.name);
    for order in player.begin(at, args.speed, args.skip_silence) {
        deck.order(order);
    }
    let mut playing = deck.playing();
    let stop = told_to_stop();
    tokio::pin!(stop);
    loop {
        for line in player.lines() {
            if say(&line).is_err() {
                // Whoever read it is gone.
                return Ok(Stopped { position: player.position(), length });
            }
        }
        if player.has_ended() {
            break;
        }
        tokio::select! {
            changed = playing.changed() => match changed {
                Ok(()) => player.hear(playing.borrow_and_update().clone()),
                Err(_) => break,
            },
            () = &mut stop => break,
        }
    }
    Ok(Stopped { position: player.position(), length })
}
