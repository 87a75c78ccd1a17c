//! Holding all, removing, banning, locking, and names that confuse.

use std::collections::BTreeSet;

use crate::meeting::{
    Actor, Ban, Event, LeaveReason, MAX_BAN_MINS, MAX_BANS, Meeting, Mic, Millis, Participant, ParticipantId,
    Rejection, Role, Timestamp, text,
};

use super::{Asker, NOTHING, Outcome, check_length};

impl Meeting {
    /// Off gives back what hold all took, and leaves alone those who were held one by one.
    pub(super) fn decide_hold_all(&self, on: bool) -> Outcome {
        if self.moderation.hold_all == on {
            return NOTHING;
        }
        let stage = self.stage();
        let each = |p: &&Participant| match (on, p.stage.as_ref().is_some_and(|s| s.held)) {
            (true, _) => (self.is_below_cohost(p) && p.mic() != Mic::Held)
                .then_some(Event::Held { participant: p.id, all: true }),
            (false, held) => held.then_some(Event::Released { participant: p.id, all: true }),
        };
        Ok(std::iter::once(Event::HoldAllSet { on }).chain(stage.iter().filter_map(each)).collect())
    }

    fn is_below_cohost(&self, person: &Participant) -> bool {
        !matches!(self.role_of(person), Role::Host | Role::Cohost)
    }

    /// Adds what `events` mean while all are held: whoever steps up is held, whoever comes to rule is not.
    pub(super) fn with_hold_all(&self, mut events: Vec<Event>, now: Timestamp) -> Vec<Event> {
        if !self.moderation.hold_all {
            return events;
        }
        let touched: BTreeSet<ParticipantId> = events.iter().flat_map(|e| self.touched(e)).collect();
        if touched.is_empty() {
            return events;
        }
        // A copy of the meeting is dear, and made only when somebody steps up to a held stage.
        let mut after = self.clone();
        for recorded in self.record(events.clone(), Actor::Server, now) {
            after.apply(&recorded);
        }
        if !after.moderation.hold_all {
            return events;
        }
        for participant in touched {
            let Some((person, place)) =
                after.participant(participant).and_then(|p| Some((p, p.stage.as_ref()?)))
            else {
                continue;
            };
            match (after.is_below_cohost(person), place.held) {
                (true, false) if !person.held => events.push(Event::Held { participant, all: true }),
                (false, true) => events.push(Event::Released { participant, all: true }),
                _ => {}
            }
        }
        events
    }

    /// Whose place under hold all an event may change.
    fn touched(&self, event: &Event) -> Vec<ParticipantId> {
        match event {
            Event::SteppedUp { participant, .. } | Event::RoleSet { participant, .. } => vec![*participant],
            Event::ActingHostSet { participant } => {
                self.chair.acting.into_iter().chain(*participant).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn decide_remove(
        &self,
        asker: Asker<'_>,
        participant: ParticipantId,
        why: Option<&str>,
    ) -> Outcome {
        let person = self.person(participant)?;
        self.may_expel(asker, participant)?;
        Ok(self.departure(person, LeaveReason::Removed, clean_why(why)?))
    }

    /// Whoever is there goes; a key that was never here stays out. Another time for the same key takes the old one's place.
    pub(super) fn decide_ban(
        &self,
        asker: Asker<'_>,
        participant: ParticipantId,
        length: Option<Millis>,
        why: Option<&str>,
        now: Timestamp,
    ) -> Outcome {
        self.may_expel(asker, participant)?;
        if let Some(length) = length {
            check_length(length, MAX_BAN_MINS)?;
        }
        let bans = &self.moderation.bans;
        if bans.len() >= MAX_BANS && !bans.contains_key(&participant) {
            return Err(Rejection::TooMany { limit: MAX_BANS });
        }
        let until = length.map(|length| now.plus(length));
        let why = clean_why(why)?;
        let person = self.participant(participant);
        let there = person.filter(|p| p.is_in());
        if there.is_none() && bans.get(&participant).is_some_and(|b| (b.until, &b.why) == (until, &why)) {
            return NOTHING;
        }
        let name = person.map(|p| p.name.clone()).unwrap_or_default();
        let mut events = vec![Event::Banned { participant, name, until, why: why.clone() }];
        events.extend(there.into_iter().flat_map(|p| self.departure(p, LeaveReason::Removed, why.clone())));
        Ok(events)
    }

    pub(super) fn decide_unban(&self, participant: ParticipantId) -> Outcome {
        let is_banned = self.moderation.bans.contains_key(&participant);
        if is_banned { Ok(vec![Event::Unbanned { participant }]) } else { NOTHING }
    }

    pub(super) fn decide_lock(&self, on: bool) -> Outcome {
        if self.moderation.locked == on { NOTHING } else { Ok(vec![Event::LockSet { on }]) }
    }

    pub(super) fn decide_rename_other(
        &self,
        asker: Asker<'_>,
        participant: ParticipantId,
        name: &str,
    ) -> Outcome {
        let person = self.person(participant)?;
        asker.may_touch(person)?;
        self.renaming(person, name)
    }

    /// What the meeting before kept out and this one keeps out too.
    pub(super) fn decide_keep_out(&self, bans: &[(ParticipantId, Ban)], now: Timestamp) -> Outcome {
        let still = bans.iter().filter(|(id, ban)| ban.holds(now) && self.owner != Some(*id)).take(MAX_BANS);
        let again = |(id, ban): &(ParticipantId, Ban)| Event::Banned {
            participant: *id,
            name: ban.name.clone(),
            until: ban.until,
            why: ban.why.clone(),
        };
        Ok(still.map(again).collect())
    }

    /// When the next ban ends.
    pub(super) fn bans_due(&self) -> Option<Timestamp> {
        self.moderation.bans.values().filter_map(|b| b.until).min()
    }

    pub(super) fn end_bans(&self, now: Timestamp) -> Vec<Event> {
        let over = self.moderation.bans.iter().filter(|(_, ban)| !ban.holds(now));
        over.map(|(id, _)| Event::Unbanned { participant: *id }).collect()
    }

    /// Nobody expels themselves, a host or the owner.
    fn may_expel(&self, asker: Asker<'_>, id: ParticipantId) -> Result<(), Rejection> {
        if asker.id() == id {
            return Err(Rejection::Yourself);
        }
        let is_host = self.participant(id).is_some_and(|p| p.role == Role::Host);
        if is_host || self.owner == Some(id) { Err(Rejection::HostStays) } else { Ok(()) }
    }
}

/// A reason as it is shown; one that says nothing is none.
fn clean_why(why: Option<&str>) -> Result<Option<String>, Rejection> {
    let said = why.filter(|w| !w.trim().is_empty());
    Ok(said.map(text::clean_line).transpose()?)
}
