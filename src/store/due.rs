//! Meetings that have ended or are deleted, and what is still to be done about them.

use rusqlite::{Connection, params};

use super::{MeetingId, StoreError};

/// What is to be done next about a meeting that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Its folder is to be made: the recording as one file, chapters, minutes.
    Folder,
    /// The operator's hook is to be told.
    Hook,
    /// It is deleted, and what was said in it may still lie between the rows of others.
    Scrub,
}

impl Due {
    const ALL: [Self; 3] = [Self::Folder, Self::Hook, Self::Scrub];

    /// As it is kept.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Hook => "hook",
            Self::Scrub => "scrub",
        }
    }
}

/// A meeting that has ended and is not done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMeeting {
    /// Its name: a ULID.
    pub id: MeetingId,
    /// Its room.
    pub room: String,
    /// Its number in the room.
    pub number: u32,
    /// What is next.
    pub due: Due,
}

/// The meetings that are not done with, the oldest first.
pub(super) fn meetings(db: &Connection) -> Result<Vec<DueMeeting>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, room, number, due FROM meetings WHERE due IS NOT NULL AND deleted IS NULL ORDER BY ended, id",
    )?;
    let mut rows = query.query([])?;
    let mut meetings = Vec::new();
    while let Some(row) = rows.next()? {
        let word: String = row.get(3)?;
        // A word of a newer palco is not this one's to do.
        if let Some(due) = Due::ALL.into_iter().find(|due| due.word() == word) {
            meetings.push(DueMeeting {
                id: MeetingId(row.get(0)?),
                room: row.get(1)?,
                number: row.get(2)?,
                due,
            });
        }
    }
    Ok(meetings)
}

/// Notes what is next about a meeting that is kept; `None` is nothing more. One that was deleted meanwhile only waits to be
/// scrubbed.
pub(super) fn set(db: &Connection, meeting: &MeetingId, due: Option<Due>) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE meetings SET due = ? WHERE id = ? AND deleted IS NULL")?
        .execute(params![due.map(Due::word), meeting.0])?;
    Ok(())
}

/// Notes whether a meeting that is deleted is still to be scrubbed.
pub(super) fn set_scrub(db: &Connection, meeting: &MeetingId, on: bool) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE meetings SET due = ? WHERE id = ? AND deleted IS NOT NULL")?
        .execute(params![on.then_some(Due::Scrub.word()), meeting.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::meeting::Timestamp;
    use crate::store::{Archive, Batch, Due, Erasure, MeetingId, ShelfChange, Store};

    #[tokio::test]
    async fn what_follows_the_end_of_a_deleted_meeting_is_that_it_is_scrubbed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit(Batch::ended("monday", 1)).await.unwrap();
        let meeting = MeetingId("monday-1".to_owned());
        let erasure = Erasure { meeting: meeting.clone(), at: Timestamp(2), remains: Vec::new() };
        store.change_shelf(ShelfChange::Erase(erasure)).await.unwrap();
        // Who made its folder, or told the hook, meanwhile says that it is done.
        for next in [Some(Due::Hook), None] {
            store.set_due(&meeting, next).await.unwrap();
            let unscrubbed = Archive::open(dir.path()).unwrap().unscrubbed().unwrap();
            assert_eq!(unscrubbed, std::slice::from_ref(&meeting), "{next:?}");
        }
        store.change_shelf(ShelfChange::Scrubbed { meetings: vec![meeting] }).await.unwrap();
        assert!(Archive::open(dir.path()).unwrap().unscrubbed().unwrap().is_empty());
    }
}
