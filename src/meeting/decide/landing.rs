//! The end of a meeting: by a host, by the last words, or by the hard limit.
//!
//! The hard limit closes the queue by itself, and no more: whoever waits is still called. Only [`LANDING_TIME`](crate::meeting::LANDING_TIME) later the
//! meeting ends whatever is on, so that a meeting that everybody forgot does not go on for ever. A host pushes both away.

use crate::meeting::{Event, LAST_WORDS, MAX_EXTENSION_MINS, Meeting, Millis, Phase, Timestamp};

use super::{NOTHING, Outcome, check_length};

impl Meeting {
    pub(super) fn decide_close(&self) -> Outcome {
        if self.phase == Phase::Closing { NOTHING } else { Ok(vec![Event::Closed]) }
    }

    /// Ends the turn, clears the stage, the invitations and the proposal; waiting hands stay in the record.
    pub(super) fn decide_end(&self) -> Outcome {
        if self.phase == Phase::Ended {
            return NOTHING;
        }
        let mut events: Vec<_> = self.turn.iter().map(|t| Event::TurnEnded { turn: t.id }).collect();
        events.extend(self.round_end());
        events.extend(self.stage().iter().map(|p| Event::SteppedDown { participant: p.id }));
        let invited = self.participants.values().filter(|p| p.invited_at.is_some());
        events.extend(invited.map(|p| Event::Declined { participant: p.id }));
        events.extend(self.close_proposal(false));
        events.extend(self.recording_ends(self.landed_by()));
        events.push(Event::Ended);
        Ok(events)
    }

    /// A limit that has passed already is counted from now, so that a push always gives its whole length.
    pub(super) fn decide_push_limit(&self, by: Millis, now: Timestamp) -> Outcome {
        check_length(by, MAX_EXTENSION_MINS)?;
        let limit = self.limit().max(self.clock.elapsed(now)).plus(by);
        Ok(vec![Event::LimitPushed { by, overrun: limit.minus(self.clock.planned) }])
    }

    /// When the landing takes its next step by itself.
    pub(super) fn landing_due(&self) -> Option<Timestamp> {
        if self.phase == Phase::Live {
            return self.clock.moment(self.limit());
        }
        let landing = self.landing()?;
        let quiet = self.is_quiet().then(|| landing.last_words_until.unwrap_or(landing.since));
        let next = [quiet, self.landing_bound()].into_iter().flatten().min()?;
        self.clock.moment(next)
    }

    /// The step that is due: the queue closes, the last words begin, or the meeting ends.
    pub(super) fn land(&self, now: Timestamp) -> Outcome {
        if self.phase == Phase::Live {
            return Ok(vec![Event::Closed, Event::LimitReached]);
        }
        let bound = self.landing_bound().is_some_and(|bound| bound <= self.clock.elapsed(now));
        if bound || self.last_words_left(now).is_some() {
            return self.decide_end();
        }
        Ok(vec![Event::LastWordsBegan { length: LAST_WORDS }])
    }
}
