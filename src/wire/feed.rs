//! What a seat hears.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How good a mix is, and what it costs on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// 8 kb/s: intelligible wideband speech at about 1.3 kB/s on the wire, 240 ms a message.
    Kb8,
    /// 16 kb/s: good wideband speech, 60 ms a message.
    Kb16,
    /// 32 kb/s: everything that is to be heard, 20 ms a message.
    Kb32,
}

impl Rung {
    /// Every rung, the best first.
    pub const ALL: [Self; 3] = [Self::Kb32, Self::Kb16, Self::Kb8];

    /// Kilobits a second of the encoder, which names the rung.
    pub const fn kbps(self) -> u32 {
        match self {
            Self::Kb8 => 8,
            Self::Kb16 => 16,
            Self::Kb32 => 32,
        }
    }

    /// The rung of that name.
    pub fn from_kbps(kbps: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.kbps() == kbps)
    }
}

/// What a seat hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Feed {
    /// Nothing.
    #[default]
    None,
    /// Each live microphone's own packets.
    Forward,
    /// Everybody in one, mixed by the server; without one's own voice.
    Mix(Rung),
    /// What this seat itself says, and nothing else: nobody else hears it.
    Echo,
}

impl Feed {
    /// Every feed.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Forward,
        Self::Mix(Rung::Kb32),
        Self::Mix(Rung::Kb16),
        Self::Mix(Rung::Kb8),
        Self::Echo,
    ];

    /// Its word on the wire and in settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Forward => "forward",
            Self::Mix(Rung::Kb32) => "mix-32",
            Self::Mix(Rung::Kb16) => "mix-16",
            Self::Mix(Rung::Kb8) => "mix-8",
            Self::Echo => "echo",
        }
    }

    /// The feed of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.word() == word)
    }
}

/// No feed has this word.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no feed “{0}”; use none, forward, mix-32, mix-16, mix-8 or echo")]
pub struct NoSuchFeed(String);

impl From<Feed> for &'static str {
    fn from(feed: Feed) -> Self {
        feed.word()
    }
}

impl TryFrom<String> for Feed {
    type Error = NoSuchFeed;

    fn try_from(word: String) -> Result<Self, NoSuchFeed> {
        Self::from_word(&word).ok_or(NoSuchFeed(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for feed in Feed::ALL {
            let json = serde_json::to_string(&feed).unwrap();
            assert_eq!(json, format!("{:?}", feed.word()));
            assert_eq!(serde_json::from_str::<Feed>(&json).unwrap(), feed);
        }
        assert!(serde_json::from_str::<Feed>("\"mix-12\"").unwrap_err().to_string().contains("mix-12"));
        assert_eq!(Rung::from_kbps(16), Some(Rung::Kb16));
        assert_eq!(Rung::from_kbps(24), None);
    }
}
