//! Meetings that are kept, for those who only read: beside the server or without one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::meeting::Recorded;

use super::writer::FILE;
use super::{Hit, KeptMeeting, MeetingId, OpenError, StoreError, StoredPart, kept, recording, schema, sql};

/// A log that is read and never written.
#[derive(Debug)]
pub struct Archive {
    db: Connection,
    /// Its schema, which may be that of an older palco.
    version: i64,
}

impl Archive {
    /// Opens the log in `dir`. A server may be writing it meanwhile.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let file = dir.join(FILE);
        if !file.exists() {
            return Err(OpenError::Nothing { file });
        }
        // Without a mutex of its own: it stays with one thread at a time.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&file, flags)
            .map_err(|source| OpenError::Database { file: file.clone(), source })?;
        let version = schema::check(&db, &file)?;
        Ok(Self { db, version })
    }

    /// The meetings that are kept, of one room or of all, the latest of each room first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn meetings(&self, room: Option<&str>) -> Result<Vec<KeptMeeting>, StoreError> {
        kept::meetings(&self.db, self.version, room)
    }

    /// A meeting that is kept: the one with this number, or the room's latest.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn meeting(&self, room: &str, number: Option<u32>) -> Result<Option<KeptMeeting>, StoreError> {
        let mut all = self.meetings(Some(room))?;
        Ok(match number {
            Some(number) => all.into_iter().find(|m| m.number == number),
            None if all.is_empty() => None,
            None => Some(all.swap_remove(0)),
        })
    }

    /// The events of a meeting, first to last.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn events(&self, meeting: &MeetingId) -> Result<Vec<Recorded>, StoreError> {
        let entries = sql::entries(&self.db, &meeting.0)?;
        Ok(entries.into_iter().map(|entry| entry.recorded).collect())
    }

    /// The parts of a meeting's recording, in order.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn parts(&self, meeting: &MeetingId) -> Result<Vec<StoredPart>, StoreError> {
        if self.version < schema::WITH_RECORDINGS {
            return Ok(Vec::new());
        }
        recording::parts(&self.db, &meeting.0)
    }

    /// What matches an FTS5 expression, the best first; nothing in the log of an older palco.
    ///
    /// # Errors
    /// It is no such expression, or the log cannot be read.
    pub fn search(&self, expression: &str) -> Result<Vec<Hit>, StoreError> {
        if self.has_library() { kept::search(&self.db, expression) } else { Ok(Vec::new()) }
    }

    /// Deleted meetings, and whether the log tells of files that may still be there.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn deleted(&self) -> Result<Vec<(MeetingId, bool)>, StoreError> {
        if self.has_library() { kept::deleted(&self.db) } else { Ok(Vec::new()) }
    }

    /// Deleted meetings of which something may still lie between the rows of others.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn unscrubbed(&self) -> Result<Vec<MeetingId>, StoreError> {
        if self.version < schema::WITH_DUES { Ok(Vec::new()) } else { kept::unscrubbed(&self.db) }
    }

    /// The files that a meeting was exported into.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn exports(&self, meeting: &MeetingId) -> Result<Vec<String>, StoreError> {
        if self.has_library() { kept::exports(&self.db, meeting) } else { Ok(Vec::new()) }
    }

    /// How many days a room keeps its meetings, 0 for good; `None` as the server does.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn days(&self, room: &str) -> Result<Option<u32>, StoreError> {
        if self.has_library() { kept::days(&self.db, room) } else { Ok(None) }
    }

    fn has_library(&self) -> bool {
        self.version >= schema::WITH_LIBRARY
    }
}
