//! What happens by itself when its time comes.
//!
//! Each rule says when it is due and what happens then; the server wakes at [`Meeting::due_at`] and says
//! [`Command::Tick`](crate::meeting::Command::Tick). So every deadline of a meeting is decided, stored and mirrored like
//! anything else, survives a restart, and runs in virtual time in tests.

use crate::meeting::{Meeting, Timestamp};

use super::{NOTHING, Outcome};

impl Meeting {
    /// When something happens by itself next; `None` while nothing is planned.
    ///
    /// A moment that has passed is due at once.
    pub fn due_at(&self) -> Option<Timestamp> {
        let rules = [self.bans_due(), self.acting_due(), self.unattended_due(), self.landing_due()];
        rules.into_iter().flatten().min()
    }

    /// What is due at `now`.
    pub(super) fn decide_tick(&self, now: Timestamp) -> Outcome {
        let mut events = self.end_bans(now);
        events.extend(self.take_seat(now));
        events.extend(self.land_unattended(now));
        if !events.is_empty() {
            // The landing is looked at again when these have changed the state.
            return Ok(events);
        }
        if self.landing_due().is_some_and(|due| due <= now) { self.land(now) } else { NOTHING }
    }
}
