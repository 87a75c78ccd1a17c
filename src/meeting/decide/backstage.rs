//! Before the doors open, and talkback after.

use crate::meeting::{Event, Meeting, Millis, Phase, Reach, Rejection, Timestamp};

use super::{Asker, NOTHING, Outcome};

/// How far ahead a start can be planned: further is a slip of the date, and belongs on a calendar.
const PLAN_AHEAD: Millis = Millis::from_mins(7 * 24 * 60);

impl Meeting {
    pub(super) fn decide_prepare(&self) -> Outcome {
        if self.phase == Phase::Backstage { NOTHING } else { Ok(vec![Event::Prepared]) }
    }

    /// A plan is what the lobby counts down to; a host opens the doors.
    pub(super) fn decide_plan_start(&self, at: Option<Timestamp>, now: Timestamp) -> Outcome {
        if self.clock.starts_at == at {
            return NOTHING;
        }
        if at.is_some_and(|at| at <= now || at > now.plus(PLAN_AHEAD)) {
            return Err(Rejection::BadTime);
        }
        Ok(vec![Event::StartPlanned { at }])
    }

    /// Mutes every open microphone: what is being said backstage is not for those who come in.
    pub(super) fn doors_exit(&self) -> impl Iterator<Item = Event> {
        let open = |p: &&super::Participant| p.stage.as_ref().is_some_and(|place| !place.muted);
        self.stage().into_iter().filter(open).map(|p| Event::Muted { participant: p.id })
    }

    pub(super) fn decide_talk_to(&self, asker: Asker<'_>, reach: Reach) -> Outcome {
        let participant = asker.id();
        let place = asker.person.stage.as_ref().ok_or(Rejection::NotOnStage)?;
        if place.reach == reach {
            return NOTHING;
        }
        // In a round one person speaks to everybody: who came by talkback is muted, which ends the talkback too.
        let cuts_in = reach == Reach::Everybody
            && !place.muted
            && self.round.as_ref().is_some_and(|r| !r.is_speaker(participant));
        Ok(vec![if cuts_in { Event::Muted { participant } } else { Event::ReachSet { participant, reach } }])
    }
}
