//! A meeting as it is durable, as it will be, and the tail of its events.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::error;

use crate::meeting::{Actor, Command, Meeting, Rejection, Seq, Timestamp};
use crate::store::{Entry, MeetingId};
use crate::wire::ServerMessage;

/// Events kept in memory for seats that come back: a quarter of an hour of a lively meeting, about 300 kB. A seat that
/// missed more gets a snapshot.
const TAIL: usize = 1024;

/// A meeting and its recent events.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) id: MeetingId,
    /// What seats may see.
    pub(super) durable: Meeting,
    /// With what is being committed.
    pub(super) working: Meeting,
    /// When the durable meeting has something due; kept, as the room asks between any two packets.
    due_at: Option<Timestamp>,
    tail: VecDeque<(Seq, Utf8Bytes)>,
    /// The last snapshot made; many who come at once share it.
    snapshot: Option<(Seq, Utf8Bytes)>,
}

impl Book {
    pub(super) fn new(id: MeetingId) -> Self {
        Self {
            id,
            durable: Meeting::new(),
            working: Meeting::new(),
            due_at: None,
            tail: VecDeque::new(),
            snapshot: None,
        }
    }

    /// A meeting as it was kept.
    pub(super) fn restore(id: MeetingId, entries: &[Entry]) -> Self {
        let mut book = Self::new(id);
        for entry in entries {
            book.durable.apply(&entry.recorded);
        }
        for entry in entries.iter().skip(entries.len().saturating_sub(TAIL)) {
            book.remember(entry.recorded.seq, text(&ServerMessage::Event(Box::new(entry.recorded.clone()))));
        }
        book.working = book.durable.clone();
        book.due_at = book.durable.due_at();
        book
    }

    /// Decides and applies on the working copy; the events go to `entries`.
    pub(super) fn decide(
        &mut self,
        command: &Command,
        actor: Actor,
        now: Timestamp,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Rejection> {
        let events = self.working.decide(command, actor, now)?;
        for recorded in self.working.record(events, actor, now) {
            self.working.apply(&recorded);
            entries.push(Entry { recorded, cause: None });
        }
        Ok(())
    }

    /// Takes over what has become durable; answers with the events as they are sent.
    pub(super) fn settle(&mut self, entries: &[Entry]) -> Vec<Utf8Bytes> {
        let mut texts = Vec::with_capacity(entries.len());
        for Entry { recorded, .. } in entries {
            self.durable.apply(recorded);
            let text = text(&ServerMessage::Event(Box::new(recorded.clone())));
            self.remember(recorded.seq, text.clone());
            texts.push(text);
        }
        self.due_at = self.durable.due_at();
        texts
    }

    /// When the durable meeting has something due next.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.due_at
    }

    /// Forgets what was not kept.
    pub(super) fn roll_back(&mut self) {
        self.working = self.durable.clone();
    }

    fn remember(&mut self, seq: Seq, text: Utf8Bytes) {
        self.tail.push_back((seq, text));
        if self.tail.len() > TAIL {
            self.tail.pop_front();
        }
    }

    /// The events after `seq`; `None` when some are not in memory, or `seq` is of another past.
    pub(super) fn tail_after(&self, seq: Seq) -> Option<Vec<Utf8Bytes>> {
        if seq > self.durable.seq() || seq == Seq(0) {
            return None;
        }
        let oldest = self.tail.front().map_or(Seq(self.durable.seq().0 + 1), |(s, _)| *s);
        if seq.0 + 1 < oldest.0 {
            return None;
        }
        Some(self.tail.iter().filter(|(s, _)| *s > seq).map(|(_, t)| t.clone()).collect())
    }

    /// The whole durable state as a message.
    pub(super) fn snapshot(&mut self) -> Utf8Bytes {
        let seq = self.durable.seq();
        match &self.snapshot {
            Some((of, text)) if *of == seq => text.clone(),
            _ => {
                let text = text(&ServerMessage::Snapshot { meeting: Box::new(self.durable.clone()) });
                self.snapshot = Some((seq, text.clone()));
                text
            }
        }
    }
}

/// A message as it is sent.
pub(super) fn text(message: &ServerMessage) -> Utf8Bytes {
    match serde_json::to_string(message) {
        Ok(text) => text.into(),
        Err(error) => {
            // Only a map with odd keys cannot be written, and no message has one.
            error!(%error, "a message cannot be written");
            debug_assert!(false, "a message cannot be written: {error}");
            Utf8Bytes::default()
        }
    }
}
