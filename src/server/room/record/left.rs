//! What a crash or a full disk left undone in meetings that are over. A room looks after its latest meeting alone.

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;
use tokio::task::spawn_blocking;
use tracing::error;

use crate::library::Library;
use crate::meeting::{Event, Timestamp};
use crate::server::shared::Shared;
use crate::store::{MeetingId, OpenError, StoreError};

use super::parts::Parts;
use super::relieved;

/// Why it cannot be told what was left.
#[derive(Debug, Error)]
enum Unknown {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends the parts that were left without an end, and takes out of them what was struck. Each meeting is a task of its own: one
/// that cannot be mended keeps no other from it.
pub(in crate::server) fn mend_left(shared: &Arc<Shared>) {
    let Some(data) = shared.store.folder().map(Path::to_owned) else { return };
    let (shared, alive) = (Arc::clone(shared), shared.alive());
    tokio::spawn(async move {
        let _alive = alive;
        match spawn_blocking(move || left(&data)).await {
            Ok(Ok(all)) => {
                all.into_iter().for_each(|left| drop(tokio::spawn(mend(left, Arc::clone(&shared)))))
            }
            Ok(Err(why)) => error!(%why, "it cannot be told which recordings have no end"),
            Err(why) => error!(%why, "nobody looks which recordings have no end"),
        }
    });
}

/// A meeting, and when it was struck.
type Left = (MeetingId, Vec<Timestamp>);

/// The meetings that are over and whose recording is not settled.
fn left(data: &Path) -> Result<Vec<Left>, Unknown> {
    let library = Library::open(data)?;
    let mut all = Vec::new();
    for kept in library.meetings(None)? {
        // Nothing is struck any more of what lies in a folder.
        let is_whole = kept.folder.is_some() && kept.parts.iter().all(|part| part.samples.is_some());
        if kept.row.ended.is_none() || kept.parts.is_empty() || is_whole {
            continue;
        }
        let events = match library.events(&kept) {
            Ok(events) => events,
            Err(why) => {
                error!(meeting = kept.name(), %why, "its recording is left as it is");
                continue;
            }
        };
        if !kept.is_settled(&events) {
            let struck = events.iter().filter(|e| matches!(e.event, Event::Struck)).map(|e| e.at);
            all.push((kept.row.id.clone(), struck.collect()));
        }
    }
    Ok(all)
}

async fn mend((meeting, struck): Left, shared: Arc<Shared>) {
    let _alive = shared.alive();
    let turn = shared.turns.take(&meeting).await;
    let mut parts = Parts::new(meeting.clone(), shared.store.clone());
    if let Err(why) = parts.read().await {
        return error!(%meeting, %why, "the parts of a recording cannot be read");
    }
    parts.strike(&struck).await;
    parts.mend_until(relieved(&shared, &turn)).await;
    drop(turn);
    shared.bell.ring();
}
