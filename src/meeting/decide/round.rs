//! The round: who speaks, and who is next.

use crate::meeting::{
    Command, Event, Meeting, Millis, Participant, ParticipantId, Reach, Rejection, Role, Round, RoundExit,
    RoundOrder, RoundSpeaker, StageReason, Timestamp,
};

use super::stage::bring_on;
use super::{Asker, NOTHING, Outcome};

/// The shortest time each: a name and a greeting.
const SHORTEST: Millis = Millis::from_secs(5);

/// The longest time each: more is a talk and no round.
const LONGEST: Millis = Millis::from_mins(30);

impl Meeting {
    /// What is asked about a round.
    pub(super) fn decide_round(&self, command: &Command, asker: Asker<'_>, now: Timestamp) -> Outcome {
        match command {
            Command::StartRound { order, each, seed } => self.decide_start_round(*order, *each, *seed, now),
            Command::RoundDone { current } => self.decide_round_done(asker, *current),
            Command::RoundPass { participant } => self.decide_round_pass(asker, *participant),
            Command::RoundSkip { participant } => self.decide_round_skip(asker, *participant),
            Command::RoundMove { participant, position } => self.decide_round_move(*participant, *position),
            Command::EndRound => self.decide_end_round(),
            _ => Err(Rejection::ServerOnly),
        }
    }

    /// Ends the turn that is on, mutes everybody who is heard by all, and gives the first their time; one arranged by hand waits
    /// for the host's word.
    fn decide_start_round(
        &self,
        order: RoundOrder,
        each: Millis,
        seed: Option<u64>,
        now: Timestamp,
    ) -> Outcome {
        if self.round.is_some() {
            return Err(Rejection::RoundOn);
        }
        if !(SHORTEST..=LONGEST).contains(&each) {
            return Err(Rejection::BadRoundTime {
                min_secs: SHORTEST.as_secs(),
                max_secs: LONGEST.as_secs(),
            });
        }
        let seed = (order == RoundOrder::Random).then(|| seed.unwrap_or(now.0));
        let participants = self.round_list(order, seed.unwrap_or(0));
        let turn = self.turn.as_ref().map(|t| t.hand.participant);
        let mut events = self.end_of_turn();
        let open = self.stage().into_iter().filter(|p| p.is_open_to_all() && Some(p.id) != turn);
        events.extend(open.map(|p| Event::Muted { participant: p.id }));
        events.push(Event::RoundStarted { order, seed, each, participants: participants.clone() });
        if order != RoundOrder::Manual {
            events.extend(self.give_round(&participants, turn));
        }
        Ok(events)
    }

    /// Ends the time of `current` and gives the next theirs; with nobody, begins a round that was arranged by hand.
    fn decide_round_done(&self, asker: Asker<'_>, current: Option<ParticipantId>) -> Outcome {
        let round = self.round_on()?;
        if round.speaker.map(|s| s.participant) != current {
            return Err(Rejection::StaleTurn);
        }
        match current {
            Some(speaker) => {
                asker.may_act_on(speaker)?;
                Ok(self.next_in_round(speaker, RoundExit::Done))
            }
            None if asker.own => Err(asker.refused()),
            None => Ok(self.give_round(&round.waiting, None)),
        }
    }

    fn decide_round_pass(&self, asker: Asker<'_>, id: ParticipantId) -> Outcome {
        let round = self.in_round(asker, id)?;
        if round.is_speaker(id) {
            return Ok(self.next_in_round(id, RoundExit::Passed));
        }
        Ok(vec![Event::RoundPassed { participant: id }])
    }

    /// Puts somebody at the end of the list: they come back later.
    fn decide_round_skip(&self, asker: Asker<'_>, id: ParticipantId) -> Outcome {
        let round = self.in_round(asker, id)?;
        if round.is_speaker(id) {
            return Ok(self.next_in_round(id, RoundExit::Later));
        }
        if round.waiting.last() == Some(&id) {
            return NOTHING;
        }
        Ok(vec![Event::RoundPlaced { participant: id, position: None }])
    }

    /// Moves somebody, or brings somebody back who passed or had their time.
    fn decide_round_move(&self, id: ParticipantId, position: u32) -> Outcome {
        let round = self.round_on()?;
        let person = self.person(id)?;
        if round.is_speaker(id) || person.role == Role::Listener {
            return Err(Rejection::NotInRound);
        }
        let stands = round.waiting.iter().position(|w| *w == id);
        let places = round.waiting.len() + usize::from(stands.is_none());
        let place = usize::try_from(position).ok().and_then(|p| p.checked_sub(1)).filter(|p| *p < places);
        let place = place.ok_or(Rejection::NoSuchPlace { position })?;
        if stands == Some(place) {
            return NOTHING;
        }
        Ok(vec![Event::RoundPlaced { participant: id, position: Some(position) }])
    }

    fn decide_end_round(&self) -> Outcome {
        let round = self.round_on()?;
        let speaker = round.speaker.map(|s| self.round_exit(s.participant, RoundExit::Done));
        Ok(speaker.into_iter().flatten().chain([Event::RoundEnded]).collect())
    }

    /// Ends the round with the meeting, which clears the stage by itself.
    pub(super) fn round_end(&self) -> impl Iterator<Item = Event> {
        let speaker = self.round.as_ref().and_then(|r| r.speaker).map(|s| s.participant);
        let over = speaker.map(|participant| Event::RoundTurnEnded { participant, how: RoundExit::Done });
        over.into_iter().chain(self.round.as_ref().map(|_| Event::RoundEnded))
    }

