//! The task that writes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};

use crate::audio::{Decoder, FRAME, FRAME_MS, LoudnessMeter};
use crate::library::is_struck;
use crate::meeting::{RecordHalt, Timestamp};
use crate::recording::{OggWriter, PAGE_200_MS, PartFile};
use crate::server::room::mix::{KeptFrame, KeptTap, MixDesk};
use crate::server::room::port::Request;
use crate::server::shared::Shared;
use crate::store::{MeetingId, PartChange, StoreError, StoredPart};

use super::disk::Disk;
use super::parts::Parts;
use super::tracks::Tracks;
use super::turns::Turn;
use super::{Plan, relieved};

/// Between two moments at which all is on disk, whatever happens to the machine.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Between two attempts to write again.
const RETRY: Duration = Duration::from_secs(1);

/// Samples of a frame.
const STEP: u64 = FRAME as u64;

/// Why a recorder gives up.
#[derive(Debug, Error)]
pub(super) enum GivesUp {
    /// The log does not tell which parts there are.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a part cannot be written on.
#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Disk(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("its task was broken off")]
    BrokenOff,
}

impl Trouble {
    fn halt(&self) -> RecordHalt {
        match self {
            Self::Disk(error) if error.kind() == io::ErrorKind::StorageFull => RecordHalt::DiskFull,
            Self::Store(StoreError::Full) => RecordHalt::DiskFull,
            _ => RecordHalt::NotWritten,
        }
    }
}

/// A part that is being written.
struct Open {
    row: StoredPart,
    /// The number of the frame after the last one.
    next: u64,
    writer: OggWriter,
    file: PartFile,
    tracks: Tracks,
    synced: Instant,
    /// In a box: a part is handed on with each packet.
    ear: Option<Box<Ear>>,
}

/// Hears what is written, so that how loud it is need not be found out when the meeting ends.
struct Ear {
    decoder: Decoder,
    meter: LoudnessMeter,
}

impl Ear {
    /// `None` where libopus has no memory: then it is found out in the end.
    fn new() -> Option<Box<Self>> {
        Some(Box::new(Self { decoder: Decoder::new().ok()?, meter: LoudnessMeter::default() }))
    }

    fn hear(&mut self, opus: &[u8]) {
        if let Ok(sound) = self.decoder.decode(opus) {
            self.meter.push(sound);
        }
    }

    /// Silence in place of frames that were lost.
    fn miss(&mut self, frames: u64) {
        (0..frames).for_each(|_| self.meter.push(&[0.0; FRAME]));
    }
}

/// Writes a meeting's recording.
pub(super) struct Recorder {
    meeting: MeetingId,
    title: String,
    mix: MixDesk,
    room: mpsc::WeakSender<Request>,
    shared: Arc<Shared>,
    disk: Option<Disk>,
    parts: Parts,
    open: Option<Open>,
    /// Nothing before this frame is written any more.
    after: u64,
    /// Why nothing is written, and when to try again.
    halted: Option<(RecordHalt, Instant)>,
}

impl Recorder {
    pub(super) fn new(
        meeting: MeetingId,
        title: String,
        (mix, room, shared): (MixDesk, mpsc::WeakSender<Request>, Arc<Shared>),
    ) -> Self {
        let parts = Parts::new(meeting.clone(), shared.store.clone());
        Self {
            meeting,
            title,
            mix,
            room,
            disk: parts.disk.clone(),
            shared,
            parts,
            open: None,
            after: 0,
            halted: None,
        }
    }

