//! The thread that owns the database, and the handle that others hold.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::{debug, error};

use super::{
    Batch, Due, DueMeeting, MeetingId, OpenError, PartChange, ShelfChange, StoreError, StoredDoor,
    StoredPart, StoredRoom, due, lock, recording, schema,
    scrub::{self, Scrub},
    shelf, sql,
};

/// The database's name in the data directory.
pub(super) const FILE: &str = "palco.db";

/// Requests that wait for the writer. A room has one commit under way at a time, so this is rooms at once; when it is
/// full the asker waits, and with it its room.
const QUEUE: usize = 1024;

/// Batches of one transaction: enough that a flush is shared by all who wait, few enough that nobody waits for long.
const GROUP: usize = 256;

/// The event log. Clones share one writer, which ends with the last of them.
#[derive(Clone, Debug)]
pub struct Store {
    requests: mpsc::Sender<Request>,
    /// The data directory; `None` for a log that ends with the process.
    folder: Option<Arc<Path>>,
    /// Held while what was deleted is wiped: meanwhile nobody else folds the write-ahead log, which tells what was written.
    wiping: Arc<Mutex<()>>,
}

enum Request {
    Commit(Batch, oneshot::Sender<Result<(), StoreError>>),
    Room(String, oneshot::Sender<Result<Option<StoredRoom>, StoreError>>),
    OpenRooms(oneshot::Sender<Result<Vec<String>, StoreError>>),
    Part(PartChange, oneshot::Sender<Result<(), StoreError>>),
    Parts(MeetingId, oneshot::Sender<Result<Vec<StoredPart>, StoreError>>),
    Due(oneshot::Sender<Result<Vec<DueMeeting>, StoreError>>),
    SetDue(MeetingId, Option<Due>, oneshot::Sender<Result<(), StoreError>>),
    Shelf(ShelfChange, oneshot::Sender<Result<(), StoreError>>),
    Door(String, oneshot::Sender<Result<Option<StoredDoor>, StoreError>>),
    Scrub(Scrub, oneshot::Sender<Result<Option<Scrub>, StoreError>>),
    LimitPages(u32, oneshot::Sender<Result<(), StoreError>>),
    Flush(oneshot::Sender<Result<(), StoreError>>),
}

