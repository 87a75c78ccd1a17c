//! The connections of a room: who they are, what they are sent, how they are taken up again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use crate::meeting::{ParticipantId, SeatId, SeatKind, Timestamp};
use crate::wire::Refusal;

use super::port::{ConnId, Outgoing};

/// Tokens kept of connections that are gone: more than a room has people. The oldest is forgotten; its owner joins anew.
const PARTED: usize = 4096;

/// Between two tellings of who comes and goes: where hundreds come at once, each of them would be told to each of them.
const TOLD_APART: Duration = Duration::from_millis(100);

/// A token as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) who: ParticipantId,
    /// `None` is an observer.
    pub(super) seat: Option<(SeatId, SeatKind)>,
    /// Whether it is somebody's sound, brought by another key: it steers nothing.
    pub(super) is_leg: bool,
    pub(super) token: TokenHash,
    /// The channels it is reached by.
    pub(super) out: mpsc::Sender<Outgoing>,
    pub(super) end: oneshot::Sender<Refusal>,
}

/// What a token takes up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) who: ParticipantId,
    pub(super) kind: Option<SeatKind>,
    /// The connection that has it, while it is up.
    pub(super) conn: Option<ConnId>,
}

#[derive(Debug, Default)]
pub(super) struct Seats {
    conns: BTreeMap<ConnId, Conn>,
    tokens: HashMap<TokenHash, Held>,
    parted: VecDeque<(Timestamp, TokenHash)>,
    last: u64,
    /// Events that are told together, soon.
    untold: Vec<Utf8Bytes>,
    /// How many of them those know who came since.
    known: HashMap<ConnId, usize>,
    told_at: Option<Instant>,
}

impl Seats {
    /// No connections; numbers go on, so that who departs late is nobody else.
    pub(super) fn following(old: &Self) -> Self {
        Self { last: old.last, ..Self::default() }
    }

    pub(super) fn next_id(&mut self) -> ConnId {
        self.last += 1;
        ConnId(self.last)
    }

    pub(super) fn len(&self) -> usize {
        self.conns.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.conns.is_empty()
    }

    pub(super) fn get(&self, id: ConnId) -> Option<&Conn> {
        self.conns.get(&id)
    }

    pub(super) fn of(&self, who: ParticipantId) -> impl Iterator<Item = (ConnId, &Conn)> {
        self.conns.iter().filter(move |(_, c)| c.who == who).map(|(id, c)| (*id, c))
    }

    /// Puts a connection in, that knows everything published so far.
    pub(super) fn insert(&mut self, id: ConnId, conn: Conn) {
        let held = Held { who: conn.who, kind: conn.seat.map(|(_, kind)| kind), conn: Some(id) };
        self.tokens.insert(conn.token, held);
        self.conns.insert(id, conn);
        if !self.untold.is_empty() {
            self.known.insert(id, self.untold.len());
        }
    }

    /// What `token` of `who` takes up.
    pub(super) fn held(&self, token: &str, who: ParticipantId) -> Option<Held> {
        self.tokens.get(&TokenHash::of(token)).copied().filter(|held| held.who == who)
    }

    /// Takes a connection out; its token stays good until it is [forgotten](Self::forget_before).
    pub(super) fn remove(&mut self, id: ConnId, now: Timestamp) -> Option<Conn> {
        let conn = self.conns.remove(&id)?;
        if let Some(held) = self.tokens.get_mut(&conn.token) {
            held.conn = None;
            self.parted.push_back((now, conn.token));
            if self.parted.len() > PARTED {
                self.forget_oldest();
            }
        }
        Some(conn)
    }

    /// Forgets the tokens of connections that were gone by `then`.
    pub(super) fn forget_before(&mut self, then: Timestamp) {
        while self.parted.front().is_some_and(|(at, _)| *at < then) {
            self.forget_oldest();
        }
    }

    /// Forgets the tokens of somebody: they take up no seat again.
    pub(super) fn forget(&mut self, who: ParticipantId) {
        self.tokens.retain(|_, held| held.who != who);
    }

    fn forget_oldest(&mut self) {
        if let Some((_, token)) = self.parted.pop_front() {
            self.tokens.remove(&token);
        }
    }

    /// Sends to one. When its queue is full it is ended as too slow; it is among the returned then.
    pub(super) fn send(&mut self, id: ConnId, item: Outgoing, now: Timestamp) -> Option<Conn> {
        let full = self.conns.get(&id)?.out.try_send(item).is_err();
        if full { self.end(id, Refusal::TooSlow, now) } else { None }
    }

    /// Sends the events of one commit to all, at once or, if they `may_wait`, soon; answers with those that were too slow
    /// and are out.
    pub(super) fn publish(&mut self, events: Vec<Utf8Bytes>, may_wait: bool, now: Timestamp) -> Vec<Conn> {
        self.untold.extend(events);
        let is_soon = self.due_at().is_some_and(|at| at > Instant::now());
        if may_wait && is_soon { Vec::new() } else { self.tell_all(now) }
    }

