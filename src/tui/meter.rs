//! Level meters.

use std::collections::BTreeMap;

use crate::meeting::{Millis, Source, Timestamp};
use crate::wire::Level;

/// How many cells a meter has.
pub(super) const CELLS: u8 = 8;
/// Cells up to here are a quiet level, up to [`MID`] a good one, above near the limit.
pub(super) const LOW: u8 = 3;
pub(super) const MID: u8 = 6;

/// The level below which a meter is empty, in -dBov.
const FLOOR: u8 = 54;
/// The level at which it is full, in -dBov.
const CEILING: u8 = 6;

/// How loud somebody is, as coarse as it is shown, so that nothing is drawn while nothing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    pub(super) cells: u8,
    pub(super) voice: bool,
}

/// How long somebody counts as speaking after they were heard, where nothing moves by itself: a breath between two
/// sentences is no change.
const HOLD: Millis = Millis::from_secs(3);

/// Who speaks, so that it stays for a while: see [`HOLD`].
#[derive(Clone, Debug, Default)]
pub(super) struct Speaking {
    until: BTreeMap<Source, Timestamp>,
}

impl Speaking {
    /// Puts those into `meters` who were heard a moment ago, without a level.
    pub(super) fn steady(&mut self, meters: &mut BTreeMap<Source, Meter>, now: Timestamp) {
        let heard = meters.iter().filter(|(_, m)| m.voice).map(|(source, _)| (*source, now.plus(HOLD)));
        self.until.extend(heard);
        self.until.retain(|_, until| *until > now);
        let still = self.until.keys().map(|source| (*source, Meter { cells: 0, voice: true }));
        *meters = still.collect();
    }

    /// When somebody stops counting as speaking if nothing more is heard.
    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.until.values().min().copied()
    }
}

/// How many cells a level as in RFC 6464 lights.
pub(super) fn cells(level: u8) -> u8 {
    let below = (level & 0x7f).clamp(CEILING, FLOOR);
    (FLOOR - below) / ((FLOOR - CEILING) / CELLS)
}

/// Who is heard, from levels as in RFC 6464. `without_cells` leaves only whether somebody speaks.
pub(super) fn meters(levels: &[Level], without_cells: bool) -> BTreeMap<Source, Meter> {
    let meter = |level: &Level| {
        let cells = cells(level.level);
        Meter { cells: if without_cells { 0 } else { cells }, voice: level.is_voice() }
    };
    let heard = levels.iter().map(|l| (l.source, meter(l)));
    heard.filter(|(_, m)| m.cells > 0 || m.voice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaking_stays_for_a_while_where_nothing_moves() {
        let mut speaking = Speaking::default();
        let at = |secs: u64| Timestamp(secs * 1_000);
        let mut loud = meters(&[Level { source: Source(1), level: 128 + 30 }], false);
        speaking.steady(&mut loud, at(10));
        assert_eq!(loud.get(&Source(1)), Some(&Meter { cells: 0, voice: true }));
        assert_eq!(speaking.next_end(), Some(at(13)));
        let mut breath = BTreeMap::new();
        speaking.steady(&mut breath, at(12));
        assert_eq!(breath, loud);
        speaking.steady(&mut breath, at(13));
        assert_eq!(breath.len(), 1, "heard again meanwhile");
        let mut silence = BTreeMap::new();
        speaking.steady(&mut silence, at(20));
        assert!(silence.is_empty() && speaking.next_end().is_none());
    }

    #[test]
    fn levels_become_cells() {
        let of = |level| meters(&[Level { source: Source(1), level }], false).get(&Source(1)).copied();
        assert_eq!(of(127), None);
        assert_eq!(of(128 + 127), Some(Meter { cells: 0, voice: true }));
        assert_eq!(of(128 + 30), Some(Meter { cells: 4, voice: true }));
        assert_eq!(of(0), Some(Meter { cells: CELLS, voice: false }));
        let quiet = meters(&[Level { source: Source(1), level: 10 }], true);
        assert!(quiet.is_empty());
    }
}
