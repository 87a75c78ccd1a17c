//! A console on a channel: the rooms to choose from, then the meeting.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;
use russh::ChannelWriteHalf;
use russh::server::Msg;

use crate::console::{self, End, Far, Forgetful, Near, Themes, Upstream, choose, fit};
use crate::meeting::{Millis, ParticipantId, Terms};
use crate::server::{InnerSeat, Rooms};
use crate::term::{Caps, Modes, Notify, PROBE, Pacer, Screen};
use crate::tui::{Go, Language, Setup, Start, Theme};
use crate::wire::{Hello, OpenRequest, Refusal, Secret};

use super::entry::{Purpose, enter, hello};
use super::lent::Lender;
use super::link::InnerLink;
use super::lobby::Here;
use super::request::Request;
use super::sound::Borrowed;
use super::stream::{Listeners, complain, end};
use super::tty::{Tty, Writer, say};
use super::words::Place;

/// The most frames a second over SSH: 10.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long a meeting is planned that is opened in the lobby, as with `palco host`.
const LENGTH: Millis = Millis::from_mins(60);

/// Who is at the other end of a connection, and how they reached it.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) who: ParticipantId,
    /// The name they logged in with.
    pub(super) user: String,
    /// Whether they have shown a key; who has not is somebody else the next time.
    pub(super) has_key: bool,
    /// Where they found the server.
    pub(super) at: SocketAddr,
    /// Where they come from.
    pub(super) from: IpAddr,
    /// What opens doors for them.
    pub(super) keys: Keys,
}

impl Guest {
    /// Where the server's websockets are, as `palco audio` takes it: by the name of a certificate or with a pin, else at
    /// the address that this client came to, since SSH does not tell the name.
    pub(super) fn server(&self, house: &House) -> String {
        let here = || SocketAddr::new(self.at.ip(), house.websockets).to_string();
        house.websockets_at.clone().unwrap_or_else(here)
    }
}

/// What opens a door, as the environment has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    pub(super) passcode: Option<Secret>,
    pub(super) invite: Option<Secret>,
}

/// What all seats over SSH share.
#[derive(Debug)]
pub(super) struct House {
    pub(super) rooms: Rooms,
    pub(super) utc_offset_secs: i32,
    pub(super) websockets: u16,
    pub(super) websockets_at: Option<String>,
    pub(super) listeners: Listeners,
    pub(super) login_grace: Duration,
}

/// Whether a client still takes in what it is sent; if not, its connection is not kept.
pub(super) type Keeps = bool;

/// How a seat ended: what it leaves on the normal screen, and its exit status.
type Outcome = (String, u32);

/// Serves a console until its person leaves. Without a `place` they choose one first.
pub(super) async fn run(
    house: Arc<House>,
    guest: Guest,
    (request, lender): (Request, Lender),
    place: Option<Place>,
) -> Keeps {
    let caps = request.caps();
    let Request { read, write, size, place: _held, .. } = request;
    let language = Language::from_locale(caps.language.as_deref().unwrap_or_default());
    let Some(size) = size.filter(|_| !caps.dumb) else {
        complain(&write, &no_terminal(&guest, place.as_ref())).await;
        end(&write, 2).await;
        return true;
    };
    let modes = Modes { title: Some("palco".to_owned()), mouse: true, steady: false };
    let (tty, writer) = Tty::enter((read, write), size, modes);
    let console = Console { house, guest, caps, language, lender };
    let (line, status) = console.run(tty, size, place).await;
    leave(writer, line, status).await
}

async fn leave(writer: Writer, line: String, status: u32) -> Keeps {
    // A client that takes nothing in has nobody to tell.
    let Ok(Some(write)) = writer.await else {
        return false;
    };
    finish(&write, format!("{line}\r\n"), status).await;
    true
}

/// Says the last words on a channel and closes it.
pub(super) async fn finish(write: &ChannelWriteHalf<Msg>, text: String, status: u32) {
    if text.is_empty() || say(write, text.into_bytes()).await.is_some() {
        end(write, status).await;
    }
}

fn no_terminal(guest: &Guest, place: Option<&Place>) -> String {
    let room = place.map_or(String::new(), |p| format!(" {}", p.room));
    format!(
        "palco: the console needs a terminal that can be drawn on; write: ssh -t -p {} HOST{room}\n",
        guest.at.port()
    )
}

