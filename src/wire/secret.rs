//! Words that open doors.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The shortest passcode, in characters: with the limit on tries, a year is not enough to guess one.
pub const MIN_PASSCODE: usize = 8;

/// The longest secret, in bytes: a sentence that somebody remembers.
pub const MAX_SECRET: usize = 256;

/// A passcode or an invite's token. It goes over the wire and is shown nowhere: neither a log nor a panic has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the white space around it off; `None` when nothing is left, or too much.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (1..=MAX_SECRET).contains(&text.len()).then(|| Self(text.to_owned()))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Takes as long for any two of a length.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (self.0.as_bytes(), other.0.as_bytes());
        own.len() == other.len() && own.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_nowhere() {
        let secret = Secret::new(" correct horse\n").unwrap();
        assert_eq!(secret.expose(), "correct horse");
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
        assert!(Secret::new(" ").is_none() && Secret::new(&"x".repeat(257)).is_none());
        assert!(secret == secret.clone() && Some(secret) != Secret::new("correct house"));
    }
}
