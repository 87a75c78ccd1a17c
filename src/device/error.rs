//! Why there is no sound.

use thiserror::Error;

use super::Direction;

/// Why a device can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The choice is `none`.
    #[error("no {0}, as asked")]
    Off(Direction),
    /// Neither PulseAudio nor ALSA is there.
    #[error("no PulseAudio server answers and libasound.so.2 is not installed; start one or install it")]
    NoHost,
    /// No device is the one asked for.
    #[error("no {way} is called “{wanted}”; `palco devices` lists them")]
    NotThere {
        /// Which way the sound goes.
        way: Direction,
        /// What was asked for.
        wanted: String,
    },
    /// A device was named and only ALSA is there.
    #[error("the {way} “{wanted}” needs PulseAudio, which does not answer; ALSA has only “default”")]
    OnlyAlsa {
        /// Which way the sound goes.
        way: Direction,
        /// What was asked for.
        wanted: String,
    },
    /// Several devices fit what was asked for.
    #[error("more than one {way} is called “{wanted}”: {names}; give the whole id")]
    Several {
        /// Which way the sound goes.
        way: Direction,
        /// What was asked for.
        wanted: String,
        /// The ids that fit.
        names: String,
    },
    /// The sound system has no such device at all.
    #[error("this machine has no {0}")]
    NoDevice(Direction),
    /// The device is there and does not open.
    #[error("the {way} “{name}” does not open: {why}")]
    Refused {
        /// Which way the sound goes.
        way: Direction,
        /// Its name.
        name: String,
        /// What the sound system says.
        why: String,
    },
    /// The device was unplugged or the sound server ended.
    #[error("the {way} “{name}” is gone")]
    Gone {
        /// Which way the sound goes.
        way: Direction,
        /// Its name.
        name: String,
    },
}

impl DeviceError {
    /// The stable word, for those who say it in their own words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Off(_) => "off",
            Self::NoHost => "no-host",
            Self::NotThere { .. } => "not-there",
            Self::OnlyAlsa { .. } => "only-alsa",
            Self::Several { .. } => "several",
            Self::NoDevice(_) => "no-device",
            Self::Refused { .. } => "does-not-open",
            Self::Gone { .. } => "gone",
        }
    }

    /// The device's name, or what was asked for; empty where there is none.
    pub fn name(&self) -> &str {
        match self {
            Self::NotThere { wanted, .. } | Self::OnlyAlsa { wanted, .. } | Self::Several { wanted, .. } => {
                wanted
            }
            Self::Refused { name, .. } | Self::Gone { name, .. } => name,
            Self::Off(_) | Self::NoHost | Self::NoDevice(_) => "",
        }
    }
}
