//! The statements about the library: what is taken out of it, what is held, what can be searched.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::meeting::{Millis, Recorded, Timestamp};

use super::sql::{self, stored};
use super::{MeetingId, StoreError, due};

/// What changes about the meetings that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShelfChange {
    /// A meeting is deleted: all that was said in it. Refused while it is held.
    Erase(Erasure),
    /// The files of a deleted meeting are gone: it is to be scrubbed.
    Gone {
        /// Which.
        meeting: MeetingId,
    },
    /// Nothing is left of what was said in these.
    Scrubbed {
        /// Which.
        meetings: Vec<MeetingId>,
    },
    /// Nobody may delete a meeting, or they may again.
    Hold {
        /// Which.
        meeting: MeetingId,
        /// `false` lifts it.
        on: bool,
    },
    /// A meeting was exported into these files.
    Exported {
        /// Which.
        meeting: MeetingId,
        /// Their paths.
        files: Vec<String>,
    },
    /// What can be searched of a meeting.
    Index {
        /// Which.
        meeting: MeetingId,
        /// Each text once.
        entries: Vec<IndexEntry>,
    },
    /// How long a room keeps its meetings.
    Days {
        /// Which room.
        room: String,
        /// In days, 0 for good; `None` as the server does.
        days: Option<u32>,
    },
}

/// A meeting that is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Which.
    pub meeting: MeetingId,
    /// When.
    pub at: Timestamp,
    /// What stays in place of its events: no name, no topic.
    pub remains: Vec<Recorded>,
}

/// A text of a meeting that can be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// A title, a topic line, or nothing.
    pub text: String,
    /// Whose it is; empty when it is nobody's alone.
    pub who: String,
    /// What it is, in a word.
    pub kind: String,
    /// Where it is in the recording, if it is.
    pub at: Option<Millis>,
}

/// Writes a change, all of it or nothing.
pub(super) fn write(db: &Connection, change: &ShelfChange) -> Result<(), StoreError> {
    let tx = db.unchecked_transaction()?;
    match change {
        ShelfChange::Erase(erasure) => erase(&tx, erasure)?,
        ShelfChange::Gone { meeting } => {
            tx.execute("DELETE FROM recordings WHERE meeting = ?", [&meeting.0])?;
            tx.execute("DELETE FROM exports WHERE meeting = ?", [&meeting.0])?;
            // Exports were named after people; it may have been scrubbed before they could be removed.
            due::set_scrub(&tx, meeting, true)?;
        }
        ShelfChange::Scrubbed { meetings } => {
            for meeting in meetings {
                due::set_scrub(&tx, meeting, false)?;
            }
        }
        ShelfChange::Hold { meeting, on } => {
            tx.execute("UPDATE meetings SET held = ? WHERE id = ?", params![on, meeting.0])?;
        }
        ShelfChange::Exported { meeting, files } => {
            for file in files {
                tx.execute(
                    "INSERT OR IGNORE INTO exports (meeting, path) VALUES (?, ?)",
                    [&meeting.0, file],
                )?;
            }
        }
        ShelfChange::Index { meeting, entries } => index(&tx, meeting, entries)?,
        ShelfChange::Days { room, days } => {
            tx.execute(
                "INSERT INTO keeping (room, days) VALUES (?1, ?2) ON CONFLICT (room) DO UPDATE SET days = ?2",
                params![room, days],
            )?;
        }
    }
    tx.commit()?;
    Ok(())
}

fn erase(db: &Connection, Erasure { meeting, at, remains }: &Erasure) -> Result<(), StoreError> {
    let held = "SELECT room || '#' || number FROM meetings WHERE id = ? AND held";
    let held: Option<String> = db.query_row(held, [&meeting.0], |row| row.get(0)).optional()?;
    if let Some(name) = held {
        return Err(StoreError::Held { name });
    }
    db.execute("DELETE FROM events WHERE meeting = ?", [&meeting.0])?;
    db.execute("DELETE FROM found WHERE meeting = ?", [&meeting.0])?;
    for recorded in remains {
        sql::insert(db, meeting, recorded, None)?;
    }
    let set = "UPDATE meetings SET deleted = ?, indexed = 1 WHERE id = ?";
    db.execute(set, params![stored(*at), meeting.0])?;
    due::set_scrub(db, meeting, true)
}

fn index(db: &Connection, meeting: &MeetingId, entries: &[IndexEntry]) -> Result<(), StoreError> {
    db.execute("DELETE FROM found WHERE meeting = ?", [&meeting.0])?;
    for IndexEntry { text, who, kind, at } in entries {
        let at = at.map(|at| i64::try_from(at.0).unwrap_or(i64::MAX));
        db.prepare_cached("INSERT INTO found (text, who, kind, at, meeting) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![text, who, kind, at, meeting.0])?;
    }
    // One that was deleted meanwhile is indexed too, with nothing.
    db.execute("UPDATE meetings SET indexed = 1 WHERE id = ?", [&meeting.0])?;
    db.execute(
        "DELETE FROM found WHERE meeting IN (SELECT id FROM meetings WHERE id = ? AND deleted IS NOT NULL)",
        [&meeting.0],
    )?;
    Ok(())
}
