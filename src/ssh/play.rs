//! `play`: a recording of a room, on a terminal as the console was, or its sound on standard output.

use std::sync::Arc;

use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, server::Msg};
use tokio::task::spawn_blocking;

use crate::console::{self, Terminal as _, fit};
use crate::library::Library;
use crate::meeting::Millis;
use crate::playback::{Deck, Loaded, Pages, Silent};
use crate::term::{Modes, Pacer, Screen};
use crate::tui::{Language, Player, Setup};

use super::entry::{look, told_how};
use super::request::Request;
use super::seat::{Guest, House, INTERVAL, Keeps, finish};
use super::stream::{complain, end};
use super::tty::{Plain, Tty};

/// Which recording, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) room: String,
    pub(super) number: Option<u32>,
    pub(super) at: Millis,
    /// Whether its sound is wanted and nothing else.
    pub(super) sound: bool,
}

impl Wanted {
    fn name(&self) -> String {
        self.number.map_or_else(|| self.room.clone(), |number| format!("{}#{number}", self.room))
    }
}

/// Plays until the person ends it, or the sound is written.
pub(super) async fn run(house: Arc<House>, guest: Guest, request: Request, wanted: Wanted) -> Keeps {
    let caps = request.caps();
    let Request { read, write, size, place: _held, .. } = request;
    let loaded = match load(&house, &guest, &wanted).await {
        Ok(loaded) => loaded,
        Err(why) => {
            complain(&write, &format!("palco: {why}\n")).await;
            end(&write, 1).await;
            return true;
        }
    };
    let language = Language::from_locale(caps.language.as_deref().unwrap_or_default());
    match size.filter(|_| !wanted.sound) {
        Some(_) if caps.dumb => {
            let text = "palco: this terminal cannot be drawn on; leave out -t and write: ssh … play ROOM | mpv -\r\n";
            complain(&write, text).await;
            end(&write, 2).await;
            true
        }
        Some(size) => {
            let setup = Setup {
                room: wanted.room.clone(),
                language,
                utc_offset_secs: house.utc_offset_secs,
                ..Setup::default()
            };
            let how = format!("ssh -p {} {} play '{}' | mpv -", guest.at.port(), guest.at.ip(), loaded.name);
            let terminal = Plain { read, write, size };
            show(terminal, (loaded, fit(setup, &caps)), (wanted.at, how), caps.depth).await
        }
        None if size.is_some() => {
            let text =
                "palco: sound is not for a terminal; leave out -t and write: ssh … play ROOM | mpv -\r\n";
            complain(&write, text).await;
            end(&write, 2).await;
            true
        }
        None => sound((read, write), loaded, wanted.at).await,
    }
}

/// Loads what somebody may hear.
async fn load(house: &House, guest: &Guest, wanted: &Wanted) -> Result<Loaded, String> {
    let look = look(guest, wanted.room.clone());
    let may = house.rooms.may_hear((guest.who, guest.has_key), &look, guest.from).await;
    may.map_err(|why| told_how(&why, guest, &wanted.room))?;
    let data = house.rooms.folder().ok_or("this server keeps nothing")?;
    let wanted = wanted.clone();
    let loading = spawn_blocking(move || {
        let library = Library::open(&data).map_err(|e| e.to_string())?;
        let kept = library.find(&wanted.room, wanted.number).map_err(|e| e.to_string())?;
        let kept = kept.ok_or_else(|| format!("there was no meeting {} here", wanted.name()))?;
        Loaded::meeting(&library, &kept).map_err(|e| e.to_string())
    });
    loading.await.map_err(|e| e.to_string())?
}

/// Shows it: where this runs nobody hears, so a clock moves it.
async fn show(
    terminal: Plain,
    (loaded, setup): (Loaded, Setup),
    (at, how): (Millis, String),
    depth: crate::term::Depth,
) -> Keeps {
    let modes = Modes { title: Some(format!("palco {}", loaded.name)), mouse: false, steady: false };
    let (mut tty, writer) = Tty::enter(terminal, modes);
    let mut screen = Screen::new(tty.size(), depth, Pacer::new(INTERVAL), tty.frames());
    let mut player = Player::new(setup, loaded.tape, loaded.name);
    let Ok(deck) = Deck::start(loaded.reel, move || Silent(how)) else { return true };
    let begin = player.begin(at, 1.0, false);
    console::play(player, (&mut tty, &mut screen), &deck, begin, std::future::pending()).await;
    drop(screen);
    // Its thread ends by itself, and nobody here waits for that.
    let _ = spawn_blocking(move || drop(deck)).await;
    match tty.leave(writer).await {
        Some(Plain { write, .. }) => {
            finish(&write, String::new(), 0).await;
            true
        }
        // A client that takes nothing in has nobody to tell.
        None => false,
    }
}

/// Writes the sound as fast as the client takes it. One that stands still, as a player that was paused, is waited for.
async fn sound(
    (mut read, write): (ChannelReadHalf, ChannelWriteHalf<Msg>),
    loaded: Loaded,
    at: Millis,
) -> Keeps {
    let sent = tokio::select! {
        sent = send(&write, loaded, at) => sent,
        () = async { while !matches!(read.wait().await, Some(ChannelMsg::Close) | None) {} } => Ok(()),
    };
    let status = match sent {
        Ok(()) => 0,
        Err(why) => {
            complain(&write, &format!("palco: the recording cannot be read ({why})\n")).await;
            1
        }
    };
    end(&write, status).await;
    true
}

/// Reads page by page: whoever stands still is to hold no thread, of which all meetings have so many in all.
async fn send(write: &ChannelWriteHalf<Msg>, mut loaded: Loaded, at: Millis) -> Result<(), String> {
    let seeking = spawn_blocking(move || {
        let sought = if at > Millis::ZERO { loaded.reel.seek(at) } else { Ok(()) };
        sought.map(|()| Pages::new(loaded.reel, rand::random(), &loaded.name))
    });
    let mut pages = seeking.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    loop {
        let reading = spawn_blocking(move || (pages.read(), pages));
        let (some, rest) = reading.await.map_err(|e| e.to_string())?;
        pages = rest;
        let Some(some) = some else { return Ok(()) };
        if write.data_bytes(some).await.is_err() {
            // The client is gone, and content.
            return Ok(());
        }
    }
}
