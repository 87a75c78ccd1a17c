//! The meetings that are kept, one row each.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use crate::meeting::{Millis, Timestamp};

use super::{Due, MeetingId, StoreError, schema};

/// A meeting that is kept, without its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMeeting {
    /// Its name for good.
    pub id: MeetingId,
    /// Its room.
    pub room: String,
    /// Its number in the room, from 1.
    pub number: u32,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it ended; `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// Whether nobody may delete it.
    pub held: bool,
    /// Whether it can be searched.
    pub indexed: bool,
}

/// Where a search found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The room.
    pub room: String,
    /// The meeting's number in it.
    pub number: u32,
    /// What was found, in a word: `title`, `item`, `turn`, `round`, `person`.
    pub kind: String,
    /// Where it is in the recording, if it is.
    #[serde(rename = "position_ms")]
    pub at: Option<Millis>,
    /// The words around.
    pub text: String,
    /// Whose they are; empty when they are nobody's alone.
    pub who: String,
}

/// Hits that are told at most: who wants more says more words.
const MAX_HITS: u32 = 100;

/// Words around a hit.
const AROUND: u32 = 16;

/// The meetings of one room or of all, by room, the latest first. Those that were deleted are none.
pub(super) fn meetings(
    db: &Connection,
    version: i64,
    room: Option<&str>,
) -> Result<Vec<KeptMeeting>, StoreError> {
    let (columns, there) =
        if version < schema::WITH_LIBRARY { ("0, 0", "1") } else { ("held, indexed", "deleted IS NULL") };
    let mut query = db.prepare_cached(&format!(
        "SELECT id, room, number, opened, ended, {columns} FROM meetings
         WHERE {there} AND (?1 IS NULL OR room = ?1) ORDER BY room, number DESC"
    ))?;
    let all = query.query_map([room], meeting)?.collect::<Result<_, _>>()?;
    Ok(all)
}

fn meeting(row: &Row<'_>) -> rusqlite::Result<KeptMeeting> {
    let moment = |at: i64| Timestamp(u64::try_from(at).unwrap_or_default());
    Ok(KeptMeeting {
        id: MeetingId(row.get(0)?),
        room: row.get(1)?,
        number: row.get(2)?,
        opened: moment(row.get(3)?),
        ended: row.get::<_, Option<i64>>(4)?.map(moment),
        held: row.get(5)?,
        indexed: row.get(6)?,
    })
}

/// What matches an FTS5 expression, the best first.
pub(super) fn search(db: &Connection, expression: &str) -> Result<Vec<Hit>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT room, number, kind, at, CASE text WHEN '' THEN who ELSE snippet(found, 0, '', '', '…', ?2) END, who
         FROM found JOIN meetings ON meetings.id = found.meeting
         WHERE found MATCH ?1 AND deleted IS NULL ORDER BY rank, opened DESC LIMIT ?3",
    )?;
    let hits = query.query_map((expression, AROUND, MAX_HITS), |row| {
        let at = row.get::<_, Option<i64>>(3)?.map(|at| Millis(u64::try_from(at).unwrap_or_default()));
        Ok(Hit {
            room: row.get(0)?,
            number: row.get(1)?,
            kind: row.get(2)?,
            at,
            text: row.get(4)?,
            who: row.get(5)?,
        })
    })?;
    Ok(hits.collect::<Result<_, _>>()?)
}

/// Deleted meetings, and whether rows tell of files that may still be there.
pub(super) fn deleted(db: &Connection) -> Result<Vec<(MeetingId, bool)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, id IN (SELECT meeting FROM recordings) OR id IN (SELECT meeting FROM exports)
         FROM meetings WHERE deleted IS NOT NULL",
    )?;
    let all = query.query_map([], |row| Ok((MeetingId(row.get(0)?), row.get(1)?)))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// Deleted meetings of which something may still lie between the rows of others.
pub(super) fn unscrubbed(db: &Connection) -> Result<Vec<MeetingId>, StoreError> {
    let mut query = db.prepare_cached("SELECT id FROM meetings WHERE deleted IS NOT NULL AND due = ?")?;
    let all = query.query_map([Due::Scrub.word()], |row| Ok(MeetingId(row.get(0)?)))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// The files that a meeting was exported into.
pub(super) fn exports(db: &Connection, meeting: &MeetingId) -> Result<Vec<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT path FROM exports WHERE meeting = ?")?;
    let all = query.query_map([&meeting.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(all)
}

/// How many days a room keeps its meetings, 0 for good; `None` as the server does.
pub(super) fn days(db: &Connection, room: &str) -> Result<Option<u32>, StoreError> {
    let mut query = db.prepare_cached("SELECT days FROM keeping WHERE room = ?")?;
    Ok(query.query_row([room], |row| row.get(0)).optional()?.flatten())
}
