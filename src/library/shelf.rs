//! All that is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::meeting::Recorded;
use crate::store::{Archive, Hit, KeptMeeting, OpenError, StoreError};

use super::{FOLDER, Kept, index};

/// The meetings of a data directory.
#[derive(Debug)]
pub struct Library {
    archive: Archive,
    pub(super) recordings: PathBuf,
}

impl Library {
    /// Opens what is kept in `data`. A server may be writing it meanwhile.
    ///
    /// # Errors
    /// There is no log, or it cannot be read.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        Ok(Self { archive: Archive::open(data)?, recordings: data.join(FOLDER) })
    }

    /// The meetings of one room or of all, by room, the latest first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn meetings(&self, room: Option<&str>) -> Result<Vec<Kept>, StoreError> {
        self.archive.meetings(room)?.into_iter().map(|row| self.kept(row)).collect()
    }

    /// The folders that a meeting was exported to.
    ///
    /// # Errors
    /// They can't be read.
    pub fn exported_to(&self, kept: &Kept) -> Result<BTreeSet<PathBuf>, StoreError> {
        let files = self.archive.exports(&kept.row.id)?;
        Ok(files.iter().filter_map(|file| Some(Path::new(file).parent()?.to_owned())).collect())
    }

    /// The meeting with this number, or the room's latest; `None` when there is none.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn find(&self, room: &str, number: Option<u32>) -> Result<Option<Kept>, StoreError> {
        self.archive.meeting(room, number)?.map(|row| self.kept(row)).transpose()
    }

    /// The events of a meeting, first to last.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn events(&self, kept: &Kept) -> Result<Vec<Recorded>, StoreError> {
        self.archive.events(&kept.row.id)
    }

    /// What matches these words, all of them, the best first.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn search(&self, words: &str) -> Result<Vec<Hit>, StoreError> {
        let expression = index::expression(words);
        if expression.is_empty() { Ok(Vec::new()) } else { self.archive.search(&expression) }
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    fn kept(&self, row: KeptMeeting) -> Result<Kept, StoreError> {
        let parts = self.archive.parts(&row.id)?;
        Ok(Kept::new(row, parts, &self.recordings))
    }
}
