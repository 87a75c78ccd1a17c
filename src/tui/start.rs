//! What is shown before a meeting: the last rooms, what goes on there, and what to press.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::wire::Notice;

use super::Setup;
use super::field::Field;
use super::lang::Texts;

/// A room that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRoom {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: String,
    /// The title of its last meeting.
    pub title: String,
    /// Whether it is there only while one hosts it.
    pub own: bool,
    /// What goes on there.
    pub state: RoomState,
}

/// What goes on in a room, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RoomState {
    /// Its server has been asked and has not answered.
    #[default]
    Asked,
    /// Its server does not answer.
    Unreachable,
    /// Nobody has opened a meeting there.
    Nothing,
    /// Its latest meeting.
    Meeting(Notice),
}

/// What somebody has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Go {
    /// To join at this address, as it was remembered or typed.
    Join(String),
    /// To host in the room of this name.
    Host(String),
    /// To see a staged meeting.
    Demo,
    /// Nothing.
    Quit,
}

/// What is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Address,
    Room,
}

/// The screen before a meeting.
#[derive(Debug)]
pub struct Start {
    pub(super) setup: Setup,
    pub(super) rooms: Vec<KnownRoom>,
    pub(super) selected: usize,
    pub(super) field: Option<(Asked, Field)>,
    /// What was wrong with what was typed.
    pub(super) wrong: Option<String>,
    /// Whether these are the rooms of one server, whose names are their addresses.
    pub(super) lobby: bool,
    dirty: bool,
}

/// The room's name that is offered to somebody who never hosted: the community's day.
const USUAL_ROOM: &str = "monday";

impl Start {
    /// A screen with these rooms, the last one first.
    pub fn new(mut setup: Setup, rooms: Vec<KnownRoom>) -> Self {
        setup.theme = setup.theme.for_depth(setup.depth);
        Self { setup, rooms, selected: 0, field: None, wrong: None, lobby: false, dirty: true }
    }

    /// A screen for the rooms of one server, whose names are their addresses; they are [added](Self::add).
    pub fn lobby(setup: Setup) -> Self {
        Self { lobby: true, ..Self::new(setup, Vec::new()) }
    }

    /// Notes what goes on in the room at this address.
    pub fn tell(&mut self, url: &str, state: &RoomState) {
        for room in self.rooms.iter_mut().filter(|r| r.url == url && r.state != *state) {
            room.state.clone_from(state);
            self.dirty = true;
        }
    }

    /// Shows these rooms too, as far as they are not shown yet.
    pub fn add(&mut self, rooms: Vec<KnownRoom>) {
        for room in rooms {
            if self.rooms.iter().all(|known| known.url != room.url) {
                self.rooms.push(room);
                self.dirty = true;
            }
        }
    }

    /// The rooms' addresses.
    pub fn addresses(&self) -> Vec<String> {
        self.rooms.iter().map(|r| r.url.clone()).collect()
    }

    /// Says what is wrong with what was typed.
    pub fn complain(&mut self, why: &str) {
        self.wrong = Some(super::lang::sentence(why));
        self.dirty = true;
    }

    /// Whether the screen would change if it were drawn.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Says that the screen was drawn.
    pub fn drawn(&mut self) {
        self.dirty = false;
    }

    /// Takes a key, a paste or a new size in.
    pub fn input(&mut self, event: &Event) -> Option<Go> {
        self.dirty = true;
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Paste(text) => {
                if let Some((_, field)) = &mut self.field {
                    field.insert(text);
                }
                None
            }
            _ => None,
        }
    }

    fn key(&mut self, key: &KeyEvent) -> Option<Go> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Some(Go::Quit);
        }
        self.wrong = None;
        if self.field.is_some() {
            return self.type_key(key);
        }
        let last = self.rooms.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('q') => return Some(Go::Quit),
            KeyCode::Char('d') if !self.lobby => return Some(Go::Demo),
            KeyCode::Enter => return self.enter(self.selected),
            KeyCode::Char(c @ '1'..='9') => return self.enter(c as usize - '1' as usize),
            KeyCode::Char('j') | KeyCode::Down | KeyCode::Tab => {
                self.selected = (self.selected + 1).min(last)
            }
            KeyCode::Char('k') | KeyCode::Up | KeyCode::BackTab => {
                self.selected = self.selected.saturating_sub(1);
            }
            KeyCode::Char('g') | KeyCode::Home => self.selected = 0,
            KeyCode::Char('G') | KeyCode::End => self.selected = last,
            KeyCode::Char('a') => self.field = Some((Asked::Address, Field::default())),
            KeyCode::Char('h') => {
                let own = self.rooms.iter().find(|r| r.own).map_or(USUAL_ROOM, |r| &r.name);
                self.field = Some((Asked::Room, Field::with(own)));
            }
            _ => {}
        }
        None
    }

    /// One's own room is there only while it is hosted: if nobody answers, it is hosted again.
    fn enter(&self, nth: usize) -> Option<Go> {
        let room = self.rooms.get(nth)?;
        let again = room.own && !matches!(room.state, RoomState::Meeting(_));
        Some(if again { Go::Host(room.name.clone()) } else { Go::Join(room.url.clone()) })
    }

    fn type_key(&mut self, key: &KeyEvent) -> Option<Go> {
        let (asked, field) = self.field.as_mut()?;
        match key.code {
            KeyCode::Esc => self.field = None,
            KeyCode::Enter => {
                let typed = field.text().trim().to_owned();
                let go = match asked {
                    Asked::Address => Go::Join(typed.clone()),
                    Asked::Room => Go::Host(typed.clone()),
                };
                return (!typed.is_empty()).then_some(go);
            }
            _ => {
                field.key(key);
            }
        }
        None
    }

    pub(super) fn texts(&self) -> &'static Texts {
        self.setup.language.texts()
    }

    /// What goes on in a room, in as many words as fit into `columns`.
    pub(super) fn state(&self, room: &KnownRoom, columns: usize) -> String {
        let t = self.texts();
        match &room.state {
            RoomState::Asked => t.room_asked.to_owned(),
            RoomState::Unreachable if room.own => t.room_own.to_owned(),
            RoomState::Unreachable => t.room_unreachable.to_owned(),
            RoomState::Nothing => t.room_nothing.to_owned(),
            RoomState::Meeting(notice) => {
                let phase = (t.phase)(notice.phase);
                let at = notice.starts_at.filter(|_| notice.started_at.is_none());
                let mut words = vec![match at {
                    Some(at) => {
                        format!("{phase} {}", super::cut::time_of_day(at, self.setup.utc_offset_secs))
                    }
                    None => phase.to_owned(),
                }];
                if notice.here > 0 {
                    words.push((t.here_count)(notice.here));
                }
                if notice.listening > 0 {
                    words.push((t.listening_count)(notice.listening));
                }
                while words.len() > 1 && super::cut::width(&words.join(", ")) > columns {
                    words.pop();
                }
                words.join(", ")
            }
        }
    }

    /// The same without a screen: a line a room, and what to type.
    pub fn lines(&self) -> Vec<String> {
        let t = self.texts();
        let mut lines = Vec::new();
        for room in &self.rooms {
            let title = super::cut::plain(&room.title).into_owned();
            lines.push(format!("{}: {} - {title}", room.name, self.state(room, usize::MAX)));
            let again = room.own && !matches!(room.state, RoomState::Meeting(_));
            let what =
                if again { format!("palco host {}", room.name) } else { format!("palco join {}", room.url) };
            lines.push(format!("  {what}"));
        }
        lines.push(t.start_type.to_owned());
        lines
    }
}
