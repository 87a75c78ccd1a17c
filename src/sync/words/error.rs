//! What is wrong with typed words.

use thiserror::Error;

use super::Word;

/// Typed words are no command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WordsError {
    /// No such verb.
    #[error("there is no command “{0}”; type help for a list")]
    NoSuchCommand(String),
    /// The arguments do not fit the verb.
    #[error("write: {} {}", .0.verb, .0.arguments)]
    Arguments(Word),
    /// Nobody has that name.
    #[error("nobody here is called “{0}”")]
    Nobody(String),
    /// Several people have names that begin so.
    #[error("“{typed}” may be {}; type more of the name", names.join(", "))]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// Who it may be.
        names: Vec<String>,
    },
    /// No waiting hand has that number, or no such person a hand.
    #[error("“{0}” has no hand waiting")]
    NoHand(String),
    /// Nobody has the turn.
    #[error("nobody has the turn")]
    NoTurn,
    /// Nobody has proposed anything.
    #[error("no proposal is open")]
    NoProposal,
    /// No agenda item is on.
    #[error("no agenda item is on")]
    NoItem,
}

impl WordsError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchCommand(_) | Self::Arguments(_) => "usage",
            Self::Nobody(_) => "nobody-there",
            Self::Ambiguous { .. } => "ambiguous-name",
            Self::NoHand(_) => "no-such-hand",
            Self::NoTurn => "no-turn",
            Self::NoProposal => "no-proposal",
            Self::NoItem => "no-such-item",
        }
    }

    /// Whether the words themselves are wrong, and not what they name.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoSuchCommand(_) | Self::Arguments(_))
    }
}