    /// When the events that wait are to be told; `None` while none do.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let at = self.told_at.map_or_else(Instant::now, |at| at + TOLD_APART);
        (!self.untold.is_empty()).then_some(at)
    }

    /// Sends the events that wait; answers with those that were too slow and are out.
    pub(super) fn tell_all(&mut self, now: Timestamp) -> Vec<Conn> {
        let known = std::mem::take(&mut self.known);
        if self.untold.is_empty() {
            return Vec::new();
        }
        self.told_at = Some(Instant::now());
        let events: Arc<[Utf8Bytes]> = std::mem::take(&mut self.untold).into();
        let mut news = (0, Arc::clone(&events));
        let mut full = Vec::new();
        for (id, conn) in &self.conns {
            let knows = known.get(id).copied().unwrap_or(0);
            if news.0 != knows {
                // Those who came between the same two commits share theirs.
                news = (knows, events[knows..].into());
            }
            let is_news = !news.1.is_empty();
            if is_news && conn.out.try_send(Outgoing::Events(Arc::clone(&news.1))).is_err() {
                full.push(*id);
            }
        }
        full.into_iter().filter_map(|id| self.end(id, Refusal::TooSlow, now)).collect()
    }

    /// Ends a connection: after what waits for it, or at once when its queue is full.
    pub(super) fn end(&mut self, id: ConnId, why: Refusal, now: Timestamp) -> Option<Conn> {
        let conn = self.remove(id, now)?;
        debug!(conn = id.0, who = %conn.who, code = why.code(), "a seat is ended");
        let (out, end) = (conn.out.clone(), conn.end);
        if let Err(mpsc::error::TrySendError::Full(_)) = out.try_send(Outgoing::Close(why.clone())) {
            // The seat may be gone by itself already.
            let _ = end.send(why);
        }
        let (end, _) = oneshot::channel();
        Some(Conn { end, ..conn })
    }

    /// Ends all.
    pub(super) fn end_all(&mut self, why: &Refusal, now: Timestamp) -> Vec<Conn> {
        let all: Vec<ConnId> = self.conns.keys().copied().collect();
        all.into_iter().filter_map(|id| self.end(id, why.clone(), now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(0);

    struct Desk(Seats);

    impl Desk {
        fn come(&mut self) -> mpsc::Receiver<Outgoing> {
            let id = self.0.next_id();
            let (out, told) = mpsc::channel(8);
            let token = TokenHash::of(&id.0.to_string());
            let (end, _) = oneshot::channel();
            let who = ParticipantId([1; 32]);
            self.0.insert(id, Conn { who, seat: None, is_leg: false, token, out, end });
            told
        }

        fn publish(&mut self, event: &'static str, may_wait: bool) {
            assert!(self.0.publish(vec![event.into()], may_wait, NOW).is_empty());
        }
    }

    /// The events of the next telling, if there was one.
    fn told(out: &mut mpsc::Receiver<Outgoing>) -> Option<String> {
        match out.try_recv() {
            Ok(Outgoing::Events(events)) => {
                Some(events.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(" "))
            }
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_come_at_once_are_told_of_together() {
        let mut desk = Desk(Seats::default());
        let mut ana = desk.come();
        desk.publish("bruno", true);
        assert_eq!(told(&mut ana).as_deref(), Some("bruno"), "nobody came just before");
        let mut bruno = desk.come();
        desk.publish("carla", true);
        let mut carla = desk.come();
        desk.publish("dario", true);
        let mut dario = desk.come();
        assert_eq!(told(&mut ana), None);
        assert_eq!(desk.0.due_at(), Some(Instant::now() + TOLD_APART));
        tokio::time::advance(TOLD_APART).await;
        assert!(desk.0.tell_all(NOW).is_empty());
        assert_eq!(told(&mut ana).as_deref(), Some("carla dario"));
        assert_eq!(told(&mut bruno).as_deref(), Some("carla dario"));
        assert_eq!(
            told(&mut carla).as_deref(),
            Some("dario"),
            "it is in the state that she was welcomed with"
        );
        assert_eq!(told(&mut dario), None);
        assert_eq!(desk.0.due_at(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_waits_for_is_told_at_once_and_in_order() {
        let mut desk = Desk(Seats::default());
        let mut ana = desk.come();
        desk.publish("bruno", true);
        desk.publish("carla", true);
        desk.publish("raised", false);
        assert_eq!(told(&mut ana).as_deref(), Some("bruno"));
        assert_eq!(told(&mut ana).as_deref(), Some("carla raised"));
        assert_eq!(desk.0.due_at(), None);
    }
}
