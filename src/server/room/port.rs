//! What goes into a room and comes out of it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::meeting::{Command, ParticipantId, Reach, RecordHalt};
use crate::wire::{AudioMessage, CommandId, DoorAsk, JoinRequest, Notice, OpenRequest, Refusal, Resume};

use crate::library::Answer;
use crate::server::door::{Lockset, Proof};
use crate::store::{Erasure, Lock};

use super::hearing::{Hearing, Signals};
use super::mix::MixDesk;
use super::rows::Rows;

/// Requests that wait for a room while it commits: a few of every seat of a big meeting. When it is full the seat stops
/// reading its socket.
pub(super) const INBOX: usize = 256;

/// Audio messages that wait for a room: 250 ms of twenty live microphones. When it is full the newest is dropped.
pub(super) const SPOKEN: usize = 256;

/// Audio messages that a seat may be behind: over a second of one voice, 400 ms of three. When a seat is further behind
/// it loses the oldest.
pub(in crate::server) const PACKETS: usize = 64;

/// One connection, counted in each room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::server) struct ConnId(pub(super) u64);

/// What a seat asks of its room.
#[derive(Debug)]
pub(in crate::server) enum Request {
    /// Somebody comes in.
    Attach(Box<Attach>),
    /// Somebody asks to change the meeting.
    Command { conn: ConnId, id: CommandId, command: Command },
    /// Somebody outside asks what goes on.
    Notice { answer: oneshot::Sender<Option<Notice>> },
    /// A host asks something of the door.
    Door { conn: ConnId, id: CommandId, ask: DoorAsk },
    /// A new passcode is hashed.
    Locked { conn: ConnId, id: CommandId, lock: Result<Lock, Refusal> },
    /// Somebody at the door has a passcode: what to compare it with, `None` where none is wanted of them.
    Knock { who: ParticipantId, resume: Option<Resume>, answer: oneshot::Sender<Option<Lockset>> },
    /// A seat lost its place.
    Resync { conn: ConnId },
    /// The recorder cannot write, or can again.
    Record { halt: Option<RecordHalt> },
    /// Somebody wants to hear a recording.
    Hear { who: ParticipantId, proof: Proof, answer: oneshot::Sender<Result<(), Refusal>> },
    /// A meeting of the room is to be deleted.
    Erase { erasure: Box<Erasure>, answer: oneshot::Sender<Answer> },
    /// A seat wants a code for sound from another machine.
    Pair { conn: ConnId },
}

/// A proven hello.
#[derive(Debug)]
pub(in crate::server) struct Attach {
    pub(in crate::server) who: ParticipantId,
    pub(in crate::server) join: Option<JoinRequest>,
    pub(in crate::server) open: Option<OpenRequest>,
    pub(in crate::server) resume: Option<Resume>,
    pub(in crate::server) proof: Proof,
    /// The secret of a pairing code.
    pub(in crate::server) pair: Option<String>,
    /// The new token, and what the room remembers of it.
    pub(in crate::server) token: String,
    pub(in crate::server) answer: oneshot::Sender<Result<Attached, Refusal>>,
}

/// A seat's ends of everything between it and its room. Dropping it is leaving.
#[derive(Debug)]
pub(in crate::server) struct Attached {
    pub(in crate::server) conn: ConnId,
    /// Whose seat it is: who proved the key, or whose sound that key is.
    pub(in crate::server) who: ParticipantId,
    pub(in crate::server) out: mpsc::Receiver<Outgoing>,
    /// Ready when the seat has to end although `out` may be full.
    pub(in crate::server) end: Option<oneshot::Receiver<Refusal>>,
    pub(in crate::server) requests: mpsc::Sender<Request>,
    pub(in crate::server) spoken: mpsc::Sender<Spoken>,
    pub(in crate::server) packets: broadcast::Sender<Packet>,
    /// Seats that sound is written to together.
    pub(in crate::server) rows: Rows,
    /// Everybody in one.
    pub(in crate::server) mix: MixDesk,
    pub(in crate::server) levels: watch::Receiver<Signals>,
    /// Who may hear what by now.
    pub(in crate::server) hearing: watch::Receiver<Arc<Hearing>>,
    pub(in crate::server) _guard: Guard,
}

/// What a room sends to a seat, in order.
#[derive(Clone, Debug)]
pub(in crate::server) enum Outgoing {
    /// One message.
    Text(Utf8Bytes),
    /// The events of one commit, serialised once for all seats.
    Events(Arc<[Utf8Bytes]>),
    /// The last one.
    Close(Refusal),
}

/// An audio message from a seat.
#[derive(Debug)]
pub(in crate::server) struct Spoken {
    pub(in crate::server) conn: ConnId,
    pub(in crate::server) who: ParticipantId,
    /// When it came in.
    pub(in crate::server) at: Instant,
    pub(in crate::server) message: AudioMessage,
}

/// An audio message to all seats that may hear it, but the speaker's own.
#[derive(Clone, Debug)]
pub(in crate::server) struct Packet {
    pub(in crate::server) from: ParticipantId,
    /// Whom it reaches, of those who were there when it was let on.
    pub(in crate::server) reach: Reach,
    pub(in crate::server) hearing: Arc<Hearing>,
    pub(in crate::server) at: Instant,
    pub(in crate::server) records: u64,
    pub(in crate::server) bytes: Bytes,
}

/// Tells the room when it is dropped.
#[derive(Debug)]
pub(in crate::server) struct Guard {
    conn: ConnId,
    departures: mpsc::Sender<Departure>,
    place: Option<OwnedSemaphorePermit>,
}

/// A connection is gone. It carries the room's permit for it, so that there are never more departures than permits,
/// which is the size of their queue.
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) conn: ConnId,
    _place: Option<OwnedSemaphorePermit>,
}

impl Guard {
    pub(super) fn new(
        conn: ConnId,
        departures: mpsc::Sender<Departure>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { conn, departures, place: Some(place) }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Never full, see `Departure`; closed when the room is gone, which then needs no word.
        let _ = self.departures.try_send(Departure { conn: self.conn, _place: self.place.take() });
    }
}
