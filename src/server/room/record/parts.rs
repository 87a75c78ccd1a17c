//! The parts that are not being written: what is still to be done to them, and when it is tried again.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::warn;

use crate::library::is_struck;
use crate::meeting::{STRIKE, Timestamp};
use crate::store::{MeetingId, PartChange, Store, StoreError, StoredPart};

use super::disk::Disk;
use super::recorder::wake;

/// After the first failure; each further one doubles it.
const RETRY: Duration = Duration::from_secs(1);

/// The longest wait between two attempts: each reads a whole part, and whoever made room wants to see it used.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// The parts of a meeting's recording but for the one that is being written.
pub(super) struct Parts {
    meeting: MeetingId,
    store: Store,
    /// `None` where nothing is kept.
    pub(super) disk: Option<Disk>,
    all: Vec<StoredPart>,
    /// When the seconds before were struck.
    struck: Vec<Timestamp>,
    /// The number of the latest part, which may be gone.
    last: u32,
    /// The wait after the next failure.
    wait: Duration,
    /// When to try again what could not be done.
    again: Option<Instant>,
}

impl Parts {
    /// None that are known yet.
    pub(super) fn new(meeting: MeetingId, store: Store) -> Self {
        let disk = store.folder().map(Disk::new);
        Self { meeting, store, disk, all: Vec::new(), struck: Vec::new(), last: 0, wait: RETRY, again: None }
    }

    /// Reads which there are.
    pub(super) async fn read(&mut self) -> Result<(), StoreError> {
        self.all = self.store.parts(&self.meeting).await?;
        self.last = self.all.last().map_or(0, |part| part.part);
        Ok(())
    }

    /// The number of the latest part, 0 before the first.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// A part with this number has a row.
    pub(super) fn begins(&mut self, part: u32) {
        self.last = part;
    }

    /// Takes in a part that is written no more, with an end or without.
    pub(super) fn add(&mut self, part: StoredPart) {
        if part.samples.is_none() {
            self.wait = RETRY;
            self.again = Some(Instant::now());
        }
        self.all.push(part);
    }

    /// When something that could not be done is to be tried again.
    pub(super) fn again(&self) -> Option<Instant> {
        self.again
    }

    /// Takes [`STRIKE`] before these moments out of all of them, and ends those that have no end.
    pub(super) async fn strike(&mut self, struck: &[Timestamp]) {
        struck.clone_into(&mut self.struck);
        self.mend().await;
    }

    /// Does what is to be done to each part. What cannot be done now is tried [`again`](Self::again).
    pub(super) async fn mend(&mut self) {
        let mut is_done = true;
        for n in 0..self.all.len() {
            let left = self.all.get(n).and_then(|part| left(part, &self.struck));
            if let Some(samples) = left {
                is_done &= self.shorten(n, samples).await;
            }
        }
        self.all.retain(|part| part.samples != Some(0));
        if is_done {
            (self.wait, self.again) = (RETRY, None);
        } else {
            self.again = Some(Instant::now() + self.wait);
            self.wait = LONGEST_RETRY.min(self.wait * 2);
        }
    }

    /// Does the same until all of them have an end, or `stopped`. Nobody else looks after them when the recording is over, so
    /// that a full disk would keep the meeting from its folder for good.
    pub(super) async fn mend_until(&mut self, stopped: impl Future<Output = ()>) {
        tokio::pin!(stopped);
        if self.again.is_none() {
            return;
        }
        self.mend().await;
        if let Some(disk) = self.disk.clone().filter(|_| self.again.is_some()) {
            // Broken off: then it stays.
            let _ = spawn_blocking(move || disk.give_up_ballast()).await;
        }
        while self.again.is_some() {
            tokio::select! {
                biased;
                () = &mut stopped => return,
                () = wake(self.again) => self.mend().await,
            }
        }
    }

    /// Keeps the first samples of a part, and notes what is left: 0 is nothing. Whether it is done, which is when its row says
    /// so; done again it changes nothing.
    async fn shorten(&mut self, n: usize, samples: u64) -> bool {
        let (Some(disk), Some(part)) = (self.disk.clone(), self.all.get_mut(n)) else { return true };
        let id = part.id.clone();
        let mended = spawn_blocking(move || disk.mend(&id, samples)).await;
        let (left, change) = match mended.map_err(io::Error::other).flatten() {
            Ok(Some(whole)) => {
                let samples = Some(whole.samples);
                (samples, PartChange::Keep(StoredPart { samples, ..part.clone() }))
            }
            Ok(None) => (Some(0), PartChange::Forget { id: part.id.clone() }),
            Err(why) => {
                warn!(part = part.id, %why, "a part of a recording has no end yet");
                return false;
            }
        };
        if let Err(why) = self.store.change_part(change).await {
            warn!(part = part.id, %why, "the length of a part is not kept");
            return false;
        }
        part.samples = left;
        true
    }
}

