//! Recordings are kept once: the parts go when nothing is to be made of them any more.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::library::{Kept, Library, NotThinned};
use crate::store::{Due, StoreError};

use super::Undone;
use crate::server::shared::Shared;

/// Removes the parts of a meeting whose folder was just made, and noted as made.
pub(super) async fn thin(data: PathBuf, room: String, number: u32) {
    let thinned = spawn_blocking(move || {
        // It may be deleted by now, or never have been recorded.
        if let Some(kept) = Library::open(&data)?.find(&room, Some(number))?.filter(Kept::is_kept_twice) {
            told(&kept.name(), kept.thin());
        }
        Ok::<_, Undone>(())
    });
    if let Ok(Err(why)) = thinned.await {
        warn!(%why, "the parts of a recording stay beside it until the next start");
    }
}

/// Removes the parts that lie beside folders of which nothing is due, as an older palco or a crash left them.
pub(super) async fn thin_all(shared: Arc<Shared>, data: PathBuf) {
    let _alive = shared.alive();
    // First which there are, and then which are due: one that ends in between is none of them.
    let all = spawn_blocking(move || twice(&data)).await;
    let (Ok(Ok(all)), Ok(due)) = (all, shared.store.due().await) else { return };
    let due: HashSet<_> = due.into_iter().filter(|m| m.due == Due::Folder).map(|m| m.id).collect();
    let worker = Arc::clone(&shared);
    let thinned = spawn_blocking(move || {
        let made = all.into_iter().filter(|kept| !due.contains(&kept.row.id));
        for kept in made.take_while(|_| !worker.is_stopping()) {
            told(&kept.name(), kept.thin());
        }
    });
    // Broken off, it is done at the next start.
    let _ = thinned.await;
}

/// The meetings that are over and lie there twice.
fn twice(data: &Path) -> Result<Vec<Kept>, Undone> {
    let library = Library::open(data)?;
    let mut all = library.meetings(None)?;
    all.retain(|kept| kept.row.ended.is_some() && kept.is_kept_twice());
    let settled = |kept: &Kept| Ok::<_, StoreError>(kept.is_settled(&library.events(kept)?));
    let mut twice = Vec::new();
    for kept in all {
        if settled(&kept)? {
            twice.push(kept);
        }
    }
    Ok(twice)
}

fn told(name: &str, thinned: Result<(), NotThinned>) {
    match thinned {
        Ok(()) => info!(name, "its recording is in its folder alone"),
        Err(why) => warn!(name, %why, "the parts of a recording stay beside it"),
    }
}