impl Store {
    /// Opens the log in `dir`, which is made if it is not there, and takes it for this process.
    ///
    /// # Errors
    /// Why the directory cannot be used, and what to do.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let lock = lock::take(dir)?;
        let file = dir.join(FILE);
        let db =
            Connection::open(&file).map_err(|source| OpenError::Database { file: file.clone(), source })?;
        Ok(Self { folder: Some(dir.into()), ..Self::start(db, &file, Some(lock))? })
    }

    /// A log that ends with the process, for a meeting that leaves nothing behind.
    ///
    /// # Errors
    /// SQLite does not start.
    pub fn in_memory() -> Result<Self, OpenError> {
        let file = Path::new(":memory:");
        let db = Connection::open_in_memory()
            .map_err(|source| OpenError::Database { file: file.to_owned(), source })?;
        Self::start(db, file, None)
    }

    fn start(mut db: Connection, file: &Path, lock: Option<std::fs::File>) -> Result<Self, OpenError> {
        schema::prepare(&mut db, file)?;
        let (requests, queue) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("palco-store".to_owned())
            .spawn(move || {
                run(&mut db, queue);
                // SQLite folds its log back while the directory is still ours.
                drop(db);
                drop(lock);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self { requests, folder: None, wiping: Arc::default() })
    }

    /// Where files are kept beside the log; `None` when nothing is to be left behind.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Makes a change of a recording's parts durable.
    ///
    /// # Errors
    /// Why it was not kept.
    pub async fn change_part(&self, change: PartChange) -> Result<(), StoreError> {
        self.ask(|answer| Request::Part(change, answer)).await
    }

    /// Makes a change of the library durable.
    ///
    /// # Errors
    /// Why it was not kept.
    pub async fn change_shelf(&self, change: ShelfChange) -> Result<(), StoreError> {
        self.ask(|answer| Request::Shelf(change, answer)).await
    }

    /// The door of a room; `None` when nobody opened it yet.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn door(&self, room: &str) -> Result<Option<StoredDoor>, StoreError> {
        self.ask(|answer| Request::Door(room.to_owned(), answer)).await
    }

    /// Makes sure that nothing of what was deleted is left in the database's files. It looks at all of them, in pieces that
    /// others wait for no longer than for a commit.
    ///
    /// # Errors
    /// The disk is full, or another program reads all the time.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        let _alone = self.wiping.lock().await;
        let mut step = Some(Scrub::FIRST);
        while let Some(next) = step {
            if let (Scrub::Fold, Some(folder)) = (next, &self.folder) {
                let file = folder.join(FILE);
                // What it does not do the last step does, and others wait for that.
                let _ = tokio::task::spawn_blocking(move || scrub::fold_beside(&file)).await;
            }
            step = self.ask(|answer| Request::Scrub(next, answer)).await?;
        }
        Ok(())
    }

    /// The parts of a meeting's recording, in order.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub async fn parts(&self, meeting: &MeetingId) -> Result<Vec<StoredPart>, StoreError> {
        self.ask(|answer| Request::Parts(meeting.clone(), answer)).await
    }

    /// The meetings that have ended and are not done with, the oldest first.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub async fn due(&self) -> Result<Vec<DueMeeting>, StoreError> {
        self.ask(Request::Due).await
    }

    /// Notes what is next about a meeting that has ended; `None` is nothing more. Of one that was deleted it notes nothing.
    ///
    /// # Errors
    /// Why it was not kept.
    pub async fn set_due(&self, meeting: &MeetingId, due: Option<Due>) -> Result<(), StoreError> {
        self.ask(|answer| Request::SetDue(meeting.clone(), due, answer)).await
    }

    /// Makes a batch durable; all of it, or nothing.
    ///
    /// # Errors
    /// Why nothing of it was kept.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.ask(|answer| Request::Commit(batch, answer)).await
    }

    /// A room with its latest meeting; `None` when nobody opened it yet.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn room(&self, name: &str) -> Result<Option<StoredRoom>, StoreError> {
        self.ask(|answer| Request::Room(name.to_owned(), answer)).await
    }

    /// The names of rooms with a meeting that is not over.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub async fn open_rooms(&self) -> Result<Vec<String>, StoreError> {
        self.ask(Request::OpenRooms).await
    }

    /// Lets the database grow to at most `pages` of 4 KiB; more is refused as a full disk would be.
    ///
    /// # Errors
    /// SQLite says no.
    pub async fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        self.ask(|answer| Request::LimitPages(pages, answer)).await
    }

    /// Waits until everything asked before is on disk, and folds the write-ahead log back into the database.
    ///
    /// # Errors
    /// SQLite says no.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _alone = self.wiping.lock().await;
        self.ask(Request::Flush).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Request,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(request(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

fn run(db: &mut Connection, mut queue: mpsc::Receiver<Request>) {
    let mut group = Vec::new();
    while let Some(request) = queue.blocking_recv() {
        let mut other = gather(request, &mut group);
        while other.is_none() && group.len() < GROUP {
            match queue.try_recv() {
                Ok(request) => other = gather(request, &mut group),
                Err(_) => break,
            }
        }
        commit(db, &mut group);
        if let Some(request) = other {
            answer(db, request);
        }
    }
}

type Waiting = (Batch, oneshot::Sender<Result<(), StoreError>>);

/// Puts a commit into the group; hands anything else back, to be answered after the group.
fn gather(request: Request, group: &mut Vec<Waiting>) -> Option<Request> {
    match request {
        Request::Commit(batch, answer) => {
            group.push((batch, answer));
            None
        }
        other => Some(other),
    }
}

fn answer(db: &Connection, request: Request) {
    // Who asked may be gone by now; then nobody misses the answer.
    match request {
        Request::Commit(..) => {}
        Request::Room(name, answer) => drop(answer.send(sql::room(db, &name))),
        Request::OpenRooms(answer) => drop(answer.send(sql::open_rooms(db))),
        Request::Part(change, answer) => drop(answer.send(recording::write(db, &change))),
        Request::Parts(id, answer) => drop(answer.send(recording::parts(db, &id.0))),
        Request::Due(answer) => drop(answer.send(due::meetings(db))),
        Request::SetDue(id, due, answer) => drop(answer.send(due::set(db, &id, due))),
        Request::Shelf(change, answer) => drop(answer.send(shelf::write(db, &change))),
        Request::Door(room, answer) => drop(answer.send(sql::door(db, &room))),
        Request::Scrub(step, answer) => drop(answer.send(step.run(db))),
        Request::LimitPages(pages, answer) => {
            let set = db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
            drop(answer.send(set.map_err(StoreError::from)));
        }
        Request::Flush(answer) => {
            let folded = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            drop(answer.send(folded.map_err(StoreError::from)));
        }
    }
}

/// Commits a group in one transaction. A batch that fails by itself takes no other with it.
fn commit(db: &mut Connection, group: &mut Vec<Waiting>) {
    if group.is_empty() {
        return;
    }
    let outcome = write_all(db, group);
    debug!(batches = group.len(), "committed a group");
    match outcome {
        Ok(each) => {
            for ((_, answer), outcome) in group.drain(..).zip(each) {
                drop(answer.send(outcome));
            }
        }
        Err(error) => {
            error!(%error, batches = group.len(), "a group was not kept");
            for (_, answer) in group.drain(..) {
                drop(answer.send(Err(error.clone())));
            }
        }
    }
}

fn write_all(db: &mut Connection, group: &[Waiting]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let mut tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut each = Vec::with_capacity(group.len());
    for (batch, _) in group {
        let point = tx.savepoint()?;
        let outcome = sql::write(&point, batch);
        match outcome {
            Ok(()) => point.commit()?,
            // A full disk may roll back the whole transaction: then nothing of the group is kept.
            Err(error) if point.is_autocommit() => return Err(error),
            // A savepoint that is dropped without commit is rolled back.
            Err(error) => {
                drop(point);
                each.push(Err(error));
                continue;
            }
        }
        each.push(Ok(()));
    }
    tx.commit()?;
    Ok(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Event, Millis, ParticipantId, Recorded, Seq, Timestamp};
    use crate::store::{Cause, Entry, MeetingId, NewMeeting, NewRoom};

    const OWNER: ParticipantId = ParticipantId([7; 32]);

    fn entry(seq: u64) -> Entry {
        let event = Event::Extended { by: Millis(seq) };
        let recorded = Recorded { seq: Seq(seq), at: Timestamp(seq), by: Some(OWNER), event };
        Entry { recorded, cause: Some(Cause { participant: OWNER, command: format!("c-{seq}") }) }
    }

    fn append(room: &str, entries: Vec<Entry>) -> Batch {
        Batch {
            room: room.into(),
            new_room: None,
            new_meeting: None,
            meeting: MeetingId(format!("{room}-1")),
            entries,
            ended: None,
            door: Vec::new(),
        }
    }

    fn open(room: &str) -> Batch {
        let id = MeetingId(format!("{room}-1"));
        Batch {
            new_room: Some(NewRoom { owner: OWNER, created: Timestamp(1) }),
            new_meeting: Some(NewMeeting { id, number: 1, opened: Timestamp(1) }),
            ..append(room, vec![entry(1)])
        }
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit(open("monday")).await.unwrap();
        store.commit(append("monday", vec![entry(2), entry(3)])).await.unwrap();
        assert!(matches!(Store::open(dir.path()), Err(OpenError::InUse { .. })));
        // A copy of the files as they are now is what a killed server leaves.
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let store = Store::open(copy.path()).unwrap();
        assert_eq!(store.open_rooms().await.unwrap(), ["monday"]);
        let room = store.room("monday").await.unwrap().unwrap();
        assert_eq!(room.owner, OWNER);
        assert_eq!(room.meeting.unwrap().entries, [entry(1), entry(2), entry(3)]);
        assert_eq!(store.room("tuesday").await.unwrap(), None);
        assert!(store.due().await.unwrap().is_empty());
        store.commit(Batch { ended: Some(Timestamp(9)), ..append("monday", Vec::new()) }).await.unwrap();
        assert!(store.open_rooms().await.unwrap().is_empty());
        let (id, room) = (MeetingId("monday-1".to_owned()), "monday".to_owned());
        let due = |due| DueMeeting { id: id.clone(), room: room.clone(), number: 1, due };
        assert_eq!(store.due().await.unwrap(), [due(Due::Folder)]);
        store.set_due(&id, Some(Due::Hook)).await.unwrap();
        assert_eq!(store.due().await.unwrap(), [due(Due::Hook)]);
        store.set_due(&id, None).await.unwrap();
        assert!(store.due().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_log_of_the_first_schema_gets_open_doors() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.commit(open("monday")).await.unwrap();
        store.flush().await.unwrap();
        let older = tempfile::tempdir().unwrap();
        std::fs::copy(dir.path().join(FILE), older.path().join(FILE)).unwrap();
        let db = Connection::open(older.path().join(FILE)).unwrap();
        let added = ["found", "keeping", "exports", "recordings", "invited", "invites", "door_keys", "doors"];
        for table in added {
            db.execute_batch(&format!("DROP TABLE {table}")).unwrap();
        }
        for column in ["deleted", "held", "indexed", "due"] {
            db.execute_batch(&format!("ALTER TABLE meetings DROP COLUMN {column}")).unwrap();
        }
        db.pragma_update(None, "user_version", 1).unwrap();
        drop(db);
        let store = Store::open(older.path()).unwrap();
        let room = store.room("monday").await.unwrap().unwrap();
        assert_eq!((room.owner, room.door), (OWNER, crate::store::StoredDoor::default()));
        let door = vec![crate::store::DoorChange::Lock(crate::store::Lock::Invite)];
        store.commit(Batch { door, ..append("monday", Vec::new()) }).await.unwrap();
    }

    #[tokio::test]
    async fn a_bad_batch_takes_no_other_of_its_group_with_it() {
        let store = Store::in_memory().unwrap();
        store.commit(open("monday")).await.unwrap();
        store.commit(open("tuesday")).await.unwrap();
        let twice = append("monday", vec![entry(2), entry(1)]);
        let good = append("tuesday", vec![entry(2)]);
        let (bad, good) = tokio::join!(store.commit(twice), store.commit(good));
        assert!(matches!(bad, Err(StoreError::Database(_))), "{bad:?}");
        assert_eq!(good, Ok(()));
        let count = async |room| store.room(room).await.unwrap().unwrap().meeting.unwrap().entries.len();
        assert_eq!((count("monday").await, count("tuesday").await), (1, 2));
    }

    #[tokio::test]
    async fn a_full_disk_keeps_nothing_of_a_batch() {
        let store = Store::in_memory().unwrap();
        store.commit(open("monday")).await.unwrap();
        store.limit_pages(1).await.unwrap();
        let many = (2..2_000).map(entry).collect();
        assert_eq!(store.commit(append("monday", many)).await, Err(StoreError::Full));
        store.limit_pages(1_000_000).await.unwrap();
        store.commit(append("monday", vec![entry(2)])).await.unwrap();
        let kept = store.room("monday").await.unwrap().unwrap().meeting.unwrap().entries;
        assert_eq!(kept, [entry(1), entry(2)]);
    }

    #[test]
    fn what_is_no_database_of_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        std::fs::write(&file, "dear diary, ".repeat(100)).unwrap();
        assert!(matches!(Store::open(dir.path()), Err(OpenError::NotPalco { .. })));

        let other = tempfile::tempdir().unwrap();
        let db = Connection::open(other.path().join(FILE)).unwrap();
        db.execute_batch("CREATE TABLE diary (day TEXT)").unwrap();
        assert!(matches!(Store::open(other.path()), Err(OpenError::NotPalco { .. })));

        let newer = tempfile::tempdir().unwrap();
        drop(Store::open(newer.path()).unwrap());
        let db = Connection::open(newer.path().join(FILE)).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        let refused = loop {
            match Store::open(newer.path()) {
                Err(OpenError::InUse { .. }) => thread::yield_now(),
                other => break other,
            }
        };
        assert!(matches!(refused, Err(OpenError::Newer { found: 99, .. })), "{refused:?}");

        let taken = dir.path().join("file");
        std::fs::write(&taken, "").unwrap();
        let text = Store::open(&taken).unwrap_err().to_string();
        assert!(text.contains("--data"), "{text}");
    }
}
