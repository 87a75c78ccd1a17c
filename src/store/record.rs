//! What is kept: rooms, meetings, events.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use crate::meeting::{Audience, ParticipantId, Recorded, Role, Timestamp};

/// A meeting's name for good: a ULID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MeetingId(pub String);

impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A room to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoom {
    /// Who owns it, for good.
    pub owner: ParticipantId,
    /// When it came to be.
    pub created: Timestamp,
}

/// A meeting to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMeeting {
    /// Which.
    pub id: MeetingId,
    /// Its number in the room, from 1.
    pub number: u32,
    /// When it was opened.
    pub opened: Timestamp,
}

/// The command that caused an event, so that it is not done again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Who asked.
    pub participant: ParticipantId,
    /// Their name for the command.
    pub command: String,
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The event.
    pub recorded: Recorded,
    /// The command whose last event this is.
    pub cause: Option<Cause>,
}

/// What becomes durable together, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The room's name.
    pub room: String,
    /// Set when the room is new.
    pub new_room: Option<NewRoom>,
    /// Set when a meeting is opened.
    pub new_meeting: Option<NewMeeting>,
    /// The meeting that the events belong to.
    pub meeting: MeetingId,
    /// The events, in order.
    pub entries: Vec<Entry>,
    /// Set when the meeting ended in this batch.
    pub ended: Option<Timestamp>,
    /// What changes about the room's door, in order.
    pub door: Vec<DoorChange>,
}

#[cfg(test)]
impl Batch {
    /// A meeting with a title and nothing else, which ended when it was opened. The first one of a room makes the room.
    pub(crate) fn ended(room: &str, number: u32) -> Self {
        let (owner, at) = (ParticipantId([7; 32]), Timestamp(1));
        let event = crate::meeting::Event::Opened {
            title: format!("About {room}"),
            number,
            owner,
            length: crate::meeting::Millis::ZERO,
            agenda: Vec::new(),
            terms: crate::meeting::Terms::default(),
        };
        let recorded = Recorded { seq: crate::meeting::Seq(1), at, by: None, event };
        let meeting = MeetingId(format!("{room}-{number}"));
        Self {
            room: room.to_owned(),
            new_room: (number == 1).then_some(NewRoom { owner, created: at }),
            new_meeting: Some(NewMeeting { id: meeting.clone(), number, opened: at }),
            meeting,
            entries: vec![Entry { recorded, cause: None }],
            ended: Some(at),
            door: Vec::new(),
        }
    }
}

/// A room's door as it is kept: of secrets only the hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredDoor {
    /// How it lets people in.
    pub lock: Lock,
    /// The invites that were not revoked, oldest first.
    pub invites: Vec<StoredInvite>,
    /// Who may hear the room's recordings.
    pub recordings: Audience,
}

/// How a room lets people in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// Everybody.
    #[default]
    Open,
    /// Who knows the passcode.
    Passcode {
        /// What was hashed with it, new for each passcode.
        salt: [u8; 16],
        /// Argon2id of it.
        hash: [u8; 32],
    },
    /// Whose key is on the list.
    Keys(BTreeSet<ParticipantId>),
    /// Nobody without an invite.
    Invite,
}

/// An invite as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInvite {
    /// Its name: a ULID.
    pub id: String,
    /// SHA-256 of its token, which has 256 random bits.
    pub hash: [u8; 32],
    /// What it makes of who comes in by it.
    pub role: Role,
    /// For how many people.
    pub uses: u32,
    /// Until when.
    pub expires: Timestamp,
    /// Who came in by it.
    pub used_by: BTreeSet<ParticipantId>,
}

/// A change of a room's door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoorChange {
    /// It lets people in otherwise.
    Lock(Lock),
    /// Others may hear the room's recordings.
    Recordings(Audience),
    /// An invite was made.
    Invited(StoredInvite),
    /// Somebody came in by one.
    Used {
        /// Which.
        invite: String,
        /// Who.
        participant: ParticipantId,
    },
    /// One was taken back, and is forgotten.
    Revoked {
        /// Which.
        invite: String,
    },
}

/// A room as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRoom {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: ParticipantId,
    /// Its latest meeting, over or not.
    pub meeting: Option<StoredMeeting>,
    /// Its door.
    pub door: StoredDoor,
    /// Who was in a meeting of it before the latest one.
    pub visitors: HashSet<ParticipantId>,
}

/// A meeting as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMeeting {
    /// Which.
    pub id: MeetingId,
    /// Its events, first to last.
    pub entries: Vec<Entry>,
}
