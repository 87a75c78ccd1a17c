//! The meetings that are kept, one row each.

use rusqlite::{Connection, Row};

use crate::meeting::Timestamp;

use super::{MeetingId, StoreError, schema};

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
}

/// The meetings of one room or of all, by room, the latest first. Those that were deleted are none.
pub(super) fn meetings(
    db: &Connection,
    version: i64,
    room: Option<&str>,
) -> Result<Vec<KeptMeeting>, StoreError> {
    let (held, there) = if version < schema::WITH_LIBRARY { ("0", "1") } else { ("held", "deleted IS NULL") };
    let mut query = db.prepare_cached(&format!(
        "SELECT id, room, number, opened, ended, {held} FROM meetings
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
    })
}
