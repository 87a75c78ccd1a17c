//! What is asked of whoever may write the library: the server while it runs.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::store::StoreError;

use super::Kept;

/// The socket in the data directory by which a server is asked; who may write there may ask.
pub const SOCKET: &str = "palco.sock";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Ask {
    /// Delete a meeting.
    Delete {
        /// The room.
        room: String,
        /// The meeting's number in it.
        number: u32,
    },
    /// Let nobody delete a meeting, or let them again.
    Hold {
        /// The room.
        room: String,
        /// The meeting's number in it.
        number: u32,
        /// `false` lifts it.
        on: bool,
    },
    /// Remember what a meeting was exported into.
    Exported {
        /// The room.
        room: String,
        /// The meeting's number in it.
        number: u32,
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Keep a room's meetings for so long.
    Days {
        /// The room.
        room: String,
        /// In days, 0 for good; `None` as the server does.
        days: Option<u32>,
    },
}

/// Why something was not done: a stable word, and a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    /// The word.
    pub code: String,
    /// The sentence.
    pub text: String,
}

/// What came of it.
pub type Answer = Result<(), Refused>;

impl Refused {
    /// A refusal.
    pub fn new(code: &str, text: impl ToString) -> Self {
        Self { code: code.to_owned(), text: text.to_string() }
    }

    pub(super) fn none(room: &str, number: u32) -> Self {
        Self::new("no-meeting", format!("there is no meeting {room}#{number} here"))
    }

    pub(super) fn held(kept: &Kept) -> Self {
        Self::from(StoreError::Held { name: kept.name() })
    }

    /// A meeting is deleted, but these files are there, each for its reason.
    pub(super) fn stays(files: &[(PathBuf, io::Error)]) -> Self {
        let files: Vec<_> = files.iter().map(|(file, why)| format!("{} ({why})", file.display())).collect();
        let text = format!(
            "the meeting is deleted, but this stays: {}; remove it yourself, or let palco: the server tries again when it starts and every day",
            files.join(", ")
        );
        Self::new("files", text)
    }

    pub(super) fn goes_on(kept: &Kept) -> Self {
        Self::new("goes-on", format!("{} is not over; end it first", kept.name()))
    }
}

impl From<StoreError> for Refused {
    fn from(why: StoreError) -> Self {
        let code = if matches!(why, StoreError::Held { .. }) { "held" } else { "data" };
        Self::new(code, why)
    }
}
