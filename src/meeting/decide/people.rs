//! Opening, joining, leaving, names and roles.

use std::collections::BTreeSet;

use crate::meeting::text::{self, Likeness, NameKey};
use crate::meeting::{
    Event, Item, LeaveReason, MAX_AGENDA, MAX_HERE, MAX_KNOWN, MAX_LENGTH_MINS, Meeting, Millis, Participant,
    ParticipantId, Phase, Rejection, Role, RoundExit, SeatId, SeatKind, Source, StageReason, Terms,
    Timestamp,
};

use super::{Asker, NOTHING, Outcome, check_length, clean_item};

/// What listeners without a name are called, before their number.
const LISTENER: &str = "listener";

/// Numbers that are tried for a listener's name: more names than these that look like one are somebody's mischief.
const TRIES: usize = 8;

/// What a hello says of somebody besides their name.
#[derive(Clone, Copy)]
pub(super) struct Own {
    pub(super) listener: bool,
    pub(super) auto_open: bool,
    pub(super) newcomer: bool,
}

impl Meeting {
    pub(super) fn decide_open(
        &self,
        title: &str,
        number: u32,
        owner: ParticipantId,
        length: Millis,
        agenda: &[Item],
        terms: Terms,
    ) -> Outcome {
        if self.is_open() {
            return Err(Rejection::AlreadyOpen);
        }
        if agenda.len() > MAX_AGENDA {
            return Err(Rejection::TooMany { limit: MAX_AGENDA });
        }
        check_length(length, MAX_LENGTH_MINS)?;
        check_length(terms.unattended, MAX_LENGTH_MINS)?;
        if terms.overrun > Millis::from_mins(MAX_LENGTH_MINS) {
            return Err(Rejection::BadLength { max_mins: MAX_LENGTH_MINS });
        }
        let title = text::clean_line(title)?;
        let agenda = agenda.iter().map(clean_item).collect::<Result<_, _>>()?;
        Ok(vec![Event::Opened { title, number, owner, length, agenda, terms }])
    }

    pub(super) fn decide_join(
        &self,
        id: ParticipantId,
        (seat, kind): (SeatId, SeatKind),
        name: &str,
        own: Own,
        now: Timestamp,
    ) -> Outcome {
        let opened = Event::SeatOpened { participant: id, seat, kind };
        let known = self.participant(id);
        if let Some(person) = known.filter(|p| p.is_in()) {
            let untraced = kind == SeatKind::Control && person.is_here();
            let seated = person.seats().iter().any(|s| s.id == seat);
            return if untraced || seated { NOTHING } else { Ok(vec![opened]) };
        }
        self.admits(id, now)?;
        if self.participants.values().filter(|p| p.is_in()).count() >= MAX_HERE {
            return Err(Rejection::Full { limit: MAX_HERE });
        }
        if known.is_none() && self.participants.len() >= MAX_KNOWN {
            return Err(Rejection::Full { limit: MAX_KNOWN });
        }
        let (name, resembles) = match (name, known) {
            ("", Some(person)) if own.listener => (person.name.clone(), None),
            ("" | LISTENER, _) if own.listener => (self.listener_name(id)?, None),
            _ => self.free_name(id, name)?,
        };
        let role = self.role_on_joining(id, own.listener);
        let source = known.map_or(Source(self.last_source.0.saturating_add(1)), |p| p.source);
        let late = self.round_entry(id, role);
        let joined = Event::Joined {
            participant: id,
            source,
            name,
            role,
            auto_open: own.auto_open,
            resembles,
            newcomer: own.newcomer,
        };
        let mut events = vec![joined, opened];
        if role == Role::Host && self.phase != Phase::Ended {
            events.push(Event::SteppedUp { participant: id, reason: StageReason::Role, muted: true });
        }
        events.extend(late);
        Ok(events)
    }

    /// The owner is host by right, who opened the meeting to begin with; a role that was given is remembered.
    fn role_on_joining(&self, id: ParticipantId, listener: bool) -> Role {
        let given = self.participant(id).map(|p| p.role);
        match given {
            _ if self.owner == Some(id) => Role::Host,
            Some(role @ (Role::Host | Role::Cohost | Role::Speaker)) => role,
            None if self.opener == Some(id) => Role::Host,
            _ if listener => Role::Listener,
            _ => Role::Attendee,
        }
    }

    pub(super) fn decide_close_seat(&self, seat: SeatId) -> Outcome {
        let Some(owner) = self.participants.values().find(|p| p.seats().iter().any(|s| s.id == seat)) else {
            return NOTHING;
        };
        let participant = owner.id;
        let mut events = vec![Event::SeatClosed { participant, seat }];
        let others = || owner.seats().iter().filter(|s| s.id != seat);
        let was_steered = owner.seats().iter().any(|s| s.id == seat && s.kind != SeatKind::Audio);
        // Sound goes on beside a console; without one nobody would be there to close the microphone.
        let is_left_alone = others().count() > 0 && others().all(|s| s.kind == SeatKind::Audio);
        let is_open = owner.stage.as_ref().is_some_and(|place| !place.muted);
        if was_steered && is_left_alone && is_open {
            events.push(Event::Muted { participant });
        }
        Ok(events)
    }

