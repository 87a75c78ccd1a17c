//! Boxes on top of each other.

use crate::meeting::{Command, HandKind, ParticipantId, Timestamp};

use super::Taste;
use super::action::Do;
use super::field::Field;
use super::mirror::Sort;
use super::moderate::Line;

/// A box on top; the last one has the keys.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    /// The keys, from this line on.
    Help { scroll: usize },
    /// A command being typed.
    Palette { field: Field, selected: usize },
    /// The topic of a hand.
    Topic { field: Field, kind: HandKind, reword: bool },
    /// A new name.
    Name { field: Field },
    /// A line about somebody.
    Line { about: ParticipantId, line: Line, field: Field },
    /// A question; No unless chosen otherwise.
    Confirm { text: String, yes: bool, then: Then },
    /// Things to choose from.
    Menu { title: String, entries: Vec<Entry>, selected: usize },
    /// Who was heard, sorted, and who is selected.
    Mirror { sort: Sort, selected: usize },
    /// What to type where the sound is, and when that ends by the server's clock.
    Pairing { line: String, hear: Option<String>, until: Timestamp },
    /// What names and topics must contain; what it was before.
    Filter { field: Field, before: String },
}

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Send(Vec<Command>),
    Leave,
    UseLent,
}

/// A line of a menu.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) label: String,
    /// The key that does it at once.
    pub(super) key: String,
    pub(super) choice: Choice,
}

/// What a line of a menu does.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    Do(Do),
    Send(Command),
    Ask(String, Command),
    Taste(Taste),
}

impl Layer {
    pub(super) fn is_typing(&self) -> bool {
        matches!(
            self,
            Self::Palette { .. }
                | Self::Topic { .. }
                | Self::Name { .. }
                | Self::Line { .. }
                | Self::Filter { .. }
        )
    }

    pub(super) fn field(&mut self) -> Option<&mut Field> {
        match self {
            Self::Palette { field, .. }
            | Self::Topic { field, .. }
            | Self::Name { field }
            | Self::Line { field, .. }
            | Self::Filter { field, .. } => Some(field),
            _ => None,
        }
    }
}
