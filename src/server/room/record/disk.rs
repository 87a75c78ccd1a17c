//! What blocks: files of parts, and room on the disk kept for the log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::recording::{
    PartFile, Whole, cut_strength, forget_strength, forget_tracks, keep_strength, mend, mend_tracks,
};

/// Where recordings lie in the data directory.
const FOLDER: &str = "recordings";

/// Kept beside them, and given up when the disk is full: the log goes on with it, and whoever makes room is seen.
const BALLAST: &str = "ballast";

/// Bytes of the ballast: a meeting's log is a tenth of it.
const BALLAST_BYTES: usize = 1 << 20;

/// Written and taken away each second: quiet pages are so short that a full disk would not be felt for a quarter of a minute.
const PROBE: &str = "probe";

/// Bytes of the probe: two blocks of any file system.
const PROBE_BYTES: usize = 8 << 10;

/// The folder of recordings.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    pub(super) fn new(data: &Path) -> Self {
        Self { folder: data.join(FOLDER) }
    }

    /// The file of a part.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.opus"))
    }

    /// Makes sure of the folder and the ballast.
    pub(super) fn prepare(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let ballast = self.folder.join(BALLAST);
        if fs::metadata(&ballast).is_ok_and(|m| m.len() == BALLAST_BYTES as u64) {
            return Ok(());
        }
        let written = fs::write(&ballast, vec![0x5a; BALLAST_BYTES])
            .and_then(|()| fs::File::open(&ballast)?.sync_all());
        if written.is_err() {
            self.give_up_ballast();
        }
        written
    }

    /// Feels whether there is room.
    pub(super) fn feel(&self) -> io::Result<()> {
        let probe = self.folder.join(PROBE);
        let written = fs::write(&probe, [0; PROBE_BYTES]);
        written.and(fs::remove_file(&probe))
    }

    /// Gives the log some room.
    pub(super) fn give_up_ballast(&self) {
        // It may be gone already.
        let _ = fs::remove_file(self.folder.join(BALLAST));
    }

    /// Begins the file of a part.
    pub(super) fn begin(&self, id: &str) -> io::Result<PartFile> {
        PartFile::create(&self.path(id))
    }

    /// Ends a part's files that were not ended, or keeps only their first samples; `None` when nothing is left of it. Its tracks
    /// come first: as long as the part itself is not cut a strike is done again.
    pub(super) fn mend(&self, id: &str, samples: u64) -> io::Result<Option<Whole>> {
        let path = self.path(id);
        let tracks = mend_tracks(&path, samples);
        let whole = mend(&path, samples)?;
        if whole.is_none() {
            forget_tracks(&path)?;
        }
        tracks?;
        let measured = whole.map_or(Ok(()), |whole| cut_strength(&path, whole.samples));
        if whole.is_none() || measured.is_err() {
            forget_strength(&path);
        }
        Ok(whole)
    }

    /// Keeps how loud a part is.
    pub(super) fn keep_strength(&self, id: &str, stretches: &[f32]) -> io::Result<()> {
        keep_strength(&self.path(id), stretches)
    }
}
