//! What changes what is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::meeting::{Millis, Timestamp};
use crate::store::{Erasure, MeetingId, ShelfChange, Store, StoreError, StoredPart};

use super::ask::{Answer, Ask, Refused};
use super::{FOLDER, Kept, Library, index, remains};

/// A day.
const DAY: Millis = Millis::from_mins(24 * 60);

/// Who may write the library of a data directory. Clones are the same.
#[derive(Clone, Debug)]
pub struct Keeper {
    store: Store,
    data: PathBuf,
    /// Held while files of deleted meetings go and the database is scrubbed: what one takes out of it, the scrub of another that
    /// is under way already has passed.
    sweeping: Arc<Mutex<()>>,
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
        Some(Self { store: store.clone(), data: store.folder()?.to_owned(), sweeping: Arc::default() })
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
        self.sweep(vec![meeting]).await
    }

    /// Removes the files of deleted meetings that are still there, and those that nobody knows of, and leaves nothing of what
    /// was said in them in the database. It goes on past what cannot be done.
    ///
    /// # Errors
    /// The first thing that cannot be read or removed.
    pub async fn tidy(&self) -> Answer {
        let recordings = self.data.join(FOLDER);
        let unfinished = self.read(move |library| {
            let there = names(&recordings);
            let is_there = |id: &MeetingId| there.iter().flatten().any(|name| name.contains(&id.0));
            let mut all = library.archive().deleted()?;
            all.retain(|(id, is_told)| *is_told || is_there(id));
            Ok((all, there.map(drop).map_err(|why| Refused::stays(&[(recordings, why)]))))
        });
        let (unfinished, there) = unfinished.await?;
        let unfinished = unfinished.into_iter().map(|(meeting, _)| meeting).collect();
        there.and(self.sweep(unfinished).await)
    }

    /// Removes the files of deleted meetings and scrubs the database: a file that stays leaves nothing else behind.
    async fn sweep(&self, meetings: Vec<MeetingId>) -> Answer {
        let _alone = self.sweeping.lock().await;
        let mut answer = Ok(());
        for meeting in meetings {
            let removed = self.remove_files(meeting).await;
            answer = answer.and(removed);
        }
        answer.and(self.scrub().await)
    }

    /// Leaves nothing of what was deleted until now in the database.
    async fn scrub(&self) -> Answer {
        let meetings = self.read(|library| library.archive().unscrubbed()).await?;
        if meetings.is_empty() {
            return Ok(());
        }
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
            let all = library.meetings(None)?.into_iter();
            all.filter_map(|kept| expired(library, kept, days, now).transpose()).collect()
        });
        let due: Vec<_> = due.await?;
        for kept in due {
            let name = kept.name();
            match self.delete_expired(kept, days, now, eraser).await {
                Ok(true) => info!(name, "a meeting was kept long enough"),
                Ok(false) => info!(name, "a meeting is kept longer by now, or gone"),
                Err(why) => warn!(name, %why, "a meeting that was kept long enough is not deleted whole"),
            }
        }
        Ok(())
    }

    /// Deletes a meeting if it still is to be: those before it took a while, and what is said meanwhile holds.
    async fn delete_expired(
        &self,
        kept: Kept,
        days: u32,
        now: Timestamp,
        eraser: &impl Eraser,
    ) -> Result<bool, Refused> {
        let again = self.read(move |library| {
            let kept = library.find(&kept.row.room, Some(kept.row.number))?;
            kept.map_or(Ok(None), |kept| expired(library, kept, days, now))
        });
        let Some(kept) = again.await? else { return Ok(false) };
        self.delete(&kept, now, eraser).await?;
        Ok(true)
    }

    /// Makes every meeting that is over and whose recording has ended searchable, except what cannot be read.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn index(&self) -> Answer {
        let all = self.read(|library| library.meetings(None)).await?;
        for kept in all.into_iter().filter(|kept| !kept.row.indexed && kept.row.ended.is_some()) {
            if kept.parts.iter().any(|part| part.samples.is_none()) {
                continue;
            }
            let name = kept.name();
            if let Err(why) = self.index_one(kept).await {
                warn!(name, %why, "a meeting cannot be searched yet");
            }
        }
        Ok(())
    }

    async fn index_one(&self, kept: Kept) -> Answer {
        let meeting = kept.row.id.clone();
        let entries = self.read(move |library| {
            let events = library.events(&kept)?;
            Ok(index::entries(&kept.row.room, &events, &kept.timeline()))
        });
        let entries = entries.await?;
        Ok(self.store.change_shelf(ShelfChange::Index { meeting, entries }).await?)
    }

    async fn find(&self, room: &str, number: u32) -> Result<Kept, Refused> {
        let named = room.to_owned();
        let found = self.read(move |library| library.find(&named, Some(number))).await?;
        found.ok_or_else(|| Refused::none(room, number))
    }

    /// Reads the library where it blocks nobody.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Library) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refused> {
        let data = self.data.clone();
        let task = spawn_blocking(move || {
            let library = Library::open(&data).map_err(|why| Refused::new("data", why))?;
            read(&library).map_err(Refused::from)
        });
        task.await.map_err(|why| Refused::new("data", why))?
    }

    /// Removes the files of a deleted meeting. While any of them stays, the log tells of them, and they are tried again.
    async fn remove_files(&self, meeting: MeetingId) -> Answer {
        let (id, data) = (meeting.clone(), self.data.clone());
        let stay = self.read(move |library| {
            let archive = library.archive();
            let recordings = data.join(FOLDER);
            let (parts, exports) = (archive.parts(&id)?, archive.exports(&id)?);
            let exports: Vec<_> = exports.into_iter().map(PathBuf::from).collect();
            Ok(match beside(&recordings, &id, &parts) {
                Ok(files) => remove(&files, &exports),
                Err(why) => [vec![(recordings, why)], remove(&[], &exports)].into_iter().flatten().collect(),
            })
        });
        let stay = stay.await?;
        if !stay.is_empty() {
            return Err(Refused::stays(&stay));
        }
        Ok(self.store.change_shelf(ShelfChange::Gone { meeting }).await?)
    }
}

