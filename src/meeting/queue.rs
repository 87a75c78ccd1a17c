//! The queue: hands, their order, and turns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{HandId, HandKind, Meeting, Millis, Order, ParticipantId, TURN_LENGTH, Timestamp, TurnId};

/// Turns that are expected to take [`TURN_LENGTH`] before any was seen: else the first one alone, long or short, moves the
/// projected end of a long queue by half an hour.
const EXPECTED_TURNS: u64 = 5;

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
    /// How many calls pass before it is first, when it came back from a turn; `None` takes its place by the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_in: Option<u32>,
}

/// The places in `waiting` in the order of the queue, kept while nothing happens: one key asks for it many times.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorted(OnceLock<Vec<usize>>);

impl PartialEq for Sorted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Sorted {}

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
    /// Points of order come first in all orders but `manual`. Hands that came back from a turn take the place that they
    /// were promised, whatever the order; points of order still go before them, for they are why somebody is
    /// interrupted. Hands are numbered as they arrive.
    pub fn queue(&self) -> Vec<&Hand> {
        let places = self.sorted.0.get_or_init(|| {
            let places: BTreeMap<_, _> = self.waiting.iter().enumerate().map(|(n, h)| (h.id, n)).collect();
            self.sort(self.order).into_iter().filter_map(|h| places.get(&h.id).copied()).collect()
        });
        places.iter().filter_map(|n| self.waiting.get(*n)).collect()
    }

    /// The waiting hands as they would stand in another order; `manual` starts from the order that stands.
    pub fn queue_by(&self, order: Order) -> Vec<&Hand> {
        if order == Order::Manual || order == self.order { self.queue() } else { self.sort(order) }
    }

    fn sort(&self, order: Order) -> Vec<&Hand> {
        let (back, mut hands): (Vec<_>, Vec<_>) = self.waiting.iter().partition(|h| h.returns_in.is_some());
        let later = |hand: &Hand| hand.kind != HandKind::PointOfOrder;
        match order {
            Order::Manual => return put_back(back, hands, 0),
            Order::Arrival => hands.sort_by_key(|h| (later(h), h.id)),
            Order::Support => hands.sort_by_key(|h| (later(h), Reverse(h.supporters.len()), h.id)),
            Order::Fair => hands.sort_by_cached_key(|h| (later(h), self.heard_so_far(h.participant), h.id)),
        }
        let ahead = hands.iter().take_while(|h| !later(h)).count();
        put_back(back, hands, ahead)
    }

    /// Whether somebody has been heard, and for how long: never heard sorts first, then least talk time.
    fn heard_so_far(&self, id: ParticipantId) -> (bool, Millis) {
        self.participant(id).map_or((false, Millis::ZERO), |p| (p.is_heard(), p.spoken))
    }

    /// What a turn takes: the mean of those that are over, and of five of [`TURN_LENGTH`] that were expected.
    pub fn average_turn(&self) -> Millis {
        let count = u64::try_from(self.turns.len()).unwrap_or(u64::MAX).saturating_add(EXPECTED_TURNS);
        let expected = TURN_LENGTH.times(EXPECTED_TURNS);
        let total = self.turns.iter().fold(expected, |sum, t| sum.plus(t.length(t.started_at)));
        Millis(total.0 / count)
    }
}

/// Puts the hands that came back among the others, at their places counted behind the first `ahead`.
fn put_back<'a>(mut back: Vec<&'a Hand>, mut hands: Vec<&'a Hand>, ahead: usize) -> Vec<&'a Hand> {
    back.sort_by_key(|h| (h.returns_in, h.id));
    let mut least = ahead;
    for hand in back {
        let promised = hand.returns_in.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        let place = ahead.saturating_add(promised).max(least).min(hands.len());
        hands.insert(place, hand);
        least = place + 1;
    }
    hands
}
