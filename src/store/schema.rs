//! The database's shape and how it is made sure of.

use std::path::Path;

use rusqlite::Connection;

use super::OpenError;

/// `palc` in ASCII: SQLite's application id of our files.
const APPLICATION_ID: i64 = 0x7061_6c63;

/// The schema that this palco writes (`user_version`).
const VERSION: i64 = 5;

/// Pages of 4 KiB the write-ahead log grows to before it is folded back: 4 MiB, a restart reads it in milliseconds.
const CHECKPOINT_PAGES: u32 = 1000;

const SCHEMA: &str = "
CREATE TABLE rooms (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE meetings (
    id TEXT PRIMARY KEY,
    room TEXT NOT NULL REFERENCES rooms(name),
    number INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    ended INTEGER,
    UNIQUE (room, number)
) WITHOUT ROWID;
CREATE TABLE events (
    meeting TEXT NOT NULL REFERENCES meetings(id),
    seq INTEGER NOT NULL,
    json TEXT NOT NULL,
    asker TEXT,
    command TEXT,
    PRIMARY KEY (meeting, seq)
) WITHOUT ROWID;
";

/// What version 2 added: the doors of rooms. A room without a row has an open door.
const DOORS: &str = "
CREATE TABLE doors (
    room TEXT PRIMARY KEY REFERENCES rooms(name),
    kind TEXT NOT NULL,
    salt BLOB,
    hash BLOB
) WITHOUT ROWID;
CREATE TABLE door_keys (
    room TEXT NOT NULL REFERENCES rooms(name),
    key TEXT NOT NULL,
    PRIMARY KEY (room, key)
) WITHOUT ROWID;
CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    room TEXT NOT NULL REFERENCES rooms(name),
    hash BLOB NOT NULL,
    role TEXT NOT NULL,
    uses INTEGER NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX invites_of ON invites (room);
CREATE TABLE invited (
    invite TEXT NOT NULL REFERENCES invites(id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    PRIMARY KEY (invite, key)
) WITHOUT ROWID;
";

/// What version 3 added: recordings, a row a part. The files lie beside the database; `samples` is null while one is written.
const RECORDINGS: &str = "
CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    meeting TEXT NOT NULL REFERENCES meetings(id),
    part INTEGER NOT NULL,
    started INTEGER NOT NULL,
    samples INTEGER,
    UNIQUE (meeting, part)
) WITHOUT ROWID;
";

/// What version 4 added: the library. A meeting that was deleted leaves its row, so that its number is not given again;
/// `held` keeps it from being deleted, `indexed` says that the table `found` has what can be searched of it. FTS5 takes what is
/// deleted out of its index at once, and not some day.
const LIBRARY: &str = "
ALTER TABLE meetings ADD COLUMN deleted INTEGER;
ALTER TABLE meetings ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meetings ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE exports (
    meeting TEXT NOT NULL REFERENCES meetings(id),
    path TEXT NOT NULL,
    PRIMARY KEY (meeting, path)
) WITHOUT ROWID;
CREATE TABLE keeping (
    room TEXT PRIMARY KEY REFERENCES rooms(name),
    hear TEXT,
    days INTEGER
) WITHOUT ROWID;
CREATE VIRTUAL TABLE found USING fts5(
    text, who, kind UNINDEXED, at UNINDEXED, meeting UNINDEXED, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
";

/// What version 5 added: what is still to be done about a meeting that has ended, as [`Due`](super::Due) says. One that ended
/// before is left as it is.
const DUES: &str = "
ALTER TABLE meetings ADD COLUMN due TEXT;
";

/// The version from which what is due is noted.
pub(super) const WITH_DUES: i64 = 5;

/// The version from which there is a library.
pub(super) const WITH_LIBRARY: i64 = 4;

/// The version from which there are recordings.
pub(super) const WITH_RECORDINGS: i64 = 3;

/// Who joined which meeting, found without reading every event. An index is no other shape: a palco that does not know
/// it keeps it too, and a database without it gets it when it is opened.
const JOINED: &str = "
CREATE INDEX IF NOT EXISTS joined ON events (meeting, json_extract(json, '$.event.participant'))
    WHERE json_extract(json, '$.event.type') = 'joined';
";

/// Makes `db` a palco database of this version, or says why it cannot be one.
pub(super) fn prepare(db: &mut Connection, file: &Path) -> Result<(), OpenError> {
    let failed = |source| failed(file, source);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(failed)?;
    let version: i64 = pragma(db, "user_version").map_err(failed)?;
    let is_fresh = tables == 0 && version == 0 && pragma(db, "application_id").map_err(failed)? == 0;
    if !is_fresh {
        let _ = check(db, file)?;
    }
    settle(db).map_err(failed)?;
    if is_fresh {
        create(db).map_err(failed)?;
    } else if version < VERSION {
        migrate(db, version).map_err(failed)?;
    }
    db.execute_batch(JOINED).map_err(failed)?;
    Ok(())
}

/// The schema of `db`, or why it is no palco database that this version can read.
pub(super) fn check(db: &Connection, file: &Path) -> Result<i64, OpenError> {
    let failed = |source| failed(file, source);
    if pragma(db, "application_id").map_err(failed)? != APPLICATION_ID {
        return Err(OpenError::NotPalco { file: file.to_owned() });
    }
    let found = pragma(db, "user_version").map_err(failed)?;
    if found > VERSION {
        return Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION });
    }
    Ok(found)
}

fn failed(file: &Path, source: rusqlite::Error) -> OpenError {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NotPalco { file: file.to_owned() },
        _ => OpenError::Database { file: file.to_owned(), source },
    }
}

fn pragma(db: &Connection, name: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, name, |r| r.get(0))
}

fn settle(db: &Connection) -> rusqlite::Result<()> {
    // Answers with the mode that is in force; a database in memory stays `memory`.
    db.pragma_update_and_check(None, "journal_mode", "WAL", |r| r.get::<_, String>(0))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Answers with what is in force.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    checkpoint_by_itself(db, true)
}

/// Whether the write-ahead log is folded back by itself, when it has grown enough.
pub(super) fn checkpoint_by_itself(db: &Connection, on: bool) -> rusqlite::Result<()> {
    db.pragma_update(None, "wal_autocheckpoint", if on { CHECKPOINT_PAGES } else { 0 })
}

fn create(db: &mut Connection) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    tx.execute_batch(SCHEMA)?;
    tx.execute_batch(DOORS)?;
    tx.execute_batch(RECORDINGS)?;
    tx.execute_batch(LIBRARY)?;
    tx.execute_batch(DUES)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

/// From an earlier version, all of it or nothing.
fn migrate(db: &mut Connection, version: i64) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    if version < 2 {
        tx.execute_batch(DOORS)?;
    }
    if version < WITH_RECORDINGS {
        tx.execute_batch(RECORDINGS)?;
    }
    if version < WITH_LIBRARY {
        tx.execute_batch(LIBRARY)?;
    }
    tx.execute_batch(DUES)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}
