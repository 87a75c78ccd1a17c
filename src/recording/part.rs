//! A stream on disk, a page at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::whole::Whole;

/// A file that holds whole pages only.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
    /// `None` while it rests.
    file: Option<File>,
    /// Bytes of the pages that are whole in it.
    whole: u64,
}

impl PartFile {
    /// Makes a new file, its name durable.
    ///
    /// # Errors
    /// The system's own; a file that is there already is left alone.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        sync_folder(path)?;
        Ok(Self { path: path.to_owned(), file: Some(file), whole: 0 })
    }

    /// Closes the file until it is written again: what rests is durable.
    pub fn rest(&mut self) {
        self.file = None;
    }

    /// Adds pages. What was written of them when it fails is taken back.
    ///
    /// # Errors
    /// The system's own, [`io::ErrorKind::StorageFull`] among them.
    pub fn write(&mut self, pages: &[u8]) -> io::Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).open(&self.path)?,
        };
        let file = self.file.insert(file);
        let written = file.write_all(pages);
        match written {
            Ok(()) => self.whole += pages.len() as u64,
            // Taking back needs no room on a disk.
            Err(_) => file.set_len(self.whole)?,
        }
        written
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// The system's own.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

/// Makes a stream of a file that its writer could not end, or whose end is to be taken away: the whole pages within the
/// first `samples`, and an end. Without sound in it the file is removed. Doing it again changes nothing.
///
/// # Errors
/// The system's own; a file that is not there is [`None`] as one without sound is.
pub fn mend(path: &Path, samples: u64) -> io::Result<Option<Whole>> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let length = file.metadata()?.len();
    let whole = Whole::read(io::BufReader::new(&file), samples)?;
    if whole.is_ended && whole.bytes == length {
        return Ok(Some(whole));
    }
    file.set_len(whole.bytes)?;
    if !whole.has_sound() {
        drop(file);
        fs::remove_file(path)?;
        sync_folder(path)?;
        return Ok(None);
    }
    io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    let ended = if whole.is_ended { Ok(()) } else { file.write_all(&whole.end()) };
    if let Err(error) = ended {
        // Without an end it is whole too, and there is less of it.
        file.set_len(whole.bytes)?;
        file.sync_all()?;
        return Err(error);
    }
    file.sync_all()?;
    Whole::read(io::BufReader::new(File::open(path)?), u64::MAX).map(Some)
}

/// Makes the names in a file's folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::OggWriter;

    fn pages(packets: u8) -> Vec<u8> {
        let mut writer = OggWriter::new(7, 9_600, &[]);
        (0..packets).for_each(|n| writer.push(&[9 << 3, n, b'x', b'y']).unwrap());
        std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat()
    }

    #[test]
    fn what_was_not_ended_is_ended_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.opus");
        let mut part = PartFile::create(&path).unwrap();
        assert!(PartFile::create(&path).is_err());
        part.write(&pages(40)).unwrap();
        part.write(b"OggS and no more").unwrap();
        part.sync().unwrap();
        let whole = mend(&path, u64::MAX).unwrap().unwrap();
        assert_eq!((whole.samples, whole.is_ended), (41 * 960, true));
        let bytes = fs::read(&path).unwrap();
        assert_eq!(mend(&path, u64::MAX).unwrap(), Some(whole));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn what_is_struck_is_not_in_the_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.opus");
        PartFile::create(&path).unwrap().write(&pages(100)).unwrap();
        let whole = mend(&path, 48_000).unwrap().unwrap();
        assert_eq!(whole.samples, 48_000 + 960);
        let bytes = fs::read(&path).unwrap();
        for n in 0..100_u8 {
            let there = bytes.windows(3).any(|w| w == [n, b'x', b'y']);
            assert_eq!(there, n < 50, "packet {n}");
        }
        // The same again, and all of it.
        mend(&path, 48_000).unwrap().unwrap();
        assert!(fs::read(&path).unwrap().len() <= bytes.len());
        assert_eq!(mend(&path, 0).unwrap(), None);
        assert!(!path.exists() && mend(&path, 0).unwrap().is_none());
    }
}
