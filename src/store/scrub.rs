//! Nothing of what was deleted is left in the database's files: done in steps, so that rooms wait for one of them and not for all.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rusqlite::Connection;

use super::{StoreError, schema, slack};

/// Pages of the index that a step writes anew: 512 KiB, some ms.
const INDEX_PAGES: i32 = 128;

/// Pages that a step looks at: 1 MiB, about as long as a commit.
const PAGES: u32 = 256;

/// Bytes of the write-ahead log's header, and of that of each of its frames, which begins with the number of its page.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// The row of the index that belongs to no meeting.
const FILLER: i64 = 0;

/// A step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scrub {
    /// The index of words is written anew.
    Index {
        /// What goes on, and does not begin.
        goes_on: bool,
    },
    /// What lies between the rows is made zero.
    Pages {
        /// From this page on.
        first: u32,
    },
    /// The same of pages that were written meanwhile: a page that was not looked at may have got a number that was passed.
    Written {
        /// From this frame of the write-ahead log on.
        first: u64,
    },
    /// The write-ahead log is emptied.
    Fold,
}

impl Scrub {
    /// The first step.
    pub(super) const FIRST: Self = Self::Index { goes_on: false };

    /// Does it, and answers with the next one.
    pub(super) fn run(self, db: &Connection) -> Result<Option<Self>, StoreError> {
        let next = self.step(db);
        if !matches!(next, Ok(Some(_))) {
            schema::checkpoint_by_itself(db, true)?;
        }
        next
    }

    fn step(self, db: &Connection) -> Result<Option<Self>, StoreError> {
        Ok(match self {
            Self::Index { goes_on } if merge(db, goes_on)? => Some(Self::Index { goes_on: true }),
            Self::Index { .. } => {
                // The log is not begun again before the end: it tells what was written.
                schema::checkpoint_by_itself(db, false)?;
                Some(Self::Pages { first: 1 })
            }
            Self::Pages { first } => {
                let end = first.saturating_add(PAGES);
                slack::wipe(db, first..end)?;
                Some(if end <= slack::pages(db)? {
                    Self::Pages { first: end }
                } else {
                    Self::Written { first: 0 }
                })
            }
            Self::Written { first } => {
                let written = written(db, first)?;
                let is_last = written.len() < PAGES as usize;
                slack::wipe(db, written)?;
                Some(if is_last { Self::Fold } else { Self::Written { first: first + u64::from(PAGES) } })
            }
            Self::Fold => {
                fold(db)?;
                None
            }
        })
    }
}

/// The pages in the frames of the write-ahead log from `first` on, no more than a step takes. Frames of before are among them:
/// they cost a look.
fn written(db: &Connection, first: u64) -> Result<Vec<u32>, StoreError> {
    let page: u32 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let failed = |why: io::Error| StoreError::Database(format!("the write-ahead log cannot be read ({why})"));
    let log = match File::open(format!("{}-wal", db.path().unwrap_or_default())) {
        // In memory there is none, and nothing on a disk.
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failed)?,
    };
    let (mut written, mut number) = (Vec::new(), [0; 4]);
    for frame in first..first + u64::from(PAGES) {
        match log.read_exact_at(&mut number, LOG_HEADER + frame * (FRAME_HEADER + u64::from(page))) {
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => break,
            other => other.map_err(failed)?,
        }
        written.push(u32::from_be_bytes(number));
    }
    Ok(written)
}

/// Merges all segments of the index into a new one, a piece at a time; `false` when that is done. FTS5 takes deleted words out of
/// its pages, and leaves them in the list of where its pages begin, until a segment is written anew. One that is alone never is:
/// a row of nobody's makes a second one.
fn merge(db: &Connection, goes_on: bool) -> Result<bool, StoreError> {
    if !goes_on {
        db.execute("INSERT OR REPLACE INTO found (rowid, text) VALUES (?, 'palco')", [FILLER])?;
    }
    let before = db.total_changes();
    let pages = if goes_on { INDEX_PAGES } else { -INDEX_PAGES };
    db.execute("INSERT INTO found (found, rank) VALUES ('merge', ?)", [pages])?;
    // As FTS5 says that nothing was left to be done.
    let is_more = db.total_changes() - before >= 2;
    if !is_more {
        db.execute("DELETE FROM found WHERE rowid = ?", [FILLER])?;
    }
    Ok(is_more)
}

