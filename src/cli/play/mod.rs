//! `palco play`.

mod cast;
mod outlet;
mod plain;
mod screen;
mod write;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::device::{DeviceChoice, Direction};
use crate::meeting::Millis;
use crate::playback::{Deck, Loaded};
use crate::replay::Order;
use crate::tui::{Player, Setup, Symbols};

use super::args::LookArgs;
use super::console::fit;
use super::context::Context;
use super::kept::{self, Which};
use super::output::Failure;
use super::place::told_to_stop;
use crate::term::Caps;
use outlet::Speakers;

/// `palco play`.
#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// A meeting that this machine keeps (monday: the latest, monday#28), or an Ogg Opus file
    #[arg(value_name = "ROOM[#N]|FILE")]
    what: String,
    /// Where the server keeps its meetings [default: palco's data directory]
    #[arg(long, value_name = "DIR", env = "PALCO_DATA", hide_env_values = true)]
    data: Option<PathBuf>,
    /// Where to begin: 1:02:03, 90 [default: where you stopped]
    #[arg(long, value_name = "TIME", value_parser = position)]
    at: Option<Millis>,
    /// How many times as fast: 0.75, 1, 1.25, 1.5, 1.75 or 2; the pitch stays
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = speed)]
    speed: f64,
    /// Leave out silence
    #[arg(long)]
    skip_silence: bool,
    /// Speaker: default, none, or what `palco devices` prints
    #[arg(long, value_name = "ID", env = "PALCO_SPEAKER", hide_env_values = true)]
    speaker: Option<String>,
    /// No screen and no lines: the sound alone, until it ends or Ctrl-C
    #[arg(long, conflicts_with_all = ["output", "cast", "plain"])]
    audio_only: bool,
    /// Write the sound into this file instead of playing it; - is standard output. Ogg Opus, or WAV when it ends in .wav
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["cast", "speed", "skip_silence", "plain"])]
    output: Option<PathBuf>,
    /// Write the screen as asciicast v3 into this file, faster than it goes by; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["speed", "skip_silence", "plain"])]
    cast: Option<PathBuf>,
    /// How large the screen of --cast is
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "80x24", value_parser = size, requires = "cast")]
    size: (u16, u16),
    #[command(flatten)]
    look: LookArgs,
}

/// Plays a recording.
pub(super) async fn run(context: &Context, args: &PlayArgs) -> Result<(), Failure> {
    let loaded = load(context, args)?;
    if let Some(to) = &args.output {
        return write::run(loaded, args.at.unwrap_or(Millis::ZERO), to);
    }
    let look = context.look(&args.look)?;
    let symbols = if look.ascii { Symbols::Ascii } else { Symbols::Unicode };
    let setup = Setup {
        room: room(&loaded.name),
        language: look.language,
        theme: look.theme,
        symbols,
        reduced_motion: look.reduced_motion,
        ..Setup::default()
    };
    if let Some(to) = &args.cast {
        return cast::run(loaded, setup, args.at.unwrap_or(Millis::ZERO), args.size, to.clone()).await;
    }
    let key = loaded.key.clone();
    let at = args.at.or_else(|| context.memory.played(&key).map(Millis)).unwrap_or(Millis::ZERO);
    let stopped = if args.audio_only {
        sound_alone(context, args, loaded, at).await?
    } else if look.plain || !super::start::is_shown() {
        plain::run(context, args, loaded, setup, at).await?
    } else {
        let caps = Caps::from_env(&|name| std::env::var(name).ok());
        screen::run(context, args, loaded, fit(setup, &caps), at).await?
    };
    keep(context, &key, stopped);
    Ok(())
}

/// Where somebody stopped, and how long the recording is.
#[derive(Clone, Copy, Debug)]
struct Stopped {
    position: Millis,
    length: Millis,
}

/// Keeps where somebody stopped; who came to the end begins at the start again. What cannot be written is told to the log
/// alone.
fn keep(context: &Context, key: &str, stopped: Stopped) {
    let position = Some(stopped.position).filter(|at| at.plus(Millis::from_secs(5)) < stopped.length);
    let kept = crate::config::Memory::update(&context.paths.memory(), |memory| {
        memory.set_played(key.to_owned(), position.map(|at| at.0));
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "where it stopped is not remembered");
    }
}

fn load(context: &Context, args: &PlayArgs) -> Result<Loaded, Failure> {
    let file = Path::new(&args.what);
    let cannot = |e| Failure::refused("recording", e);
    match args.what.parse::<Which>() {
        Ok(which) if !file.is_file() => {
            let library = kept::open(context, args.data.as_ref())?;
            let meeting = kept::find(&library, &which)?;
            Loaded::meeting(&library, &meeting).map_err(cannot)
        }
        Err(why) if !args.what.contains(['/', '.']) && !file.exists() => Err(Failure::usage(why)),
        _ => Loaded::file(file).map_err(cannot),
    }
}

/// The room's name in `monday#28`; a file has none.
fn room(name: &str) -> String {
    name.split_once('#').map_or("", |(room, _)| room).to_owned()
}

/// Puts the sound on.
fn deck(context: &Context, args: &PlayArgs, reel: crate::playback::Reel) -> Result<Deck, Failure> {
    let choice: DeviceChoice = context.device(Direction::Playback, args.speaker.as_ref());
    Deck::start(reel, move || Speakers::new(choice))
        .map_err(|e| Failure::refused("threads", format!("the system gives no threads ({e})")))
}

async fn sound_alone(
    context: &Context,
    args: &PlayArgs,
    loaded: Loaded,
    at: Millis,
) -> Result<Stopped, Failure> {
    let length = loaded.tape.length();
    let deck = deck(context, args, loaded.reel)?;
    for order in Order::begin(at, args.speed, args.skip_silence) {
        deck.order(order);
    }
    let mut playing = deck.playing();
    let mut complained = false;
    let end = async {
        loop {
            let now = playing.borrow_and_update().clone();
            if let Some(why) = now.silent.filter(|_| !std::mem::replace(&mut complained, true)) {
                super::output::complain(&format!("palco: nothing is heard: {why}"));
            }
            if now.has_ended || playing.changed().await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = end => {}
        () = told_to_stop() => {}
    }
    let position = deck.playing().borrow().position;
    Ok(Stopped { position, length })
}

/// Reads `1:02:03`, `02:03.5`, `90`.
fn position(text: &str) -> Result<Millis, String> {
    crate::replay::position(text).ok_or_else(|| "write a time such as 1:02:03, 12:30 or 90".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| Player::SPEEDS.contains(speed));
    speed.ok_or_else(|| "choose 0.75, 1, 1.25, 1.5, 1.75 or 2".to_owned())
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let read = |n: &str| n.parse::<u16>().ok().filter(|n| (10..=500).contains(n));
    let size = text.split_once('x').and_then(|(columns, rows)| Some((read(columns)?, read(rows)?)));
    size.ok_or_else(|| "write a size such as 80x24, 10 to 500 each".to_owned())
}
