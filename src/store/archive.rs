//! Meetings that are kept, for those who only read: beside the server or without one.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::meeting::Recorded;

use super::writer::FILE;
use super::{OpenError, StoreError, schema, sql};

/// A log that is read and never written.
#[derive(Debug)]
pub struct Archive(Connection);

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
        schema::check(&db, &file)?;
        Ok(Self(db))
    }

    /// The events of a meeting: the one with this number, or the room's latest. `None` when there is no such meeting.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn events(&self, room: &str, number: Option<u32>) -> Result<Option<Vec<Recorded>>, StoreError> {
        let id: Option<String> = self
            .0
            .prepare_cached(
                "SELECT id FROM meetings WHERE room = ?1 AND (?2 IS NULL OR number = ?2)
                 ORDER BY number DESC LIMIT 1",
            )?
            .query_row((room, number), |row| row.get(0))
            .optional()?;
        let Some(id) = id else { return Ok(None) };
        let entries = sql::entries(&self.0, &id)?;
        Ok(Some(entries.into_iter().map(|entry| entry.recorded).collect()))
    }

    /// The numbers of a room's meetings, first to last.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn numbers(&self, room: &str) -> Result<Vec<u32>, StoreError> {
        let mut query =
            self.0.prepare_cached("SELECT number FROM meetings WHERE room = ? ORDER BY number")?;
        Ok(query.query_map([room], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
