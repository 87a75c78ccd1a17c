//! A recording's sound to this machine's speaker.

use crate::client::sound::{DeviceState, Speaker};
use crate::device::DeviceChoice;
use crate::playback::{Outlet, Taking};

/// The speaker, or why there is none.
pub(super) struct Speakers {
    speaker: Speaker,
}

impl Speakers {
    pub(super) fn new(choice: DeviceChoice) -> Self {
        Self { speaker: Speaker::new(choice) }
    }
}

impl Outlet for Speakers {
    fn poll(&mut self, plays: bool) -> Taking {
        if let Some(playback) = self.speaker.poll(plays) {
            return Taking::Now { wanted: playback.wanted(), unheard: playback.unheard() };
        }
        match self.speaker.shown() {
            DeviceState::Off => Taking::Not(String::new()),
            DeviceState::Problem(trouble) => Taking::Not(trouble.text.clone()),
            DeviceState::Starting | DeviceState::Ready(_) => Taking::Soon,
        }
    }

    fn write(&mut self, samples: &[f32]) {
        if let Some(playback) = self.speaker.poll(true) {
            playback.write(samples);
        }
    }
}
