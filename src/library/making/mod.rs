//! The folder of a meeting that has ended: its recording in one file with chapters and credits, and its minutes.

mod sound;
mod tracks;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::meeting::Millis;
use crate::minutes::{
    BadForm, Chapter, Form, Minutes, Timeline, chapters, chapters_json, chapters_vtt, credits,
};
use crate::recording::BadJoin;
use crate::store::StoreError;

use super::kept::files_in;
use super::{CHAPTERS, CHAPTERS_VTT, FACTS, Kept, Library, MEETING, MINUTES, TRACKS};

/// How the folder's name begins while it is made: one that is there after a crash is made anew.
const ASIDE: &str = "making-";

/// How a meeting's folder is made.
#[derive(Clone, Debug)]
pub struct Making {
    /// How the minutes are written down.
    pub form: Form,
    /// How far the place's clocks are ahead of universal time, in seconds.
    pub offset_secs: i32,
    /// The address that everybody reaches the server under, for links.
    pub server: Option<String>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Where.
    pub folder: PathBuf,
    /// The facts of the minutes, with the places in the recording.
    pub minutes: Minutes,
    /// The minutes to read.
    pub text: String,
    /// The chapters of the recording; none without one.
    pub chapters: Vec<Chapter>,
}

/// Why a folder was not made. Nothing is left of it then.
#[derive(Debug, Error)]
pub enum BadMaking {
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The template of the minutes does not fit.
    #[error("the minutes cannot be written: {0}")]
    Form(#[from] BadForm),
    /// The recording cannot be joined.
    #[error("the recording cannot be joined: {0}")]
    Sound(#[from] BadJoin),
    /// The disk says no.
    #[error("the folder cannot be written ({0})")]
    Disk(#[from] io::Error),
}

impl BadMaking {
    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        let (Self::Disk(error) | Self::Sound(BadJoin::Disk(error))) = self else { return false };
        error.kind() == io::ErrorKind::StorageFull
    }
}

impl Library {
    /// Makes the folder of a meeting, aside and then at once, so that whoever finds it finds it whole; one that is there is
    /// replaced. Without a recording it holds the minutes alone; a meeting that never started has none. `goes_on` is asked often, and breaks it off.
    ///
    /// # Errors
    /// Why it was not made.
    pub fn make(
        &self,
        kept: &Kept,
        how: &Making,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Made>, BadMaking> {
        let aside = self.recordings.join(format!("{ASIDE}{}", kept.row.id));
        let made = self.fill(kept, how, &aside, goes_on);
        if made.is_err() {
            // What is left of it is taken away before the next attempt too.
            let _ = fs::remove_dir_all(&aside);
        }
        made
    }

    fn fill(
        &self,
        kept: &Kept,
        how: &Making,
        aside: &Path,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Made>, BadMaking> {
        let Some(made) = self.write(kept, how, aside, goes_on)? else { return Ok(None) };
        let folder = self.recordings.join(&kept.row.id.0);
        remove(&folder)?;
        fs::rename(aside, &folder)?;
        sync(&self.recordings)?;
        if self.find(&kept.row.room, Some(kept.row.number))?.is_none() {
            // It was deleted meanwhile, and nothing may be left of it.
            remove(&folder)?;
            return Ok(None);
        }
        sound::forget_strengths(kept);
        Ok(Some(Made { folder, ..made }))
    }

    /// Writes everything of a meeting into a folder, which is made anew; of a meeting that goes on what there is so far.
    /// Answers with the files: none when it never started.
    ///
    /// # Errors
    /// Why they were not written.
    pub fn export(&self, kept: &Kept, how: &Making, folder: &Path) -> Result<Vec<PathBuf>, BadMaking> {
        match &kept.folder {
            Some(made) => {
                for file in files_in(made) {
                    let to = folder.join(file.strip_prefix(made).unwrap_or(&file));
                    fs::create_dir_all(to.parent().unwrap_or(folder))?;
                    fs::copy(&file, to)?;
                }
            }
            None => drop(self.write(&kept.as_written(), how, folder, &|| true)?),
        }
        Ok(files_in(folder))
    }

    fn write(
        &self,
        kept: &Kept,
        how: &Making,
        aside: &Path,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Made>, BadMaking> {
        let events = self.events(kept)?;
        let timeline = kept.timeline();
        let chapters = chapters(&events, &timeline);
        let facts = Minutes::of(&kept.row.room, &events);
        let minutes = facts.in_recording(&timeline, &chapters, how.server.as_deref());
        if minutes.started_at.is_none() && minutes.recording.is_none() {
            return Ok(None);
        }
        let text = how.form.write(&minutes, how.offset_secs)?;
        remove(aside)?;
        fs::create_dir_all(aside)?;
        if timeline.length() > Millis::ZERO {
            let tags = sound::tags(&minutes, &chapters, &credits(&events, &timeline));
            sound::join_parts(kept, tags, &aside.join(MEETING), goes_on)?;
            tracks::join_tracks(kept, (&minutes, &events), &aside.join(TRACKS), goes_on)?;
            write_chapters(aside, &minutes, &chapters, &timeline)?;
        }
        let json = serde_json::to_string_pretty(&minutes).map_err(io::Error::other)?;
        keep(&aside.join(FACTS), &json)?;
        keep(&aside.join(MINUTES), &text)?;
        sync(aside)?;
        Ok(Some(Made { folder: aside.to_owned(), minutes, text, chapters }))
    }
}

fn write_chapters(
    folder: &Path,
    minutes: &Minutes,
    chapters: &[Chapter],
    timeline: &Timeline,
) -> io::Result<()> {
    keep(&folder.join(CHAPTERS), &chapters_json(chapters, &minutes.title, &minutes.room))?;
    keep(&folder.join(CHAPTERS_VTT), &chapters_vtt(chapters, timeline.length()))
}

/// Writes a file and makes it durable.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
