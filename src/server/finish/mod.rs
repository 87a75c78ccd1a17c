//! What is done when a meeting has ended: its folder is made, the parts of its recording go, and the operator's hook is told. What
//! is still to be done is noted in the log, with the end itself at first, so that a server that dies before it is done does it
//! when it starts again.
//!
//! Two tasks do it, one meeting after another, so that the folders wait for no hook; the rooms wait for nothing.

mod command;
mod hook;
mod post;
mod thin;

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, error, info, warn};

use crate::library::{BadMaking, Library, Made};
use crate::store::{Due, DueMeeting, MeetingId, OpenError, StoreError};

use super::shared::Shared;
use hook::BadHook;

pub use hook::Hook;
pub use post::{BadTarget, Target};

/// After the first failure; each further one doubles it. A disk is full for minutes and not for milliseconds, and a server that
/// is told is away for as long.
const RETRY: Duration = Duration::from_secs(10);

/// Attempts of one server: the last is more than an hour after the first. The next start of the server tries again.
const TRIES: u32 = 10;

/// Wakes the tasks that do what is due, and the one that makes it searchable.
#[derive(Debug, Default)]
pub(super) struct Bell {
    pub(super) index: Notify,
    folders: Notify,
    hooks: Notify,
}

impl Bell {
    /// A meeting has ended, or a part of its recording has.
    pub(super) fn ring(&self) {
        self.folders.notify_one();
        self.index.notify_one();
    }
}

/// Why something due was not done.
#[derive(Debug, Error)]
enum Undone {
    #[error(transparent)]
    Making(#[from] BadMaking),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hook(#[from] BadHook),
    #[error("its task was broken off")]
    BrokenOff,
}

/// Whether something due is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Yes,
    /// Its recording has no end yet; the bell rings when it has one.
    NotYet,
}

/// Starts what follows the end of meetings, those that ended before this server started too. A log that ends with the process
/// leaves nothing behind.
pub(super) fn start(shared: &Arc<Shared>) {
    let Some(data) = shared.store.folder().map(Path::to_owned) else { return };
    let (folders, hooks, of_hooks) = (Arc::clone(shared), Arc::clone(shared), data.clone());
    tokio::spawn(thin::thin_all(Arc::clone(shared), data.clone()));
    tokio::spawn(async move {
        let _alive = folders.alive();
        let make = |meeting| make(Arc::clone(&folders), data.clone(), meeting);
        attend(&folders, &folders.bell.folders, || due(&folders, Due::Folder), make).await;
    });
    tokio::spawn(async move {
        // Nobody waits for it at the end: what it could not tell is told after the next start.
        let tell = |meeting| tell(Arc::clone(&hooks), of_hooks.clone(), meeting);
        attend(&hooks, &hooks.bell.hooks, || due(&hooks, Due::Hook), tell).await;
    });
}

/// Tells the hook, if there still is one.
async fn tell(shared: Arc<Shared>, data: PathBuf, meeting: DueMeeting) -> Result<Done, Undone> {
    let id = meeting.id.clone();
    if let Some(hook) = shared.settings.hook.clone() {
        let (room, number) = (meeting.room.clone(), meeting.number);
        hook::tell(hook, &data, meeting).await?;
        info!(room, number, "the hook was told");
    }
    shared.store.set_due(&id, None).await?;
    Ok(Done::Yes)
}

/// What is due of one kind.
async fn due(shared: &Shared, kind: Due) -> Result<Vec<DueMeeting>, StoreError> {
    let mut due = shared.store.due().await?;
    due.retain(|meeting| meeting.due == kind);
    Ok(due)
}

/// Does what is due until the server stops: whenever the bell rings, and again after a failure.
async fn attend<R, F>(
    shared: &Shared,
    bell: &Notify,
    mut read: impl FnMut() -> R,
    mut work: impl FnMut(DueMeeting) -> F,
) where
    R: Future<Output = Result<Vec<DueMeeting>, StoreError>>,
    F: Future<Output = Result<Done, Undone>>,
{
    let mut failed: HashMap<MeetingId, (u32, Instant)> = HashMap::new();
    loop {
        let again = match read().await {
            Ok(due) => {
                // One that was deleted is not tried again.
                failed.retain(|id, _| due.iter().any(|meeting| meeting.id == *id));
                attempt(shared, due, &mut failed, &mut work).await;
                failed.values().filter(|(count, _)| *count < TRIES).map(|(_, at)| *at).min()
            }
            Err(why) => {
                error!(%why, seconds = RETRY.as_secs(), "what is due after meetings cannot be read; it is tried again");
                Some(Instant::now() + RETRY)
            }
        };
        tokio::select! {
            biased;
            () = shared.stopped() => return,
            () = bell.notified() => {}
            () = wake(again) => {}
        }
    }
}

