//! Folding events into the state. Total: an event that fits nothing changes nothing.

use super::{Meeting, Recorded};

impl Meeting {
    /// Folds one event into the state.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.seq = recorded.seq;
    }
}
