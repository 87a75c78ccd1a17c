//! The screen before a meeting: rooms to choose from.

use std::pin::Pin;
use std::time::{Duration, Instant};

use crossterm::event::Event;
use tokio::sync::mpsc;

use crate::term::{HungUp, Input, PatientDecoder, Screen};
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

    /// How long somebody may look without touching a key; `None` where it is their own machine that waits.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Says why what was chosen cannot be done.
    ///
    /// # Errors
    /// A sentence.
    fn check(&self, go: &Go) -> Result<(), String>;
}

/// Shows the rooms until somebody chooses what to do; the terminal is left as it is. `None` when nobody did in time.
pub async fn choose<T: Terminal, A: Asker>(
    start: Start,
    (terminal, screen): (&mut T, &mut Screen),
    asker: &A,
) -> Option<Go> {
    let (told, answers) = mpsc::channel(ANSWERS);
    let mut desk = Desk {
        start,
        terminal,
        screen,
        asker,
        decoder: PatientDecoder::new(),
        told,
        answers,
        again_at: Instant::now(),
        touched_at: tokio::time::Instant::now(),
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
    decoder: PatientDecoder,
    told: mpsc::Sender<(String, RoomState)>,
    answers: mpsc::Receiver<(String, RoomState)>,
    again_at: Instant,
    touched_at: tokio::time::Instant,
}

/// Something for the desk to do.
enum Happening {
    Typed(Typed),
    Answer(Option<(String, RoomState)>),
    Due,
    NobodyThere,
}

impl<T: Terminal, A: Asker> Desk<'_, T, A> {
    async fn until_chosen(&mut self) -> Option<Go> {
        loop {
            self.ask_again();
            if self.draw().is_err() {
                return Some(Go::Quit);
            }
            let go = match self.next().await {
                Happening::Typed(Typed::HungUp | Typed::End) => Some(Go::Quit),
                Happening::Typed(Typed::Bytes(bytes)) => {
                    let inputs = self.decoder.feed(&bytes, Instant::now());
                    self.input(inputs)
                }
                Happening::Typed(Typed::Resized | Typed::Continued) => {
                    let size = self.terminal.size();
                    self.screen.resize(size);
                    self.touched_at = tokio::time::Instant::now();
                    self.start.input(&Event::Resize(size.width, size.height))
                }
                Happening::Answer(answer) => {
                    if let Some((url, state)) = answer {
                        self.start.tell(&url, &state);
                    }
                    None
                }
                Happening::Due => {
                    let inputs = self.decoder.silence(Instant::now());
                    self.input(inputs)
                }
                Happening::NobodyThere => return None,
            };
            if let Some(go) = go.filter(|go| self.is_possible(go)) {
                return Some(go);
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
        let wanted = self.screen.wants_frame(self.start.is_dirty());
        if wanted && self.screen.draw(Instant::now(), |frame| self.start.view(frame))? {
            self.start.drawn();
        }
        Ok(())
    }

    async fn next(&mut self) -> Happening {
        let at = Instant::now();
        let news = self.start.is_dirty();
        let times = [Some(self.again_at), self.decoder.silence_at(), self.screen.next_frame(news, at)];
        let wake = times.into_iter().flatten().min().unwrap_or(at);
        tokio::select! {
            typed = self.terminal.next() => Happening::Typed(typed),
            answer = self.answers.recv() => Happening::Answer(answer),
            () = self.screen.unblocked(news) => Happening::Due,
            () = tokio::time::sleep_until(wake.into()) => Happening::Due,
            () = nobody_there(self.touched_at, self.asker.patience()) => Happening::NobodyThere,
        }
    }

    fn input(&mut self, inputs: Vec<Input>) -> Option<Go> {
        let mut go = None;
        for input in inputs {
            match input {
                Input::Event(event) => {
                    self.touched_at = tokio::time::Instant::now();
                    go = go.or(self.start.input(&event));
                }
                Input::Reply(reply) => drop(self.screen.reply(reply)),
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

/// Waits until nobody has touched a key for so long.
async fn nobody_there(touched_at: tokio::time::Instant, patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep_until(touched_at + patience).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    use ratatui::layout::Size;

    use crate::term::{Depth, FRAMES_IN_FLIGHT, Pacer};
    use crate::tui::Setup;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A terminal that answers each frame, and at which somebody types for a while.
    struct Typist {
        frames: mpsc::Sender<Vec<u8>>,
        drawn: mpsc::Receiver<Vec<u8>>,
        keys_at: Vec<tokio::time::Instant>,
        answers: tokio::time::Interval,
    }

    impl Terminal for Typist {
        async fn next(&mut self) -> Typed {
            let key = async {
                match self.keys_at.first() {
                    Some(at) => tokio::time::sleep_until(*at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.drawn.recv() => Typed::Bytes(b"\x1b[0n".to_vec()),
                _ = self.answers.tick() => Typed::Bytes(b"\x1b[0n".to_vec()),
                () = key => {
                    self.keys_at.remove(0);
                    Typed::Bytes(b"j".to_vec())
                }
            }
        }

        fn size(&self) -> Size {
            Size::new(80, 24)
        }

        fn frames(&self) -> mpsc::Sender<Vec<u8>> {
            self.frames.clone()
        }

        fn keys_pushed(&self) {}

        fn give_back(&self) -> bool {
            false
        }

        async fn stop(&mut self) {}

        fn take_over(&self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Nobody;

    impl Asker for Nobody {
        fn ask(&self, _: &str) -> Answer {
            Box::pin(std::future::ready(RoomState::Nothing))
        }

        fn again(&self) -> Duration {
            // Not within the test, whose clock this is not.
            100 * PATIENCE
        }

        fn patience(&self) -> Option<Duration> {
            Some(PATIENCE)
        }

        fn check(&self, _: &Go) -> Result<(), String> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_nobody_chooses_from_ends_and_each_key_begins_the_wait_anew() {
        let (frames, drawn) = mpsc::channel(FRAMES_IN_FLIGHT);
        let began = tokio::time::Instant::now();
        let keys_at = vec![began + PATIENCE / 2, began + PATIENCE];
        let answers = tokio::time::interval(PATIENCE / 10);
        let mut terminal = Typist { frames, drawn, keys_at, answers };
        let mut screen =
            Screen::new(terminal.size(), Depth::None, Pacer::new(Duration::ZERO), terminal.frames());
        let start = Start::lobby(Setup::default());
        let chosen = choose(start, (&mut terminal, &mut screen), &Nobody).await;
        assert_eq!(chosen, None);
        let waited = began.elapsed();
        assert!((2 * PATIENCE..3 * PATIENCE).contains(&waited), "{waited:?}");
    }
}
