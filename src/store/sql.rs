//! The statements.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::meeting::{ParticipantId, Recorded, Timestamp};

use super::{Batch, Cause, Due, Entry, MeetingId, StoreError, StoredDoor, StoredMeeting, StoredRoom, door};

/// Writes a batch within the transaction that is open.
pub(super) fn write(db: &Connection, batch: &Batch) -> Result<(), StoreError> {
    if let Some(new) = &batch.new_room {
        db.prepare_cached("INSERT INTO rooms (name, owner, created) VALUES (?, ?, ?)")?.execute(params![
            batch.room,
            new.owner.to_string(),
            stored(new.created)
        ])?;
    }
    if let Some(new) = &batch.new_meeting {
        db.prepare_cached("INSERT INTO meetings (id, room, number, opened) VALUES (?, ?, ?, ?)")?
            .execute(params![new.id.0, batch.room, new.number, stored(new.opened)])?;
    }
    for entry in &batch.entries {
        insert(db, &batch.meeting, &entry.recorded, entry.cause.as_ref())?;
    }
    door::write(db, &batch.room, &batch.door)?;
    if let Some(at) = batch.ended {
        db.prepare_cached("UPDATE meetings SET ended = ?, due = ? WHERE id = ?")?.execute(params![
            stored(at),
            Due::Folder.word(),
            batch.meeting.0
        ])?;
    }
    Ok(())
}

/// Writes an event of a meeting.
pub(super) fn insert(
    db: &Connection,
    meeting: &MeetingId,
    recorded: &Recorded,
    cause: Option<&Cause>,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(recorded).map_err(|e| StoreError::Entry(e.to_string()))?;
    let seq = i64::try_from(recorded.seq.0).unwrap_or(i64::MAX);
    let (asker, command) = match cause {
        Some(cause) => (Some(cause.participant.to_string()), Some(cause.command.as_str())),
        None => (None, None),
    };
    db.prepare_cached("INSERT INTO events (meeting, seq, json, asker, command) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![meeting.0, seq, json, asker, command])?;
    Ok(())
}

/// SQLite's integers are signed; a time after the year 292,000,000 is kept as that.
pub(super) fn stored(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// The names of the rooms whose latest meeting is not over.
pub(super) fn open_rooms(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT DISTINCT room FROM meetings WHERE ended IS NULL ORDER BY room")?;
    let names = query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}

/// A room with its latest meeting; `None` when nobody opened it yet.
pub(super) fn room(db: &Connection, name: &str) -> Result<Option<StoredRoom>, StoreError> {
    let owner: Option<String> = db
        .prepare_cached("SELECT owner FROM rooms WHERE name = ?")?
        .query_row([name], |r| r.get(0))
        .optional()?;
    let Some(owner) = owner else {
        return Ok(None);
    };
    let owner = owner.parse().map_err(|_| StoreError::Entry(format!("owner of {name}")))?;
    let latest: Option<String> = db
        .prepare_cached("SELECT id FROM meetings WHERE room = ? ORDER BY number DESC LIMIT 1")?
        .query_row([name], |r| r.get(0))
        .optional()?;
    let meeting = match latest {
        Some(id) => Some(StoredMeeting { entries: entries(db, &id)?, id: MeetingId(id) }),
        None => None,
    };
    let visitors = visitors(db, name)?;
    let door = door::read(db, name)?;
    Ok(Some(StoredRoom { name: name.to_owned(), owner, meeting, door, visitors }))
}

/// The door of a room; `None` when nobody opened it yet.
pub(super) fn door(db: &Connection, name: &str) -> Result<Option<StoredDoor>, StoreError> {
    let mut rooms = db.prepare_cached("SELECT 1 FROM rooms WHERE name = ?")?;
    if rooms.exists([name])? { door::read(db, name).map(Some) } else { Ok(None) }
}

/// People of earlier meetings that are read at most: 4 MiB of keys; who comes after a thousand others is new again.
const MAX_VISITORS: i64 = 100_000;

/// Who was in a meeting of the room before the latest one, by the index of joinings.
fn visitors(db: &Connection, room: &str) -> Result<HashSet<ParticipantId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT DISTINCT json_extract(json, '$.event.participant') FROM events
         WHERE json_extract(json, '$.event.type') = 'joined' AND meeting IN (
             SELECT id FROM meetings WHERE room = ?1
             AND number < (SELECT max(number) FROM meetings WHERE room = ?1)
         ) LIMIT ?2",
    )?;
    let keys = query.query_map(params![room, MAX_VISITORS], |r| r.get::<_, String>(0))?;
    Ok(keys.collect::<Result<Vec<_>, _>>()?.iter().filter_map(|key| key.parse().ok()).collect())
}

pub(super) fn entries(db: &Connection, meeting: &str) -> Result<Vec<Entry>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT json, asker, command FROM events WHERE meeting = ? ORDER BY seq")?;
    let mut rows = query.query([meeting])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let json = row.get_ref(0)?.as_str().map_err(|e| StoreError::Entry(e.to_string()))?;
        let recorded = serde_json::from_str(json).map_err(|e| StoreError::Entry(e.to_string()))?;
        let asker: Option<String> = row.get(1)?;
        let command: Option<String> = row.get(2)?;
        let cause = asker
            .and_then(|a| a.parse().ok())
            .zip(command)
            .map(|(participant, command)| Cause { participant, command });
        entries.push(Entry { recorded, cause });
    }
    Ok(entries)
}
