//! The agenda.

use serde::{Deserialize, Serialize};

use super::{ItemId, Meeting, Millis, Timestamp};

/// The shortest agenda item; items that lend their minutes keep as much.
pub const LEAST_ITEM: Millis = Millis::from_mins(1);

/// One item of the agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// Its number.
    pub id: ItemId,
    /// What it is about, clean.
    pub title: String,
    /// Planned length.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// The clock's elapsed time when it last began; `None` when it has not.
    #[serde(rename = "started_ms")]
    pub started: Option<Millis>,
}

/// The length of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemLength {
    /// Which item.
    pub item: ItemId,
    /// Its planned length.
    #[serde(rename = "length_ms")]
    pub length: Millis,
}

/// How the item that is on stands with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemClock {
    /// Since it began.
    pub spent: Millis,
    /// What is left of it.
    pub remaining: Millis,
    /// How far it is beyond its length.
    pub overtime: Millis,
}

impl Meeting {
    /// The time of the item that is on; `None` when none is.
    pub fn item_clock(&self, now: Timestamp) -> Option<ItemClock> {
        let item = self.item()?;
        let elapsed = self.clock.elapsed(now);
        let spent = elapsed.minus(item.started.unwrap_or(elapsed));
        Some(ItemClock { spent, remaining: item.length.minus(spent), overtime: spent.minus(item.length) })
    }

    /// The items after the one that is on.
    pub fn items_to_come(&self) -> &[AgendaItem] {
        self.item_place().and_then(|place| self.agenda.get(place + 1..)).unwrap_or_default()
    }

    /// The place of the item that is on, from 0.
    pub(super) fn item_place(&self) -> Option<usize> {
        self.item.and_then(|id| self.agenda.iter().position(|i| i.id == id))
    }

    /// How much the items after the one that is on can lend it: each keeps [`LEAST_ITEM`].
    pub fn can_borrow(&self) -> Millis {
        self.items_to_come().iter().fold(Millis::ZERO, |sum, i| sum.plus(i.length.minus(LEAST_ITEM)))
    }
}
