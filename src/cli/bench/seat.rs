//! Seats that a bench fills a room with.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::client::{Identity, Link, LinkConfig, LinkEvent, RoomUrl, connect};
use crate::meeting::{Command, Millis, SeatKind, Terms};
use crate::wire::{ClientMessage, CommandId, Feed, JoinRequest, OpenRequest, ServerMessage};

use super::BenchError;

/// How long a seat may take to join, or a message to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A seat that has joined.
#[derive(Debug)]
pub(super) struct BenchSeat {
    /// Which, from 0, the host's.
    pub(super) number: u32,
    /// Who sits there.
    pub(super) identity: Identity,
    /// Its link.
    pub(super) link: Link,
    /// What comes in.
    pub(super) events: mpsc::Receiver<LinkEvent>,
    asked: u32,
}

impl BenchSeat {
    /// Joins; seat 0 opens the meeting and is its host. Later ones may only listen.
    ///
    /// # Errors
    /// It is refused, or does not come up.
    pub(super) async fn join(
        url: RoomUrl,
        number: u32,
        feed: Feed,
        listener: bool,
    ) -> Result<Self, BenchError> {
        let identity = Identity::generate().map_err(|e| BenchError::Own(Box::new(e)))?;
        let open = OpenRequest {
            title: "Bench".to_owned(),
            length: Millis::from_mins(60),
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Terms::default(),
        };
        let join = JoinRequest {
            name: format!("Seat {number}"),
            kind: SeatKind::Console,
            listener,
            auto_open: true,
        };
        let (link, events) = connect(LinkConfig {
            join: Some(join),
            open: (number == 0).then_some(open),
            feed,
            ..LinkConfig::new(url, identity.clone())
        });
        let mut seat = Self { number, identity, link, events, asked: 0 };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, seat.events.recv()).await {
                Ok(Some(LinkEvent::Message(ServerMessage::Snapshot { .. }))) => return Ok(seat),
                Ok(Some(LinkEvent::Ended { text, .. })) => {
                    return Err(BenchError::Refused { seat: number, text });
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    return Err(BenchError::Join { seat: number, secs: PATIENCE.as_secs() });
                }
            }
        }
    }

    /// Joins `seats` of them, the host first; after the first `speakers` they only listen.
    ///
    /// # Errors
    /// One does not come up.
    pub(super) async fn fill(
        url: &RoomUrl,
        seats: u32,
        feed: Feed,
        speakers: u32,
    ) -> Result<Vec<Self>, BenchError> {
        let mut all = Vec::new();
        for number in 0..seats {
            all.push(Self::join(url.clone(), number, feed, number >= speakers).await?);
            // The earlier ones read what the later ones' joining causes, or their queues would fill up.
            for seat in &mut all {
                while seat.events.try_recv().is_ok() {}
            }
        }
        Ok(all)
    }

    /// Asks the meeting for something.
    ///
    /// # Errors
    /// The link has ended.
    pub(super) async fn ask(&mut self, command: Command) -> Result<(), BenchError> {
        self.asked += 1;
        let id = CommandId(format!("{}.{}", self.number, self.asked));
        let message = ClientMessage::Command { id, command };
        self.link.send(message).await.map_err(|e| BenchError::Own(Box::new(e)))
    }

    /// Asks for something and waits until it is accepted.
    ///
    /// # Errors
    /// It is refused or takes too long.
    pub(super) async fn ask_and_wait(&mut self, command: Command) -> Result<(), BenchError> {
        self.ask(command).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.events.recv()).await {
                Ok(Some(LinkEvent::Message(ServerMessage::Accepted { .. }))) => return Ok(()),
                Ok(Some(LinkEvent::Message(ServerMessage::Rejected { text, .. }))) => {
                    return Err(BenchError::Refused { seat: self.number, text });
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => {
                    return Err(BenchError::Late { what: "an answer", secs: PATIENCE.as_secs() });
                }
            }
        }
    }
}
