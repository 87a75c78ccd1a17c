//! A room's door: how it lets people in, and what its hosts may ask of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::meeting::{Audience, Millis, ParticipantId, Role, Timestamp};

use super::Secret;

/// How a room lets in who is neither its owner nor a host. An invite lets in by any door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorKind {
    /// Everybody.
    #[default]
    Open,
    /// Who knows the passcode.
    Passcode,
    /// Whose key is on the list.
    Keys,
    /// Nobody without an invite.
    Invite,
}

impl fmt::Display for DoorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Passcode => "passcode",
            Self::Keys => "keys",
            Self::Invite => "invite",
        })
    }
}

/// What a host asks of the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum DoorAsk {
    /// Tells how it is.
    Show,
    /// Lets everybody in.
    Open,
    /// Lets in who knows this.
    Passcode {
        /// The passcode, at least [`MIN_PASSCODE`](super::MIN_PASSCODE) characters.
        passcode: Secret,
    },
    /// Lets in these and nobody else.
    Keys {
        /// Who, by key.
        keys: Vec<ParticipantId>,
    },
    /// Lets in those with an invite and nobody else.
    Invite,
    /// Lets others hear the room's recordings.
    Recordings {
        /// Who.
        audience: Audience,
    },
    /// Makes an invite.
    NewInvite {
        /// What it makes of who comes in by it for the first time.
        role: Role,
        /// How many people.
        uses: u32,
        /// For how long.
        #[serde(rename = "length_ms")]
        length: Millis,
    },
    /// Takes an invite back, and ends the seats of those who came in by it.
    Revoke {
        /// Which.
        invite: String,
    },
}

/// A door as its hosts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorState {
    /// How it lets people in.
    pub kind: DoorKind,
    /// Whose keys are on the list; empty for the other kinds.
    pub keys: Vec<ParticipantId>,
    /// The invites that were not revoked, oldest first.
    pub invites: Vec<InviteState>,
    /// Who may hear the room's recordings.
    #[serde(default)]
    pub recordings: Audience,
}

/// An invite, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteState {
    /// Which; a ULID.
    pub invite: String,
    /// What it makes of who comes in by it.
    pub role: Role,
    /// How many people it is for.
    pub uses: u32,
    /// How many came in by it.
    pub used: u32,
    /// When it ends, by the server's clock.
    pub expires_at: Timestamp,
}
