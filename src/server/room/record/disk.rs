//! What blocks: files of parts, and room on the disk kept for the log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use crate::recording::{
    PartFile, Whole, cut_strength, forget_strength, forget_tracks, keep_strength, mend, mend_tracks,
};

/// Where recordings lie in the data directory.
const FOLDER: &str = "recordings";

/// Kept beside them, and given up when the disk is full: the log goes on with it, and whoever makes room is seen.
const BALLAST: &str = "ballast";

/// Bytes of the ballast: a meeting's log is a tenth of it.
const BALLAST_BYTES: usize = 1 << 20;

/// Bytes that are free before a full disk is written again, beside the ballast: twenty minutes of the mix. With less of it
/// the recording would go on and halt every other second, for what the ballast leaves is always room for it.
const SPARE_BYTES: u64 = 4 << 20;

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

    /// Makes sure of both after the disk was full: nothing is written before there is room for more than that.
    pub(super) fn prepare_again(&self) -> io::Result<()> {
        // A file system that does not say is asked by writing.
        let free = statvfs(&self.folder).ok().filter(|all| all.f_blocks > 0);
        match free.map(|all| all.f_bavail.saturating_mul(all.f_frsize)) {
            Some(bytes) if bytes < SPARE_BYTES + BALLAST_BYTES as u64 => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => self.prepare(),
        }
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
    /// come first: as long as one of them cannot be cut the part stays as it is, so that the same is done again.
    pub(super) fn mend(&self, id: &str, samples: u64) -> io::Result<Option<Whole>> {
        let path = self.path(id);
        mend_tracks(&path, samples)?;
        let whole = mend(&path, samples)?;
        if whole.is_none() {
            forget_tracks(&path)?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggWriter, PAGE_200_MS, track_file, tracks_folder};

    #[test]
    fn a_part_is_cut_after_all_of_its_tracks() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::new(dir.path());
        disk.prepare().unwrap();
        let mut writer = OggWriter::new(7, PAGE_200_MS, &[]);
        (0..500u32).for_each(|n| writer.push(&[9 << 3, n as u8, 1, 2]).unwrap());
        let mut bytes = Vec::new();
        writer.write_to(&mut bytes).unwrap();
        let part = disk.path("a");
        fs::create_dir(tracks_folder(&part)).unwrap();
        let (track, way) = (track_file(&part, &[1; 32]), track_file(&part, &[2; 32]));
        fs::create_dir(&way).unwrap();
        for file in [&track, &part] {
            fs::write(file, &bytes).unwrap();
        }
        assert!(disk.mend("a", 48_000).is_err());
        assert_eq!(fs::read(&part).unwrap(), bytes, "what was struck would be in a track alone");
        fs::remove_dir(way).unwrap();
        let whole = disk.mend("a", 48_000).unwrap().unwrap();
        assert_eq!(whole.samples, 48_000 + 960);
        assert_eq!(mend(&track, u64::MAX).unwrap().unwrap().samples, whole.samples);
        assert!(disk.mend("a", 0).unwrap().is_none() && !tracks_folder(&part).exists());
    }
}
