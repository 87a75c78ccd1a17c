//! What goes to the server: commands wait in the outbox until they are answered, whatever the link does.

use futures_util::FutureExt as _;

use crate::client::Link;
use crate::meeting::{Command, Event, ParticipantId, Source};
use crate::sync::Outbox;
use crate::wire::{ClientMessage, ServerMessage};

/// The link and the commands that wait for an answer.
#[derive(Debug)]
pub(super) struct Upstream {
    link: Link,
    outbox: Outbox,
    /// The meeting that the last welcome named.
    meeting: Option<String>,
    you: Option<ParticipantId>,
    source: Option<Source>,
    /// The link came up: what is unsettled goes out again as soon as the server has said something.
    again: bool,
}

impl Upstream {
    pub(super) fn new(link: Link) -> Self {
        let outbox = Outbox::new(format!("{:016x}", rand::random::<u64>()));
        Self { link, outbox, meeting: None, you: None, source: None, again: false }
    }

    pub(super) fn command(&mut self, command: Command) {
        let message = self.outbox.push(command);
        self.send(message);
    }

    pub(super) fn resync(&self) {
        self.send(ClientMessage::Resync);
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
            unsettled.into_iter().for_each(|message| self.send(message));
        }
    }

    /// Whether every command is answered.
    pub(super) fn is_settled(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Asks the link to send what is queued, and to close.
    pub(super) fn close(&self) {
        self.link.close();
    }

    /// Never waits. When the link's queue is full the link is stuck: commands stay in the outbox and go out when it is
    /// back, and a snapshot comes by itself then.
    fn send(&self, message: ClientMessage) {
        if let Some(Err(error)) = self.link.send(message).now_or_never() {
            tracing::warn!(%error, "a message was not sent");
        }
    }
}
