//! Which key does what.

use thiserror::Error;

/// Keys and their actions.
#[derive(Clone, Debug, Default)]
pub struct Keymap {}

/// A `[keys]` table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeymapError {
    /// No action has this name.
    #[error("[keys] has no action “{word}”; `palco keys` lists them")]
    UnknownAction {
        /// The name.
        word: String,
    },
    /// A key cannot be read.
    #[error("[keys] {word}: “{key}” is no key; write one such as n, Enter, Space, F2, Ctrl-L")]
    BadKey {
        /// The action.
        word: String,
        /// What is written.
        key: String,
    },
    /// Two actions want one key.
    #[error("[keys] {key} is given to both {first} and {second}; give one of them another key")]
    Twice {
        /// The key.
        key: String,
        /// An action.
        first: String,
        /// Another.
        second: String,
    },
}

impl Keymap {
    /// The default keys with some actions bound otherwise: pairs of an action's word and its key.
    ///
    /// # Errors
    /// The first pair that cannot be used.
    pub fn with<'a>(_pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, KeymapError> {
        Ok(Self::default())
    }
}
