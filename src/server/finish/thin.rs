//! Recordings are kept once: the parts go when nothing is to be made of them any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::library::{Kept, Library, NotThinned};
use crate::store::Due;

use super::Undone;
use crate::server::shared::Shared;

/// Removes the parts of a meeting whose folder was just made, and noted as made.
pub(super) async fn thin(data: PathBuf, room: String, number: u32) {
    let thinned = spawn_blocking(move || {
        // It may be deleted by now, or never have been recorded.
        if let Some(kept) = Library::open(&data)?.find(&room, Some(number))?.filter(Kept::is_kept_twice) {
            told(&kept.name(), kept.thin());
        }
        Ok::<_, Undone>(())
    });
    if let Ok(Err(why)) = thinned.await {
        warn!(%why, "the parts of a recording stay beside it until the next start");
    }
}

/// Removes the parts that lie beside folders of which nothing is due, as an older palco or a crash left them.
pub(super) async fn thin_all(shared: Arc<Shared>, data: PathBuf) {
    let _alive = shared.alive();
    let made = match made(&shared, data).await {
        Ok(made) => made,
        Err(why) => return warn!(%why, "the parts of recordings stay beside them until the next start"),
    };
    let worker = Arc::clone(&shared);
    let thinned = spawn_blocking(move || {
        for kept in made.into_iter().take_while(|_| !worker.is_stopping()) {
            told(&kept.name(), kept.thin());
        }
    });
    // Broken off, it is done at the next start.
    let _ = thinned.await;
}

/// What lies there twice and is made for good.
async fn made(shared: &Shared, data: PathBuf) -> Result<Vec<Kept>, Undone> {
    // First which there are, and then which are due: one that ends in between is none of them.
    let mut all = spawn_blocking(move || twice(&data)).await.map_err(|_| Undone::BrokenOff)??;
    let due = shared.store.due().await?.into_iter().filter(|m| m.due == Due::Folder);
    let due: HashSet<_> = due.map(|m| m.id).collect();
    all.retain(|kept| !due.contains(&kept.row.id));
    Ok(all)
}

/// The meetings that are over and lie there twice, except those that cannot be read.
fn twice(data: &Path) -> Result<Vec<Kept>, Undone> {
    let library = Library::open(data)?;
    let mut all = library.meetings(None)?;
    all.retain(|kept| kept.row.ended.is_some() && kept.is_kept_twice());
    all.retain(|kept| match library.events(kept) {
        Ok(events) => kept.is_settled(&events),
        Err(why) => {
            warn!(name = kept.name(), %why, "the parts of a recording stay beside it");
            false
        }
    });
    Ok(all)
}

fn told(name: &str, thinned: Result<(), NotThinned>) {
    match thinned {
        Ok(()) => info!(name, "its recording is in its folder alone"),
        Err(why) => warn!(name, %why, "the parts of a recording stay beside it"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::library::{FOLDER, MEETING};
    use crate::meeting::Timestamp;
    use crate::store::{Batch, MeetingId, PartChange, Store, StoredPart};

    #[tokio::test]
    async fn a_meeting_that_cannot_be_read_keeps_no_others_parts() {
        let dir = tempfile::tempdir().unwrap();
        let (store, recordings) = (Store::open(dir.path()).unwrap(), dir.path().join(FOLDER));
        for number in [1, 2] {
            store.commit(Batch::ended("monday", number)).await.unwrap();
            let (id, meeting) = (format!("part{number}"), MeetingId(format!("monday-{number}")));
            fs::create_dir_all(recordings.join(&meeting.0)).unwrap();
            fs::write(recordings.join(&meeting.0).join(MEETING), "whole").unwrap();
            fs::write(recordings.join(format!("{id}.opus")), "part").unwrap();
            let part = StoredPart { id, meeting, part: 1, started: Timestamp(1), samples: Some(960) };
            store.change_part(PartChange::Keep(part)).await.unwrap();
        }
        let db = rusqlite::Connection::open(dir.path().join("palco.db")).unwrap();
        db.execute("UPDATE events SET json = '{}' WHERE meeting = 'monday-2'", []).unwrap();
        let twice: Vec<_> = twice(dir.path()).unwrap().iter().map(Kept::name).collect();
        assert_eq!(twice, ["monday#1"]);
    }
}
