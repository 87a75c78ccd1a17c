//! Text messages: JSON objects with a `type`.

use serde::{Deserialize, Serialize};

use crate::meeting::{
    Command, Item, Meeting, Millis, ParticipantId, Participation, Recorded, SeatId, SeatKind, Seq, Source,
    Terms, Timestamp,
};

use super::{DoorAsk, DoorState, Feed, Nonce, Secret};

/// A client's name for a command: 1 to 64 printable ASCII characters, never used for another command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub String);

/// What a client says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum ClientMessage {
    /// Who it is and what it wants; the first message, answers the challenge.
    Hello(Box<Hello>),
    /// Asks to change the meeting.
    Command {
        /// The client's name for it; a repeated one is answered and not done twice.
        id: CommandId,
        /// What is asked.
        command: Command,
    },
    /// Asks for a snapshot, after a gap.
    Resync,
    /// Asks something of the room's door; for its owner and hosts.
    Door {
        /// The client's name for it.
        id: CommandId,
        /// What is asked.
        ask: DoorAsk,
    },
    /// Changes what this seat hears.
    Feed {
        /// What it hears from now on.
        feed: Feed,
    },
    /// Asks for a code that brings sound from another machine to this seat's owner.
    Pair,
    /// Asks for the server's time.
    Ping {
        /// The client's time; comes back as it was.
        sent: Timestamp,
    },
}

/// Who a client is and what it wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The room's name.
    pub room: String,
    /// OpenSSH public key, `ssh-ed25519 AAAA…`.
    pub key: String,
    /// Base64 of the ed25519 signature over the statement (see [`statement`](super::statement)).
    pub signature: String,
    /// The program and its version, for the log.
    #[serde(default)]
    pub client: String,
    /// Takes a seat in the meeting; without it the client only observes and steers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinRequest>,
    /// Opens a meeting in the room if none is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenRequest>,
    /// Takes up a seat whose link died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
    /// The room's passcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passcode: Option<Secret>,
    /// The token of an invite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<Secret>,
    /// The secret of a pairing code: this key is somebody's ears and microphone, and joins as them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// What the seat hears.
    #[serde(default)]
    pub feed: Feed,
    /// Whether levels come as signals; a seat with a feed reads them from the packets instead.
    #[serde(default)]
    pub signals: bool,
}

/// How a client joins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Display name.
    pub name: String,
    /// What the seat is for.
    pub kind: SeatKind,
    /// Whether the person only listens.
    #[serde(default)]
    pub listener: bool,
    /// Whether the microphone opens by itself when the person is called.
    #[serde(default)]
    pub auto_open: bool,
}

/// The meeting a host opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Title.
    pub title: String,
    /// Planned length.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Agenda, in order.
    #[serde(default)]
    pub agenda: Vec<Item>,
    /// What the room expects of those who come; left out it stays as it was. Only for who joins with the same hello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participation: Option<Participation>,
    /// When the doors are planned to open; only for who joins with the same hello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// What else is agreed.
    #[serde(default)]
    pub terms: Terms,
}

/// A seat to take up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The token of the last welcome.
    pub token: String,
    /// The last event that the client has.
    pub seq: Seq,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum ServerMessage {
    /// The first message: prove who you are.
    Challenge {
        /// What to sign.
        nonce: Nonce,
        /// The program and its version.
        server: String,
        /// The server's time.
        now: Timestamp,
    },
    /// The hello is accepted.
    Welcome {
        /// Who the client is.
        you: ParticipantId,
        /// The seat taken; `None` for an observer.
        seat: Option<SeatId>,
        /// The meeting (a ULID); another one than before means that the replica starts anew.
        meeting: String,
        /// The token to take up this seat again.
        resume: String,
        /// The server's time.
        now: Timestamp,
    },
    /// The whole state; what follows is the tail after its `seq`.
    Snapshot {
        /// The state.
        meeting: Box<Meeting>,
    },
    /// Something happened.
    Event(Box<Recorded>),
    /// A command is done, durably; its events came before this.
    Accepted {
        /// The client's name for the command.
        id: CommandId,
        /// The last event by then.
        seq: Seq,
    },
    /// A command is refused; nothing changed.
    Rejected {
        /// The client's name for the command.
        id: CommandId,
        /// Stable word, for programs.
        code: String,
        /// Sentence, for people.
        text: String,
    },
    /// The room's door as it is now, durably.
    Door {
        /// The client's name for what it asked.
        id: CommandId,
        /// The door.
        door: DoorState,
        /// The token of the invite that was asked for; it is told this once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Secret>,
    },
    /// The answer to `pair`. A secret of the seat's owner.
    Pairing {
        /// The code as people type it.
        code: String,
        /// When it ends.
        until: Timestamp,
    },
    /// How loud people are; only the latest counts.
    Signals {
        /// Everybody with an open microphone.
        levels: Vec<Level>,
    },
    /// The answer to a ping.
    Pong {
        /// The client's time, as it was sent.
        sent: Timestamp,
        /// The server's time.
        now: Timestamp,
    },
    /// The last message before a close that is the client's doing.
    Refused {
        /// Stable word, for programs.
        code: String,
        /// Sentence, for people.
        text: String,
    },
    /// A message of a newer palco.
    #[serde(other)]
    Unknown,
}

/// How loud somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Who, by their number in audio packets.
    pub source: Source,
    /// Level as in RFC 6464: 0 (loudest) to 127 (silence) -dBov, plus 128 when it is voice.
    pub level: u8,
}

impl Level {
    /// Whether it is voice.
    pub fn is_voice(self) -> bool {
        self.level & 0x80 != 0
    }
}