/// Does what is due, except what failed a moment ago or too often.
async fn attempt<F>(
    shared: &Shared,
    due: Vec<DueMeeting>,
    failed: &mut HashMap<MeetingId, (u32, Instant)>,
    work: &mut impl FnMut(DueMeeting) -> F,
) where
    F: Future<Output = Result<Done, Undone>>,
{
    for meeting in due {
        let tries = failed.get(&meeting.id).copied();
        if tries.is_some_and(|(count, at)| count >= TRIES || at > Instant::now()) || shared.is_stopping() {
            continue;
        }
        let (id, name) = (meeting.id.clone(), format!("{}#{}", meeting.room, meeting.number));
        match work(meeting).await {
            Ok(done) => {
                if done == Done::NotYet {
                    debug!(meeting = name, "its recording is not ended yet");
                }
                failed.remove(&id);
            }
            Err(_) if shared.is_stopping() => {}
            Err(why) => {
                let count = tries.map_or(0, |(count, _)| count);
                let wait = RETRY * 2_u32.saturating_pow(count);
                error!(meeting = name, %why, seconds = wait.as_secs(), "it is tried again");
                failed.insert(id, (count + 1, Instant::now() + wait));
            }
        }
    }
}

/// Waits for a moment; for ever without one.
async fn wake(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Makes the folder of a meeting.
async fn make(shared: Arc<Shared>, data: PathBuf, meeting: DueMeeting) -> Result<Done, Undone> {
    let began = Instant::now();
    let worker = Arc::clone(&shared);
    let (id, from) = (meeting.id.clone(), data.clone());
    let made = spawn_blocking(move || make_folder(&worker, &from, &meeting));
    let Some(made) = made.await.map_err(|_| Undone::BrokenOff)?? else { return Ok(Done::NotYet) };
    let next = shared.settings.hook.as_ref().filter(|_| made.is_some()).map(|_| Due::Hook);
    if let Some(Made { minutes, folder, .. }) = &made {
        let (room, number, took) = (&minutes.room, minutes.number, began.elapsed().as_millis());
        info!(room, number, folder = %folder.display(), took, "the minutes and the recording are ready");
    }
    shared.store.set_due(&id, next).await?;
    shared.bell.hooks.notify_one();
    if let Some(Made { minutes, .. }) = made {
        // From here on the folder is never made again.
        thin::thin(data, minutes.room, minutes.number).await;
    }
    Ok(Done::Yes)
}

/// The folder that was made, if there was anything to make one of; `None` while the recording has no end.
fn make_folder(shared: &Shared, data: &Path, meeting: &DueMeeting) -> Result<Option<Option<Made>>, Undone> {
    let library = Library::open(data)?;
    let Some(kept) = library.find(&meeting.room, Some(meeting.number))? else { return Ok(Some(None)) };
    if !kept.is_settled(&library.events(&kept)?) {
        return Ok(None);
    }
    let made = library.make(&kept, &shared.settings.minutes.making(), &|| !shared.is_stopping());
    if made.as_ref().is_err_and(BadMaking::is_full) {
        warn!(meeting = kept.name(), "the disk is full; make room for the recording and its minutes");
    }
    Ok(Some(made?))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::watch;
    use tokio::time::timeout;

    use super::*;

    /// Almost an hour: nothing is done in its last second.
    const LONG: Duration = Duration::from_secs(60 * 60 - 5);

    /// Attends for so long to what `read` finds at each look, and tells how often it looked. The work is done as `work` says.
    async fn looks(
        read: impl Fn(u32) -> Result<Vec<DueMeeting>, StoreError>,
        work: impl Fn(u32) -> Result<Done, Undone>,
    ) -> u32 {
        let (_stop, stopping) = watch::channel(false);
        let shared = Shared { stopping, ..Arc::into_inner(Shared::alone()).unwrap() };
        let (looks, tries) = (Cell::new(0), Cell::new(0));
        let look = || {
            looks.set(looks.get() + 1);
            // Once in a second is more than often.
            assert!(looks.get() < 3_600, "it never waits");
            std::future::ready(read(looks.get()))
        };
        let attempt = |_| {
            tries.set(tries.get() + 1);
            std::future::ready(work(tries.get()))
        };
        timeout(LONG, attend(&shared, &Notify::new(), look, attempt)).await.unwrap_err();
        looks.get()
    }

    fn meeting() -> Vec<DueMeeting> {
        let id = MeetingId("monday-1".to_owned());
        vec![DueMeeting { id, room: "monday".to_owned(), number: 1, due: Due::Folder }]
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_is_tried_again_until_it_is_done_or_deleted() {
        let fails = |_| Err(Undone::BrokenOff);
        // 10, 30, 70, 150, 310, 630, 1270 and 2550 s after the first attempt.
        assert_eq!(looks(|_| Ok(meeting()), fails).await, 9);
        let deleted = |look| Ok(if look == 1 { meeting() } else { Vec::new() });
        assert_eq!(looks(deleted, fails).await, 2);
        let second = |then| move |attempt| if attempt == 1 { Err(Undone::BrokenOff) } else { Ok(then) };
        for then in [Done::Yes, Done::NotYet] {
            assert_eq!(looks(|_| Ok(meeting()), second(then)).await, 2, "{then:?}: then only the bell");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_read_is_read_again() {
        let done = |_| Ok(Done::Yes);
        let at_first = |look| if look < 3 { Err(StoreError::Busy) } else { Ok(Vec::new()) };
        assert_eq!(looks(at_first, done).await, 3);
        // Each 10 s.
        assert_eq!(looks(|_| Err(StoreError::Busy), done).await, 360);
        let after = |look| if look == 1 { Ok(meeting()) } else { Err(StoreError::Busy) };
        let fails = |_| Err(Undone::BrokenOff);
        assert_eq!(looks(after, fails).await, 360);
    }
}
