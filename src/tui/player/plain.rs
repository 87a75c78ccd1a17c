//! A recording without a screen: a line for each happening, with its place.

use crate::meeting::{Millis, Timestamp};
use crate::replay::{Moved, Order, Playing, Tape};
use crate::tui::cut::plain;
use crate::tui::{Connection, Msg, Plain, Setup};
use crate::wire::ServerMessage;

use super::clock;

/// A player whose console speaks in lines.
#[derive(Debug)]
pub struct PlainPlayer {
    console: Plain,
    tape: Tape,
    position: Millis,
    chapter: Option<usize>,
    seeks: u64,
    has_ended: bool,
    silent: Option<String>,
    lines: Vec<String>,
}

impl PlainPlayer {
    /// A player at the start of a recording. `name` is what it is called where there is no meeting to show.
    pub fn new(setup: Setup, tape: Tape, name: String) -> Self {
        let mut console = Plain::new(setup, false);
        console.update(Msg::Connection(Connection::Connected), Timestamp::default());
        let lines = vec![plain(&name).into_owned()];
        Self {
            console,
            tape,
            position: Millis::ZERO,
            chapter: None,
            seeks: 0,
            has_ended: false,
            silent: None,
            lines,
        }
    }

    /// Where it is.
    pub fn position(&self) -> Millis {
        self.position
    }

    /// Whether it came to the end.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Plays from a place: what is to be done before anything else.
    pub fn begin(&mut self, at: Millis, speed: f64, skips_silence: bool) -> [Order; 4] {
        self.seeks += 1;
        Order::begin(at, speed, skips_silence)
    }

    /// Takes in how the deck plays; what it tells of before the last jump counts for nothing.
    pub fn hear(&mut self, playing: Playing) {
        if playing.seeks < self.seeks {
            return;
        }
        self.position = playing.position;
        self.has_ended = playing.has_ended;
        let texts = &self.console.language().texts().player;
        if self.silent != playing.silent {
            let why = playing.silent.as_deref().filter(|why| !why.is_empty());
            let said = why.map_or(texts.no_sound.to_owned(), |why| (texts.no_sound_why)(why));
            if playing.silent.is_some() {
                self.say(&said);
            }
            self.silent = playing.silent;
        }
        let chapter = self.tape.mark(self.position);
        if chapter != std::mem::replace(&mut self.chapter, chapter)
            && let Some(mark) = chapter.and_then(|n| self.tape.marks().get(n))
        {
            let title = format!("* {}", mark.title);
            self.say(&title);
        }
        self.follow();
        if self.has_ended {
            self.say(texts.ended);
        }
    }

    /// What is to be said, once.
    pub fn lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    fn follow(&mut self) {
        if !self.tape.has_meeting() {
            return;
        }
        let time = self.tape.time(self.position);
        match self.tape.go(self.position) {
            Moved::To(meeting) => self.console.show(*meeting),
            Moved::On(events) => {
                for recorded in events {
                    let msg = Msg::Server(ServerMessage::Event(Box::new(recorded)));
                    let said = self.console.update(msg, time);
                    said.lines.iter().for_each(|line| self.say(line));
                }
            }
        }
    }

    fn say(&mut self, line: &str) {
        let time = clock(self.position, self.tape.length());
        self.lines.push(format!("{time}  {}", plain(line)));
    }
}
