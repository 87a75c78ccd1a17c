//! Nobody is ever without a host: who takes an absent one's seat, and how it is handed over on purpose.

use crate::meeting::{
    Event, HOST_GRACE, Meeting, Participant, ParticipantId, Phase, Rejection, Role, Timestamp,
};

use super::{Asker, NOTHING, Outcome};

impl Meeting {
    /// Hands the host's role over: the asker stays as cohost. An acting host passes on the seat.
    pub(super) fn decide_hand_over(&self, asker: Asker<'_>, participant: ParticipantId) -> Outcome {
        let person = self.person(participant)?;
        if participant == asker.id() {
            return Err(Rejection::Yourself);
        }
        if !person.is_here() {
            return Err(Rejection::Away);
        }
        if asker.person.role != Role::Host {
            if !may_act(person.role) {
                return Err(Rejection::NotAllowed { role: person.role });
            }
            return Ok(vec![Event::ActingHostSet { participant: Some(participant) }]);
        }
        let taken = (person.role != Role::Host).then_some(Event::RoleSet { participant, role: Role::Host });
        let given = Event::RoleSet { participant: asker.id(), role: Role::Cohost };
        let listened = person.role == Role::Listener;
        let entry = listened.then(|| self.round_entry(participant, Role::Host)).flatten();
        Ok(taken.into_iter().chain([given]).chain(entry).collect())
    }

    /// Adds the end of an acting host's time to what ends it: a host is here, or they may not act any more.
    pub(super) fn with_acting(&self, mut events: Vec<Event>) -> Vec<Event> {
        let Some(acting) = self.chair.acting else {
            return events;
        };
        let is_host = |id: ParticipantId| {
            let given = events.iter().rev().find_map(|e| match e {
                Event::Joined { participant, role, .. } | Event::RoleSet { participant, role }
                    if *participant == id =>
                {
                    Some(*role)
                }
                _ => None,
            });
            given.or(self.participant(id).map(|p| p.role)) == Some(Role::Host)
        };
        let ends = events.iter().any(|event| match event {
            Event::SeatOpened { participant, .. } => is_host(*participant),
            Event::RoleSet { participant, role: Role::Host } => {
                self.participant(*participant).is_some_and(Participant::is_here)
            }
            Event::RoleSet { participant, role } => *participant == acting && !may_act(*role),
            Event::Left { participant, .. } => *participant == acting,
            _ => false,
        });
        let is_said = events.iter().any(|e| matches!(e, Event::ActingHostSet { .. }));
        if ends && !is_said {
            events.push(Event::ActingHostSet { participant: None });
        }
        events
    }

    /// When somebody takes the seat of the absent host.
    pub(super) fn acting_due(&self) -> Option<Timestamp> {
        if !matches!(self.phase, Phase::Backstage | Phase::Live | Phase::Closing) {
            return None;
        }
        let free_at = self.seat_free_at()?;
        self.successor().map(|_| free_at)
    }

    /// Puts the successor on the seat when it is free by `now`.
    pub(super) fn take_seat(&self, now: Timestamp) -> Option<Event> {
        self.acting_due().filter(|due| *due <= now)?;
        Some(Event::ActingHostSet { participant: Some(self.successor()?.id) })
    }

    /// When the host's seat is free: who said goodbye gives it up at once, a link that died has [`HOST_GRACE`]. `None`
    /// while a host or an acting host is here.
    fn seat_free_at(&self) -> Option<Timestamp> {
        let holders = self.participants.values().filter(|p| self.role_of(p) == Role::Host);
        holders.map(|p| p.absence()).try_fold(Timestamp::default(), |latest, absence| {
            let (since, may_return) = absence?;
            Some(latest.max(if may_return { since.plus(HOST_GRACE) } else { since }))
        })
    }

    /// The first cohost present, else the speaker who is here the longest.
    fn successor(&self) -> Option<&Participant> {
        let here = |p: &&Participant| p.is_here();
        let mut cohosts = self.chair.cohosts.iter().filter_map(|id| self.participant(*id));
        let speakers = || self.participants.values().filter(|p| p.role == Role::Speaker);
        cohosts.find(here).or_else(|| speakers().filter(here).min_by_key(|p| (p.here_since, p.source)))
    }

    /// When a meeting that nobody can run is landed: it closes after the grace, and ends after as long again.
    pub(super) fn unattended_due(&self) -> Option<Timestamp> {
        let graces = match self.phase {
            Phase::Live => 1,
            Phase::Closing => 2,
            Phase::Scheduled | Phase::Backstage | Phase::Ended => return None,
        };
        let could = self.participants.values().filter(|p| self.role_of(p) == Role::Host || may_act(p.role));
        let began = self.clock.started_at.unwrap_or_default();
        let since =
            could.map(|p| p.absence()).try_fold(began, |latest, absence| Some(latest.max(absence?.0)))?;
        Some(since.plus(self.terms.unattended.times(graces)))
    }

    /// Lands the meeting when nobody came back by `now`.
    pub(super) fn land_unattended(&self, now: Timestamp) -> Outcome {
        match self.unattended_due() {
            Some(due) if due <= now && self.phase == Phase::Live => self.decide_close(),
            Some(due) if due <= now => self.decide_end(),
            _ => NOTHING,
        }
    }
}

/// Who may take the host's seat for a while.
fn may_act(role: Role) -> bool {
    matches!(role, Role::Cohost | Role::Speaker)
}
