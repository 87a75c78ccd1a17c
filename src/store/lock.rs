//! One process at a time uses a data directory.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use super::OpenError;

/// The file that is locked; it stays behind empty and harmless.
const LOCK_FILE: &str = "palco.lock";

/// Takes the directory, made for its owner alone where there is none, for this process; the lock ends with the file, also when the process dies.
pub(super) fn take(dir: &Path) -> Result<File, OpenError> {
    let unusable = |source: io::Error| OpenError::Directory { dir: dir.to_owned(), source };
    // What was said is for those whom the rooms let in, and not for everybody with an account on the machine.
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unusable)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_new_directory_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (new, given) = (dir.path().join("a/b"), dir.path().join("c"));
        std::fs::create_dir(&given).unwrap();
        std::fs::set_permissions(&given, std::fs::Permissions::from_mode(0o750)).unwrap();
        for (dir, mode) in [(&new, 0o700), (&given, 0o750)] {
            take(dir).unwrap();
            assert_eq!(std::fs::metadata(dir).unwrap().permissions().mode() & 0o777, mode);
        }
    }
}
