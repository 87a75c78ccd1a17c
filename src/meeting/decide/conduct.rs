//! The start and the clock.

use crate::meeting::{Event, Meeting, Participation, Phase};

use super::{Asker, NOTHING, Outcome};

impl Meeting {
    /// Opens the doors on a silent stage.
    pub(super) fn decide_start(&self, asker: Asker<'_>) -> Outcome {
        if self.phase == Phase::Live {
            return NOTHING;
        }
        let first = self.agenda.first().map(|i| Event::ItemStarted { item: Some(i.id) });
        let recording = self.recording_at_start(asker);
        Ok(self.doors_exit().chain([Event::Started]).chain(first).chain(recording).collect())
    }

    pub(super) fn decide_set_participation(&self, policy: Participation) -> Outcome {
        if self.participation == policy { NOTHING } else { Ok(vec![Event::ParticipationSet { policy }]) }
    }

    pub(super) fn decide_set_mirror(&self, open: bool) -> Outcome {
        if self.mirror == open { NOTHING } else { Ok(vec![Event::MirrorSet { open }]) }
    }

    pub(super) fn decide_pause(&self) -> Outcome {
        if self.clock.is_paused() { NOTHING } else { Ok(vec![Event::Paused]) }
    }

    pub(super) fn decide_resume(&self) -> Outcome {
        if self.clock.is_paused() { Ok(vec![Event::Resumed]) } else { NOTHING }
    }
}