    /// Records until the plan is over or gone, and every part has its end or somebody else wants the turn, or the server stops.
    /// What a crash left is mended first.
    pub(super) async fn run(mut self, mut plan: watch::Receiver<Plan>, turn: &Turn) -> Result<(), GivesUp> {
        if let Err(why) = self.parts.read().await {
            self.tell(Some(RecordHalt::NotWritten)).await;
            return Err(why.into());
        }
        let mut now = plan.borrow_and_update().clone();
        self.follow(&now).await;
        if !now.is_over && self.disk.is_none() {
            self.tell(Some(RecordHalt::NoDisk)).await;
        }
        let stopping = Arc::clone(&self.shared);
        let stopped = stopping.stopped();
        tokio::pin!(stopped);
        let mut tap: Option<KeptTap> = None;
        while !now.is_over && self.disk.is_some() {
            match (&tap, now.writes) {
                (None, true) => tap = Some(self.mix.keep()),
                (Some(_), false) => tap = None,
                _ => {}
            }
            let retry = self.halted.map(|(_, at)| at);
            tokio::select! {
                biased;
                () = &mut stopped => break,
                changed = plan.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    now = plan.borrow_and_update().clone();
                    self.follow(&now).await;
                }
                () = wake(self.parts.again()) => self.parts.mend().await,
                () = wake(retry) => self.retry().await,
                packet = heard(&mut tap) => match packet {
                    Some(frame) => self.take(&frame).await,
                    None => break,
                },
            }
        }
        self.end_part().await;
        self.parts.mend_until(relieved(&stopping, turn)).await;
        Ok(())
    }

    /// Does what the plan wants of the parts. A part that is open and holds what was struck ends with it.
    async fn follow(&mut self, plan: &Plan) {
        if let Some(at) = plan.struck.last() {
            self.after = self.after.max(at.0 / FRAME_MS + 1);
        }
        let holds_struck = |open: &mut Open| plan.struck.iter().any(|at| is_struck(&open.row, *at));
        // What waits in its page goes with it.
        if let Some(open) = self.open.take_if(holds_struck) {
            info!(meeting = %self.meeting, "the last seconds of a recording are struck");
            self.keep_strength(&open.row.id, open.ear).await;
            self.parts.add(open.row);
        }
        self.parts.strike(&plan.struck).await;
        if !plan.writes || plan.is_over {
            self.end_part().await;
        }
    }

    /// Keeps how loud a part is up to now. Without it the part is decoded when the meeting has ended.
    async fn keep_strength(&mut self, id: &str, ear: Option<Box<Ear>>) {
        let (Some(disk), Some(ear)) = (self.disk.clone(), ear) else { return };
        let id = id.to_owned();
        let kept = spawn_blocking(move || disk.keep_strength(&id, ear.meter.stretches())).await;
        if !matches!(kept, Ok(Ok(()))) {
            debug!("how loud a part is was not kept");
        }
    }

    async fn take(&mut self, frame: &KeptFrame) {
        if frame.number < self.after || self.halted.is_some() {
            return;
        }
        if let Err(why) = self.write(frame).await {
            self.halt(&why).await;
        }
    }

    async fn write(
        &mut self,
        KeptFrame { number: frame, mix: opus, voices }: &KeptFrame,
    ) -> Result<(), Trouble> {
        let frame = *frame;
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin(frame).await?,
        };
        if frame > open.next {
            // Lost on the way here: the disk stood still.
            let gap = (frame - open.next) * STEP;
            let rest = open.writer.silence(gap);
            open.ear.iter_mut().for_each(|ear| ear.miss(frame - open.next));
            debug!(frames = frame - open.next, rest, "a gap in a recording");
        }
        if frame >= open.next {
            if let Err(why) = open.writer.push(opus) {
                warn!(%why, "a packet of the mix is not recorded");
            }
            open.ear.iter_mut().for_each(|ear| ear.hear(opus));
            voices.iter().for_each(|(who, packets)| open.tracks.take(frame, *who, packets));
            open.next = frame + 1;
        }
        self.flush(open).await
    }

    /// Writes the pages that are ready, and makes them durable when it is time.
    async fn flush(&mut self, mut open: Open) -> Result<(), Trouble> {
        let pages: Vec<Bytes> = std::iter::from_fn(|| open.writer.take()).collect();
        let syncs = open.synced.elapsed() >= SYNC_EVERY;
        if pages.is_empty() && !syncs {
            self.open = Some(open);
            return Ok(());
        }
        let row = open.row.clone();
        let disk = self.disk.clone().filter(|_| syncs);
        let written = spawn_blocking(move || {
            let wrote = open.file.write(&pages.concat()).and_then(|()| open.tracks.write());
            let Some(disk) = disk.filter(|_| wrote.is_ok()) else { return (open, wrote) };
            let durable = open.file.sync().and_then(|()| open.tracks.sync()).and_then(|()| disk.feel());
            (open, durable)
        });
        let why = match written.await {
            Ok((mut open, Ok(()))) => {
                if syncs {
                    open.synced = Instant::now();
                }
                self.open = Some(open);
                return Ok(());
            }
            Ok((_, Err(why))) => why.into(),
            Err(_) => Trouble::BrokenOff,
        };
        self.parts.add(row);
        Err(why)
    }

    /// Begins the next part with this frame: first its row, so that a file is never without one.
    async fn begin(&mut self, frame: u64) -> Result<Open, Trouble> {
        let disk = self.disk.clone().ok_or(Trouble::BrokenOff)?;
        let part = self.parts.last() + 1;
        let row = StoredPart {
            id: ulid::Ulid::new().to_string(),
            meeting: self.meeting.clone(),
            part,
            started: Timestamp(frame * FRAME_MS),
            samples: None,
        };
        let name = row.id.clone();
        let file = spawn_blocking({
            let disk = disk.clone();
            move || disk.prepare()
        });
        file.await.map_err(|_| Trouble::BrokenOff)??;
        self.shared.store.change_part(PartChange::Keep(row.clone())).await?;
        self.parts.begins(part);
        let path = disk.path(&name);
        let file = spawn_blocking(move || disk.begin(&name)).await.map_err(|_| Trouble::BrokenOff)?;
        let file = match file {
            Ok(file) => file,
            Err(why) => {
                self.parts.add(row);
                return Err(why.into());
            }
        };
        let (date, number) = (row.started.utc(), part.to_string());
        let comments = [("TITLE", self.title.as_str()), ("DATE", &date), ("TRACKNUMBER", &number)];
        info!(meeting = %self.meeting, part, "a part of a recording begins");
        let writer = OggWriter::new(rand::random(), PAGE_200_MS, &comments);
        let tracks = Tracks::new(path, frame, &comments);
        Ok(Open { row, next: frame, writer, file, tracks, synced: Instant::now(), ear: Ear::new() })
    }

    /// Ends the part that is open, if any.
    async fn end_part(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        open.writer.finish();
        let pages: Vec<Bytes> = std::iter::from_fn(|| open.writer.take()).collect();
        let mut row = open.row;
        let (mut file, mut tracks) = (open.file, open.tracks);
        self.keep_strength(&row.id, open.ear).await;
        row.samples = Some(open.writer.samples());
        let written = spawn_blocking(move || {
            tracks.finish();
            file.write(&pages.concat())?;
            tracks.write()?;
            file.sync()?;
            tracks.sync()
        });
        let written = written.await;
        let kept = match written {
            Ok(Ok(())) => self.shared.store.change_part(PartChange::Keep(row.clone())).await.is_ok(),
            _ => false,
        };
        if !kept {
            warn!(part = row.id, "the end of a part is not kept");
            row.samples = None;
        }
        self.parts.add(row);
    }

    /// Says that nothing is written, and gives the log some room to say so.
    async fn halt(&mut self, why: &Trouble) {
        warn!(meeting = %self.meeting, %why, "a recording cannot be written");
        if let Some(disk) = self.disk.clone() {
            // Broken off: then it stays.
            let _ = spawn_blocking(move || disk.give_up_ballast()).await;
        }
        let halt = why.halt();
        self.halted = Some((halt, Instant::now() + RETRY));
        self.tell(Some(halt)).await;
    }

    /// Goes on when there is room for the ballast and for some minutes more.
    async fn retry(&mut self) {
        let Some(((halt, _), disk)) = self.halted.zip(self.disk.clone()) else { return };
        let room = spawn_blocking(move || match halt {
            RecordHalt::DiskFull => disk.prepare_again(),
            _ => disk.prepare(),
        });
        let room = room.await;
        if !matches!(room, Ok(Ok(()))) {
            self.halted = Some((halt, Instant::now() + RETRY));
            // The log may have had no room for it the first time.
            return self.tell(Some(halt)).await;
        }
        self.halted = None;
        self.parts.mend().await;
        self.tell(None).await;
    }

    async fn tell(&mut self, halt: Option<RecordHalt>) {
        let Some(room) = self.room.upgrade() else { return };
        // The room waits for no disk, and this waits for the room only as long as its queue is full.
        let _ = room.send(Request::Record { halt }).await;
    }
}

