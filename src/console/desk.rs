//! The screen before a meeting: rooms to choose from.

use std::pin::Pin;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use tokio::sync::mpsc;

use crate::term::{Decoder, ESCAPE_PATIENCE, HungUp, Input, Reply, SYNCHRONIZED, Screen};
use crate::tui::{Go, KnownRoom, RoomState, Start};

use super::{Terminal, Typed, last_answer};

/// Answers that may wait: one for each room on a long list.
const ANSWERS: usize = 64;

/// What a room says of itself, sooner or later.
pub type Answer = Pin<Box<dyn Future<Output = RoomState> + Send>>;

/// Knows what goes on in rooms.
pub trait Asker: Send {
    /// Asks what goes on in the room at this address.
    fn ask(&self, address: &str) -> Answer;

    /// The rooms that there are by now, beyond those known from the start.
    fn rooms(&self) -> Vec<KnownRoom> {
        Vec::new()
    }

    /// How often all are asked again while somebody looks.
    fn again(&self) -> Duration;

    /// Says why what was chosen cannot be done.
    ///
    /// # Errors
    /// A sentence.
    fn check(&self, go: &Go) -> Result<(), String>;
}

/// Shows the rooms until somebody chooses what to do; the terminal is left as it is.
pub async fn choose<T: Terminal, A: Asker>(
    start: Start,
    (terminal, screen): (&mut T, &mut Screen),
    asker: &A,
) -> Go {
    let (told, answers) = mpsc::channel(ANSWERS);
    let mut desk = Desk {
        start,
        terminal,
        screen,
        asker,
        decoder: Decoder::new(),
        silence_at: None,
        told,
        answers,
        again_at: Instant::now(),
    };
    let go = desk.until_chosen().await;
    last_answer(desk.screen, desk.terminal, &mut desk.decoder).await;
    desk.screen.answered();
    go
}

/// Somebody at the terminal.
struct Desk<'a, T, A> {
    start: Start,
    terminal: &'a mut T,
    screen: &'a mut Screen,
    asker: &'a A,
    decoder: Decoder,
    silence_at: Option<Instant>,
    told: mpsc::Sender<(String, RoomState)>,
    answers: mpsc::Receiver<(String, RoomState)>,
    again_at: Instant,
}

/// Something for the desk to do.
enum Happening {
    Typed(Typed),
    Answer(Option<(String, RoomState)>),
    Due,
}

impl<T: Terminal, A: Asker> Desk<'_, T, A> {
    async fn until_chosen(&mut self) -> Go {
        loop {
            self.ask_again();
            if self.draw().is_err() {
                return Go::Quit;
            }
            let go = match self.next().await {
                Happening::Typed(Typed::HungUp | Typed::End) => Some(Go::Quit),
                Happening::Typed(Typed::Bytes(bytes)) => {
                    let inputs = self.decoder.feed(&bytes);
                    self.silence_at = self.decoder.is_pending().then(|| Instant::now() + ESCAPE_PATIENCE);
                    self.input(inputs)
                }
                Happening::Typed(Typed::Resized | Typed::Continued) => {
                    let size = self.terminal.size();
                    self.screen.resize(size);
                    self.start.input(&Event::Resize(size.width, size.height))
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

    /// Asks all rooms at once; each answers when it can.
    fn ask_again(&mut self) {
        if self.again_at > Instant::now() {
            return;
        }
        self.again_at = Instant::now() + self.asker.again();
        self.start.add(self.asker.rooms());
        for address in self.start.addresses() {
            let (asked, told) = (self.asker.ask(&address), self.told.clone());
            tokio::spawn(async move {
                // Nobody looks any more: then it is told to nobody.
                let _ = told.send((address, asked.await)).await;
            });
        }
    }

    fn draw(&mut self) -> Result<(), HungUp> {
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
            typed = self.terminal.next() => Happening::Typed(typed),
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
                    self.screen.set_synchronized(known);
                }
                Input::Reply(_) => {}
            }
        }
        go
    }

    /// Whether what was chosen can be done; says why not.
    fn is_possible(&mut self, go: &Go) -> bool {
        let checked = self.asker.check(go);
        if let Err(why) = &checked {
            self.start.complain(why);
        }
        checked.is_ok()
    }
}
