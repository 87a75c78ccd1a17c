//! The recording of a room's meeting on disk: a task of its own beside the room, which never waits for it.
//!
//! The room says what is to be so (a [`Plan`], the latest counts); the recorder writes what the mix gives it into *parts*, files
//! without a gap, and says to the room when it cannot. A pause, a strike, a full disk and a crash end a part; all parts of a
//! meeting are its recording. Beside each, when it is wanted, lie the voices' own packets, a track a voice.

mod disk;
mod left;
mod parts;
mod recorder;
mod tone;
mod tracks;
mod turns;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::error;

use crate::meeting::{Meeting, RecordState, Timestamp};
use crate::server::shared::Shared;
use crate::store::MeetingId;

use super::load::Room;
use super::mix::MixDesk;
use super::port::Request;
pub(in crate::server) use left::mend_left;
use recorder::Recorder;
use turns::Turn;
pub(in crate::server) use turns::Turns;

/// What a recorder is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Whether it writes: the recording runs and is not paused.
    writes: bool,
    /// When the seconds before were struck.
    struck: Vec<Timestamp>,
    /// The recording is over.
    is_over: bool,
}

impl Plan {
    fn of(meeting: &Meeting) -> Self {
        let recording = meeting.recording();
        Self {
            writes: recording.state == RecordState::On && meeting.is_on_record(),
            struck: recording.struck.clone(),
            is_over: !recording.is_running(),
        }
    }
}

/// A room's end of its recorder. Dropping it ends the recording's part.
#[derive(Debug)]
pub(super) struct Recording {
    meeting: MeetingId,
    plan: watch::Sender<Plan>,
}

impl Room {
    /// Follows what is durable about the recording: starts a recorder, tells it, lets it go. `is_new` is false for a meeting
    /// that was just read, of which a crash may have left something to do.
    pub(super) fn follow_recording(&mut self, is_new: bool) {
        let Some(book) = &self.book else { return };
        let meeting = &book.durable;
        if is_new && self.recording.is_none() && !meeting.recording().is_running() {
            return;
        }
        let plan = Plan::of(meeting);
        let people = meeting.everybody().map(|p| p.id).filter(|id| meeting.records(*id));
        self.doors.mix.set_recorded(people.collect(), meeting.recording().tracks);
        if let Some(recording) = self.recording.as_ref().filter(|r| r.meeting == book.id) {
            let is_over = plan.is_over;
            recording.plan.send_if_modified(|last| {
                let changed = *last != plan;
                *last = plan;
                changed
            });
            if is_over {
                self.recording = None;
            }
            return;
        }
        // A recorder of the meeting before ends when its plan is dropped.
        let title = format!("{} #{}: {}", self.name, meeting.number(), meeting.title());
        let is_over = plan.is_over;
        let (sender, receiver) = watch::channel(plan);
        let around = (self.doors.mix.clone(), self.doors.requests.downgrade(), Arc::clone(&self.shared));
        start(book.id.clone(), title, receiver, around);
        if is_new {
            tone::play(self.doors.packets.clone(), Arc::clone(self.voices.hearing()));
        }
        self.recording = (!is_over).then(|| Recording { meeting: book.id.clone(), plan: sender });
    }
}

type Around = (MixDesk, mpsc::WeakSender<Request>, Arc<Shared>);

/// Starts a recorder, which ends with its plan.
fn start(meeting: MeetingId, title: String, plan: watch::Receiver<Plan>, (mix, room, shared): Around) {
    tokio::spawn(async move {
        let _alive = shared.alive();
        let id = meeting.clone();
        let turn = shared.turns.take(&id).await;
        let recorder = Recorder::new(meeting, title, (mix, room, Arc::clone(&shared)));
        if let Err(why) = recorder.run(plan, &turn).await {
            error!(meeting = %id, %why, "a recording ends before it should");
        }
        drop(turn);
        shared.bell.ring();
    });
}

/// Waits until somebody else is to do what cannot be done now.
async fn relieved(shared: &Shared, turn: &Turn) {
    tokio::select! {
        () = shared.stopped() => {}
        () = turn.is_wanted() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use tokio::sync::broadcast;
    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::store::{Batch, PartChange, Store, StoredPart};

    /// A store in a directory, with a meeting.
    pub(super) async fn store_in(dir: &Path) -> (Store, MeetingId) {
        let (store, batch) = (Store::open(dir).unwrap(), Batch::ended("monday", 1));
        let meeting = batch.meeting.clone();
        store.commit(batch).await.unwrap();
        std::fs::create_dir(dir.join("recordings")).unwrap();
        (store, meeting)
    }

    /// What is around a recorder in a room that is gone.
    pub(super) fn around(store: &Store) -> Around {
        let shared = Shared::with(store.clone());
        let mix = MixDesk::new(broadcast::Sender::new(1), Arc::clone(&shared));
        (mix, mpsc::channel(1).0.downgrade(), shared)
    }

    #[tokio::test]
    async fn a_recorder_waits_for_the_one_before_and_ends_what_that_left() {
        let dir = tempfile::tempdir().unwrap();
        let (store, meeting) = store_in(dir.path()).await;
        let id = "a".to_owned();
        let row = StoredPart { id, meeting: meeting.clone(), part: 1, started: Timestamp(0), samples: None };
        store.change_part(PartChange::Keep(row.clone())).await.unwrap();
        let around = around(&store);
        let turn = around.2.turns.take(&meeting).await;
        let (_plan, plan) = watch::channel(Plan { is_over: true, ..Plan::default() });
        start(meeting.clone(), "Monday".to_owned(), plan, around);
        let patience = Duration::from_secs(10);
        timeout(patience, turn.is_wanted()).await.expect("it wants the turn");
        assert_eq!(store.parts(&meeting).await.unwrap(), [row]);
        drop(turn);
        // Nothing lies on the disk of it.
        let gone = async {
            while !store.parts(&meeting).await.unwrap().is_empty() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(patience, gone).await.expect("it is looked after");
    }
}
