//! What a link tells, whatever it is made of.

use crate::meeting::Millis;
use crate::wire::{AudioMessage, MixMessage, ServerMessage};

/// What a link tells its program. Nothing follows when it has ended.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkEvent {
    /// A connection is being tried; an old one may still be there, silent.
    Connecting {
        /// Which try, from 1.
        attempt: u32,
    },
    /// Connected, or heard again: unsettled commands are to be sent again now. A new welcome follows if it is a new
    /// connection.
    Connected,
    /// The server says something.
    Message(ServerMessage),
    /// Sound of single people.
    Audio(AudioMessage),
    /// A stretch of the mix.
    Mix(MixMessage),
    /// No connection; the link tries again by itself.
    Lost {
        /// Stable word for why, for programs.
        code: String,
        /// Why, as a sentence.
        why: String,
        /// When it tries next.
        retry_in: Millis,
    },
    /// The server does not want this client back; the link has ended.
    Ended {
        /// Stable word, for programs.
        code: String,
        /// Sentence, for people.
        text: String,
    },
}
