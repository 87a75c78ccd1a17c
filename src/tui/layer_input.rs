//! Keys for the layer on top.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::meeting::{Command, HandKind, Timestamp, text};

use super::keymap::Chord;
use super::layer::{Choice, Entry, Layer, Then};
use super::{Effect, Model};

/// How far PageUp and PageDown go.
const PAGE: usize = 10;

impl Model {
    pub(super) fn layer_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        if key.code == KeyCode::Esc {
            return self.close_layer();
        }
        match self.layers.last_mut() {
            Some(Layer::Help { scroll }) => match help_key(key, *scroll) {
                Some(to) => *scroll = to,
                None => self.close_layer(),
            },
            Some(Layer::Confirm { .. }) => self.confirm_key(key, effects),
            Some(Layer::Menu { .. }) => self.menu_key(key, now, effects),
            Some(Layer::Mirror { .. }) => self.mirror_key(key, now, effects),
            Some(Layer::Palette { .. }) => self.palette_key(key, now, effects),
            Some(Layer::Topic { .. }) => self.topic_key(key, now, effects),
            Some(Layer::Name { field }) => {
                if key.code == KeyCode::Enter {
                    let name = field.text().to_owned();
                    self.submit(text::clean_name(&name).map(|name| Command::Rename { name }), now, effects);
                } else {
                    field.key(key);
                }
            }
            Some(Layer::Line { .. }) => self.line_key(key, now, effects),
            Some(Layer::Filter { .. }) => self.filter_key(key),
            Some(Layer::Pairing { .. }) => self.close_layer(),
            None => {}
        }
    }

    /// Closes the top layer; a filter that was being typed is forgotten.
    fn close_layer(&mut self) {
        if let Some(Layer::Filter { before, .. }) = self.layers.pop() {
            self.filter = before;
        }
    }

    /// Text came into the top layer by other means than a key.
    pub(super) fn typed(&mut self) {
        match self.layers.last_mut() {
            Some(Layer::Filter { field, .. }) => self.filter = field.text().to_owned(),
            Some(Layer::Palette { selected, .. }) => *selected = 0,
            _ => {}
        }
    }

    fn confirm_key(&mut self, key: &KeyEvent, effects: &mut Vec<Effect>) {
        let Some(Layer::Confirm { yes, .. }) = self.layers.last_mut() else { return };
        let sure = match key.code {
            KeyCode::Char('y' | 'Y' | 's' | 'S') => true,
            KeyCode::Enter => *yes,
            KeyCode::Char('n' | 'N' | 'q') => false,
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Left | KeyCode::Right | KeyCode::Char('h' | 'l') => {
                *yes = !*yes;
                return;
            }
            _ => return,
        };
        if let Some(Layer::Confirm { then, .. }) = self.layers.pop()
            && sure
        {
            self.finish(then, effects);
        }
    }

    fn menu_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Layer::Menu { entries, selected, .. }) = self.layers.last_mut() else { return };
        let last = entries.len().saturating_sub(1);
        let pressed = Chord::of(key).to_string();
        let at = match key.code {
            KeyCode::Enter => Some(*selected),
            _ => entries.iter().position(|e| e.key == pressed),
        };
        let Some(entry) = at.and_then(|at| entries.get(at)).cloned() else {
            *selected = match key.code {
                KeyCode::Char('j') | KeyCode::Down | KeyCode::Tab => (*selected + 1).min(last),
                KeyCode::Char('k') | KeyCode::Up | KeyCode::BackTab => selected.saturating_sub(1),
                KeyCode::Char('g') | KeyCode::Home => 0,
                KeyCode::Char('G') | KeyCode::End => last,
                KeyCode::Char('q') => return self.close_layer(),
                _ => *selected,
            };
            return;
        };
        self.layers.pop();
        self.choose(entry, now, effects);
    }

    fn choose(&mut self, entry: Entry, now: Timestamp, effects: &mut Vec<Effect>) {
        match entry.choice {
            Choice::Do(what) => self.perform(what, now, effects),
            Choice::Taste(taste) => self.choose_taste(taste, now, effects),
            Choice::Send(command) => self.send(vec![command], effects),
            Choice::Ask(text, command) => {
                self.open(Layer::Confirm { text, yes: false, then: Then::Send(vec![command]) }, effects);
            }
        }
    }

    fn topic_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Layer::Topic { field, kind, .. }) = self.layers.last_mut() else { return };
        let turn = |by: usize| {
            let at = HandKind::ALL.iter().position(|k| k == kind).unwrap_or(0);
            HandKind::ALL[(at + by) % HandKind::ALL.len()]
        };
        match key.code {
            KeyCode::Tab => *kind = turn(1),
            KeyCode::BackTab => *kind = turn(HandKind::ALL.len() - 1),
            KeyCode::Enter if field.text().trim().is_empty() => {
                let text = self.texts().raise_empty.to_owned();
                self.note(text, now);
            }
            KeyCode::Enter => {
                let (topic, kind) = (field.text().to_owned(), *kind);
                self.submit(
                    text::clean_line(&topic).map(|topic| Command::Raise { topic, kind }),
                    now,
                    effects,
                );
            }
            _ => {
                field.key(key);
            }
        }
    }

    /// Sends what was typed, or says what is wrong with it and leaves it to be mended.
    fn submit(
        &mut self,
        command: Result<Command, text::TextError>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match command {
            Ok(command) => {
                self.layers.pop();
                self.send(vec![command], effects);
            }
            Err(error) => self.warn((self.texts().text_error)(&error), now),
        }
    }

    fn filter_key(&mut self, key: &KeyEvent) {
        if key.code == KeyCode::Enter {
            self.layers.pop();
            return;
        }
        if let Some(Layer::Filter { field, .. }) = self.layers.last_mut() {
            field.key(key);
            self.filter = field.text().to_owned();
        }
    }
}

/// The line to scroll to, or `None` to close.
fn help_key(key: &KeyEvent, scroll: usize) -> Option<usize> {
    Some(match key.code {
        KeyCode::Char('j') | KeyCode::Down => scroll.saturating_add(1),
        KeyCode::Char('k') | KeyCode::Up => scroll.saturating_sub(1),
        KeyCode::PageDown | KeyCode::Char(' ') => scroll.saturating_add(PAGE),
        KeyCode::Char('d') if key.modifiers.contains(KeyModifiers::CONTROL) => scroll.saturating_add(PAGE),
        KeyCode::PageUp => scroll.saturating_sub(PAGE),
        KeyCode::Char('g') | KeyCode::Home => 0,
        KeyCode::Char('?' | 'q') | KeyCode::Enter => return None,
        _ => scroll,
    })
}
