//! One process at a time uses a data directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::OpenError;

/// The file that is locked; it stays behind empty and harmless.
const LOCK_FILE: &str = "palco.lock";

/// Takes the directory for this process; the lock ends with the file, also when the process dies.
pub(super) fn take(dir: &Path) -> Result<File, OpenError> {
    let unusable = |source: io::Error| OpenError::Directory { dir: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK_FILE))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(e)) => Err(unusable(e)),
    }
}
