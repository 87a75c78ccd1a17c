//! An event as it is kept.

use serde::{Deserialize, Serialize};

use super::{Event, ParticipantId, Seq, Timestamp};

/// An event with its place and time: what is stored, sent and applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place in the meeting.
    pub seq: Seq,
    /// When it was decided.
    pub at: Timestamp,
    /// Who caused it; `None` is the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ParticipantId>,
    /// What happened.
    pub event: Event,
}
