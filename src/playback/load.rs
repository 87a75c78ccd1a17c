//! A recording with what belongs to it.

use std::fs::File;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::library::{Kept, Library};
use crate::meeting::Millis;
use crate::recording::{BadFile, OggFile};
use crate::replay::{Tape, marks};
use crate::store::StoreError;

use super::Reel;

/// A recording that can be played.
#[derive(Debug)]
pub struct Loaded {
    /// The meeting at any place, and the chapters.
    pub tape: Tape,
    /// The sound.
    pub reel: Reel,
    /// How it is called where there is no meeting to show: its title, or the file's name.
    pub name: String,
    /// What it is remembered by: the meeting's own name, or where the file lies.
    pub key: String,
}

/// Why a recording can't be played.
#[derive(Debug, Error)]
pub enum CannotLoad {
    /// Its file can't be played.
    #[error("{} cannot be played: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: BadFile,
    },
    /// Its events can't be read.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// There is none.
    #[error("{0} was not recorded; `palco minutes` tells what happened")]
    NotRecorded(String),
}

impl Loaded {
    /// Loads a kept meeting: the whole recording when that was made, its parts otherwise.
    ///
    /// # Errors
    /// Why it can't be played.
    pub fn meeting(library: &Library, kept: &Kept) -> Result<Self, CannotLoad> {
        // What is being written is looked at once.
        let kept = kept.as_written();
        let timeline = kept.timeline();
        if timeline.length() == Millis::ZERO {
            return Err(CannotLoad::NotRecorded(kept.name()));
        }
        let files: Vec<_> = match &kept.folder {
            Some(_) => vec![(kept.whole(), timeline.length())],
            None => {
                let written = kept.parts.iter().filter(|part| part.length() > Some(Millis::ZERO));
                written.filter_map(|part| Some((kept.file(part), part.length()?))).collect()
            }
        };
        let unread: Vec<_> = files.iter().filter_map(|(path, _)| unreadable(path)).collect();
        if unread.len() == files.len()
            && unreadable(&kept.whole()).is_some()
            && let Some(first) = unread.into_iter().next()
        {
            return Err(first);
        }
        let tape = Tape::new(library.events(&kept)?, timeline);
        let reel = Reel::new(files).or_whole(kept.whole());
        Ok(Self { tape, reel, name: kept.name(), key: kept.row.id.0 })
    }

    /// Loads an Ogg Opus file: its chapters are in its tags.
    ///
    /// # Errors
    /// Why it can't be played.
    pub fn file(path: &Path) -> Result<Self, CannotLoad> {
        let file = open(path)?;
        let length = Millis::of_samples(file.samples());
        let title = file.comments().iter().find(|(name, _)| name == "TITLE");
        let title = title.and_then(|(_, title)| crate::meeting::text::clean_line(title).ok());
        let called = || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self {
            tape: Tape::of_sound(length, marks(file.comments())),
            reel: Reel::new([(path.to_owned(), length)]),
            name: title.unwrap_or_else(called),
            key: path.canonicalize().unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned(),
        })
    }
}

fn open(path: &Path) -> Result<OggFile<File>, CannotLoad> {
    let failed = |why: BadFile| CannotLoad::File { path: path.to_owned(), why };
    let file = File::open(path).map_err(|e| failed(e.into()))?;
    OggFile::open(file).map_err(failed)
}

/// Why a file cannot be played at all.
fn unreadable(path: &Path) -> Option<CannotLoad> {
    open(path).err()
}
