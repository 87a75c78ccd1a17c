//! Phases, the clock and the agenda.

use crate::meeting::{
    Event, Item, ItemId, MAX_AGENDA, MAX_EXTENSION_MINS, Meeting, Millis, Participation, Phase, Rejection,
};

use super::{NOTHING, Outcome, check_length, clean_item};

impl Meeting {
    /// Opens the doors on a silent stage.
    pub(super) fn decide_start(&self) -> Outcome {
        if self.phase == Phase::Live {
            return NOTHING;
        }
        let first = self.agenda.first().map(|i| Event::ItemStarted { item: Some(i.id) });
        Ok(self.doors_exit().chain([Event::Started]).chain(first).collect())
    }

    pub(super) fn decide_close(&self) -> Outcome {
        if self.phase == Phase::Closing { NOTHING } else { Ok(vec![Event::Closed]) }
    }

    /// Ends the turn, clears the stage and the invitations; waiting hands stay in the record.
    pub(super) fn decide_end(&self) -> Outcome {
        if self.phase == Phase::Ended {
            return NOTHING;
        }
        let mut events: Vec<_> = self.turn.iter().map(|t| Event::TurnEnded { turn: t.id }).collect();
        events.extend(self.stage().iter().map(|p| Event::SteppedDown { participant: p.id }));
        let invited = self.participants.values().filter(|p| p.invited_at.is_some());
        events.extend(invited.map(|p| Event::Declined { participant: p.id }));
        events.push(Event::Ended);
        Ok(events)
    }

    pub(super) fn decide_extend(&self, by: Millis) -> Outcome {
        check_length(by, MAX_EXTENSION_MINS)?;
        Ok(vec![Event::Extended { by }])
    }

    pub(super) fn decide_set_participation(&self, policy: Participation) -> Outcome {
        if self.participation == policy { NOTHING } else { Ok(vec![Event::ParticipationSet { policy }]) }
    }

    pub(super) fn decide_set_mirror(&self, open: bool) -> Outcome {
        if self.mirror == open { NOTHING } else { Ok(vec![Event::MirrorSet { open }]) }
    }

    pub(super) fn decide_pause(&self) -> Outcome {
        if self.clock.is_paused() { NOTHING } else { Ok(vec![Event::Paused]) }
    }

    pub(super) fn decide_resume(&self) -> Outcome {
        if self.clock.is_paused() { Ok(vec![Event::Resumed]) } else { NOTHING }
    }

    pub(super) fn decide_add_item(&self, item: &Item) -> Outcome {
        if self.agenda.len() >= MAX_AGENDA {
            return Err(Rejection::TooMany { limit: MAX_AGENDA });
        }
        let last = self.agenda.iter().map(|i| i.id.0).max().unwrap_or(0);
        Ok(vec![Event::ItemAdded { item: ItemId(last.saturating_add(1)), what: clean_item(item)? }])
    }

    /// With no item on, the first that has not begun is next: one added after the last was over.
    pub(super) fn decide_next_item(&self, current: Option<ItemId>) -> Outcome {
        let next = match self.current_item(current)? {
            Some(place) => self.agenda.get(place + 1),
            None => {
                let fresh = self.agenda.iter().find(|i| i.started.is_none());
                Some(fresh.ok_or(Rejection::NoSuchItem)?)
            }
        };
        Ok(vec![Event::ItemStarted { item: next.map(|i| i.id) }])
    }

    pub(super) fn decide_previous_item(&self, current: Option<ItemId>) -> Outcome {
        let previous = match self.current_item(current)? {
            Some(place) => place.checked_sub(1).and_then(|p| self.agenda.get(p)),
            None => self.agenda.iter().rev().find(|i| i.started.is_some()),
        };
        let previous = previous.ok_or(Rejection::NoSuchItem)?;
        Ok(vec![Event::ItemStarted { item: Some(previous.id) }])
    }

    /// The place of the item that is on, when it is the one believed to be.
    fn current_item(&self, believed: Option<ItemId>) -> Result<Option<usize>, Rejection> {
        if self.item != believed {
            return Err(Rejection::StaleItem);
        }
        Ok(self.item.and_then(|id| self.agenda.iter().position(|i| i.id == id)))
    }
}
