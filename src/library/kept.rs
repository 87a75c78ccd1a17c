//! One meeting that is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::meeting::ParticipantId;
use crate::minutes::Timeline;
use crate::recording::{Whole, tracks_of};
use crate::store::{KeptMeeting, StoredPart};

use super::{MEETING, TRACKS};

/// Reads what [`Kept::name`] writes, `monday#28`, or `monday`, which is a room's latest meeting. How rooms are named is for
/// others to say.
///
/// # Errors
/// What to write.
pub fn numbered(text: &str) -> Result<(&str, Option<u32>), &'static str> {
    match text.split_once('#') {
        Some((room, number)) => Ok((room, Some(number.parse().map_err(|_| "write ROOM or ROOM#28")?))),
        None => Ok((text, None)),
    }
}

/// A meeting that is kept, with the parts of its recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which meeting.
    pub row: KeptMeeting,
    /// The parts of its recording, first to last; none is no recording. The last one may be being written. Their files are
    /// gone when the folder holds them.
    pub parts: Vec<StoredPart>,
    /// Where the parts lie.
    recordings: PathBuf,
    /// The folder with what was made of them, when it is there.
    pub folder: Option<PathBuf>,
}

impl Kept {
    pub(super) fn new(row: KeptMeeting, parts: Vec<StoredPart>, recordings: &Path) -> Self {
        let folder = Some(recordings.join(&row.id.0)).filter(|folder| folder.join(MEETING).is_file());
        Self { row, parts, recordings: recordings.to_owned(), folder }
    }

    /// How it is called: `monday#28`.
    pub fn name(&self) -> String {
        format!("{}#{}", self.row.room, self.row.number)
    }

    /// The file of a part.
    pub fn file(&self, part: &StoredPart) -> PathBuf {
        self.recordings.join(format!("{}.opus", part.id))
    }

    /// The whole recording: where it is when the folder is there, and where it will be.
    pub fn whole(&self) -> PathBuf {
        self.recordings.join(&self.row.id.0).join(MEETING)
    }

    /// The tracks of a part, by whose voice they are; none where each voice was not kept by itself.
    pub fn tracks(&self, part: &StoredPart) -> BTreeMap<ParticipantId, PathBuf> {
        // The folder may be gone by now.
        let tracks = tracks_of(&self.file(part)).unwrap_or_default();
        tracks.into_iter().map(|(key, file)| (ParticipantId(key), file)).collect()
    }

    /// The finished files of the voices that were kept by themselves, in the order of their names.
    pub fn voices(&self) -> Vec<PathBuf> {
        let mut voices = self.folder.as_ref().map(|made| files_in(&made.join(TRACKS))).unwrap_or_default();
        voices.sort();
        voices
    }

    /// Where the moments of the meeting are in its recording, as far as it is written: what is being written is looked at.
    pub fn timeline(&self) -> Timeline {
        let parts = self.as_written().parts;
        Timeline::new(parts.iter().filter_map(|part| Some((part.started, part.length()?))))
    }

    /// The same with every part as long as it is by now.
    pub fn as_written(&self) -> Self {
        let mut kept = self.clone();
        for part in &mut kept.parts {
            part.samples = Some(part.samples.unwrap_or_else(|| self.written(part)));
        }
        kept
    }

    /// Samples of a part that has no end yet.
    fn written(&self, part: &StoredPart) -> u64 {
        let whole = fs::File::open(self.file(part))
            .and_then(|file| Whole::read(std::io::BufReader::new(file), u64::MAX));
        // Its file may be gone, or not be there yet.
        whole.map_or(0, |whole| whole.samples)
    }

    /// Everything that lies on the disk for it: the parts' files with their tracks, and the folder's.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = self.parts.iter().map(|part| self.file(part)).collect();
        files.extend(self.parts.iter().flat_map(|part| self.tracks(part).into_values()));
        files.extend(self.folder.iter().flat_map(|folder| files_in(folder)));
        files
    }

    /// Bytes on the disk.
    pub fn size(&self) -> u64 {
        self.files().iter().filter_map(|file| fs::metadata(file).ok()).map(|about| about.len()).sum()
    }
}

/// The files in a folder and those below it.
pub(super) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            below if below.is_dir() => files.extend(files_in(&below)),
            file => files.push(file),
        }
    }
    files
}
