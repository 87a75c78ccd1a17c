//! What somebody wants of a deck, and what it tells.

use crate::audio::Level;
use crate::meeting::Millis;

/// Something that a deck is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// Play, or stand still.
    Play(bool),
    /// Go on from there.
    Seek(Millis),
    /// Play so many times as fast.
    Speed(f64),
    /// Leave out silence, or not.
    SkipSilence(bool),
}

impl Order {
    /// What plays a recording from a place.
    pub fn begin(at: Millis, speed: f64, skips_silence: bool) -> [Self; 4] {
        [Self::Speed(speed), Self::SkipSilence(skips_silence), Self::Seek(at), Self::Play(true)]
    }
}

/// How a deck plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Playing {
    /// Where it is heard, from the start of the recording.
    pub position: Millis,
    /// How loud the recording is there.
    pub level: Level,
    /// Whether it plays.
    pub plays: bool,
    /// Whether it came to the end.
    pub has_ended: bool,
    /// How many [`Order::Seek`]s it has followed.
    pub seeks: u64,
    /// Why nothing is heard; a clock moves it on then.
    pub silent: Option<String>,
}

impl Default for Playing {
    fn default() -> Self {
        Self {
            position: Millis::ZERO,
            level: Level::SILENT,
            plays: false,
            has_ended: false,
            seeks: 0,
            silent: None,
        }
    }
}