/// A meeting, if it was kept long enough.
fn expired(library: &Library, kept: Kept, days: u32, now: Timestamp) -> Result<Option<Kept>, StoreError> {
    let days = library.archive().days(&kept.row.room)?.unwrap_or(days);
    let until = kept.row.ended.map(|ended| ended.plus(DAY.times(u64::from(days))));
    let is_due = days > 0 && !kept.row.held && until.is_some_and(|until| until <= now);
    Ok(Some(kept).filter(|_| is_due))
}

/// Everything of a meeting that lies among the recordings: what is named after it or one of its parts.
fn beside(recordings: &Path, meeting: &MeetingId, parts: &[StoredPart]) -> io::Result<Vec<PathBuf>> {
    let is_its = |name: &str| name.contains(&meeting.0) || parts.iter().any(|part| name.contains(&part.id));
    let names = names(recordings)?;
    Ok(names.iter().filter(|name| is_its(name)).map(|name| recordings.join(name)).collect())
}

/// What lies among the recordings; nothing before the first one.
fn names(recordings: &Path) -> io::Result<Vec<String>> {
    let all = match fs::read_dir(recordings) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    // A name that is no text is not one of ours.
    let text = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().into_string().ok());
    all.filter_map(|entry| text(entry).transpose()).collect()
}

