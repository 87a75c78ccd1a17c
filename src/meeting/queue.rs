//! The queue: hands, their order, and turns.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{HandId, HandKind, Meeting, ParticipantId, Timestamp, TurnId};

/// One entry of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Which.
    pub id: HandId,
    /// Whose.
    pub participant: ParticipantId,
    /// What it asks for.
    pub kind: HandKind,
    /// Topic line, clean.
    pub topic: String,
    /// When it went up.
    pub raised_at: Timestamp,
    /// Who supports it.
    pub supporters: BTreeSet<ParticipantId>,
}

/// The time from being called to being done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Which.
    pub id: TurnId,
    /// The hand that was called.
    pub hand: Hand,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it is on.
    pub ended_at: Option<Timestamp>,
}

impl Meeting {
    /// The waiting hands in the order in which they will be called.
    pub fn queue(&self) -> Vec<&Hand> {
        self.waiting.iter().collect()
    }
}
