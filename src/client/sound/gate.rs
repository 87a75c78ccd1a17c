//! The microphone's gate.

use std::sync::atomic::{AtomicU64, Ordering};

/// Whether the microphone is open, and which opening it is.
///
/// The count goes up with each change: odd is open. Who holds the count of the opening at which a frame was spoken can
/// tell at the last moment whether that frame may still leave.
#[derive(Debug, Default)]
pub(super) struct Gate(AtomicU64);

impl Gate {
    /// Opens or closes it.
    pub(super) fn set(&self, open: bool) {
        let change = |count: u64| ((count % 2 == 1) != open).then_some(count + 1);
        // Nothing to change is no failure.
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
    }

    /// The present opening, if it is open.
    pub(super) fn opening(&self) -> Option<u64> {
        let count = self.0.load(Ordering::Acquire);
        (count % 2 == 1).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_opening_is_another() {
        let gate = Gate::default();
        assert_eq!(gate.opening(), None);
        gate.set(true);
        let first = gate.opening().unwrap();
        gate.set(true);
        assert_eq!(gate.opening(), Some(first), "open again is the same opening");
        gate.set(false);
        gate.set(false);
        assert_eq!(gate.opening(), None);
        gate.set(true);
        assert_ne!(gate.opening(), Some(first));
    }
}
