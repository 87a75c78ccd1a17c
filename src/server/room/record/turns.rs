//! Whose turn it is to write the parts of a meeting. Where a recording is stopped and begun again at once there are two recorders,
//! and one would end a part that the other still writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedMutexGuard, watch};

use crate::store::MeetingId;

/// The turns of all meetings whose parts somebody writes. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(in crate::server) struct Turns(Mutex<HashMap<MeetingId, Weak<Meeting>>>);

#[derive(Debug, Default)]
struct Meeting {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many wait for it.
    waiting: watch::Sender<usize>,
}

/// The turn at a meeting; dropping it gives it to who waited longest.
#[derive(Debug)]
pub(super) struct Turn {
    meeting: Arc<Meeting>,
    _held: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits for the turn at a meeting.
    pub(super) async fn take(&self, id: &MeetingId) -> Turn {
        let meeting = self.of(id);
        meeting.waiting.send_modify(|count| *count += 1);
        let held = Arc::clone(&meeting.turn).lock_owned().await;
        meeting.waiting.send_modify(|count| *count -= 1);
        Turn { meeting, _held: held }
    }

    fn of(&self, id: &MeetingId) -> Arc<Meeting> {
        let mut meetings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meeting) = meetings.get(id).and_then(Weak::upgrade) {
            return meeting;
        }
        // Whoever asks for another meeting pays for the tidying.
        meetings.retain(|_, meeting| meeting.strong_count() > 0);
        let meeting = Arc::default();
        meetings.insert(id.clone(), Arc::downgrade(&meeting));
        meeting
    }
}

impl Turn {
    /// Waits until somebody else waits for it.
    pub(super) async fn is_wanted(&self) {
        let mut waiting = self.meeting.waiting.subscribe();
        // The sender is held by this turn.
        let _ = waiting.wait_for(|count| *count > 0).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Time goes by as soon as nobody has anything to do.
    #[tokio::test(start_paused = true)]
    async fn a_meeting_is_one_s_at_a_time_and_whoever_waits_is_told_of() {
        let turns = Arc::new(Turns::default());
        let [one, two, three] = [1, 2, 3].map(|n| MeetingId(n.to_string()));
        let (patience, first) = (Duration::from_secs(60), turns.take(&one).await);
        let _other = turns.take(&two).await;
        assert!(timeout(patience, first.is_wanted()).await.is_err());
        let mut second = Box::pin(turns.take(&one));
        assert!(timeout(patience, &mut second).await.is_err());
        first.is_wanted().await;
        drop(first);
        let second = second.await;
        assert!(timeout(patience, second.is_wanted()).await.is_err());
        drop(second);
        let _third = turns.take(&three).await;
        assert_eq!(turns.0.lock().unwrap().len(), 2, "nothing is kept of what is over");
    }
}
