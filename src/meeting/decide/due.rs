//! What happens by itself when its time comes.
//!
//! Each rule says when it is due and what happens then; the server wakes at [`Meeting::due_at`] and says
//! [`Command::Tick`](crate::meeting::Command::Tick). So every deadline of a meeting is decided, stored and mirrored like
//! anything else, survives a restart, and runs in virtual time in tests.

use crate::meeting::{Meeting, Timestamp};

use super::Outcome;

impl Meeting {
    /// When something happens by itself next; `None` while nothing is planned.
    ///
    /// A moment that has passed is due at once.
    pub fn due_at(&self) -> Option<Timestamp> {
        let landing = self.landing_due();
        let (bans, acting) = (self.bans_due(), self.acting_due());
        let rules = [bans, acting, self.record_due(), self.unattended_due(), landing, self.round_due()];
        rules.into_iter().flatten().min()
    }

    /// What is due at `now`.
    pub(super) fn decide_tick(&self, now: Timestamp) -> Outcome {
        let mut events = self.end_bans(now);
        events.extend(self.take_seat(now));
        if events.is_empty() {
            // Who just took the seat watches over it.
            events.extend(self.stop_unwatched(now));
        }
        events.extend(self.land_unattended(now)?);
        if !events.is_empty() {
            // The landing and the round are looked at again when these have changed the state.
            return Ok(events);
        }
        if self.landing_due().is_some_and(|due| due <= now) {
            return self.land(now);
        }
        Ok(self.round_tick(now))
    }
}
