//! What goes to the server: commands wait in the outbox until they are answered, whatever the link does.

use crate::meeting::{Command, Event, ParticipantId, Source, Timestamp};
use crate::sync::{LinkEvent, Outbox};
use crate::wire::{ClientMessage, ServerMessage};

use super::Link;

/// The link and the commands that wait for an answer.
#[derive(Debug)]
pub struct Upstream<L> {
    link: L,
    outbox: Outbox,
    /// The meeting that the last welcome named.
    meeting: Option<String>,
    you: Option<ParticipantId>,
    source: Option<Source>,
    /// The link came up: what is unsettled goes out again as soon as the server has said something.
    again: bool,
}

impl<L: Link> Upstream<L> {
    /// Over this link.
    pub fn new(link: L) -> Self {
        let outbox = Outbox::new(format!("{:016x}", rand::random::<u64>()));
        Self { link, outbox, meeting: None, you: None, source: None, again: false }
    }

    /// Asks for a change of the meeting.
    pub(super) fn command(&mut self, command: Command) {
        let message = self.outbox.push(command);
        self.link.send(message);
    }

    /// What the link tells next. Cancel-safe.
    pub async fn next(&mut self) -> Option<LinkEvent> {
        self.link.next().await
    }

    /// The link's clock.
    pub fn now(&self) -> Timestamp {
        self.link.now()
    }

    pub(super) fn resync(&mut self) {
        self.link.send(ClientMessage::Resync);
    }

    pub(super) fn pair(&mut self) {
        self.link.send(ClientMessage::Pair);
    }

    /// The person's own number in packets, once it is known.
    pub(super) fn source(&self) -> Option<Source> {
        self.source
    }

    pub(super) fn connected(&mut self) {
        self.again = true;
    }

    /// Looks at what the server says: settles commands, and sends unsettled ones again after a reconnect. Those meant
    /// for a meeting that is over are forgotten, which only the welcome tells.
    pub(super) fn heard(&mut self, message: &ServerMessage) {
        self.outbox.settle(message);
        match message {
            ServerMessage::Welcome { meeting, you, .. } => {
                if self.meeting.as_ref().is_some_and(|before| before != meeting) {
                    self.outbox.clear();
                }
                self.meeting = Some(meeting.clone());
                self.you = Some(*you);
            }
            ServerMessage::Snapshot { meeting } => {
                self.source = self.you.and_then(|you| meeting.participant(you)).map(|p| p.source);
            }
            ServerMessage::Event(recorded) => match &recorded.event {
                Event::Joined { participant, source, .. } if Some(*participant) == self.you => {
                    self.source = Some(*source);
                }
                _ => {}
            },
            _ => {}
        }
        if std::mem::take(&mut self.again) {
            let unsettled: Vec<_> = self.outbox.unsettled().collect();
            unsettled.into_iter().for_each(|message| self.link.send(message));
        }
    }

    /// Whether every command is answered.
    pub fn is_settled(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Asks the link to send what is queued, and to close.
    pub(super) fn close(&mut self) {
        self.link.close();
    }
}
