//! One link, the replica it feeds, and commands that are waited for.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::console::Link;
use crate::meeting::{Command, ParticipantId, Recorded, Timestamp};
use crate::sync::{LinkEvent, Outbox, Received, Replica};
use crate::wire::{ClientMessage, MAX_CLIENT_MESSAGE, ServerMessage};

use super::Trouble;

/// How long a script waits for an answer: a server that restarts is back by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A meeting as it is seen through one link.
pub(super) struct Mirror<L> {
    link: L,
    replica: Replica,
    outbox: Outbox,
}

/// What came in.
pub(super) enum Incoming {
    /// Events that happened.
    Events(Vec<Recorded>),
    /// The whole state is there, or there anew.
    State,
    /// The connection is lost and tried again.
    Lost(String),
    /// Something else.
    Other(Option<ServerMessage>),
}

impl<L: Link> Mirror<L> {
    /// Waits for the meeting's state.
    pub(super) async fn open(link: L) -> Result<Self, Trouble> {
        let prefix = format!("ctl-{:016x}-", rand::random::<u64>());
        let mut mirror = Self { link, replica: Replica::new(), outbox: Outbox::new(prefix) };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match mirror.next_before(deadline).await? {
                Incoming::State => return Ok(mirror),
                Incoming::Lost(why) => return Err(Trouble::no_connection(why)),
                _ => {}
            }
        }
    }

    /// The meeting as far as it is known.
    pub(super) fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The server's time.
    pub(super) fn server_now(&self) -> Timestamp {
        self.replica.server_now(self.link.now())
    }

    /// Who asks, if they are in the meeting.
    pub(super) fn me(&self) -> Option<ParticipantId> {
        self.replica.me().filter(|p| p.is_in()).map(|p| p.id)
    }

    /// Asks for a change and waits until it is durable or refused, over a lost connection too.
    pub(super) async fn ask(&mut self, command: Command) -> Result<(), Trouble> {
        let leaving = command == Command::Leave;
        let message = self.outbox.push(command);
        self.send(message)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let incoming = match self.next_before(deadline).await {
                // Who leaves is told so, and the server closes.
                Err(end) if leaving && end.code == "left" => return Ok(()),
                other => other?,
            };
            let Incoming::Other(Some(answer)) = incoming else { continue };
            if let Some(settled) = self.outbox.settle(&answer) {
                return settled.result.map(|_| ()).map_err(|r| Trouble::refused(r.code, r.text));
            }
        }
    }

    /// Closes the link and waits until it has.
    pub(super) async fn close(mut self) {
        self.link.close();
        while self.link.next().await.is_some() {}
    }

    /// Waits for what comes next.
    pub(super) async fn next(&mut self) -> Result<Incoming, Trouble> {
        match self.link.next().await {
            None => Err(Trouble::no_connection("the connection has ended")),
            Some(LinkEvent::Ended { code, text }) => Err(Trouble::refused(code, text)),
            Some(LinkEvent::Lost { why, .. }) => Ok(Incoming::Lost(why)),
            Some(LinkEvent::Connected) => {
                let again: Vec<_> = self.outbox.unsettled().collect();
                for message in again {
                    self.send(message)?;
                }
                Ok(Incoming::Other(None))
            }
            Some(LinkEvent::Message(message)) => self.receive(message).await,
            Some(LinkEvent::Connecting { .. } | LinkEvent::Audio(_) | LinkEvent::Mix(_)) => {
                Ok(Incoming::Other(None))
            }
        }
    }

    pub(super) async fn next_before(&mut self, deadline: Instant) -> Result<Incoming, Trouble> {
        timeout_at(deadline, self.next()).await.unwrap_or_else(|_| {
            let text = format!(
                "no answer within {} s; look with `palco ctl … status` before you try again",
                PATIENCE.as_secs()
            );
            Err(Trouble::no_connection(text))
        })
    }

    async fn receive(&mut self, message: ServerMessage) -> Result<Incoming, Trouble> {
        match self.replica.receive(&message, self.link.now()) {
            Received::Changed(events) => Ok(Incoming::Events(events)),
            Received::Reset if matches!(message, ServerMessage::Snapshot { .. }) => Ok(Incoming::State),
            Received::Reset | Received::Nothing => Ok(Incoming::Other(Some(message))),
            Received::Gap => {
                self.send(ClientMessage::Resync)?;
                Ok(Incoming::Other(None))
            }
        }
    }

    pub(super) fn send(&mut self, message: ClientMessage) -> Result<(), Trouble> {
        let length = serde_json::to_string(&message).map_or(usize::MAX, |text| text.len());
        if length > MAX_CLIENT_MESSAGE {
            let text = format!("that is too long to send; make it shorter than {MAX_CLIENT_MESSAGE} bytes");
            return Err(Trouble::refused("too-big", text));
        }
        self.link.send(message);
        Ok(())
    }
}