/// Removes files and folders, and exported files with the folders that are empty without them. What cannot be removed stays,
/// and is told with the reason.
fn remove(beside: &[PathBuf], exports: &[PathBuf]) -> Vec<(PathBuf, io::Error)> {
    let files =
        beside.iter().map(|path| (path, path.is_dir())).chain(exports.iter().map(|file| (file, false)));
    let removed = files.map(|(path, is_folder)| {
        (path, if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) })
    });
    let stays = removed.filter_map(|(path, removed)| {
        let why = removed.err().filter(|why| why.kind() != io::ErrorKind::NotFound)?;
        Some((path.clone(), why))
    });
    let stay = stays.collect();
    let mut folders: Vec<_> = exports.iter().filter_map(|file| file.parent()).collect();
    // What lies in another goes first.
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    for exported in folders {
        // It may hold other things: then it stays.
        let _ = fs::remove_dir(exported);
    }
    stay
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::store::Batch;

    /// Long after everything ended.
    const LATER: Timestamp = Timestamp(10 * DAY.0);

    /// A keeper of three meetings that ended: `monday#2`, `monday#1` and `tuesday#1`, in the order of the library.
    async fn shelf() -> (TempDir, Keeper) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for (room, number) in [("monday", 1), ("monday", 2), ("tuesday", 1)] {
            store.commit(Batch::ended(room, number)).await.unwrap();
        }
        let keeper = Keeper::new(&store).unwrap();
        (dir, keeper)
    }

    impl Keeper {
        /// What is kept, and whether it can be searched.
        async fn all(&self) -> Vec<(String, bool)> {
            let all = self.read(|library| library.meetings(None)).await.unwrap();
            all.into_iter().map(|kept| (kept.name(), kept.row.indexed)).collect()
        }

        async fn names(&self) -> Vec<String> {
            self.all().await.into_iter().map(|(name, _)| name).collect()
        }

        /// How many deleted meetings have rows that tell of files, and how many are not scrubbed.
        async fn left(&self) -> (usize, usize) {
            let left = self.read(|library| {
                let (deleted, unscrubbed) = (library.archive().deleted()?, library.archive().unscrubbed()?);
                Ok((deleted.into_iter().filter(|(_, is_told)| *is_told).count(), unscrubbed.len()))
            });
            left.await.unwrap()
        }
    }

    fn id(name: &str) -> MeetingId {
        MeetingId(name.to_owned())
    }

    fn delete(room: &str, number: u32) -> Ask {
        Ask::Delete { room: room.to_owned(), number }
    }

    /// Somebody changes something just before the first meeting is erased.
    struct Meanwhile<'a>(&'a Keeper, std::sync::Mutex<Vec<ShelfChange>>);

    impl Eraser for Meanwhile<'_> {
        async fn erase(&self, room: &str, erasure: Erasure) -> Answer {
            let changes = std::mem::take(&mut *self.1.lock().unwrap());
            for change in changes {
                self.0.store.change_shelf(change).await?;
            }
            self.0.erase(room, erasure).await
        }
    }

    #[tokio::test]
    async fn what_is_held_at_the_last_moment_stays() {
        let (_dir, keeper) = shelf().await;
        let hold = ShelfChange::Hold { meeting: id("monday-1"), on: true };
        let meanwhile = Meanwhile(&keeper, std::sync::Mutex::new(vec![hold]));
        let why = keeper.answer(delete("monday", 1), LATER, &meanwhile).await.unwrap_err();
        assert_eq!(why.code, "held");
        assert!(why.text.contains("palco library hold monday#1 off"), "{why}");
        assert_eq!(keeper.names().await, ["monday#2", "monday#1", "tuesday#1"]);
        assert_eq!(keeper.left().await, (0, 0));
        let events = keeper.read(|library| library.archive().events(&id("monday-1"))).await.unwrap();
        assert_eq!(events.len(), 1, "what was said in it too");
    }

    #[tokio::test]
    async fn what_is_held_or_kept_for_good_while_others_are_deleted_stays() {
        let (_dir, keeper) = shelf().await;
        let hold = ShelfChange::Hold { meeting: id("monday-1"), on: true };
        let days = ShelfChange::Days { room: "tuesday".to_owned(), days: Some(0) };
        let meanwhile = Meanwhile(&keeper, std::sync::Mutex::new(vec![hold, days]));
        keeper.expire(1, LATER, &meanwhile).await.unwrap();
        assert_eq!(keeper.names().await, ["monday#1", "tuesday#1"]);
        keeper.expire(1, LATER, &keeper).await.unwrap();
        assert_eq!(keeper.names().await, ["monday#1", "tuesday#1"]);
    }

    /// Has a meeting exported into a file of that name, and a folder lie in its place, which nobody removes as a file.
    async fn export(keeper: &Keeper, meeting: &str, to: &Path) -> PathBuf {
        let (file, other) = (to.join(format!("{meeting}.opus")), to.join(format!("{meeting}.md")));
        fs::create_dir_all(&file).unwrap();
        fs::write(&other, "Ana").unwrap();
        let files = [&file, &other].map(|file| file.display().to_string()).to_vec();
        keeper.store.change_shelf(ShelfChange::Exported { meeting: id(meeting), files }).await.unwrap();
        file
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_removed_keeps_nothing_else_back() {
        let (_dir, keeper) = shelf().await;
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("out");
        let stays = export(&keeper, "monday-1", &to).await;
        let why = keeper.answer(delete("monday", 1), LATER, &keeper).await.unwrap_err();
        assert_eq!(why.code, "files");
        assert!(why.text.contains(&stays.display().to_string()) && why.text.contains("remove it"), "{why}");
        assert_eq!(keeper.left().await, (1, 0), "the database is scrubbed nevertheless");
        assert!(!to.join("monday-1.md").exists() && stays.exists());

        // Of the next one too, and not of the last one.
        for (meeting, goes) in [("monday-2", false), ("tuesday-1", true)] {
            let file = export(&keeper, meeting, &to).await;
            if goes {
                fs::remove_dir(&file).unwrap();
            }
            let erasure = Erasure { meeting: id(meeting), at: LATER, remains: Vec::new() };
            keeper.store.change_shelf(ShelfChange::Erase(erasure)).await.unwrap();
        }
        let why = keeper.tidy().await.unwrap_err();
        assert!(why.code == "files" && why.text.contains(&stays.display().to_string()), "{why}");
        assert_eq!(keeper.left().await, (2, 0));
        let left: Vec<_> = fs::read_dir(&to).unwrap().flatten().collect();
        assert_eq!(left.len(), 2, "{left:?}");

        // Somebody does what was said: removes one by hand, and lets the other be removed.
        fs::remove_dir(&stays).unwrap();
        let second = to.join("monday-2.opus");
        fs::remove_dir(&second).unwrap();
        fs::write(&second, "Ana").unwrap();
        keeper.tidy().await.unwrap();
        assert_eq!((keeper.left().await, to.exists()), ((0, 0), false));
    }

    #[tokio::test]
    async fn a_recording_stays_known_while_nobody_can_look_for_it() {
        let (dir, keeper) = shelf().await;
        let part = StoredPart {
            id: "part1".to_owned(),
            meeting: id("monday-1"),
            part: 1,
            started: Timestamp(1),
            samples: Some(960),
        };
        keeper.store.change_part(crate::store::PartChange::Keep(part)).await.unwrap();
        let recordings = dir.path().join(FOLDER);
        // Something else lies there, which is no folder.
        fs::write(&recordings, "").unwrap();
        let why = keeper.answer(delete("monday", 1), LATER, &keeper).await.unwrap_err();
        assert!(why.code == "files" && why.text.contains(&recordings.display().to_string()), "{why}");
        assert_eq!(keeper.tidy().await.unwrap_err().code, "files");
        assert_eq!(keeper.left().await, (1, 0));
        fs::remove_file(&recordings).unwrap();
        fs::create_dir(&recordings).unwrap();
        fs::write(recordings.join("part1.opus"), "sound").unwrap();
        keeper.tidy().await.unwrap();
        assert!(fs::read_dir(&recordings).unwrap().next().is_none());
        assert_eq!(keeper.left().await, (0, 0));
    }

    #[tokio::test]
    async fn a_meeting_that_cannot_be_read_keeps_no_other_from_being_searched() {
        let (dir, keeper) = shelf().await;
        let db = rusqlite::Connection::open(dir.path().join("palco.db")).unwrap();
        db.execute("UPDATE events SET json = '{}' WHERE meeting = 'monday-2'", []).unwrap();
        keeper.index().await.unwrap();
        let all = [("monday#2", false), ("monday#1", true), ("tuesday#1", true)];
        assert_eq!(keeper.all().await, all.map(|(name, is)| (name.to_owned(), is)));
    }
}
