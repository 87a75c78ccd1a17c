//! Which device somebody wants, and which of those that are there it is.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::DeviceError;

/// Which device somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The machine's own choice.
    #[default]
    Default,
    /// No device: no sound.
    None,
    /// The device with this id, or the only one whose id or name has this in it.
    Named(String),
}

impl FromStr for DeviceChoice {
    type Err = Infallible;

    fn from_str(s: &str) -> Result<Self, Infallible> {
        Ok(match s.trim() {
            "" | "default" => Self::Default,
            "none" => Self::None,
            name => Self::Named(name.to_owned()),
        })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::None => "none",
            Self::Named(name) => name,
        })
    }
}

/// Which way the sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a microphone.
    Capture,
    /// To a speaker.
    Playback,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capture => "microphone",
            Self::Playback => "speaker",
        })
    }
}

/// What a speaker's monitor is called: a microphone that hears what the speaker plays.
const MONITOR: &str = ".monitor";

/// The place of the wanted device among `(id, name)` pairs.
///
/// An id is taken as it is; a part has to fit one device only, monitors left aside unless nothing else fits.
pub(super) fn select(wanted: &str, there: &[(String, String)], way: Direction) -> Result<usize, DeviceError> {
    if let Some(i) = there.iter().position(|(id, _)| id == wanted) {
        return Ok(i);
    }
    let part = wanted.to_lowercase();
    let fits = |(id, name): &(String, String)| {
        id.to_lowercase().contains(&part) || name.to_lowercase().contains(&part)
    };
    let all: Vec<usize> = (0..there.len()).filter(|&i| fits(&there[i])).collect();
    let real: Vec<usize> = all.iter().copied().filter(|&i| !there[i].0.ends_with(MONITOR)).collect();
    match (real.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one]) => Ok(*one),
        ([], []) => Err(DeviceError::NotThere { way, wanted: wanted.to_owned() }),
        ([], many) | (many, _) => {
            let names = many.iter().map(|&i| there[i].0.as_str()).collect::<Vec<_>>().join(", ");
            Err(DeviceError::Several { way, wanted: wanted.to_owned(), names })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> Vec<(String, String)> {
        [
            ("alsa_output.pci.analog.monitor", "Monitor of Built-in Audio"),
            ("alsa_input.pci.analog", "Built-in Audio Analog"),
            ("alsa_input.usb.mono", "Blue Yeti"),
            ("spk.monitor", "Monitor of spk"),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec()
    }

    fn pick(wanted: &str) -> Result<usize, DeviceError> {
        select(wanted, &there(), Direction::Capture)
    }

    #[test]
    fn by_id_or_by_a_part_that_fits_one() {
        assert_eq!(pick("spk.monitor"), Ok(3));
        assert_eq!(pick("yeti"), Ok(2));
        assert_eq!(pick("built-in"), Ok(1), "monitors stand back");
        assert_eq!(pick("spk"), Ok(3), "unless nothing else fits");
        assert!(matches!(pick("alsa_input"), Err(DeviceError::Several { .. })));
        assert!(matches!(pick("rode"), Err(DeviceError::NotThere { .. })));
    }

    #[test]
    fn words_for_choices() {
        assert_eq!("none".parse(), Ok(DeviceChoice::None));
        assert_eq!("".parse(), Ok(DeviceChoice::Default));
        assert_eq!("Yeti".parse(), Ok(DeviceChoice::Named("Yeti".to_owned())));
    }
}
