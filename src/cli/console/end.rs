//! Why a console ended.

use crate::tui::Language;

/// Why a console ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
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
    pub(super) fn line(&self, language: Language) -> &str {
        match (self, language) {
            (Self::Ended { text, .. }, _) => text,
            (Self::Told | Self::HungUp, Language::En) => "palco was told to end.",
            (Self::Told | Self::HungUp, Language::It) => "palco è stato chiuso.",
            (Self::Left, Language::En) => "You left the meeting.",
            (Self::Left, Language::It) => "Sei uscito dalla riunione.",
        }
    }
}
