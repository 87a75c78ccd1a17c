//! Level meters.

use std::collections::BTreeMap;

use crate::meeting::Source;
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

/// Who is heard, from levels as in RFC 6464. `without_cells` leaves only whether somebody speaks.
pub(super) fn meters(levels: &[Level], without_cells: bool) -> BTreeMap<Source, Meter> {
    let meter = |level: &Level| {
        let below = (level.level & 0x7f).clamp(CEILING, FLOOR);
        let cells = (FLOOR - below) / ((FLOOR - CEILING) / CELLS);
        Meter { cells: if without_cells { 0 } else { cells }, voice: level.level & 0x80 != 0 }
    };
    let heard = levels.iter().map(|l| (l.source, meter(l)));
    heard.filter(|(_, m)| m.cells > 0 || m.voice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
