//! One link, the replica it feeds, and commands that are waited for.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::cli::context::Context;
use crate::cli::meet::{Connected, first_connection};
use crate::cli::output::Failure;
use crate::client::{LinkConfig, LinkEvent, now};
use crate::meeting::{Command, ParticipantId, Recorded, SeatKind};
use crate::sync::{Outbox, Received, Replica};
use crate::wire::{ClientMessage, JoinRequest, ServerMessage};

use super::CtlArgs;

/// How long a script waits for an answer: a server that restarts is back by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A meeting as it is seen through one link.
pub(super) struct Mirror {
    connected: Connected,
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

impl Mirror {
    /// Connects and waits for the meeting's state; with a `name`, takes a seat for a script.
    pub(super) async fn open(
        context: &Context,
        args: &CtlArgs,
        name: Option<String>,
    ) -> Result<Self, Failure> {
        let identity = context.identity(&args.who)?;
        let join =
            name.map(|name| JoinRequest { name, kind: SeatKind::Control, listener: false, auto_open: false });
        let config = LinkConfig { join, ..LinkConfig::new(context.trusted(&args.url).await?, identity) };
        let connected = first_connection(config).await?;
        let prefix = format!("ctl-{:016x}-", rand::random::<u64>());
        let mut mirror = Self { connected, replica: Replica::new(), outbox: Outbox::new(prefix) };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match mirror.next_before(deadline).await? {
                Incoming::State => return Ok(mirror),
                Incoming::Lost(why) => return Err(Failure::no_connection(why)),
                _ => {}
            }
        }
    }

    /// The meeting as far as it is known.
    pub(super) fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Who asks, if they are in the meeting.
    pub(super) fn me(&self) -> Option<ParticipantId> {
        self.replica.me().filter(|p| p.is_in()).map(|p| p.id)
    }

    /// Asks for a change and waits until it is durable or refused, over a lost connection too.
    pub(super) async fn ask(&mut self, command: Command) -> Result<(), Failure> {
        let leaving = command == Command::Leave;
        let message = self.outbox.push(command);
        self.send(message).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let incoming = match self.next_before(deadline).await {
                // Who leaves is told so, and the server closes.
                Err(end) if leaving && end.code == "left" => return Ok(()),
                other => other?,
            };
            let Incoming::Other(Some(answer)) = incoming else { continue };
            if let Some(settled) = self.outbox.settle(&answer) {
                return settled.result.map(|_| ()).map_err(|r| Failure::refused(r.code, r.text));
            }
        }
    }

    /// Closes the link and waits until it has.
    pub(super) async fn close(mut self) {
        self.connected.link.close();
        while self.connected.events.recv().await.is_some() {}
    }

    /// Waits for what comes next.
    pub(super) async fn next(&mut self) -> Result<Incoming, Failure> {
        match self.connected.events.recv().await {
            None => Err(Failure::no_connection("the connection has ended")),
            Some(LinkEvent::Ended { code, text }) => Err(Failure::refused(code, text)),
            Some(LinkEvent::Lost { why, .. }) => Ok(Incoming::Lost(why)),
            Some(LinkEvent::Connected) => {
                let again: Vec<_> = self.outbox.unsettled().collect();
                for message in again {
                    self.send(message).await?;
                }
                Ok(Incoming::Other(None))
            }
            Some(LinkEvent::Message(message)) => self.receive(message).await,
            Some(LinkEvent::Connecting { .. } | LinkEvent::Audio(_) | LinkEvent::Mix(_)) => {
                Ok(Incoming::Other(None))
            }
        }
    }

    pub(super) async fn next_before(&mut self, deadline: Instant) -> Result<Incoming, Failure> {
        timeout_at(deadline, self.next()).await.unwrap_or_else(|_| {
            let text = format!(
                "no answer within {} s; look with `palco ctl … status` before you try again",
                PATIENCE.as_secs()
            );
            Err(Failure::no_connection(text))
        })
    }

    async fn receive(&mut self, message: ServerMessage) -> Result<Incoming, Failure> {
        match self.replica.receive(&message, now()) {
            Received::Changed(events) => Ok(Incoming::Events(events)),
            Received::Reset if matches!(message, ServerMessage::Snapshot { .. }) => Ok(Incoming::State),
            Received::Reset | Received::Nothing => Ok(Incoming::Other(Some(message))),
            Received::Gap => {
                self.send(ClientMessage::Resync).await?;
                Ok(Incoming::Other(None))
            }
        }
    }

    pub(super) async fn send(&self, message: ClientMessage) -> Result<(), Failure> {
        self.connected.link.send(message).await.map_err(|e| Failure::refused("too-big", e))
    }
}