/// The samples that are to be left of a part which lacks its end or holds what was struck; `None` when it is as it should be.
fn left(part: &StoredPart, struck: &[Timestamp]) -> Option<u64> {
    let from = |at: &Timestamp| Timestamp(at.0.saturating_sub(STRIKE.0)).since(part.started).samples();
    let cuts = struck.iter().filter(|at| is_struck(part, **at)).map(from);
    cuts.min().or(part.samples.is_none().then_some(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::store_in;
    use super::*;
    use crate::recording::{OggWriter, PAGE_200_MS, Whole, track_file, tracks_folder};

    /// When the parts of the tests begin.
    const STARTED: Timestamp = Timestamp(1_763_398_800_000);

    /// Parts of a store in a directory of their own.
    struct Desk {
        dir: tempfile::TempDir,
        parts: Parts,
    }

    impl Desk {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let (store, meeting) = store_in(dir.path()).await;
            Self { dir, parts: Parts::new(meeting, store) }
        }

        /// The file of a part.
        fn file(&self, id: &str) -> std::path::PathBuf {
            self.dir.path().join("recordings").join(id).with_extension("opus")
        }

        /// A part of so many seconds with a track, without an end.
        async fn begin(&mut self, id: &str, seconds: u64) -> StoredPart {
            let (part, file) = (self.parts.last() + 1, self.file(id));
            fs::create_dir(tracks_folder(&file)).unwrap();
            for file in [track_file(&file, &[1; 32]), file] {
                fs::write(file, stream(seconds)).unwrap();
            }
            let meeting = self.parts.meeting.clone();
            let row = StoredPart { id: id.to_owned(), meeting, part, started: STARTED, samples: None };
            self.parts.store.change_part(PartChange::Keep(row.clone())).await.unwrap();
            self.parts.begins(part);
            row
        }

        /// What the log tells.
        async fn rows(&self) -> Vec<(String, Option<u64>)> {
            let parts = self.parts.store.parts(&self.parts.meeting).await.unwrap();
            parts.into_iter().map(|part| (part.id, part.samples)).collect()
        }

        /// Puts something where a track of a part should be, so that it cannot be ended or cut.
        fn obstruct(&self, id: &str) -> std::path::PathBuf {
            let track = track_file(&self.file(id), &[0; 32]);
            fs::create_dir(&track).unwrap();
            track
        }
    }

    /// A stream that was broken off.
    fn stream(seconds: u64) -> Vec<u8> {
        let mut writer = OggWriter::new(7, PAGE_200_MS, &[]);
        (0..seconds * 50).for_each(|n| writer.push(&[9 << 3, n as u8, 1, 2]).unwrap());
        std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
    }

    fn whole(file: &std::path::Path) -> Whole {
        Whole::read(fs::read(file).unwrap().as_slice(), u64::MAX).unwrap()
    }

    /// Time goes by as soon as nobody has anything to do.
    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_ended_is_tried_until_it_can() {
        let mut desk = Desk::new().await;
        let row = desk.begin("a", 10).await;
        let way = desk.obstruct("a");
        desk.parts.add(row);
        desk.parts.mend().await;
        assert_eq!(desk.rows().await, [("a".to_owned(), None)]);
        let first = desk.parts.again().unwrap();
        desk.parts.mend().await;
        assert!(desk.parts.again().unwrap() > first);
        // It is looked for the end of the server after the first attempt.
        let going_on = async {
            fs::remove_dir(way).unwrap();
            std::future::pending().await
        };
        desk.parts.mend_until(going_on).await;
        assert_eq!(desk.rows().await, [("a".to_owned(), Some(10 * 48_000 + 960))]);
        assert!(whole(&desk.file("a")).is_ended && desk.parts.again().is_none());
    }

    fn second(n: u64) -> Timestamp {
        Timestamp(STARTED.0 + 1_000 * n)
    }

    #[tokio::test(start_paused = true)]
    async fn a_strike_that_cannot_be_done_is_done_as_soon_as_it_can() {
        let mut desk = Desk::new().await;
        let row = desk.begin("a", 60).await;
        let way = desk.obstruct("a");
        desk.parts.add(row);
        desk.parts.strike(&[second(50)]).await;
        // Nothing that comes after it ends what is struck.
        desk.parts.mend().await;
        assert_eq!(desk.rows().await, [("a".to_owned(), None)]);
        fs::remove_dir(way).unwrap();
        desk.parts.mend_until(std::future::pending()).await;
        let left = 20 * 48_000 + 960;
        assert_eq!(desk.rows().await, [("a".to_owned(), Some(left))]);
        let file = desk.file("a");
        for file in [track_file(&file, &[1; 32]), file] {
            assert_eq!(whole(&file).samples, left, "{}", file.display());
        }
    }

    #[test]
    fn each_part_is_left_what_no_strike_takes_and_gets_an_end() {
        let part = |samples| StoredPart {
            id: "a".to_owned(),
            meeting: MeetingId("monday-1".to_owned()),
            part: 1,
            started: STARTED,
            samples,
        };
        let minute = Some(60 * 48_000);
        for (samples, struck, wanted) in [
            (minute, vec![], None),
            (None, vec![], Some(u64::MAX)),
            (minute, vec![50], Some(20 * 48_000)),
            (None, vec![50], Some(20 * 48_000)),
            (minute, vec![80, 50, 70], Some(20 * 48_000)),
            (minute, vec![10], Some(0)),
            // What is struck lies behind its end, or before it began.
            (minute, vec![90], None),
            (minute, vec![0], None),
            (None, vec![0], Some(u64::MAX)),
        ] {
            let at: Vec<_> = struck.iter().map(|n| second(*n)).collect();
            assert_eq!(left(&part(samples), &at), wanted, "{samples:?} struck at {struck:?}");
        }
    }
}
