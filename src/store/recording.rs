//! Which recordings there are: one row a part.

use rusqlite::{Connection, Row, params};

use crate::meeting::{Millis, Timestamp};

use super::sql::stored;
use super::{MeetingId, StoreError};

/// A part of a meeting's recording: one file without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// Its name: a ULID.
    pub id: String,
    /// The meeting.
    pub meeting: MeetingId,
    /// Which part of it, from 1.
    pub part: u32,
    /// When its first sample was heard.
    pub started: Timestamp,
    /// Samples at 48 kHz, those to be skipped at the start too; `None` while it is being written.
    pub samples: Option<u64>,
}

impl StoredPart {
    /// How long it is; `None` while it is being written.
    pub fn length(&self) -> Option<Millis> {
        self.samples.map(Millis::of_samples)
    }
}

/// What changes about recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartChange {
    /// A part begins, or has another length.
    Keep(StoredPart),
    /// A part is no more.
    Forget {
        /// Which.
        id: String,
    },
}

/// Writes a change.
pub(super) fn write(db: &Connection, change: &PartChange) -> Result<(), StoreError> {
    match change {
        PartChange::Keep(part) => {
            let samples = part.samples.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            db.prepare_cached(
                "INSERT INTO recordings (id, meeting, part, started, samples) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET samples = ?5",
            )?
            .execute(params![
                part.id,
                part.meeting.0,
                part.part,
                stored(part.started),
                samples
            ])?;
        }
        PartChange::Forget { id } => {
            db.prepare_cached("DELETE FROM recordings WHERE id = ?")?.execute([id])?;
        }
    }
    Ok(())
}

/// The parts of a meeting, in order.
pub(super) fn parts(db: &Connection, meeting: &str) -> Result<Vec<StoredPart>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, meeting, part, started, samples FROM recordings WHERE meeting = ? ORDER BY part",
    )?;
    let parts = query.query_map([meeting], part)?.collect::<Result<_, _>>()?;
    Ok(parts)
}

fn part(row: &Row<'_>) -> rusqlite::Result<StoredPart> {
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(StoredPart {
        id: row.get(0)?,
        meeting: MeetingId(row.get(1)?),
        part: row.get(2)?,
        started: Timestamp(number(row.get(3)?)),
        samples: row.get::<_, Option<i64>>(4)?.map(number),
    })
}
