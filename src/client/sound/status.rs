//! What the engine tells of itself.

use std::time::Duration;

use crate::audio::Level;
use crate::device::DeviceError;
use crate::meeting::Source;

/// The devices, the microphone and the levels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoundStatus {
    /// The microphone.
    pub mic: DeviceState,
    /// The speaker.
    pub speaker: DeviceState,
    /// Whether the microphone is open: what is spoken leaves.
    pub mic_open: bool,
    /// The own level, 0..=1, while the microphone is open or tested.
    pub own: Option<SourceLevel>,
    /// Who is heard and how loud, by source.
    pub levels: Vec<SourceLevel>,
}

/// A device, as far as somebody who uses it cares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceState {
    /// It is being looked for.
    #[default]
    Starting,
    /// It is not wanted.
    Off,
    /// It works; its name.
    Ready(String),
    /// It does not work. It is tried again every second.
    Problem(Trouble),
}

/// Why a device does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Stable word, as of [`DeviceError::code`]; `failed` for what no device has to do with.
    pub code: &'static str,
    /// The device, or what was asked for; may be empty.
    pub name: String,
    /// A sentence.
    pub text: String,
}

impl Trouble {
    /// Something beside the device failed.
    pub(super) fn failed(text: String) -> Self {
        Self { code: "failed", name: String::new(), text }
    }
}

impl From<&DeviceError> for Trouble {
    fn from(error: &DeviceError) -> Self {
        Self { code: error.code(), name: error.name().to_owned(), text: error.to_string() }
    }
}

/// How loud somebody is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceLevel {
    /// Who; 0 is oneself.
    pub source: Source,
    /// 0 (nothing to hear) to 1 (full scale).
    pub level: f32,
    /// Whether it is voice.
    pub voice: bool,
}

/// How much a meter falls in a second, of its whole length: an eye follows it.
const FALL: f32 = 1.2;

/// How long a voice still counts as speaking: bridges the packets left out in silence.
const VOICE_HOLD: Duration = Duration::from_millis(300);

/// The steps of a meter: finer ones are not seen and cost a redraw.
const STEPS: f32 = 50.0;

/// A level that rises at once and falls slowly.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    level: f32,
    at: Duration,
    voice_until: Duration,
}

impl Meter {
    /// Notes a level heard at `now`.
    pub fn note(&mut self, level: Level, now: Duration) {
        self.level = self.fallen(now).max(level.meter());
        self.at = now;
        if level.is_voice() {
            self.voice_until = now + VOICE_HOLD;
        }
    }

    /// What it shows at `now`, in steps of 0.02.
    pub fn show(&self, source: Source, now: Duration) -> SourceLevel {
        let level = (self.fallen(now) * STEPS).round() / STEPS;
        SourceLevel { source, level, voice: now < self.voice_until }
    }

    fn fallen(&self, now: Duration) -> f32 {
        (self.level - now.saturating_sub(self.at).as_secs_f32() * FALL).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_rises_at_once_and_falls_slowly() {
        let mut meter = Meter::default();
        let at = Duration::from_millis;
        meter.note(Level::from_byte(0x80 | 12), at(0));
        let shown = meter.show(Source(3), at(0));
        assert_eq!((shown.level, shown.voice), (0.8, true));
        meter.note(Level::from_byte(60), at(250));
        assert_eq!(meter.show(Source(3), at(250)).level, 0.5);
        let end = meter.show(Source(3), at(2_000));
        assert_eq!((end.level, end.voice), (0.0, false));
    }
}
