//! Hands that leave the queue in other ways than by being called, and how they come back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Hand, HandId, MAX_TURNS, Meeting, Millis, Order, Participant, ParticipantId, Role, Timestamp, Turn,
    TurnId, UNDO_WINDOW,
};

/// The hands that were dropped or merged last: what can be brought back for [`UNDO_WINDOW`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOut {
    /// When.
    pub at: Timestamp,
    /// The hands, by place.
    pub hands: Vec<TakenHand>,
    /// The hand that they were merged into; `None` when they were dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<HandId>,
    /// The supporters that the merge brought to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brought: BTreeSet<ParticipantId>,
}

/// A hand that was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenHand {
    /// Its place among the hands that waited, from 0.
    pub place: usize,
    /// The hand as it was.
    pub hand: Hand,
}

impl Meeting {
    /// What can be brought back at `now`, and until when.
    pub fn undo(&self, now: Timestamp) -> Option<(&TakenOut, Timestamp)> {
        let taken = self.taken_out.as_ref().filter(|t| now.since(t.at) <= UNDO_WINDOW)?;
        Some((taken, taken.at.plus(UNDO_WINDOW).plus(Millis(1))))
    }

    /// Whether a hand that left the queue may wait again: its owner is here, may have one, and has no other.
    pub(super) fn may_return(&self, hand: &Hand) -> bool {
        let owner = self.participant(hand.participant).filter(|p| p.is_in());
        owner.is_some_and(|p| p.role != Role::Listener) && self.has_no_hand(hand.participant)
    }

    fn has_no_hand(&self, id: ParticipantId) -> bool {
        let has_turn = self.turn.as_ref().is_some_and(|t| t.hand.participant == id);
        !has_turn && self.hand_of(id).is_none()
    }

    /// Forgets what can be brought back no more.
    pub(super) fn forget_taken_out(&mut self, at: Timestamp) {
        self.taken_out.take_if(|t| at.since(t.at) > UNDO_WINDOW);
    }

    /// Takes hands out of the queue and keeps them; those that do not wait are passed over.
    pub(super) fn take_out(&mut self, ids: &[HandId], at: Timestamp) {
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        let mut taken = Vec::new();
        let mut kept = Vec::with_capacity(self.waiting.len());
        for (place, hand) in std::mem::take(&mut self.waiting).into_iter().enumerate() {
            if ids.contains(&hand.id) {
                taken.push(TakenHand { place, hand });
            } else {
                kept.push(hand);
            }
        }
        self.waiting = kept;
        if !taken.is_empty() {
            self.taken_out = Some(TakenOut { at, hands: taken, into: None, brought: BTreeSet::new() });
        }
    }

    /// Takes hands out whose owners and supporters support another one from now on.
    pub(super) fn merge(&mut self, ids: &[HandId], into: HandId, at: Timestamp) {
        let ids: Vec<_> = ids.iter().copied().filter(|id| *id != into && self.hand(*id).is_some()).collect();
        if ids.is_empty() || self.hand(into).is_none() {
            return;
        }
        self.take_out(&ids, at);
        let (Some(taken), Some(target)) =
            (&mut self.taken_out, self.waiting.iter_mut().find(|h| h.id == into))
        else {
            return;
        };
        let of =
            |t: &TakenHand| t.hand.supporters.iter().copied().chain([t.hand.participant]).collect::<Vec<_>>();
        let all = taken.hands.iter().flat_map(of);
        taken.brought =
            all.filter(|id| *id != target.participant && !target.supporters.contains(id)).collect();
        taken.into = Some(into);
        target.supporters.extend(&taken.brought);
    }

    /// Brings hands back that were taken out last, to their old places.
    pub(super) fn restore(&mut self, ids: &[HandId]) {
        let Some(taken) = self.taken_out.take() else {
            return;
        };
        if let Some(target) = self.waiting.iter_mut().find(|h| Some(h.id) == taken.into) {
            target.supporters.retain(|id| !taken.brought.contains(id));
        }
        let mut gone = 0;
        for TakenHand { place, hand } in taken.hands {
            if ids.contains(&hand.id) && self.may_return(&hand) {
                let place = place.saturating_sub(gone).min(self.waiting.len());
                self.waiting.insert(place, hand);
            } else {
                gone += 1;
            }
        }
        self.keep_arrival();
    }

    /// Ends a turn; its hand waits again and is first after `returns_in` calls.
    pub(super) fn send_back(&mut self, id: TurnId, returns_in: u32, counts: bool, at: Timestamp) {
        let Some(turn) = self.turn.take_if(|t| t.id == id) else {
            return;
        };
        let hand = Hand { returns_in: Some(returns_in), ..turn.hand.clone() };
        if counts {
            self.count_turn(turn, at);
        }
        if self.may_return(&hand) {
            self.waiting.push(hand);
            self.keep_arrival();
        }
    }

    /// A turn is over: it is remembered, and who had it counts as heard, even where speech is not measured.
    pub(super) fn count_turn(&mut self, mut turn: Turn, at: Timestamp) {
        self.with(turn.hand.participant, |p: &mut Participant| {
            p.turns = p.turns.saturating_add(1);
            p.last_heard = p.last_heard.max(Some(at));
        });
        turn.ended_at = Some(at);
        turn.hand.supporters.clear();
        if self.turns.len() >= MAX_TURNS {
            self.turns.remove(0);
        }
        self.turns.push(turn);
    }

    /// Hands wait by arrival unless a host arranged them.
    fn keep_arrival(&mut self) {
        if self.order != Order::Manual {
            self.waiting.sort_by_key(|h| h.id);
        }
    }
}
