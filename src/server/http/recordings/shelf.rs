//! Which recordings of a room there are to hear, and for whom.

use std::fs::{self, File};
use std::path::PathBuf;

use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::super::pass::{No, Pass};
use super::super::{Outside, address};
use super::none;
use crate::library::{CHAPTERS, Kept, Library, MEETING};
use crate::meeting::Timestamp;
use crate::recording::OggFile;
use crate::server::door::{Door, Standing, Way};
use crate::wire::{Refusal, is_room_name};

/// Recordings of a room that are shown: five years of every week. The oldest are left out.
const MAX_SHOWN: usize = 260;

/// Samples of a second.
const RATE: f64 = 48_000.0;

/// Why somebody outside hears nothing.
#[derive(Debug)]
pub(super) enum Closed {
    /// The room says no, and a secret may change that.
    Asks(Refusal),
    /// For another reason.
    No(No),
}

impl From<No> for Closed {
    fn from(no: No) -> Self {
        Self::No(no)
    }
}

/// A recording as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Shown {
    pub(super) number: u32,
    /// Its name for good.
    pub(super) id: String,
    pub(super) title: String,
    /// When the doors opened.
    pub(super) at: Timestamp,
    /// The same as calendars and as feeds write it.
    pub(super) date: String,
    pub(super) http_date: String,
    /// In seconds.
    pub(super) length: f64,
    pub(super) bytes: u64,
    /// Who is heard, longest first.
    pub(super) people: Vec<String>,
    pub(super) chapters: Vec<Mark>,
}

/// A chapter, as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase"))]
pub(super) struct Mark {
    /// In seconds.
    pub(super) start_time: f64,
    pub(super) title: String,
}

#[derive(Deserialize)]
struct Marks {
    chapters: Vec<Mark>,
}

/// Whether a request comes from somebody who may hear the room's recordings.
pub(super) async fn may_hear(outside: &Outside, room: &str, parts: &Parts) -> Result<(), Closed> {
    if !is_room_name(room) {
        return Err(none().into());
    }
    let shared = &outside.rooms.shared;
    let stored = shared.store.door(room).await.map_err(|_| busy())?.ok_or_else(none)?;
    let mut door = Door::default();
    door.restore(stored);
    let pass = Pass::of(outside, room, &parts.headers, address(&parts.extensions)).await;
    let pass = pass.map_err(Closed::Asks)?;
    let way = door.hears(pass.viewer(), Standing::Stranger, &pass.proof, shared.wall.now());
    match way.map_err(Closed::Asks)? {
        // It counts as used from now on.
        Way::Invite { is_new: true, .. } => {
            outside.look_in(room, &pass).await.map(drop).map_err(Closed::Asks)
        }
        _ => Ok(()),
    }
}

fn busy() -> No {
    No::new(StatusCode::SERVICE_UNAVAILABLE, "the recordings cannot be read at the moment; try again")
}

/// The recordings of a room, the latest first.
pub(super) async fn all(outside: &Outside, room: &str) -> Result<Vec<Shown>, Closed> {
    let room = room.to_owned();
    read(outside, move |library| {
        let kept = library.meetings(Some(&room)).ok()?;
        let ended = kept.iter().filter(|kept| kept.row.ended.is_some());
        Some(ended.filter_map(shown).take(MAX_SHOWN).collect())
    })
    .await
}

/// One recording.
pub(super) async fn one(outside: &Outside, room: &str, number: u32) -> Result<Shown, Closed> {
    of_ended(outside, room, number, |kept| shown(&kept)).await
}

/// The folder of one recording.
pub(super) async fn folder(outside: &Outside, room: &str, number: u32) -> Result<PathBuf, Closed> {
    of_ended(outside, room, number, |kept| kept.folder).await
}

/// What is there of one meeting that has ended.
async fn of_ended<T: Send + 'static>(
    outside: &Outside,
    room: &str,
    number: u32,
    what: impl FnOnce(Kept) -> Option<T> + Send + 'static,
) -> Result<T, Closed> {
    let room = room.to_owned();
    let found = read(outside, move |library| {
        let kept = library.find(&room, Some(number)).ok()?.filter(|kept| kept.row.ended.is_some());
        Some(kept.and_then(what))
    });
    Ok(found.await?.ok_or_else(none)?)
}

/// Reads the library where it blocks nobody.
async fn read<T: Send + 'static>(
    outside: &Outside,
    read: impl FnOnce(&Library) -> Option<T> + Send + 'static,
) -> Result<T, Closed> {
    let data = outside.rooms.shared.store.folder().ok_or_else(none)?.to_owned();
    let task = spawn_blocking(move || match Library::open(&data) {
        Ok(library) => read(&library),
        Err(why) => {
            warn!(%why, "the library cannot be read");
            None
        }
    });
    Ok(task.await.ok().flatten().ok_or_else(busy)?)
}

/// What a folder has to show; `None` while there is none, or when it cannot be read.
fn shown(kept: &Kept) -> Option<Shown> {
    let folder = kept.folder.as_deref()?;
    let file = File::open(folder.join(MEETING)).ok()?;
    let bytes = file.metadata().ok()?.len();
    let ogg = OggFile::open(file).ok()?;
    let tag = |name: &str| {
        let name = name.to_owned();
        ogg.comments().iter().filter(move |(n, _)| n.eq_ignore_ascii_case(&name)).map(|(_, v)| v.clone())
    };
    let marks = fs::read(folder.join(CHAPTERS)).ok();
    let marks = marks.and_then(|text| serde_json::from_slice::<Marks>(&text).ok());
    let at = kept.parts.first().map_or(kept.row.opened, |part| part.started);
    Some(Shown {
        number: kept.row.number,
        id: kept.row.id.0.clone(),
        title: tag("TITLE").next().unwrap_or_else(|| kept.name()),
        at,
        date: at.utc(),
        http_date: at.http_date(),
        length: ogg.samples() as f64 / RATE,
        bytes,
        people: tag("ARTIST").collect(),
        chapters: marks.map(|marks| marks.chapters).unwrap_or_default(),
    })
}
