//! `palco` alone: the last rooms, what goes on there, and what to press.

use std::io::IsTerminal as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::client::{KnownServers, NoNotice, RoomUrl, notice};
use crate::console::{self, Answer, Asker, Terminal as _};
use crate::term::{Caps, GuardSettings, LOCAL_INTERVAL, Modes, Pacer, Screen};
use crate::tui::{Go, KnownRoom, RoomState, Setup, Start, Symbols};

use super::args::LookArgs;
use super::console::{Local, fit};
use super::context::Context;
use super::output::{Failure, print};

/// How often the servers are asked again while somebody looks: a meeting that begins is seen soon, and nobody minds.
const AGAIN: Duration = Duration::from_secs(15);

/// Whether there is a terminal to show it on.
pub(super) fn is_shown() -> bool {
    let dumb = Caps::from_env(&|name| std::env::var(name).ok()).dumb;
    !dumb && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Prints the rooms and what to type; tells whether there were any.
pub(super) async fn list(context: &Context) -> Result<bool, Failure> {
    let mut start = start(context)?;
    let rooms = rooms(context);
    let known = context.known();
    let answer = |url: String| async { (url.clone(), ask(url, known.clone()).await) };
    let mut asked: FuturesUnordered<_> = rooms.iter().map(|room| answer(room.url.clone())).collect();
    while let Some((url, state)) = asked.next().await {
        start.tell(&url, &state);
    }
    if !rooms.is_empty() {
        print(&start.lines().join("\n"))?;
    }
    Ok(!rooms.is_empty())
}

/// Shows the rooms until somebody chooses what to do.
pub(super) async fn choose(context: &Context) -> Result<Go, Failure> {
    let modes = Modes { title: Some("palco".to_owned()), mouse: false, steady: false };
    let mut local = Local::enter(GuardSettings { modes, log: None }).map_err(Failure::usage)?;
    let depth = Caps::from_env(&|name| std::env::var(name).ok()).depth;
    let mut screen = Screen::new(local.size(), depth, Pacer::new(LOCAL_INTERVAL), local.frames());
    let servers = Servers { known: context.known() };
    let chosen = console::choose(start(context)?, (&mut local, &mut screen), &servers).await;
    Ok(chosen.unwrap_or(Go::Quit))
}

fn start(context: &Context) -> Result<Start, Failure> {
    let look = context.look(&LookArgs::default())?;
    let symbols = if look.ascii { Symbols::Ascii } else { Symbols::Unicode };
    let setup = Setup { language: look.language, theme: look.theme, symbols, ..Setup::default() };
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    Ok(Start::new(fit(setup, &caps), rooms(context)))
}

/// The rooms that are remembered, as far as their addresses can be read.
fn rooms(context: &Context) -> Vec<KnownRoom> {
    let known = |room: &crate::config::Room| {
        let url: RoomUrl = room.url.parse().ok()?;
        Some(KnownRoom {
            url: url.to_string(),
            name: url.room().to_owned(),
            title: room.title.clone(),
            own: room.own,
            state: RoomState::Asked,
        })
    };
    context.memory.rooms.iter().filter_map(known).collect()
}

/// Asks a room's server what goes on there; one that is not the one it was is told nothing.
async fn ask(address: String, known: KnownServers) -> RoomState {
    let asked = match address.parse::<RoomUrl>().map(|url| (known.pin(&url), url)) {
        Ok((Ok(Some(pin)), url)) if url.is_tls() => notice(&url.with_known(pin)).await,
        Ok((Ok(_), url)) => notice(&url).await,
        Ok((Err(_), _)) | Err(_) => Err(NoNotice::Unreachable),
    };
    match asked {
        Ok(Some(notice)) => RoomState::Meeting(notice),
        Ok(None) => RoomState::Nothing,
        Err(_) => RoomState::Unreachable,
    }
}

/// The servers of the rooms that are remembered.
struct Servers {
    known: KnownServers,
}

impl Asker for Servers {
    fn ask(&self, address: &str) -> Answer {
        Box::pin(ask(address.to_owned(), self.known.clone()))
    }

    fn again(&self) -> Duration {
        AGAIN
    }

    fn check(&self, go: &Go) -> Result<(), String> {
        let wrong = match go {
            Go::Join(address) => address.parse::<RoomUrl>().err(),
            Go::Host(room) => RoomUrl::new("localhost", 1, room).err(),
            Go::Demo | Go::Quit => None,
        };
        wrong.map_or(Ok(()), |why| Err(why.to_string()))
    }
}
