//! Marks on hands: what is done to several at once.

use crate::meeting::{Actor, Command, Hand, HandId, Order, Timestamp};

use super::Model;
use super::action::Do;
use super::layer::{Choice, Layer};
use super::possible::{Intent, Why};

/// How many names a question tells; the rest are counted.
const NAMES: usize = 8;

impl Model {
    /// The marked hands, in the order of the queue.
    pub(super) fn marked(&self) -> Vec<&Hand> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        self.meeting().queue().into_iter().filter(|h| self.marks.contains(&h.id)).collect()
    }

    pub(super) fn is_marked(&self, hand: HandId) -> bool {
        self.marks.contains(&hand)
    }

    /// The waiting hands that are shown.
    fn shown_hands(&self) -> Vec<HandId> {
        self.hand_rows().iter().filter(|r| r.place.is_some()).map(|r| r.hand.id).collect()
    }

    /// Whether every hand that is shown is marked.
    pub(super) fn all_marked(&self) -> bool {
        !self.marks.is_empty() && self.shown_hands().iter().all(|id| self.marks.contains(id))
    }

    /// What marking, dropping and merging marked hands would do.
    pub(super) fn wish_marks(&self, what: Do, now: Timestamp) -> Result<Intent, Why> {
        let t = self.texts();
        let selected = || self.selected_hand().map(|h| h.id).ok_or_else(|| t.needs_hand.to_owned());
        match what {
            Do::Mark => self.allowed(&Command::Drop { hand: selected()? }, now).map(|()| Intent::Local),
            Do::MarkAll => {
                let first = self.shown_hands().first().copied().ok_or_else(|| t.needs_hand.to_owned())?;
                self.allowed(&Command::Drop { hand: first }, now).map(|()| Intent::Local)
            }
            Do::Merge => {
                let into = selected()?;
                let hands: Vec<_> = self.marked().iter().map(|h| h.id).filter(|id| *id != into).collect();
                if hands.is_empty() {
                    return Err((t.needs_marks)(&self.hint(Do::Mark)));
                }
                self.ask(Command::Merge { hands, into })
            }
            _ => match self.marked().as_slice() {
                [] => self.ask(Command::Drop { hand: selected()? }),
                [one] => self.ask(Command::Drop { hand: one.id }),
                several => self.ask(Command::DropHands { hands: several.iter().map(|h| h.id).collect() }),
            },
        }
    }

    /// Marks the selected hand or takes its mark off, and goes on to the next one.
    pub(super) fn toggle_mark(&mut self) {
        let Some(hand) = self.selected_hand().map(|h| h.id) else { return };
        if !self.marks.remove(&hand) {
            self.marks.insert(hand);
        }
        self.move_selection(1);
    }

    /// Marks all hands that are shown, those marked before stay so; takes all marks off when they are marked already.
    pub(super) fn toggle_all(&mut self) {
        if self.all_marked() {
            self.marks.clear();
        } else {
            self.marks.extend(self.shown_hands());
        }
    }

    /// Forgets the marks of hands that wait no more.
    pub(super) fn prune_marks(&mut self) {
        let meeting = self.replica.meeting();
        self.marks.retain(|id| meeting.hand(*id).is_some());
    }

    /// The owners of hands, as a question names them.
    pub(super) fn owners(&self, hands: &[HandId]) -> String {
        let owner = |id: &HandId| self.meeting().hand(*id).map(|h| self.name_of(h.participant).to_owned());
        let mut names: Vec<_> = hands.iter().filter_map(owner).collect();
        let rest = names.len().saturating_sub(NAMES);
        if rest > 1 {
            names.truncate(NAMES);
            names.push((self.texts().more)(rest as u64));
        }
        names.join(", ")
    }

    /// The order that the menu on top would choose.
    pub(super) fn preview(&self) -> Option<Order> {
        let Some(Layer::Menu { entries, selected, .. }) = self.layers.last() else { return None };
        match entries.get(*selected)?.choice {
            Choice::Send(Command::Reorder { order }) => Some(order),
            _ => None,
        }
    }

    /// Until when the hands that were taken out last can be brought back by this person, by the local clock.
    pub(super) fn undo_until(&self, now: Timestamp) -> Option<Timestamp> {
        let server = self.server_now(now);
        let (_, until) = self.meeting().undo(server)?;
        let me = self.me()?.id;
        let may = self.meeting().decide(&Command::Restore, Actor::Participant(me), server).is_ok();
        may.then(|| now.plus(until.since(server)))
    }
}
