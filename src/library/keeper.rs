//! What changes what is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::meeting::{Millis, Timestamp};
use crate::store::{Erasure, MeetingId, ShelfChange, Store, StoredPart};

use super::ask::{Answer, Ask, Refused};
use super::{FOLDER, Kept, Library, index, remains};

/// A day.
const DAY: Millis = Millis::from_mins(24 * 60);

/// Who may write the library of a data directory. Clones are the same.
#[derive(Clone, Debug)]
pub struct Keeper {
    store: Store,
    data: PathBuf,
}

/// Who takes meetings out of the log: where rooms run, only they know whether somebody is in it.
pub trait Eraser: Sync {
    /// Takes a meeting of this room out of the log, or says why that cannot be.
    fn erase(&self, room: &str, erasure: Erasure) -> impl Future<Output = Answer> + Send;
}

/// Where no server runs nobody is in a meeting.
impl Eraser for Keeper {
    async fn erase(&self, _: &str, erasure: Erasure) -> Answer {
        Ok(self.store.change_shelf(ShelfChange::Erase(erasure)).await?)
    }
}

impl Keeper {
    /// Of the directory that the store writes; `None` when it leaves nothing behind.
    pub fn new(store: &Store) -> Option<Self> {
        Some(Self { store: store.clone(), data: store.folder()?.to_owned() })
    }

