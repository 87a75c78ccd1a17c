//! The stage and its microphones.

use crate::meeting::{
    Event, Meeting, Mic, Millis, Participant, ParticipantId, Rejection, Role, RoundExit, StagePlace,
    StageReason,
};

use super::{Asker, NOTHING, Outcome};

impl Meeting {
    pub(super) fn decide_invite(&self, participant: ParticipantId) -> Outcome {
        let person = self.person(participant)?;
        if person.role == Role::Listener {
            return Err(Rejection::ListenerOffStage);
        }
        if person.stage.as_ref().is_some_and(|s| s.reason != StageReason::Turn) {
            return Err(Rejection::OnStage);
        }
        self.check_not_declined(person)?;
        if person.invited_at.is_some() {
            return NOTHING;
        }
        Ok(vec![Event::Invited { participant }])
    }

    pub(super) fn decide_accept(&self, asker: Asker<'_>) -> Outcome {
        self.check_not_declined(asker.person)?;
        match (asker.person.invited_at, &asker.person.stage) {
            (Some(_), _) => Ok(vec![step_up(asker.person, StageReason::Invited)]),
            (None, Some(_)) => NOTHING,
            (None, None) => Err(Rejection::NotInvited),
        }
    }

    pub(super) fn decide_decline(&self, asker: Asker<'_>) -> Outcome {
        match asker.person.invited_at {
            Some(_) => Ok(vec![Event::Declined { participant: asker.id() }]),
            None => NOTHING,
        }
    }

    pub(super) fn decide_step_up(&self, asker: Asker<'_>) -> Outcome {
        self.check_not_declined(asker.person)?;
        match &asker.person.stage {
            Some(place) if place.reason != StageReason::Turn => NOTHING,
            _ => Ok(vec![step_up(asker.person, StageReason::Role)]),
        }
    }

    pub(super) fn decide_off_stage(&self, asker: Asker<'_>, participant: ParticipantId) -> Outcome {
        let person = self.person(participant)?;
        asker.may_touch(person)?;
        Ok(self.stage_ban(person))
    }

    pub(super) fn decide_mute(&self, asker: Asker<'_>) -> Outcome {
        if place_of(asker.person)?.muted {
            return NOTHING;
        }
        Ok(vec![Event::Muted { participant: asker.id() }])
    }

    pub(super) fn decide_unmute(&self, asker: Asker<'_>) -> Outcome {
        let place = place_of(asker.person)?;
        if asker.person.mic() == Mic::Held {
            return Err(Rejection::MicHeld);
        }
        if !place.muted {
            return NOTHING;
        }
        if !self.round_lets_speak(asker.person) {
            return Err(Rejection::RoundOn);
        }
        self.check_consent(asker.person)?;
        Ok(vec![Event::Unmuted { participant: asker.id() }])
    }

    pub(super) fn decide_hold(&self, asker: Asker<'_>, participant: ParticipantId) -> Outcome {
        let person = self.person(participant)?;
        asker.may_touch(person)?;
        place_of(person)?;
        if person.held {
            return NOTHING;
        }
        Ok(vec![Event::Held { participant, all: false }])
    }

    pub(super) fn decide_release(&self, asker: Asker<'_>, participant: ParticipantId) -> Outcome {
        let person = self.person(participant)?;
        asker.may_touch(person)?;
        if !person.held && !person.stage.as_ref().is_some_and(|s| s.held) {
            return NOTHING;
        }
        Ok(vec![Event::Released { participant, all: false }])
    }

    pub(super) fn decide_record_speech(&self, participant: ParticipantId, spoken: Millis) -> Outcome {
        let counts = spoken > Millis::ZERO
            && self.is_on_record()
            && self.participant(participant).is_some_and(Participant::is_in);
        if counts { Ok(vec![Event::Spoke { participant, spoken }]) } else { NOTHING }
    }

    /// Takes somebody off the stage, whose turn or time in the round ends with it.
    pub(super) fn stage_exit(&self, person: &Participant, how: RoundExit) -> Vec<Event> {
        let participant = person.id;
        let turn = self.turn.as_ref().filter(|t| t.hand.participant == participant);
        let ended = turn.map(|t| Event::TurnEnded { turn: t.id });
        let left = person.stage.as_ref().map(|_| Event::SteppedDown { participant });
        let (over, next) = self.round_without(participant, how);
        over.into_iter().chain(ended).chain(left).chain(next).collect()
    }

    /// Takes somebody off the stage and their invitation back.
    fn stage_ban(&self, person: &Participant) -> Vec<Event> {
        let mut events = self.stage_exit(person, RoundExit::Done);
        events.extend(person.invited_at.map(|_| Event::Declined { participant: person.id }));
        events
    }

    /// Takes somebody off the stage, out of the queue and out of the round: they listen.
    pub(super) fn silenced(&self, person: &Participant) -> Vec<Event> {
        let mut events = self.stage_ban(person);
        events.extend(self.hand_exit(person.id));
        let waits = self.round.as_ref().is_some_and(|r| r.waiting.contains(&person.id));
        events.extend(waits.then_some(Event::RoundPassed { participant: person.id }));
        events
    }

    /// What becomes of somebody's place on the stage when their role becomes `role`.
    pub(super) fn stage_without_role(&self, person: &Participant, role: Role) -> Vec<Event> {
        let participant = person.id;
        if role == Role::Listener {
            return self.silenced(person);
        }
        let by_role = person.stage.as_ref().is_some_and(|s| s.reason == StageReason::Role);
        if role != Role::Attendee || !by_role {
            return Vec::new();
        }
        if self.turn.as_ref().is_some_and(|t| t.hand.participant == participant) {
            return vec![step_up(person, StageReason::Turn)];
        }
        if self.round.as_ref().is_some_and(|r| r.is_speaker(participant)) {
            return vec![step_up(person, StageReason::Round)];
        }
        vec![Event::SteppedDown { participant }]
    }

    /// What follows for somebody whose time for `reason` is over: who stands on the stage for it steps down, others are muted.
    pub(super) fn off_after(&self, participant: ParticipantId, reason: StageReason) -> Option<Event> {
        let place = self.participant(participant)?.stage.as_ref()?;
        if place.reason == reason {
            return Some(Event::SteppedDown { participant });
        }
        (!place.muted).then_some(Event::Muted { participant })
    }
}

/// Stands on the stage for `reason`: muted, or as it was for somebody who stands there already.
fn step_up(person: &Participant, reason: StageReason) -> Event {
    let muted = person.stage.as_ref().is_none_or(|s| s.muted);
    Event::SteppedUp { participant: person.id, reason, muted }
}

/// Brings somebody up for `reason`, or opens a microphone that stands there already: `muted` tells how it stands, `None` for
/// nobody on the stage.
pub(super) fn bring_on(person: &Participant, reason: StageReason, muted: Option<bool>) -> Option<Event> {
    let participant = person.id;
    match muted {
        None => Some(Event::SteppedUp { participant, reason, muted: !person.auto_open }),
        Some(true) if !person.held && person.auto_open => Some(Event::Unmuted { participant }),
        Some(_) => None,
    }
}

fn place_of(person: &Participant) -> Result<&StagePlace, Rejection> {
    person.stage.as_ref().ok_or(Rejection::NotOnStage)
}
