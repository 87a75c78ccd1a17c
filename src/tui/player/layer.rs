//! Boxes on top of a player: chapters, a search, the keys.

use crossterm::event::{KeyCode, KeyEvent};

use crate::meeting::Millis;
use crate::replay::Found;
use crate::tui::field::Field;

use super::{Player, PlayerEffect};

/// How far PageUp and PageDown go.
const PAGE: usize = 10;

/// A box on top.
#[derive(Clone, Debug)]
pub(in crate::tui) enum Layer {
    /// The chapters, to choose one.
    Chapters { selected: usize },
    /// What is searched for, and what was found.
    Search { field: Field, found: Vec<Found>, selected: usize },
    /// The keys.
    Help { scroll: usize },
}

impl Layer {
    pub(super) fn search() -> Self {
        Self::Search { field: Field::default(), found: Vec::new(), selected: 0 }
    }
}

impl Player {
    pub(super) fn layer_key(&mut self, key: &KeyEvent, effects: &mut Vec<PlayerEffect>) {
        let marks = self.tape.marks().len();
        match &mut self.layer {
            _ if key.code == KeyCode::Esc => self.layer = None,
            Some(Layer::Help { scroll }) => match moved(key, *scroll, usize::MAX, true) {
                Some(to) => *scroll = to,
                None => self.layer = None,
            },
            Some(Layer::Chapters { selected }) => match moved(key, *selected, marks, true) {
                Some(to) => *selected = to,
                None if key.code == KeyCode::Enter => {
                    let mark = self.tape.marks().get(*selected).map(|mark| mark.position);
                    self.choose(mark, effects);
                }
                None => self.layer = None,
            },
            Some(Layer::Search { field, found, selected }) => {
                if let Some(to) = moved(key, *selected, found.len(), false) {
                    *selected = to;
                } else if key.code == KeyCode::Enter {
                    let place = found.get(*selected).map(|found| found.position);
                    self.choose(place, effects);
                } else if field.key(key) {
                    self.found_anew();
                }
            }
            None => {}
        }
    }

    /// Searches for what stands in the field now.
    pub(super) fn found_anew(&mut self) {
        if let Some(Layer::Search { field, found, selected }) = &mut self.layer {
            *found = self.tape.search(field.text());
            // What comes next is what is looked for first.
            *selected = found.iter().position(|f| f.position >= self.position).unwrap_or(0);
        }
    }

    fn choose(&mut self, place: Option<Millis>, effects: &mut Vec<PlayerEffect>) {
        self.layer = None;
        if let Some(place) = place {
            self.seek(place, effects);
        }
    }
}

/// Where a key goes in a list of so many rows; `None` when it is another key. Letters only where none are typed.
fn moved(key: &KeyEvent, at: usize, rows: usize, letters: bool) -> Option<usize> {
    let last = rows.saturating_sub(1);
    let to = match key.code {
        KeyCode::Up => at.saturating_sub(1),
        KeyCode::Char('k') if letters => at.saturating_sub(1),
        KeyCode::Down => at.saturating_add(1),
        KeyCode::Char('j') if letters => at.saturating_add(1),
        KeyCode::PageUp => at.saturating_sub(PAGE),
        KeyCode::PageDown => at.saturating_add(PAGE),
        KeyCode::Home if letters => 0,
        KeyCode::End if letters => last,
        _ => return None,
    };
    Some(to.min(last))
}
