//! Who runs the meeting when no host is here.

use serde::{Deserialize, Serialize};

use super::{DEFAULT_OVERRUN, Event, Meeting, Millis, Participant, ParticipantId, Presence, Role, Timestamp};

/// How long a host whose link died keeps the seat: a reconnect, or a walk to another socket.
pub const HOST_GRACE: Millis = Millis::from_secs(30);

/// Who takes the host's seat, and who has it meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chair {
    /// Who acts as host until one is here.
    pub acting: Option<ParticipantId>,
    /// The cohosts in the order in which they were appointed: the first one present takes the seat.
    pub cohosts: Vec<ParticipantId>,
}

/// What was agreed when the meeting was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// How long a live meeting goes on when nobody is here who could run it.
    #[serde(rename = "unattended_ms")]
    pub unattended: Millis,
    /// How far beyond its planned length it may go before it lands by itself.
    #[serde(rename = "overrun_ms")]
    pub overrun: Millis,
}

impl Default for Terms {
    fn default() -> Self {
        // Long enough for a server's network to come back, short enough not to leave people waiting all evening.
        Self { unattended: Millis::from_mins(10), overrun: DEFAULT_OVERRUN }
    }
}

impl Meeting {
    /// Who takes the host's seat, and who has it meanwhile.
    pub fn chair(&self) -> &Chair {
        &self.chair
    }

    /// What was agreed when it was opened.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What somebody may do now: an acting host what a host may.
    pub fn role_of(&self, person: &Participant) -> Role {
        if self.is_acting(person.id) { Role::Host } else { person.role }
    }

    /// Whether somebody acts as host.
    pub fn is_acting(&self, id: ParticipantId) -> bool {
        self.chair.acting == Some(id)
    }

    /// Whether a host or an acting host is here.
    pub fn has_host(&self) -> bool {
        self.participants.values().any(|p| p.is_here() && self.role_of(p) == Role::Host)
    }

    pub(super) fn apply_chair(&mut self, event: &Event) {
        match event {
            Event::Joined { participant, role, .. } | Event::RoleSet { participant, role } => {
                let cohosts = &mut self.chair.cohosts;
                if *role != Role::Cohost {
                    cohosts.retain(|id| id != participant);
                } else if !cohosts.contains(participant) {
                    cohosts.push(*participant);
                }
            }
            Event::ActingHostSet { participant } => self.chair.acting = *participant,
            _ => {}
        }
    }
}

impl Participant {
    /// Since when somebody is not here, and whether they may be back in a moment: `None` while they are here.
    pub(super) fn absence(&self) -> Option<(Timestamp, bool)> {
        match self.presence {
            Presence::Here { .. } => None,
            Presence::Away { since } => Some((since, true)),
            Presence::Left { since } => Some((self.gone_since.unwrap_or(since), false)),
        }
    }
}
