//! The console's state.

use crossterm::event::{Event, KeyCode};
use ratatui::Frame;
use ratatui::widgets::Paragraph;

use crate::meeting::Timestamp;

use super::{Connection, Effect, Msg, Setup, Sound};

/// A console: what it knows and what it shows.
#[derive(Debug)]
pub struct Model {
    setup: Setup,
    connection: Connection,
    sound: Sound,
    dirty: bool,
}

impl Model {
    /// A console before its first message.
    pub fn new(setup: Setup) -> Self {
        Self { setup, connection: Connection::default(), sound: Sound::default(), dirty: true }
    }

    /// Takes a message in and tells what to do, in order.
    pub fn update(&mut self, msg: Msg, _now: Timestamp) -> Vec<Effect> {
        self.dirty = true;
        match msg {
            Msg::Input(Event::Key(key)) if key.code == KeyCode::Char('q') => vec![Effect::Quit],
            Msg::Connection(connection) => {
                self.connection = connection;
                Vec::new()
            }
            Msg::Sound(sound) => {
                self.sound = sound;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Draws everything.
    pub fn view(&self, _now: Timestamp, frame: &mut Frame<'_>) {
        frame.render_widget(Paragraph::new(self.setup.room.as_str()), frame.area());
    }

    /// Whether the screen would change if it were drawn.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Says that the screen was drawn at `now`.
    pub fn drawn(&mut self, _now: Timestamp) {
        self.dirty = false;
    }

    /// When a [`Msg::Tick`] is due, because a text on the screen changes by time alone.
    pub fn next_tick(&self, _now: Timestamp) -> Option<Timestamp> {
        None
    }

    /// Whether a text field has the keys, so that the terminal should send plain text keys.
    pub fn is_typing(&self) -> bool {
        false
    }
}
