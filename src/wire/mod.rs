//! The protocol `palco.v1`: messages, audio records, limits, proof of identity.
//!
//! `PROTOCOL.md` beside this file is the prose that comes first; the types here follow it.

mod audio;
mod challenge;
mod close;
mod door;
mod feed;
mod message;
mod mix;
mod notice;
mod pairing;
mod read;
mod refusal;
mod secret;
mod status;

pub use audio::{AudioMessage, AudioRecord, BadAudio, MAX_OPUS_BYTES};
pub use challenge::{BadProof, Nonce, statement, verify};
pub use close::CloseCode;
pub use door::{DoorAsk, DoorKind, DoorState, InviteState};
pub use feed::{Feed, NoSuchFeed, Rung};
pub use message::{ClientMessage, CommandId, Hello, JoinRequest, Level, OpenRequest, Resume, ServerMessage};
pub use mix::{BinaryMessage, MixMessage};
pub use notice::Notice;
pub use pairing::{BadPairingCode, PairingCode};
pub use read::{
    BAD_COMMAND, BadMessage, MAX_COMMAND_ID, MAX_ROOM_NAME, NOT_STORED, SOUND_ONLY, is_room_name,
    read_client, read_server,
};
pub use refusal::Refusal;
pub use secret::{MAX_SECRET, MIN_PASSCODE, Secret};
pub use status::{PublicClock, PublicHand, PublicSpeaker, PublicStatus};

/// The websocket subprotocol's name.
pub const SUBPROTOCOL: &str = "palco.v1";

/// The largest message a client may send, in bytes; a larger one closes the seat with 1009.
pub const MAX_CLIENT_MESSAGE: usize = 64 * 1024;

/// The largest message a server may send, in bytes: a snapshot of a full room fits.
pub const MAX_SERVER_MESSAGE: usize = 8 * 1024 * 1024;

/// The port when none is named.
pub const DEFAULT_PORT: u16 = 7780;
