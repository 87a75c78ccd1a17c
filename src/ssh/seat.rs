//! A console on a channel: the rooms to choose from, then the meeting.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

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
use super::stream::{Listeners, complain, end, lines};
use super::tty::{Plain, Tty, Writer, say};
use super::words::Place;

/// The most frames a second over SSH: 10.
pub(super) const INTERVAL: Duration = Duration::from_millis(100);

/// How long a meeting is planned that is opened in the lobby, as with `palco host`.
const LENGTH: Millis = Millis::from_mins(60);

/// Who is at the other end of a connection, and how they reached it.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub(super) who: ParticipantId,
    /// The name they logged in with.
    pub(super) user: String,
    /// The room that they logged in for.
    pub(super) room: Option<String>,
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

/// What opens doors.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// As the environment has it.
    pub(super) passcode: Option<Secret>,
    pub(super) invite: Option<Secret>,
    /// What somebody said who was asked for a room's passcode.
    pub(super) told: Option<(String, Secret)>,
}

impl Keys {
    /// The passcode for a room.
    pub(super) fn passcode(&self, room: &str) -> Option<Secret> {
        let told = self.told.as_ref().filter(|(of, _)| of == room).map(|(_, passcode)| passcode);
        told.or(self.passcode.as_ref()).cloned()
    }
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
    pub(super) lobby_patience: Duration,
}

/// Whether a client still takes in what it is sent; if not, its connection is not kept.
pub(super) type Keeps = bool;

/// A seat in a room and how it was asked for, or why there is none.
type Entered = Result<(Hello, InnerSeat), Refusal>;

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
    let has_terminal = size.is_some();
    let Some(size) = size.filter(|_| !caps.dumb) else {
        complain(&write, &lines(&no_terminal(&guest, place.as_ref()), has_terminal)).await;
        end(&write, 2).await;
        return true;
    };
    let console = Console { house, guest, caps, language, lender };
    let terminal = Plain { read, write, size };
    match place {
        Some(place) => console.visit(terminal, place).await,
        None => console.lobby(terminal).await,
    }
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

fn wants_passcode(entered: &Entered) -> bool {
    entered.as_ref().is_err_and(Refusal::wants_passcode)
}

struct Console {
    house: Arc<House>,
    guest: Guest,
    caps: Caps,
    language: Language,
    /// Whose sound it may be.
    lender: Lender,
}

/// A terminal that is taken over.
struct Drawn {
    tty: Tty,
    writer: Writer,
    screen: Screen,
}

impl Drawn {
    fn begin(terminal: Plain, caps: &Caps) -> Self {
        use console::Terminal as _;
        let modes = Modes { title: Some("palco".to_owned()), mouse: true, steady: false };
        let (tty, writer) = Tty::enter(terminal, modes);
        let screen = Screen::new(tty.size(), caps.depth, Pacer::new(INTERVAL), tty.frames());
        Self { tty, writer, screen }
    }

    /// Gives the terminal back; `None` when it is gone, or its client takes nothing in.
    async fn end(self) -> Option<Plain> {
        let Self { tty, writer, screen } = self;
        drop(screen);
        tty.leave(writer).await
    }
}

/// Leaves a line on a terminal that was given back, and ends with a status.
async fn leave(terminal: Option<Plain>, line: &str, status: u32) -> Keeps {
    // A client that takes nothing in has nobody to tell.
    let Some(Plain { write, .. }) = terminal else {
        return false;
    };
    finish(&write, format!("{line}\r\n"), status).await;
    true
}

impl Console {
    /// A room that was named: its meeting, or why not.
    async fn visit(mut self, mut terminal: Plain, place: Place) -> Keeps {
        // On the heap, here and below: what is over when somebody sits is to keep no memory then.
        let entered = Box::pin(self.enter(&place, None)).await;
        match Box::pin(self.ask(&mut terminal, (&place, None), entered)).await {
            Ok(entered) => {
                let drawn = Drawn::begin(terminal, &self.caps);
                Box::pin(self.sit(drawn, entered)).await
            }
            Err(why) => leave(Some(terminal), &self.refused(&why), 1).await,
        }
    }

