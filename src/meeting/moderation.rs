//! What keeps a meeting in order: the stage held, the door locked, people kept out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Event, Meeting, ParticipantId, Recorded, Rejection, Timestamp};

/// What hosts and cohosts did to keep a meeting in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation {
    /// Whether everybody on the stage below a cohost is held, those too who step up later.
    pub hold_all: bool,
    /// Whether nobody new joins.
    pub locked: bool,
    /// Who is kept out, by key.
    pub bans: BTreeMap<ParticipantId, Ban>,
}

/// Somebody is kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// What they were called; empty for a key that never joined.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself; `None` lasts until it is lifted.
    pub until: Option<Timestamp>,
    /// Who did it; `None` is the server, which took it over from the meeting before.
    pub by: Option<ParticipantId>,
    /// Why, as far as it was said.
    pub why: Option<String>,
}

impl Ban {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Meeting {
    /// What keeps it in order.
    pub fn moderation(&self) -> &Moderation {
        &self.moderation
    }

    /// The ban on a key, while it holds.
    pub fn ban(&self, id: ParticipantId, now: Timestamp) -> Option<&Ban> {
        self.moderation.bans.get(&id).filter(|ban| ban.holds(now))
    }

    /// Whether somebody who is not in the meeting may come in, be it only to look on.
    ///
    /// # Errors
    /// They are banned, or the room is locked and they were never in this meeting. The owner always comes in.
    pub fn admits(&self, id: ParticipantId, now: Timestamp) -> Result<(), Rejection> {
        if self.owner == Some(id) {
            return Ok(());
        }
        if let Some(ban) = self.ban(id, now) {
            return Err(Rejection::Banned { until: ban.until });
        }
        let is_known = self.opener == Some(id) || self.participants.contains_key(&id);
        if self.moderation.locked && !is_known { Err(Rejection::Locked) } else { Ok(()) }
    }

    pub(super) fn apply_moderation(&mut self, recorded: &Recorded) {
        let moderation = &mut self.moderation;
        match &recorded.event {
            Event::HoldAllSet { on } => moderation.hold_all = *on,
            Event::LockSet { on } => moderation.locked = *on,
            Event::Banned { participant, name, until, why } => {
                let ban = Ban {
                    name: name.clone(),
                    since: recorded.at,
                    until: *until,
                    by: recorded.by,
                    why: why.clone(),
                };
                moderation.bans.insert(*participant, ban);
            }
            Event::Unbanned { participant } => {
                moderation.bans.remove(participant);
            }
            _ => {}
        }
    }
}
