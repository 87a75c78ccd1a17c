//! What a room tells those who have not come in, at `/rooms/NAME`.

use serde::{Deserialize, Serialize};

use crate::meeting::{Meeting, Phase, Presence, RecordSign, Role, Timestamp};

/// What hangs at a room's door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The room's name.
    pub room: String,
    /// The title of its latest meeting.
    pub title: String,
    /// Which meeting of the room it is, from 1.
    pub number: u32,
    /// Its phase.
    pub phase: Phase,
    /// People who are connected and take part.
    pub here: u64,
    /// People who are connected and only listen.
    pub listening: u64,
    /// The recording's sign.
    #[serde(default)]
    pub recording: RecordSign,
    /// Whether the recording that runs keeps each voice on a track of its own too.
    #[serde(default)]
    pub tracks: bool,
    /// When the doors are planned to open, by the server's clock.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// When it began, by the server's clock.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
}

impl Notice {
    /// What is told of a meeting; `None` where none was ever opened.
    pub fn of(room: &str, meeting: &Meeting) -> Option<Self> {
        let roster = meeting.roster();
        let connected = || roster.iter().filter(|p| matches!(p.presence, Presence::Here { .. }));
        let listening = connected().filter(|p| p.role == Role::Listener).count();
        (meeting.number() > 0).then(|| Self {
            room: room.to_owned(),
            title: meeting.title().to_owned(),
            number: meeting.number(),
            phase: meeting.phase(),
            here: (connected().count() - listening) as u64,
            listening: listening as u64,
            recording: meeting.recording().sign(),
            tracks: meeting.recording().tracks,
            starts_at: meeting.clock().starts_at,
            started_at: meeting.clock().started_at,
        })
    }
}
