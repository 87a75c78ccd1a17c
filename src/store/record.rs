//! What is kept: rooms, meetings, events.

use std::collections::HashSet;
use std::fmt;

use crate::meeting::{ParticipantId, Recorded, Timestamp};

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
