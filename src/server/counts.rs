//! How many there are of each.

use std::collections::HashMap;
use std::hash::Hash;

/// Counts by key; what there is none of takes no room.
#[derive(Debug)]
pub(super) struct Counts<K>(HashMap<K, usize>);

impl<K: Eq + Hash> Counts<K> {
    /// How many there are.
    pub(super) fn of(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or(0)
    }

    /// One more.
    pub(super) fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    /// One less; nothing when there is none.
    pub(super) fn remove(&mut self, key: &K) {
        if let Some(count) = self.0.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_takes_no_room() {
        let mut counts = Counts::default();
        counts.add("a");
        counts.add("a");
        counts.remove(&"a");
        assert_eq!((counts.of(&"a"), counts.of(&"b")), (1, 0));
        counts.remove(&"a");
        counts.remove(&"a");
        assert!(counts.of(&"a") == 0 && counts.0.is_empty());
    }
}