    /// The rooms, until one is chosen that can be entered.
    async fn lobby(mut self, terminal: Plain) -> Keeps {
        let mut drawn = Drawn::begin(terminal, &self.caps);
        let mut wrong = None;
        loop {
            let (room, title) = match Box::pin(self.choose(&mut drawn, wrong.take())).await {
                Some(Go::Join(room)) => (room, None),
                Some(Go::Host(room)) => (room.clone(), Some(room)),
                Some(Go::Demo | Go::Quit) => return leave(drawn.end().await, "", 0).await,
                None => return leave(drawn.end().await, self.language.lobby_idle(), 1).await,
            };
            let place = Place { room: room.to_ascii_lowercase(), ..Place::default() };
            let mut entered = Box::pin(self.enter(&place, title.as_deref())).await;
            if wants_passcode(&entered) {
                let Some(mut terminal) = drawn.end().await else {
                    return false;
                };
                entered = Box::pin(self.ask(&mut terminal, (&place, title.as_deref()), entered)).await;
                drawn = Drawn::begin(terminal, &self.caps);
            }
            match entered {
                Ok(entered) => return Box::pin(self.sit(drawn, entered)).await,
                Err(why) => wrong = Some(self.refused(&why)),
            }
        }
    }

    /// Shows the rooms until one is chosen; `None` when that takes too long.
    async fn choose(&self, drawn: &mut Drawn, wrong: Option<String>) -> Option<Go> {
        let mut start = Start::lobby(fit(self.setup(""), &self.caps));
        if let Some(wrong) = wrong {
            start.complain(&wrong);
        }
        let House { rooms, lobby_patience, .. } = &*self.house;
        let here = Here { rooms: rooms.clone(), patience: *lobby_patience };
        tokio::select! {
            go = choose(start, (&mut drawn.tty, &mut drawn.screen), &here) => go,
            () = rooms.stopped() => Some(Go::Quit),
        }
    }

    /// Asks for the passcode of a room that wants one, as often as a stock client would.
    async fn ask(
        &mut self,
        terminal: &mut Plain,
        (place, title): (&Place, Option<&str>),
        mut entered: Entered,
    ) -> Entered {
        let first = self.language.passcode(&place.room);
        let again = self.language.passcode_again();
        for question in [first.as_str(), again, again] {
            if !wants_passcode(&entered) {
                break;
            }
            let Some(passcode) = terminal.ask(question).await else {
                break;
            };
            self.guest.keys.told = Some((place.room.clone(), passcode));
            entered = self.enter(place, title).await;
        }
        entered
    }

    async fn sit(self, drawn: Drawn, (hello, seat): (Hello, InnerSeat)) -> Keeps {
        use console::Terminal as _;
        let Drawn { tty, writer, mut screen } = drawn;
        // Whatever was there is not of this meeting, and the answers about the terminal went to the lobby.
        screen.resize(tty.size());
        screen.repaint();
        screen.control(PROBE);
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
        // A client that takes nothing in has nobody to tell.
        let Ok(Some(write)) = writer.await else {
            return false;
        };
        finish(&write, format!("{}\r\n", end.line(language)), status).await;
        true
    }

    /// Takes a seat in a room, and opens a meeting there under a `title` if none is open.
    async fn enter(&self, place: &Place, title: Option<&str>) -> Entered {
        let mut hello = hello(&self.house, &self.guest, place.clone(), Purpose::Console).await?;
        hello.open = title.map(|title| OpenRequest {
            title: title.to_owned(),
            length: LENGTH,
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Terms::default(),
        });
        let seat = enter(&self.house, &self.guest, &hello).await?;
        Ok((hello, seat))
    }

    fn refused(&self, why: &Refusal) -> String {
        self.language.refusal(why.code(), &why.to_string())
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
