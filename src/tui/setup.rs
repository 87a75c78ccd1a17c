//! What a console is told once, before its first frame.

use std::collections::BTreeMap;

use crate::meeting::ParticipantId;

use crate::sync::FeedChoice;

use super::{Keymap, Language, Theme, Volume};

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal without any. Bold, dim, underline and reverse remain.
    None,
    /// The sixteen ANSI colours.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits a colour.
    #[default]
    True,
}

/// Which signs a terminal and its font can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symbols {
    /// Lines, blocks and marks from Unicode.
    #[default]
    Unicode,
    /// ASCII alone, apart from people's own text.
    Ascii,
}

/// What differs between consoles: terminal, language, taste.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The room's name, as in its address.
    pub room: String,
    /// The line that others type to join; shown to hosts.
    pub join_line: Option<String>,
    /// Whether the server ends with this console.
    pub serves: bool,
    /// The server as `palco audio` takes it after the @.
    pub server: String,
    /// The command that reaches the server over SSH, without words for it: `ssh -p 7722 192.0.2.7`; on a console over SSH,
    /// which has no sound of its own.
    pub ssh: Option<String>,
    /// Language of every text.
    pub language: Language,
    /// Colours by scope.
    pub theme: Theme,
    /// How many of them the terminal shows.
    pub depth: Depth,
    /// Which signs it shows.
    pub symbols: Symbols,
    /// Keys.
    pub keymap: Keymap,
    /// Whether the terminal reports key releases, so that Space can be held to talk.
    pub key_releases: bool,
    /// Whether the terminal reports the mouse, which holds the TALK button.
    pub mouse: bool,
    /// Whether level meters are left out, for links where each byte counts.
    pub without_meters: bool,
    /// How loud everybody together is played.
    pub volume: Volume,
    /// How loud those are played who are not played as they come.
    pub volumes: BTreeMap<ParticipantId, Volume>,
    /// What is to be heard.
    pub feed: FeedChoice,
    /// Whether nothing moves by itself: who speaks is a word that stays for a while, and no meter.
    pub reduced_motion: bool,
    /// Whether commands are typed as words and there are no keys to name ([`Plain`](super::Plain)).
    pub plain: bool,
    /// Whether the microphone is opened for speaking alone, so that it cannot be tried before.
    pub untried_mic: bool,
    /// Seconds east of UTC, for times of day.
    pub utc_offset_secs: i32,
}
