//! Why a console ended.

use crate::tui::Language;

/// Why a console ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The person left the meeting.
    Left,
    /// The process was told to end, or whatever it belongs to ended.
    Told,
    /// The terminal is gone: nobody is there to read why.
    HungUp,
    /// The server ended the connection for good.
    Ended {
        /// Stable word, for programs.
        code: String,
        /// Sentence, for people.
        text: String,
    },
}

impl End {
    /// The line for the normal screen.
    pub fn line(&self, language: Language) -> String {
        match self {
            Self::Ended { code, text } => language.refusal(code, text),
            Self::Told | Self::HungUp => language.told_to_end().to_owned(),
            Self::Left => language.you_left().to_owned(),
        }
    }
}
