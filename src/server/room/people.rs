//! Those who are away, and how much each may ask.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use crate::meeting::{Event, Meeting, ParticipantId, Presence};
use crate::server::bucket::Bucket;
use crate::server::{Limits, Timing};
use crate::store::Entry;

/// People without a link, in the order in which their grace runs out.
#[derive(Debug)]
pub(super) struct Absences {
    grace: std::time::Duration,
    until: VecDeque<(Instant, ParticipantId)>,
}

impl Absences {
    pub(super) fn new(timing: &Timing) -> Self {
        Self { grace: timing.grace, until: VecDeque::new() }
    }

    /// Starts the grace of everybody who is away, as after a restart.
    pub(super) fn start(&mut self, meeting: &Meeting, now: Instant) {
        let away = meeting.roster().into_iter().filter(|p| matches!(p.presence, Presence::Away { .. }));
        self.until = away.map(|p| (now + self.grace, p.id)).collect();
    }

    /// Starts the grace of those whose last link ended in these events.
    pub(super) fn follow(&mut self, entries: &[Entry], meeting: &Meeting, now: Instant) {
        for entry in entries {
            if let Event::SeatClosed { participant, .. } = entry.recorded.event
                && is_away(meeting, participant)
            {
                // Whoever came and went again has a new grace.
                self.until.retain(|(_, who)| *who != participant);
                self.until.push_back((now + self.grace, participant));
            }
        }
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.until.front().map(|(at, _)| *at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    /// Those whose grace is over and who are still away.
    pub(super) fn expired(&mut self, meeting: &Meeting, now: Instant) -> Vec<ParticipantId> {
        let mut expired = Vec::new();
        while self.until.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, who)) = self.until.pop_front()
                && is_away(meeting, who)
            {
                expired.push(who);
            }
        }
        expired
    }
}

fn is_away(meeting: &Meeting, who: ParticipantId) -> bool {
    meeting.participant(who).is_some_and(|p| matches!(p.presence, Presence::Away { .. }))
}

/// How much each person with a seat may ask.
#[derive(Debug, Default)]
pub(super) struct Askers(HashMap<ParticipantId, Bucket>);

impl Askers {
    pub(super) fn admit(&mut self, who: ParticipantId, cost: u32, limits: &Limits, now: Instant) -> bool {
        self.0
            .entry(who)
            .or_insert_with(|| Bucket::new(limits.commands_per_second, limits.command_burst, now))
            .admit(cost, now)
    }

    /// Forgets somebody without a connection.
    pub(super) fn forget(&mut self, who: ParticipantId) {
        self.0.remove(&who);
    }
}
