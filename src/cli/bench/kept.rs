//! Meetings that are kept to be measured.

use std::path::{Path, PathBuf};

use crate::library::{FOLDER, Kept, Library};
use crate::meeting::{ParticipantId, Recorded, Timestamp};
use crate::store::{Batch, Entry, MeetingId, NewMeeting, NewRoom, PartChange, Store, StoredPart};

use super::BenchError;
use super::child::ROOM;

/// An error of our own parts.
pub(super) fn own(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BenchError {
    BenchError::Own(why.into())
}

/// One of the people of a meeting.
pub(super) fn person(n: u32) -> ParticipantId {
    let mut key = [7; 32];
    key[..4].copy_from_slice(&n.to_be_bytes());
    ParticipantId(key)
}

/// The meeting that is kept, if there is one.
pub(super) fn find(library: &Library) -> Result<Kept, BenchError> {
    library.find(ROOM, None).map_err(own)?.ok_or_else(|| own("the meeting is not there"))
}

/// Keeps a meeting that has ended, the room's first, by the moments of its events.
pub(super) async fn keep(store: &Store, events: Vec<Recorded>) -> Result<MeetingId, BenchError> {
    let meeting = MeetingId(ulid::Ulid::new().to_string());
    let opened = events.first().map(|first| first.at).unwrap_or_default();
    let ended = events.last().map(|last| last.at);
    let entries = events.into_iter().map(|recorded| Entry { recorded, cause: None }).collect();
    let batch = Batch {
        room: ROOM.to_owned(),
        new_room: Some(NewRoom { owner: person(0), created: opened }),
        new_meeting: Some(NewMeeting { id: meeting.clone(), number: 1, opened }),
        meeting: meeting.clone(),
        entries,
        ended,
        door: Vec::new(),
    };
    store.commit(batch).await.map_err(own)?;
    Ok(meeting)
}

/// Keeps a part of its recording, which `write` writes, telling how many samples it has. Answers with its file.
pub(super) async fn keep_part(
    store: &Store,
    data: &Path,
    (meeting, part, started): (&MeetingId, u32, Timestamp),
    write: impl FnOnce(&Path) -> Result<u64, BenchError> + Send + 'static,
) -> Result<PathBuf, BenchError> {
    let (id, folder) = (ulid::Ulid::new().to_string(), data.join(FOLDER));
    let file = folder.join(format!("{id}.opus"));
    let path = file.clone();
    let writing = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(folder).map_err(own)?;
        write(&path)
    });
    let samples = Some(writing.await.map_err(own)??);
    let row = StoredPart { id, meeting: meeting.clone(), part, started, samples };
    store.change_part(PartChange::Keep(row)).await.map_err(own)?;
    Ok(file)
}
