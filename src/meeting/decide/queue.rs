//! Hands and turns.

use crate::meeting::{
    Event, Hand, HandId, HandKind, Meeting, Order, Rejection, StageReason, Turn, TurnId, text,
};

use super::stage::bring_on;
use super::{Asker, NOTHING, Outcome};

impl Meeting {
    pub(super) fn decide_raise(&self, asker: Asker<'_>, topic: &str, kind: HandKind) -> Outcome {
        let participant = asker.id();
        if self.turn.as_ref().is_some_and(|t| t.hand.participant == participant) {
            return Err(Rejection::YourTurn);
        }
        self.check_not_declined(asker.person)?;
        let topic = text::clean_line(topic)?;
        match self.hand_of(participant) {
            Some(hand) if hand.topic == topic && hand.kind == kind => NOTHING,
            Some(hand) => Ok(vec![Event::HandReworded { hand: hand.id, kind, topic }]),
            None => {
                let hand = HandId(self.last_hand.0.saturating_add(1));
                Ok(vec![Event::HandRaised { hand, participant, kind, topic }])
            }
        }
    }

    pub(super) fn decide_lower(&self, asker: Asker<'_>) -> Outcome {
        let hand = self.hand_of(asker.id()).ok_or(Rejection::NoHandRaised)?;
        Ok(vec![Event::HandWithdrawn { hand: hand.id }])
    }

    pub(super) fn decide_support(&self, asker: Asker<'_>, id: HandId, on: bool) -> Outcome {
        let participant = asker.id();
        let hand = self.waiting_hand(id)?;
        if hand.participant == participant {
            return Err(Rejection::OwnHand);
        }
        match (hand.supporters.contains(&participant), on) {
            (false, true) => {
                self.check_support(participant)?;
                Ok(vec![Event::HandSupported { hand: id, participant }])
            }
            (true, false) => Ok(vec![Event::SupportWithdrawn { hand: id, participant }]),
            _ => NOTHING,
        }
    }

    pub(super) fn decide_next(&self, current: Option<TurnId>) -> Outcome {
        self.check_no_round()?;
        self.check_turn(current)?;
        let first = self.queue().first().copied().ok_or(Rejection::QueueEmpty)?;
        Ok(self.change_of_turn(first))
    }

    pub(super) fn decide_call(&self, id: HandId, current: Option<TurnId>) -> Outcome {
        self.check_no_round()?;
        self.check_turn(current)?;
        Ok(self.change_of_turn(self.waiting_hand(id)?))
    }

    pub(super) fn decide_done(&self, asker: Asker<'_>, id: TurnId) -> Outcome {
        let turn = self.turn.as_ref().filter(|t| t.id == id).ok_or(Rejection::StaleTurn)?;
        asker.may_act_on(turn.hand.participant)?;
        Ok(self.end_of_turn())
    }

    pub(super) fn decide_drop(&self, id: HandId) -> Outcome {
        let hand = self.waiting_hand(id)?;
        Ok(vec![Event::HandDropped { hand: hand.id }])
    }

    pub(super) fn decide_move(&self, id: HandId, position: u32) -> Outcome {
        self.waiting_hand(id)?;
        let before: Vec<_> = self.queue().iter().map(|h| h.id).collect();
        let place = usize::try_from(position).ok().and_then(|p| p.checked_sub(1));
        let place = place.filter(|p| *p < before.len()).ok_or(Rejection::NoSuchPlace { position })?;
        let mut hands: Vec<_> = before.iter().copied().filter(|h| *h != id).collect();
        hands.insert(place, id);
        if self.order == Order::Manual && hands == before {
            return NOTHING;
        }
        Ok(vec![Event::OrderSet { order: Order::Manual, hands }])
    }

    pub(super) fn decide_reorder(&self, order: Order) -> Outcome {
        if self.order == order {
            return NOTHING;
        }
        let stood = || self.queue().iter().map(|h| h.id).collect();
        let hands = if order == Order::Manual { stood() } else { Vec::new() };
        Ok(vec![Event::OrderSet { order, hands }])
    }

    fn check_turn(&self, believed: Option<TurnId>) -> Result<(), Rejection> {
        if self.turn.as_ref().map(|t| t.id) == believed { Ok(()) } else { Err(Rejection::StaleTurn) }
    }

    pub(super) fn waiting_hand(&self, id: HandId) -> Result<&Hand, Rejection> {
        self.hand(id).ok_or(Rejection::NoSuchHand)
    }

    fn change_of_turn(&self, hand: &Hand) -> Vec<Event> {
        let participant = hand.participant;
        let turn = TurnId(self.last_turn.0.saturating_add(1));
        let mut events = self.end_of_turn();
        events.push(Event::Called { turn, hand: hand.id, participant });
        if let Some(person) = self.participant(participant) {
            events.extend(bring_on(person, StageReason::Turn, person.stage.as_ref().map(|s| s.muted)));
        }
        events
    }

    /// Ends the turn that is on: who stands on the stage for it steps down, others are muted again.
    pub(super) fn end_of_turn(&self) -> Vec<Event> {
        let turn = self.turn.as_ref();
        turn.map_or_else(Vec::new, |turn| self.leave_turn(turn, Event::TurnEnded { turn: turn.id }))
    }

    /// What follows from the `end` of a turn for its owner's place on the stage.
    pub(super) fn leave_turn(&self, turn: &Turn, end: Event) -> Vec<Event> {
        std::iter::once(end).chain(self.off_after(turn.hand.participant, StageReason::Turn)).collect()
    }
}
