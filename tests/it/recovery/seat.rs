//! Somebody in a meeting, through the client's own link.

use palco::client::{Identity, Link, LinkConfig, LinkEvent, RoomUrl, connect, now};
use palco::meeting::{Command, HandId, Meeting, Millis, ParticipantId, Role, SeatKind};
use palco::sync::{Outbox, Received, Replica};
use palco::wire::{ClientMessage, Feed, JoinRequest, OpenRequest, ServerMessage};
use tokio::sync::mpsc;

use crate::support::shell::DEADLINE;

pub struct Seat {
    pub name: &'static str,
    pub link: Link,
    events: mpsc::Receiver<LinkEvent>,
    pub replica: Replica,
    pub outbox: Outbox,
    /// Connections, losses and snapshots so far.
    pub connected: usize,
    pub lost: usize,
    pub snapshots: usize,
    /// The frame heard last.
    pub heard: Option<u16>,
    /// Commands that were refused.
    pub refused: Vec<String>,
}

impl Seat {
    /// Joins; the one called `Host` opens the meeting.
    pub async fn take(url: &RoomUrl, name: &'static str) -> Self {
        Self::take_with(url, name, Feed::None).await
    }

    /// Joins and hears something.
    pub async fn take_with(url: &RoomUrl, name: &'static str, feed: Feed) -> Self {
        let identity = Identity::generate().unwrap();
        let join =
            JoinRequest { name: name.into(), kind: SeatKind::Console, listener: false, auto_open: true };
        let open = (name == "Host").then(|| OpenRequest {
            title: "Recovery".into(),
            length: Millis::from_mins(60),
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Default::default(),
        });
        let config = LinkConfig { join: Some(join), open, feed, ..LinkConfig::new(url.clone(), identity) };
        let (link, events) = connect(config);
        let mut seat = Self {
            name,
            link,
            events,
            replica: Replica::new(),
            outbox: Outbox::new(format!("{name}-{:x}-", rand::random::<u64>())),
            connected: 0,
            lost: 0,
            snapshots: 0,
            heard: None,
            refused: Vec::new(),
        };
        seat.until("joining", |s| s.replica.me().is_some_and(|me| me.is_here())).await;
        seat
    }

    pub fn meeting(&self) -> &Meeting {
        self.replica.meeting()
    }

    pub fn id(&self) -> ParticipantId {
        self.replica.you().unwrap()
    }

    /// Asks without waiting.
    pub async fn send(&mut self, command: Command) {
        let message = self.outbox.push(command);
        self.link.send(message).await.unwrap();
    }

    /// Asks and waits for the answer, which has to be yes.
    pub async fn ask(&mut self, command: Command) {
        let what = format!("{command:?}");
        self.send(command).await;
        self.until(&what, |s| s.outbox.is_empty()).await;
        assert!(self.refused.is_empty(), "{}: {:?}", self.name, self.refused);
    }

    pub async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let wait = async {
            while !done(self) {
                self.step().await;
            }
        };
        assert!(tokio::time::timeout(DEADLINE, wait).await.is_ok(), "{}: {what} takes too long", self.name);
    }

    /// Takes in one event.
    pub async fn step(&mut self) {
        match self.events.recv().await.expect("the link ended") {
            LinkEvent::Connected => {
                self.connected += 1;
                let again: Vec<_> = self.outbox.unsettled().collect();
                for message in again {
                    self.link.send(message).await.unwrap();
                }
            }
            LinkEvent::Message(message) => self.receive(&message).await,
            LinkEvent::Lost { .. } => self.lost += 1,
            LinkEvent::Ended { code, text } => panic!("{} ended: {code}: {text}", self.name),
            LinkEvent::Audio(message) => self.heard = message.records.last().map(|r| r.frame),
            LinkEvent::Mix(message) => self.heard = Some(message.frame),
            LinkEvent::Connecting { .. } => {}
        }
    }

    async fn receive(&mut self, message: &ServerMessage) {
        if matches!(message, ServerMessage::Snapshot { .. }) {
            self.snapshots += 1;
        }
        if self.replica.receive(message, now()) == Received::Gap {
            self.link.send(ClientMessage::Resync).await.unwrap();
        }
        if let Some(settled) = self.outbox.settle(message)
            && let Err(refusal) = settled.result
        {
            self.refused.push(format!("{:?}: {refusal:?}", settled.command));
        }
    }
}

/// What has to be the same afterwards.
#[derive(Debug, PartialEq)]
pub struct Picture {
    queue: Vec<(HandId, ParticipantId, String, usize)>,
    turn: Option<(u64, ParticipantId)>,
    roles: Vec<(String, Role)>,
    stage: Vec<(String, String)>,
    clock: palco::meeting::Clock,
    phase: palco::meeting::Phase,
    order: palco::meeting::Order,
}

impl Picture {
    pub fn of(meeting: &Meeting) -> Self {
        Self {
            queue: meeting
                .queue()
                .iter()
                .map(|h| (h.id, h.participant, h.topic.clone(), h.supporters.len()))
                .collect(),
            turn: meeting.turn().map(|t| (t.id.0, t.hand.participant)),
            roles: meeting.roster().iter().map(|p| (p.name.clone(), p.role)).collect(),
            stage: meeting.stage().iter().map(|p| (p.name.clone(), p.mic().to_string())).collect(),
            clock: meeting.clock().clone(),
            phase: meeting.phase(),
            order: meeting.order(),
        }
    }
}
