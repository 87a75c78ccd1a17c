//! What is listed in each panel, and what is selected.

use crate::meeting::{Hand, HandId, Participant, ParticipantId};

use super::Model;
use super::action::Panel;

/// Something in a list that can be selected; it stays selected when the list moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Person(ParticipantId),
    Hand(HandId),
}

/// The selection of one panel: the thing, and its place for when the thing goes away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    thing: Option<Thing>,
    place: usize,
}

/// A row of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandRow<'a> {
    pub(super) hand: &'a Hand,
    /// Its place among those who wait, from 1; `None` for the turn that is on.
    pub(super) place: Option<usize>,
}

impl Model {
    /// The turn that is on, then those who wait, as far as the filter shows them.
    pub(super) fn hand_rows(&self) -> Vec<HandRow<'_>> {
        let meeting = self.meeting();
        let turn = meeting.turn().map(|t| HandRow { hand: &t.hand, place: None });
        let order = self.preview().unwrap_or(meeting.order());
        let queue = meeting.queue_by(order).into_iter().enumerate();
        let waiting = queue.map(|(n, hand)| HandRow { hand, place: Some(n + 1) });
        let shown = |row: &HandRow<'_>| {
            row.place.is_none()
                || self.filter.is_empty()
                || self.matches(self.name_of(row.hand.participant))
                || self.matches(&row.hand.topic)
        };
        turn.into_iter().chain(waiting).filter(shown).collect()
    }

    /// Those on the stage, then those invited, then those who are still to speak in the round, in its order.
    pub(super) fn stage_rows(&self) -> Vec<&Participant> {
        let meeting = self.meeting();
        let waiting = meeting.round().map_or(&[][..], |r| &r.waiting);
        let invited = meeting.roster().into_iter().filter(|p| p.invited_at.is_some() && p.stage.is_none());
        let mut rows: Vec<_> = meeting.stage().into_iter().chain(invited).collect();
        if !waiting.is_empty() {
            let to_come: std::collections::HashSet<_> = waiting.iter().collect();
            rows.retain(|p| !to_come.contains(&p.id));
            rows.extend(waiting.iter().filter_map(|id| meeting.participant(*id)));
        }
        rows
    }

    /// Everybody in the meeting, as far as the filter shows them.
    pub(super) fn here_rows(&self) -> Vec<&Participant> {
        self.meeting().roster().into_iter().filter(|p| self.matches(&p.name)).collect()
    }

    fn matches(&self, text: &str) -> bool {
        self.filter.is_empty() || text.to_lowercase().contains(&self.filter.to_lowercase())
    }

    fn things(&self, panel: Panel) -> Vec<Thing> {
        match panel {
            Panel::Stage => self.stage_rows().iter().map(|p| Thing::Person(p.id)).collect(),
            Panel::Queue => self.hand_rows().iter().map(|r| Thing::Hand(r.hand.id)).collect(),
            Panel::Here => self.here_rows().iter().map(|p| Thing::Person(p.id)).collect(),
            Panel::Clock => Vec::new(),
        }
    }

    /// The selected place in a panel's list; `None` when the list is empty.
    pub(super) fn selected(&self, panel: Panel) -> Option<usize> {
        let things = self.things(panel);
        let cursor = self.cursors[panel as usize];
        let last = things.len().checked_sub(1)?;
        match cursor.thing {
            Some(thing) => Some(things.iter().position(|t| *t == thing).unwrap_or(cursor.place.min(last))),
            // The first hand that waits, rather than the one that speaks already.
            None if panel == Panel::Queue && self.meeting().turn().is_some() => Some(1.min(last)),
            None => Some(0),
        }
    }

    /// Remembers what is selected, so that it stays selected while lists move.
    pub(super) fn pin(&mut self) {
        for panel in Panel::ALL {
            if self.cursors[panel as usize].thing.is_some()
                && let Some(place) = self.selected(panel)
            {
                self.select(panel, place);
            }
        }
    }

    pub(super) fn select(&mut self, panel: Panel, place: usize) {
        if let Some(thing) = self.things(panel).get(place).copied() {
            self.cursors[panel as usize] = Cursor { thing: Some(thing), place };
        }
    }

    /// Moves the selection of the panel with the keys by `by` places, within its list.
    pub(super) fn move_selection(&mut self, by: isize) {
        let Some(place) = self.selected(self.focus) else { return };
        let last = self.things(self.focus).len().saturating_sub(1);
        self.select(self.focus, place.saturating_add_signed(by).min(last));
    }

    /// The selected row of the queue, when the queue has the keys.
    pub(super) fn selected_row(&self) -> Option<HandRow<'_>> {
        if self.focus != Panel::Queue {
            return None;
        }
        self.hand_rows().get(self.selected(Panel::Queue)?).copied()
    }

    /// The hand in question: the selected one, or the waiting hand of the selected person.
    pub(super) fn selected_hand(&self) -> Option<&Hand> {
        match self.focus {
            Panel::Queue => self.selected_row().filter(|r| r.place.is_some()).map(|r| r.hand),
            Panel::Stage | Panel::Here => self.meeting().hand_of(self.selected_person()?.id),
            Panel::Clock => None,
        }
    }

    /// The person in question: the selected one, or the owner of the selected hand.
    pub(super) fn selected_person(&self) -> Option<&Participant> {
        match self.focus {
            Panel::Queue => self.meeting().participant(self.selected_row()?.hand.participant),
            Panel::Stage => self.stage_rows().get(self.selected(Panel::Stage)?).copied(),
            Panel::Here => self.here_rows().get(self.selected(Panel::Here)?).copied(),
            Panel::Clock => None,
        }
    }

    pub(super) fn name_of(&self, id: ParticipantId) -> &str {
        self.meeting().participant(id).map_or("?", |p| &p.name)
    }
}