struct Console {
    house: Arc<House>,
    guest: Guest,
    caps: Caps,
    language: Language,
    /// Whose sound it may be.
    lender: Lender,
}

impl Console {
    async fn run(self, mut tty: Tty, size: Size, place: Option<Place>) -> Outcome {
        use console::Terminal as _;
        let mut screen = Screen::new(size, self.caps.depth, Pacer::new(INTERVAL), tty.frames());
        let mut wrong = None;
        let (hello, seat) = match place {
            Some(place) => match self.enter(place, None).await {
                Ok(entered) => entered,
                Err(why) => return self.refused(&why),
            },
            None => loop {
                let (room, title) = match self.choose(&mut tty, &mut screen, wrong.take()).await {
                    Go::Join(room) => (room, None),
                    Go::Host(room) => (room.clone(), Some(room)),
                    Go::Demo | Go::Quit => return (String::new(), 0),
                };
                let place = Place { room: room.to_ascii_lowercase(), ..Place::default() };
                match self.enter(place, title).await {
                    Ok(entered) => break entered,
                    Err(why) => wrong = Some(self.language.refusal(why.code(), &why.to_string())),
                }
            },
        };
        // Whatever was there is not of this meeting, and the answers about the terminal went to the lobby.
        screen.resize(tty.size());
        screen.repaint();
        screen.control(PROBE);
        self.sit(tty, screen, hello, seat).await
    }

    /// Shows the rooms until one is chosen.
    async fn choose(&self, tty: &mut Tty, screen: &mut Screen, wrong: Option<String>) -> Go {
        let mut start = Start::lobby(fit(self.setup(""), &self.caps));
        if let Some(wrong) = wrong {
            start.complain(&wrong);
        }
        let here = Here { rooms: self.house.rooms.clone() };
        tokio::select! {
            go = choose(start, (tty, screen), &here) => go,
            () = self.house.rooms.stopped() => Go::Quit,
        }
    }

    async fn sit(&self, tty: Tty, screen: Screen, hello: Hello, seat: InnerSeat) -> Outcome {
        let setup = fit(self.setup(&hello.room), &self.caps);
        let (ears, voice) = Borrowed::new(self.lender.clone(), self.language);
        let link = InnerLink::new(self.house.rooms.clone(), seat, hello, self.guest.from).with_voice(voice);
        let far = Far { upstream: Upstream::new(link), ears, habits: Box::new(Forgetful) };
        let themes = Themes(Box::new(|name| {
            Theme::named(name)
                .ok_or_else(|| format!("there is no theme “{name}”; choose {}", Theme::NAMES.join(", ")))
        }));
        let near = Near { terminal: tty, screen, themes, notify: Notify::Bell };
        let (end, language) = console::sit(setup, far, near, std::future::pending()).await;
        let status = match &end {
            End::Ended { code, .. } if code != "left" => 1,
            _ => 0,
        };
        (end.line(language), status)
    }

    /// Takes a seat in a room, and opens a meeting there under a `title` if none is open.
    async fn enter(&self, place: Place, title: Option<String>) -> Result<(Hello, InnerSeat), Refusal> {
        let mut hello = hello(&self.house, &self.guest, place, Purpose::Console).await?;
        hello.open = title.map(|title| OpenRequest {
            title,
            length: LENGTH,
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Terms::default(),
        });
        let seat = enter(&self.house, &self.guest, &hello).await?;
        Ok((hello, seat))
    }

    fn refused(&self, why: &Refusal) -> Outcome {
        (self.language.refusal(why.code(), &why.to_string()), 1)
    }

    fn setup(&self, room: &str) -> Setup {
        let Guest { at, .. } = &self.guest;
        let ssh = |words: &str| format!("ssh {words}-p {} {}", at.port(), at.ip());
        Setup {
            room: room.to_owned(),
            join_line: Some(format!("{} {room}", ssh("-t "))),
            server: self.guest.server(&self.house),
            ssh: Some(ssh("")),
            language: self.language,
            mouse: true,
            untried_mic: true,
            utc_offset_secs: self.house.utc_offset_secs,
            ..Setup::default()
        }
    }
}