/// Waits for a moment; for ever without one.
pub(super) async fn wake(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Waits for a packet; for ever while nobody listens.
async fn heard(tap: &mut Option<KeptTap>) -> Option<KeptFrame> {
    match tap {
        Some(tap) => tap.recv().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{around, store_in};
    use super::*;

    /// The first frame.
    const FIRST: u64 = 88_000_000_000;

    /// Takes a second, is told of a strike, and takes another second; what there is then, in frames.
    async fn struck(at: u64) -> Vec<(u32, u64)> {
        let dir = tempfile::tempdir().unwrap();
        let (store, meeting) = store_in(dir.path()).await;
        let mut recorder = Recorder::new(meeting.clone(), "Monday".to_owned(), around(&store));
        let plan = Plan { writes: true, struck: vec![Timestamp(at)], is_over: false };
        for n in 0..100 {
            if n == 50 {
                recorder.follow(&plan).await;
            }
            let mix = Bytes::from_static(&[9 << 3, 1, 2, 3]);
            recorder.take(&KeptFrame { number: FIRST + n, mix, voices: Vec::new() }).await;
        }
        recorder.follow(&Plan { is_over: true, ..plan }).await;
        let parts = store.parts(&meeting).await.unwrap();
        parts.into_iter().map(|part| (part.part, part.samples.expect("an end") / STEP)).collect()
    }

    #[tokio::test]
    async fn a_part_that_began_after_what_was_struck_goes_on() {
        assert_eq!(struck(FIRST * FRAME_MS).await, [(1, 101)]);
        assert_eq!(struck((FIRST - 10) * FRAME_MS).await, [(1, 101)]);
        // All of the first is struck.
        assert_eq!(struck((FIRST + 49) * FRAME_MS).await, [(2, 51)]);
    }
}
