//! The round, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::meeting::{Meeting, Millis, ParticipantId, RoundOrder, Timestamp};

use super::text::mins;

/// The round that is on.
#[derive(Debug, Serialize)]
pub(super) struct RoundStatus {
    order: RoundOrder,
    seed: Option<u64>,
    each_ms: Millis,
    speaker: Option<Named>,
    /// What the speaker has left.
    left_ms: Option<Millis>,
    next: Option<Named>,
    waiting: Vec<Named>,
    done: usize,
    passed: usize,
    needs_ms: Millis,
    ends_at: Timestamp,
}

/// Somebody, with their name.
#[derive(Debug, Serialize)]
struct Named {
    participant: ParticipantId,
    name: String,
}

impl RoundStatus {
    pub(super) fn of(meeting: &Meeting, now: Timestamp) -> Option<Self> {
        let round = meeting.round()?;
        let named = |participant: ParticipantId| {
            let name = meeting.participant(participant).map(|p| p.name.clone()).unwrap_or_default();
            Named { participant, name }
        };
        let needs = meeting.round_need(now);
        Some(Self {
            order: round.order,
            seed: round.seed,
            each_ms: round.each,
            speaker: round.speaker.map(|s| named(s.participant)),
            left_ms: meeting.round_left(now),
            next: meeting.round_next().map(named),
            waiting: round.waiting.iter().copied().map(named).collect(),
            done: round.done.len(),
            passed: round.passed.len(),
            needs_ms: needs,
            ends_at: now.plus(needs),
        })
    }

    /// Writes it for people.
    pub(super) fn write(&self, out: &mut String) -> std::fmt::Result {
        let left = self.left_ms.map_or_else(String::new, |left| format!(", {} left", mins(left)));
        let speaker = self.speaker.as_ref().map_or("nobody", |s| s.name.as_str());
        write!(out, "\nround by {}: {speaker} speaks{left}", self.order)?;
        if let Some(next) = &self.next {
            write!(out, " · next {}", next.name)?;
        }
        writeln!(out, " · {} to go · ends in {}", self.waiting.len(), mins(self.needs_ms))
    }
}
