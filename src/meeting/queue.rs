//! The queue: hands, their order, and turns.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{HandId, HandKind, Meeting, Millis, Order, ParticipantId, TURN_LENGTH, Timestamp, TurnId};

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

impl Turn {
    /// How long it takes so far, or took.
    pub fn length(&self, now: Timestamp) -> Millis {
        self.ended_at.unwrap_or(now).since(self.started_at)
    }
}

impl Meeting {
    /// The waiting hands in the order in which they will be called.
    ///
    /// Points of order come first in all orders but `manual`. Hands are numbered as they arrive.
    pub fn queue(&self) -> Vec<&Hand> {
        let mut hands: Vec<_> = self.waiting.iter().collect();
        let later = |hand: &Hand| hand.kind != HandKind::PointOfOrder;
        match self.order {
            Order::Manual => {}
            Order::Arrival => hands.sort_by_key(|h| (later(h), h.id)),
            Order::Support => hands.sort_by_key(|h| (later(h), Reverse(h.supporters.len()), h.id)),
            Order::Fair => hands.sort_by_cached_key(|h| (later(h), self.heard_so_far(h.participant), h.id)),
        }
        hands
    }

    /// Whether somebody has been heard, and for how long: never heard sorts first, then least talk time.
    fn heard_so_far(&self, id: ParticipantId) -> (bool, Millis) {
        self.participant(id).map_or((false, Millis::ZERO), |p| (p.is_heard(), p.spoken))
    }

    /// The mean of the turns that are over; [`TURN_LENGTH`] before there is one.
    pub fn average_turn(&self) -> Millis {
        let Ok(count @ 1..) = u64::try_from(self.turns.len()) else {
            return TURN_LENGTH;
        };
        let total = self.turns.iter().fold(Millis::ZERO, |sum, t| sum.plus(t.length(t.started_at)));
        Millis(total.0 / count)
    }
}
