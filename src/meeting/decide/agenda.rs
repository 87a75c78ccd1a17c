//! The agenda.

use crate::meeting::{
    Event, Item, ItemId, ItemLength, LEAST_ITEM, MAX_AGENDA, MAX_LENGTH_MINS, Meeting, Millis, Rejection,
};

use super::{Outcome, check_length, clean_item};

impl Meeting {
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

    /// The nearest item lends first, then the one after it, so that the last ones keep their length if they can.
    pub(super) fn decide_borrow(&self, current: ItemId, by: Millis) -> Outcome {
        let item = self.item().filter(|i| i.id == current).ok_or(Rejection::StaleItem)?;
        check_length(by, MAX_LENGTH_MINS)?;
        let can = self.can_borrow();
        if by > can {
            return Err(Rejection::NothingToBorrow { minutes: can.as_secs() / 60 });
        }
        let mut lengths = vec![ItemLength { item: item.id, length: item.length.plus(by) }];
        let mut missing = by;
        for lender in self.items_to_come() {
            let lent = lender.length.minus(LEAST_ITEM).min(missing);
            missing = missing.minus(lent);
            if lent > Millis::ZERO {
                lengths.push(ItemLength { item: lender.id, length: lender.length.minus(lent) });
            }
        }
        Ok(vec![Event::Borrowed { item: item.id, by, lengths }])
    }

    /// The place of the item that is on, when it is the one believed to be.
    fn current_item(&self, believed: Option<ItemId>) -> Result<Option<usize>, Rejection> {
        if self.item != believed {
            return Err(Rejection::StaleItem);
        }
        Ok(self.item_place())
    }
}