/// Writes most of the write-ahead log into the database from a connection of its own, beside whoever writes.
pub(super) fn fold_beside(file: &Path) -> rusqlite::Result<()> {
    Connection::open(file)?.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Writes the write-ahead log into the database and empties it.
fn fold(db: &Connection) -> Result<(), StoreError> {
    let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(StoreError::Busy) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Timestamp;
    use crate::store::{Erasure, MeetingId, ShelfChange, shelf};

    /// Chance that is the same each time (SplitMix64).
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }

        fn below(&mut self, n: u64) -> u64 {
            self.next() % n
        }

        /// What people say, long now and then; longer than a page rarely.
        fn said(&mut self) -> String {
            let most = match self.below(40) {
                0 => 14_000,
                1..=5 => 2_000,
                _ => 200,
            };
            "y".repeat(self.below(most) as usize)
        }
    }

    const MEETINGS: u64 = 30;

    fn is_gone(meeting: u64) -> bool {
        meeting.is_multiple_of(3)
    }

    fn id(meeting: u64) -> String {
        format!("{:016x}", Chance(meeting).next())
    }

    /// What the names of those end with who are deleted.
    const GONE: &str = "kwvqz";

    /// A name; one that is deleted goes on where one that is kept ends.
    fn name(meeting: u64, n: u64) -> String {
        let more = if is_gone(meeting) { GONE } else { "" };
        format!("{:012x}{more}", Chance((meeting / 3) << 32 | n).next() >> 16)
    }

    fn put(db: &Connection, chance: &mut Chance, meeting: u64, seq: u64) {
        let (name, said) = (name(meeting, seq), chance.said());
        let json = format!(r#"{{"event":{{"type":"joined","participant":"{name}"}},"said":"{said}{name}"}}"#);
        db.prepare_cached("INSERT OR REPLACE INTO events (meeting, seq, json, asker) VALUES (?, ?, ?, ?)")
            .unwrap()
            .execute((id(meeting), seq as i64, json, &name))
            .unwrap();
    }

    fn index(db: &Connection, meeting: u64, most: u64) {
        let entries = (0..most).map(|n| {
            let (text, who) = (format!("{} about it", name(meeting, n)), name(meeting, n + 1));
            crate::store::IndexEntry { text, who, kind: "turn".to_owned(), at: None }
        });
        let entries = entries.collect();
        shelf::write(db, &ShelfChange::Index { meeting: MeetingId(id(meeting)), entries }).unwrap();
    }

    /// A database in which everything was moved about: meetings at the same time, rows that became longer and shorter, an index
    /// that was merged; in every second one the first half without `secure_delete`.
    fn moved_about(file: &Path, seed: u64) -> Connection {
        let mut db = Connection::open(file).unwrap();
        schema::prepare(&mut db, file).unwrap();
        let mut chance = Chance(seed);
        db.execute("INSERT INTO rooms VALUES ('monday', 'me', 0)", []).unwrap();
        for m in 0..MEETINGS {
            let row = "INSERT INTO meetings (id, room, number, opened, ended) VALUES (?, 'monday', ?, 0, 1)";
            db.execute(row, (id(m), m as i64)).unwrap();
        }
        db.pragma_update(None, "synchronous", "OFF").unwrap();
        let mut last = [0; MEETINGS as usize];
        for step in 0..1_200 {
            if step % 600 == 0 {
                let on = step > 0 || seed.is_multiple_of(2);
                db.pragma_update_and_check(None, "secure_delete", on, |_| Ok(())).unwrap();
            }
            let meeting = chance.below(MEETINGS);
            let tx = db.unchecked_transaction().unwrap();
            for _ in 0..chance.below(5) {
                last[meeting as usize] += 1;
                put(&tx, &mut chance, meeting, last[meeting as usize]);
            }
            // Again, of another length.
            for _ in 0..chance.below(3) {
                let seq = chance.below(last[meeting as usize].max(1)) + 1;
                put(&tx, &mut chance, meeting, seq);
            }
            tx.commit().unwrap();
            if chance.below(12) == 0 {
                index(&db, meeting, last[meeting as usize].min(60));
            }
            if chance.below(200) == 0 {
                db.execute_batch("INSERT INTO found (found) VALUES ('optimize')").unwrap();
            }
        }
        db
    }

    /// Everything that is kept, as rows.
    fn rows(db: &Connection) -> Vec<String> {
        let mut all = Vec::new();
        for query in [
            "SELECT meeting || seq || json || ifnull(asker, '') FROM events ORDER BY 1",
            "SELECT text || who || kind || meeting FROM found WHERE rowid > 0 ORDER BY 1",
            "SELECT id || number || ifnull(due, '') FROM meetings ORDER BY 1",
        ] {
            let mut query = db.prepare(query).unwrap();
            all.extend(query.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
        }
        all
    }

    /// How often deleted names are in the files of a folder.
    fn left(folder: &Path) -> usize {
        let in_file = |entry: std::fs::DirEntry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            bytes.windows(GONE.len()).filter(|w| *w == GONE.as_bytes()).count()
        };
        std::fs::read_dir(folder).unwrap().flatten().map(in_file).sum()
    }

    /// How many deleted names are where the index says which of its pages begins with which word: as much of each as none that is
    /// kept has.
    fn left_in_index(db: &Connection) -> usize {
        let mut query = db.prepare("SELECT CAST(term AS BLOB) FROM found_idx").unwrap();
        let terms = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap().map(Result::unwrap);
        // First comes a digit of FTS5's own.
        terms.filter(|term| term.get(13..).is_some_and(|end| end.starts_with(&GONE.as_bytes()[..1]))).count()
    }

    #[test]
    fn what_is_deleted_is_in_no_byte_however_it_was_moved_about() {
        let (mut before, mut in_index) = (0, 0);
        for seed in 0..8 {
            let dir = tempfile::tempdir().unwrap();
            let db = moved_about(&dir.path().join("palco.db"), seed);
            for meeting in (0..MEETINGS).filter(|m| is_gone(*m)).map(|m| MeetingId(id(m))) {
                let erasure = Erasure { meeting, at: Timestamp(2), remains: Vec::new() };
                shelf::write(&db, &ShelfChange::Erase(erasure)).unwrap();
            }
            fold(&db).unwrap();
            before += left(dir.path());
            in_index += left_in_index(&db);
            let kept = rows(&db);
            let mut step = Some(Scrub::FIRST);
            let (mut steps, mut chance) = (0, Chance(seed));
            let others = seed % 4 >= 2;
            while let Some(next) = step {
                step = next.run(&db).unwrap();
                steps += 1;
                if others && step != Some(Scrub::Fold) && step.is_some() {
                    // Rooms go on meanwhile.
                    (0..20).for_each(|n| put(&db, &mut chance, 1, 10_000 + steps * 20 + n));
                }
            }
            assert_eq!((left(dir.path()), left_in_index(&db)), (0, 0), "seed {seed}, {steps} steps");
            db.execute("DELETE FROM events WHERE seq > 9999", []).unwrap();
            assert!(rows(&db) == kept, "seed {seed}: what is kept is as it was");
            let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok");
            db.execute("INSERT INTO found (found, rank) VALUES ('integrity-check', 1)", []).unwrap();
            if !others {
                let changes = db.total_changes();
                slack::wipe(&db, 1..=slack::pages(&db).unwrap()).unwrap();
                assert_eq!(db.total_changes(), changes, "nothing lies between the rows");
            }
        }
        // Otherwise this shows nothing.
        assert!(
            before > 0 && in_index > 0,
            "{before} names were left by the deletion, {in_index} in the index"
        );
    }
}