    pub(super) fn decide_expire(&self, id: ParticipantId) -> Outcome {
        match self.participant(id) {
            Some(person) if person.is_in() && !person.is_here() => {
                Ok(self.departure(person, LeaveReason::Gone, None))
            }
            _ => NOTHING,
        }
    }

    pub(super) fn decide_leave(&self, asker: Asker<'_>) -> Outcome {
        Ok(self.departure(asker.person, LeaveReason::Left, None))
    }

    pub(super) fn departure(
        &self,
        person: &Participant,
        reason: LeaveReason,
        why: Option<String>,
    ) -> Vec<Event> {
        let how = if reason == LeaveReason::Gone { RoundExit::Away } else { RoundExit::Done };
        let mut events = self.stage_exit(person, how);
        events.extend(self.hand_exit(person.id));
        events.push(Event::Left { participant: person.id, reason, why });
        events
    }

    /// Withdraws the hand of somebody who goes; in an ended meeting it stays in the record.
    pub(super) fn hand_exit(&self, id: ParticipantId) -> Option<Event> {
        let hand = self.hand_of(id).filter(|_| self.phase != Phase::Ended)?;
        Some(Event::HandWithdrawn { hand: hand.id })
    }

    pub(super) fn decide_rename(&self, asker: Asker<'_>, name: &str) -> Outcome {
        self.renaming(asker.person, name)
    }

    pub(super) fn renaming(&self, person: &Participant, name: &str) -> Outcome {
        let participant = person.id;
        let (name, resembles) = self.free_name(participant, name)?;
        if name == person.name {
            return NOTHING;
        }
        Ok(vec![Event::Renamed { participant, name, resembles }])
    }

    /// The clean name, when nobody else has it, and who has one that looks the same.
    fn free_name(&self, id: ParticipantId, raw: &str) -> Result<(String, Option<ParticipantId>), Rejection> {
        let name = text::clean_name(raw)?;
        let key = NameKey::new(&name);
        let mut resembles = None;
        for other in self.participants.values().filter(|p| p.id != id) {
            match key.compare(other.name_key()) {
                Likeness::Same => return Err(Rejection::NameTaken { name }),
                Likeness::Alike => resembles = resembles.or(Some(other.id)),
                Likeness::Different => {}
            }
        }
        Ok((name, resembles))
    }

    /// What a listener without a name is called: by the number that is theirs, or the first that nobody has.
    fn listener_name(&self, id: ParticipantId) -> Result<String, Rejection> {
        let number = |p: &Participant| p.name.to_lowercase().strip_prefix(LISTENER)?.trim().parse().ok();
        if let Some(known) = self.participant(id).filter(|p| number(p).is_some()) {
            return Ok(known.name.clone());
        }
        let taken: BTreeSet<u32> = self.participants.values().filter_map(number).collect();
        let mut free = (1..=u32::MAX).filter(|n| !taken.contains(n)).map(|n| format!("{LISTENER} {n}"));
        // Somebody may have a name that only looks like one of these.
        let mut own = free.by_ref().take(TRIES).filter_map(|name| self.free_name(id, &name).ok());
        let taken = || Rejection::NameTaken { name: LISTENER.to_owned() };
        own.next().map(|(name, _)| name).ok_or_else(taken)
    }

    pub(super) fn decide_auto_open(&self, asker: Asker<'_>, on: bool) -> Outcome {
        if asker.person.auto_open == on {
            return NOTHING;
        }
        Ok(vec![Event::AutoOpenSet { participant: asker.id(), on }])
    }

    pub(super) fn decide_set_role(&self, asker: Asker<'_>, id: ParticipantId, role: Role) -> Outcome {
        let person = self.person(id)?;
        // Who handed the meeting over and owns the room takes it back.
        let is_owner = self.owner == Some(id);
        let takes_back = is_owner && asker.id() == id && role == Role::Host;
        asker.may_touch(person)?;
        if asker.person.role != Role::Host && matches!(role, Role::Host | Role::Cohost) && !takes_back {
            return Err(asker.refused());
        }
        if is_owner && !takes_back && person.role != role {
            return Err(Rejection::OwnerStaysHost);
        }
        self.role_change(person, role)
    }

    /// The owner's role is theirs by right.
    pub(super) fn decide_appoint(&self, id: ParticipantId, role: Role) -> Outcome {
        let person = self.person(id)?;
        if self.owner == Some(id) { NOTHING } else { self.role_change(person, role) }
    }

    fn role_change(&self, person: &Participant, role: Role) -> Outcome {
        let id = person.id;
        if person.role == role {
            return NOTHING;
        }
        let is_other_host = |p: &&Participant| p.is_in() && p.role == Role::Host && p.id != id;
        if person.role == Role::Host && !self.participants.values().any(|p| is_other_host(&p)) {
            return Err(Rejection::LastHost);
        }
        let mut events = self.stage_without_role(person, role);
        events.push(Event::RoleSet { participant: id, role });
        if person.role == Role::Listener {
            events.extend(self.round_entry(id, role));
        }
        Ok(events)
    }
}