    /// When the speaker's time is up; at once when nobody speaks although somebody could, or nobody is left.
    pub(super) fn round_due(&self) -> Option<Timestamp> {
        let round = self.round.as_ref()?;
        match round.speaker {
            Some(speaker) => self.clock.moment(speaker.started.plus(round.each)),
            None if round.waiting.is_empty() => Some(Timestamp::default()),
            None if round.begun && self.round_next().is_some() => Some(Timestamp::default()),
            None => None,
        }
    }

    /// Moves on when time is up. Somebody whose link is gone by then has their time later.
    pub(super) fn round_tick(&self, now: Timestamp) -> Vec<Event> {
        let round = self.round.as_ref().filter(|_| self.round_due().is_some_and(|at| at <= now));
        let Some(round) = round else {
            return Vec::new();
        };
        let Some(RoundSpeaker { participant, .. }) = round.speaker else {
            return self.give_round(&round.waiting, None);
        };
        let is_here = self.participant(participant).is_some_and(Participant::is_here);
        self.next_in_round(participant, if is_here { RoundExit::TimeUp } else { RoundExit::Away })
    }

    /// Puts somebody who came into the meeting, or may speak now, at the end of the list.
    pub(super) fn round_entry(&self, participant: ParticipantId, role: Role) -> Option<Event> {
        let round = self.round.as_ref().filter(|_| role != Role::Listener)?;
        let is_new = !round.has(participant) && !round.had(participant);
        is_new.then_some(Event::RoundPlaced { participant, position: None })
    }

    fn round_on(&self) -> Result<&Round, Rejection> {
        self.round.as_ref().ok_or(Rejection::NoRound)
    }

    /// The round, when the asker may speak for this person in it.
    fn in_round(&self, asker: Asker<'_>, id: ParticipantId) -> Result<&Round, Rejection> {
        asker.may_act_on(id)?;
        self.round_on().and_then(|r| if r.has(id) { Ok(r) } else { Err(Rejection::NotInRound) })
    }

    /// Refuses what would cut into a round.
    pub(super) fn check_no_round(&self) -> Result<(), Rejection> {
        if self.round.is_some() { Err(Rejection::RoundOn) } else { Ok(()) }
    }

    /// Whether this person's microphone may be open to all: in a round, the speaker's alone.
    pub(super) fn round_lets_speak(&self, person: &Participant) -> bool {
        person.reach() != Reach::Everybody || self.round.as_ref().is_none_or(|r| r.is_speaker(person.id))
    }

    /// Ends the speaker's time and gives the next theirs.
    pub(super) fn next_in_round(&self, speaker: ParticipantId, how: RoundExit) -> Vec<Event> {
        let Some(round) = &self.round else {
            return Vec::new();
        };
        let mut events = self.round_exit(speaker, how);
        let back = matches!(how, RoundExit::Later | RoundExit::Away).then_some(speaker);
        let list: Vec<_> = round.waiting.iter().copied().chain(back).collect();
        events.extend(self.give_round(&list, Some(speaker)));
        events
    }

    /// Gives the first of `list` who is here their time, and puts those before who are not at the end. Nobody left ends the
    /// round; while all are absent it waits.
    fn give_round(&self, list: &[ParticipantId], before: Option<ParticipantId>) -> Vec<Event> {
        let is_here = |id: &ParticipantId| self.participant(*id).is_some_and(Participant::is_here);
        let Some(first) = list.iter().position(is_here) else {
            return if list.is_empty() { vec![Event::RoundEnded] } else { Vec::new() };
        };
        let absent = list.iter().take(first);
        let mut events: Vec<_> =
            absent.map(|id| Event::RoundPlaced { participant: *id, position: None }).collect();
        let Some(person) = list.get(first).and_then(|id| self.participant(*id)) else {
            return events;
        };
        let participant = person.id;
        events.push(Event::RoundTurnStarted { participant });
        // Who comes again at once was taken off the stage, or muted, just before.
        let again = before == Some(participant);
        let is_for_time = |reason| matches!(reason, StageReason::Round | StageReason::Turn);
        // All are muted when a round begins.
        let closed = again || self.round.is_none();
        let place = person.stage.as_ref().filter(|s| !again || !is_for_time(s.reason));
        events.extend(bring_on(person, StageReason::Round, place.map(|s| s.muted || closed)));
        events
    }

    /// What becomes of the round when its speaker goes off the stage: before they go, and after.
    pub(super) fn round_without(
        &self,
        speaker: ParticipantId,
        how: RoundExit,
    ) -> (Option<Event>, Vec<Event>) {
        match self.round.as_ref().filter(|r| r.is_speaker(speaker)) {
            Some(round) => {
                let over = Event::RoundTurnEnded { participant: speaker, how };
                (Some(over), self.give_round(&round.waiting, None))
            }
            None => (None, Vec::new()),
        }
    }

    /// Ends somebody's time: who stands on the stage for it steps down, others are muted again.
    pub(super) fn round_exit(&self, participant: ParticipantId, how: RoundExit) -> Vec<Event> {
        if !self.round.as_ref().is_some_and(|r| r.is_speaker(participant)) {
            return Vec::new();
        }
        std::iter::once(Event::RoundTurnEnded { participant, how })
            .chain(self.off_after(participant, StageReason::Round))
            .collect()
    }
}
