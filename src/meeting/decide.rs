//! The rules: what a command does, or why it is refused.

use super::{Actor, Command, Event, Meeting, Rejection, Timestamp};

impl Meeting {
    /// Decides what `command` of `actor` does at `now`. No event and no rejection: it is so already.
    ///
    /// # Errors
    /// The rule that the command breaks.
    pub fn decide(
        &self,
        _command: &Command,
        _actor: Actor,
        _now: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        Ok(Vec::new())
    }
}
