//! Hands that are dropped, merged and brought back, and turns that are no turn.

use crate::meeting::{
    Event, HandId, MAX_AT_ONCE, MAX_SUPPORTED, MAX_SUPPORTS, Meeting, ParticipantId, RETURNS_IN, Rejection,
    Timestamp, TurnId,
};

use super::Outcome;

impl Meeting {
    pub(super) fn decide_drop_hands(&self, ids: &[HandId]) -> Outcome {
        Ok(vec![Event::HandsDropped { hands: self.still_waiting(ids)? }])
    }

    pub(super) fn decide_merge(&self, ids: &[HandId], into: HandId) -> Outcome {
        self.waiting_hand(into)?;
        if ids.contains(&into) {
            return Err(Rejection::SameHand);
        }
        Ok(vec![Event::HandsMerged { hands: self.still_waiting(ids)?, into }])
    }

    /// Those of several hands that wait, each once: what was called or lowered meanwhile is no mistake of the asker.
    fn still_waiting(&self, ids: &[HandId]) -> Result<Vec<HandId>, Rejection> {
        if ids.len() > MAX_AT_ONCE {
            return Err(Rejection::TooMany { limit: MAX_AT_ONCE });
        }
        let named = self.waiting.iter().map(|h| h.id).filter(|id| ids.contains(id));
        let hands: Vec<_> = named.collect();
        if hands.is_empty() { Err(Rejection::NoSuchHand) } else { Ok(hands) }
    }

    pub(super) fn decide_restore(&self, now: Timestamp) -> Outcome {
        let (taken, _) = self.undo(now).ok_or(Rejection::NothingToUndo)?;
        let hands: Vec<_> =
            taken.hands.iter().map(|t| &t.hand).filter(|h| self.may_return(h)).map(|h| h.id).collect();
        if hands.is_empty() {
            Err(Rejection::NothingToUndo)
        } else {
            Ok(vec![Event::HandsRestored { hands }])
        }
    }

    pub(super) fn decide_not_there(&self, id: TurnId) -> Outcome {
        self.hand_back(id, RETURNS_IN, false)
    }

    pub(super) fn decide_interrupt(&self, id: TurnId) -> Outcome {
        self.hand_back(id, 0, true)
    }

    fn hand_back(&self, id: TurnId, returns_in: u32, counts: bool) -> Outcome {
        let turn = self.turn.as_ref().filter(|t| t.id == id).ok_or(Rejection::StaleTurn)?;
        Ok(self.leave_turn(turn, Event::HandReturned { turn: id, returns_in, counts }))
    }

    /// Refuses support beyond what one person and one queue may hold.
    pub(super) fn check_support(&self, participant: ParticipantId) -> Result<(), Rejection> {
        let own = self.waiting.iter().filter(|h| h.supporters.contains(&participant)).count();
        if own >= MAX_SUPPORTED {
            return Err(Rejection::TooMany { limit: MAX_SUPPORTED });
        }
        let all: usize = self.waiting.iter().map(|h| h.supporters.len()).sum();
        if all >= MAX_SUPPORTS { Err(Rejection::TooMany { limit: MAX_SUPPORTS }) } else { Ok(()) }
    }
}