    /// Does what is asked; the `eraser` takes a meeting out of the log.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn answer(&self, ask: Ask, now: Timestamp, eraser: &impl Eraser) -> Answer {
        let (room, number) = match &ask {
            Ask::Delete { room, number } => {
                let kept = self.find(room, *number).await?;
                return self.delete(&kept, now, eraser).await;
            }
            Ask::Days { room, days } => {
                let change = ShelfChange::Days { room: room.clone(), days: *days };
                return Ok(self.store.change_shelf(change).await?);
            }
            Ask::Hold { room, number, .. } | Ask::Exported { room, number, .. } => (room, *number),
        };
        let meeting = self.find(room, number).await?.row.id;
        let change = match ask {
            Ask::Hold { on, .. } => ShelfChange::Hold { meeting, on },
            Ask::Exported { files, .. } => {
                let files = files.iter().map(|file| file.display().to_string()).collect();
                ShelfChange::Exported { meeting, files }
            }
            Ask::Delete { .. } | Ask::Days { .. } => return Ok(()),
        };
        Ok(self.store.change_shelf(change).await?)
    }

    /// Deletes a meeting: what was said, the recording, what was made of it, and what it was exported into. Broken off in
    /// between, [`tidy`](Self::tidy) does the rest.
    ///
    /// # Errors
    /// It goes on, is held, or cannot be deleted.
    async fn delete(&self, kept: &Kept, now: Timestamp, eraser: &impl Eraser) -> Answer {
        if kept.row.held {
            return Err(Refused::held(kept));
        }
        if kept.row.ended.is_none() || kept.parts.iter().any(|part| part.samples.is_none()) {
            return Err(Refused::goes_on(kept));
        }
        let events = self.read({
            let kept = kept.clone();
            move |library| library.events(&kept)
        });
        let remains = remains::remains(&kept.row.room, &events.await?);
        let meeting = kept.row.id.clone();
        let erasure = Erasure { meeting: meeting.clone(), at: now, remains };
        eraser.erase(&kept.row.room, erasure).await?;
        info!(meeting = %meeting, "a meeting is deleted");
        self.remove_files(meeting).await?;
        self.scrub().await
    }

    /// Removes the files of deleted meetings that are still there, and those that nobody knows of.
    ///
    /// # Errors
    /// They cannot be read or removed.
    pub async fn tidy(&self) -> Answer {
        let recordings = self.data.join(FOLDER);
        let unfinished = self.read(move |library| {
            let there = names(&recordings);
            let mut all = library.archive().deleted()?;
            all.retain(|(id, is_told)| *is_told || there.iter().any(|name| name.contains(&id.0)));
            Ok((all, library.archive().unscrubbed()?))
        });
        let (unfinished, unscrubbed) = unfinished.await?;
        if unfinished.is_empty() && unscrubbed.is_empty() {
            return Ok(());
        }
        for (meeting, _) in unfinished {
            self.remove_files(meeting).await?;
        }
        self.scrub().await
    }

    /// Leaves nothing of what was deleted until now in the database.
    async fn scrub(&self) -> Answer {
        let meetings = self.read(|library| library.archive().unscrubbed()).await?;
        self.store.scrub().await?;
        Ok(self.store.change_shelf(ShelfChange::Scrubbed { meetings }).await?)
    }

    /// Deletes what was kept long enough; `days` is what the server does where a room says nothing, 0 for good. What is held
    /// or goes on stays.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn expire(&self, days: u32, now: Timestamp, eraser: &impl Eraser) -> Answer {
        let due = self.read(move |library| {
            let mut due = Vec::new();
            for kept in library.meetings(None)? {
                let days = library.archive().days(&kept.row.room)?.unwrap_or(days);
                let until = kept.row.ended.map(|ended| ended.plus(DAY.times(u64::from(days))));
                if days > 0 && !kept.row.held && until.is_some_and(|until| until <= now) {
                    due.push(kept);
                }
            }
            Ok(due)
        });
        for kept in due.await? {
            let name = kept.name();
            match self.delete(&kept, now, eraser).await {
                Ok(()) => info!(name, "a meeting was kept long enough"),
                Err(why) => warn!(name, %why, "a meeting that was kept long enough is not deleted"),
            }
        }
        Ok(())
    }

    /// Makes every meeting that is over and whose recording has ended searchable.
    ///
    /// # Errors
    /// The log cannot be read or written.
    pub async fn index(&self) -> Answer {
        let all = self.read(|library| library.meetings(None)).await?;
        for kept in all.into_iter().filter(|kept| !kept.row.indexed && kept.row.ended.is_some()) {
            if kept.parts.iter().any(|part| part.samples.is_none()) {
                continue;
            }
            let meeting = kept.row.id.clone();
            let entries = self.read(move |library| {
                let events = library.events(&kept)?;
                Ok(index::entries(&kept.row.room, &events, &kept.timeline()))
            });
            let entries = entries.await?;
            self.store.change_shelf(ShelfChange::Index { meeting, entries }).await?;
        }
        Ok(())
    }

    async fn find(&self, room: &str, number: u32) -> Result<Kept, Refused> {
        let named = room.to_owned();
        let found = self.read(move |library| library.find(&named, Some(number))).await?;
        found.ok_or_else(|| Refused::none(room, number))
    }

    /// Reads the library where it blocks nobody.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Library) -> Result<T, crate::store::StoreError> + Send + 'static,
    ) -> Result<T, Refused> {
        let data = self.data.clone();
        let task = spawn_blocking(move || {
            let library = Library::open(&data).map_err(|why| Refused::new("data", why))?;
            read(&library).map_err(Refused::from)
        });
        task.await.map_err(|why| Refused::new("data", why))?
    }

    async fn remove_files(&self, meeting: MeetingId) -> Answer {
        let (id, data) = (meeting.clone(), self.data.clone());
        self.read(move |library| {
            let archive = library.archive();
            let recordings = data.join(FOLDER);
            let parts = beside(&recordings, &id, &archive.parts(&id)?);
            let exports: Vec<_> = archive.exports(&id)?.into_iter().map(PathBuf::from).collect();
            Ok(remove(&parts, &exports))
        })
        .await?
        .map_err(|why| Refused::new("files", format!("a file of the meeting cannot be removed: {why}")))?;
        Ok(self.store.change_shelf(ShelfChange::Gone { meeting }).await?)
    }
}

/// Everything of a meeting that lies among the recordings: what is named after it or one of its parts.
fn beside(recordings: &Path, meeting: &MeetingId, parts: &[StoredPart]) -> Vec<PathBuf> {
    let is_its = |name: &str| name.contains(&meeting.0) || parts.iter().any(|part| name.contains(&part.id));
    names(recordings).iter().filter(|name| is_its(name)).map(|name| recordings.join(name)).collect()
}

/// What lies among the recordings.
fn names(recordings: &Path) -> Vec<String> {
    let all = fs::read_dir(recordings).into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Removes files and folders, and exported files with the folders that are empty without them.
fn remove(beside: &[PathBuf], exports: &[PathBuf]) -> io::Result<()> {
    let unless_gone = |done: io::Result<()>| match done {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    for path in beside {
        unless_gone(if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) })?;
    }
    for file in exports {
        unless_gone(fs::remove_file(file))?;
    }
    let mut folders: Vec<_> = exports.iter().filter_map(|file| file.parent()).collect();
    // What lies in another goes first.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    for exported in folders {
        // It may hold other things: then it stays.
        let _ = fs::remove_dir(exported);
    }
    Ok(())
}
