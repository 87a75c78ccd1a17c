//! `palco` alone: the last rooms, what goes on there, and what to press.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

use crate::client::{KnownServers, NoNotice, RoomUrl, notice};
use crate::config::MAX_ROOMS;
use crate::term::{
    Caps, Decoder, ESCAPE_PATIENCE, Guard, GuardSettings, Input, Keyboard, LOCAL_INTERVAL, Modes, Pacer,
    Reply, SYNCHRONIZED, Screen,
};
use crate::tui::{Go, KnownRoom, RoomState, Setup, Start, Symbols};

use super::args::LookArgs;
use super::console::{Signals, Told, fit};
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
    let mut asked: FuturesUnordered<_> =
        rooms.iter().map(|room| ask(room.url.clone(), context.known())).collect();
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
    let guard = Guard::enter(GuardSettings { modes, log: None }).map_err(Failure::usage)?;
    let failed = |e: std::io::Error| Failure::refused("terminal", e);
    let keyboard = Keyboard::open().map_err(failed)?;
    let signals = Signals::listen().map_err(failed)?;
    let depth = Caps::from_env(&|name| std::env::var(name).ok()).depth;
    let screen = Screen::new(guard.size(), depth, Pacer::new(LOCAL_INTERVAL), guard.frames());
    let (told, answers) = mpsc::channel(MAX_ROOMS);
    let desk = Desk {
        start: start(context)?,
        guard,
        screen,
        keyboard,
        signals,
        decoder: Decoder::new(),
        silence_at: None,
        told,
        answers,
        again_at: Instant::now(),
        known: context.known(),
    };
    desk.run().await
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
async fn ask(address: String, known: KnownServers) -> (String, RoomState) {
    let asked = match address.parse::<RoomUrl>().map(|url| (known.pin(&url), url)) {
        Ok((Ok(Some(pin)), url)) if url.is_tls() => notice(&url.with_known(pin)).await,
        Ok((Ok(_), url)) => notice(&url).await,
        Ok((Err(_), _)) | Err(_) => Err(NoNotice::Unreachable),
    };
    let state = match asked {
        Ok(Some(notice)) => RoomState::Meeting(notice),
        Ok(None) => RoomState::Nothing,
        Err(_) => RoomState::Unreachable,
    };
    (address, state)
}

/// Somebody at the terminal.
struct Desk {
    start: Start,
    guard: Guard,
    screen: Screen,
    keyboard: Keyboard,
    signals: Signals,
    decoder: Decoder,
    silence_at: Option<Instant>,
    told: mpsc::Sender<(String, RoomState)>,
    answers: mpsc::Receiver<(String, RoomState)>,
    again_at: Instant,
    known: KnownServers,
}

/// Something for the desk to do.
enum Happening {
    Typed(Option<Vec<u8>>),
    Told(Told),
    Answer(Option<(String, RoomState)>),
    Due,
}

impl Desk {
    async fn run(mut self) -> Result<Go, Failure> {
        let go = self.until_chosen().await;
        self.screen.last_answer(&mut self.keyboard, &mut self.decoder).await;
        Ok(go)
    }

    async fn until_chosen(&mut self) -> Go {
        loop {
            self.ask_again();
            if self.draw().is_err() {
                return Go::Quit;
            }
            let go = match self.next().await {
                Happening::Typed(None) | Happening::Told(Told::End | Told::Interrupted | Told::HungUp) => {
                    Some(Go::Quit)
                }
                Happening::Typed(Some(bytes)) => {
                    let inputs = self.decoder.feed(&bytes);
                    self.silence_at = self.decoder.is_pending().then(|| Instant::now() + ESCAPE_PATIENCE);
                    self.input(inputs)
                }
                Happening::Told(Told::Resized | Told::Continued) => {
                    self.screen.resize(self.guard.size());
                    let size = self.guard.size();
                    self.start.input(&crossterm::event::Event::Resize(size.width, size.height))
                }
                Happening::Answer(answer) => {
                    if let Some((url, state)) = answer {
                        self.start.tell(&url, &state);
                    }
                    None
                }
                Happening::Due => self.silence(),
            };
            if let Some(go) = go.filter(|go| self.is_possible(go)) {
                return go;
            }
        }
    }

    /// Asks all servers at once; each answers when it can.
    fn ask_again(&mut self) {
        if self.again_at > Instant::now() {
            return;
        }
        self.again_at = Instant::now() + AGAIN;
        for url in self.start.addresses() {
            let (told, known) = (self.told.clone(), self.known.clone());
            tokio::spawn(async move {
                // Nobody looks any more: then it is told to nobody.
                let _ = told.send(ask(url, known).await).await;
            });
        }
    }

    fn draw(&mut self) -> Result<(), crate::term::HungUp> {
        let wanted = self.start.is_dirty() || self.screen.is_due();
        if wanted && self.screen.draw(Instant::now(), |frame| self.start.view(frame))? {
            self.start.drawn();
        }
        Ok(())
    }

    async fn next(&mut self) -> Happening {
        let at = Instant::now();
        let wanted = self.start.is_dirty() || self.screen.is_due();
        let frame = (wanted && !self.screen.is_full()).then(|| self.screen.next_frame(at));
        let wake = [Some(self.again_at), self.silence_at, frame].into_iter().flatten().min().unwrap_or(at);
        let blocked = wanted && self.screen.is_full();
        tokio::select! {
            told = self.signals.next() => Happening::Told(told),
            bytes = self.keyboard.read() => Happening::Typed(bytes),
            answer = self.answers.recv() => Happening::Answer(answer),
            _ = self.screen.taken(), if blocked => Happening::Due,
            () = tokio::time::sleep_until(wake.into()) => Happening::Due,
        }
    }

    fn silence(&mut self) -> Option<Go> {
        self.silence_at.take_if(|at| *at <= Instant::now())?;
        let inputs = self.decoder.flush_escape();
        self.input(inputs)
    }

    fn input(&mut self, inputs: Vec<Input>) -> Option<Go> {
        let mut go = None;
        for input in inputs {
            match input {
                Input::Event(event) => go = go.or(self.start.input(&event)),
                Input::Reply(Reply::Fence) => self.screen.answered(),
                Input::Reply(Reply::Mode { mode: SYNCHRONIZED, known }) => {
                    self.screen.set_synchronized(known)
                }
                Input::Reply(_) => {}
            }
        }
        go
    }

    /// Whether what was typed can be used; says why not.
    fn is_possible(&mut self, go: &Go) -> bool {
        let wrong = match go {
            Go::Join(address) => address.parse::<RoomUrl>().err(),
            Go::Host(room) => RoomUrl::new("localhost", 1, room).err(),
            Go::Demo | Go::Quit => None,
        };
        if let Some(why) = &wrong {
            self.start.complain(&why.to_string());
        }
        wrong.is_none()
    }
}
