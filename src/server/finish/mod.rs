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
        attend(&folders, &folders.bell.folders, Due::Folder, make).await;
    });
    tokio::spawn(async move {
        // Nobody waits for it at the end: what it could not tell is told after the next start.
        let tell = |meeting| tell(Arc::clone(&hooks), of_hooks.clone(), meeting);
        attend(&hooks, &hooks.bell.hooks, Due::Hook, tell).await;
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

/// Does what is due of one kind until the server stops: whenever the bell rings, and again after a failure.
async fn attend<F>(shared: &Shared, bell: &Notify, kind: Due, mut work: impl FnMut(DueMeeting) -> F)
where
    F: Future<Output = Result<Done, Undone>>,
{
    let mut failed: HashMap<MeetingId, (u32, Instant)> = HashMap::new();
    loop {
        let due = shared.store.due().await.unwrap_or_else(|why| {
            error!(%why, "what is due after meetings cannot be read");
            Vec::new()
        });
        for meeting in due.into_iter().filter(|m| m.due == kind) {
            let tries = failed.get(&meeting.id).copied();
            if tries.is_some_and(|(count, at)| count >= TRIES || at > Instant::now()) || shared.is_stopping()
            {
                continue;
            }
            let (id, name) = (meeting.id.clone(), format!("{}#{}", meeting.room, meeting.number));
            match work(meeting).await {
                Ok(Done::Yes) => drop(failed.remove(&id)),
                Ok(Done::NotYet) => debug!(meeting = name, "its recording is not ended yet"),
                Err(_) if shared.is_stopping() => {}
                Err(why) => {
                    let count = tries.map_or(0, |(count, _)| count);
                    let wait = RETRY * 2_u32.saturating_pow(count);
                    error!(meeting = name, %why, seconds = wait.as_secs(), "it is tried again");
                    failed.insert(id, (count + 1, Instant::now() + wait));
                }
            }
        }
        let again = failed.values().filter(|(count, _)| *count < TRIES).map(|(_, at)| *at).min();
        tokio::select! {
            biased;
            () = shared.stopped() => return,
            () = bell.notified() => {}
            () = wake(again) => {}
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
