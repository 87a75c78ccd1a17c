//! Proposals to extend the meeting, and the votes on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Meeting, Millis, ParticipantId, ProposalId, Timestamp};

/// A proposal that is open. People vote on it; a host decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which.
    pub id: ProposalId,
    /// Whose.
    pub participant: ParticipantId,
    /// By how much the planned length would grow.
    #[serde(rename = "by_ms")]
    pub by: Millis,
    /// Since when.
    pub at: Timestamp,
    /// What people said, `true` is yes; the last word of each counts.
    pub votes: BTreeMap<ParticipantId, bool>,
}

impl Proposal {
    /// How many said yes, and how many no.
    pub fn tally(&self) -> (usize, usize) {
        let yes = self.votes.values().filter(|yes| **yes).count();
        (yes, self.votes.len() - yes)
    }
}

impl Meeting {
    /// The proposal that is open.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }
}
