//! Why a console ended.

use crate::tui::Language;

/// Why a console ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The person left the meeting.
    Left,
    /// The process was told to end, or whatever it belongs to ended.
    Told,
    /// The terminal is gone.
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
    /// The line for the normal screen; `None` when nobody is there to read it.
    pub(crate) fn line(&self, language: Language) -> Option<String> {
        let words = match (self, language) {
            (Self::HungUp, _) => return None,
            (Self::Ended { text, .. }, _) => text,
            (Self::Left, Language::En) => "You left the meeting.",
            (Self::Left, Language::It) => "Sei uscito dalla riunione.",
            (Self::Told, Language::En) => "palco was told to end; your seat is free.",
            (Self::Told, Language::It) => "palco è stato chiuso; il tuo posto è libero.",
        };
        Some(words.to_owned())
    }

    /// Whether it is what the person wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        match self {
            Self::Left | Self::Told | Self::HungUp => true,
            Self::Ended { code, .. } => code == "left",
        }
    }
}
