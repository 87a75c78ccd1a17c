//! The tracks of a part: a folder beside it with a stream for each voice, by its key.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::mend;

/// The end of the folder's name.
const EXTENSION: &str = "tracks";

/// The end of a track's name.
const TRACK: &str = "opus";

/// Whose voice it is: the participant's key.
pub type TrackKey = [u8; 32];

/// The folder of the tracks of a part, whose file this is.
pub fn tracks_folder(part: &Path) -> PathBuf {
    part.with_extension(EXTENSION)
}

/// The track of one voice in a part.
pub fn track_file(part: &Path, key: &TrackKey) -> PathBuf {
    let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    tracks_folder(part).join(name).with_extension(TRACK)
}

/// The tracks of a part, by voice; none is a part without.
///
/// # Errors
/// The system's own.
pub fn tracks_of(part: &Path) -> io::Result<Vec<(TrackKey, PathBuf)>> {
    let entries = match fs::read_dir(tracks_folder(part)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut tracks = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != TRACK) {
            continue;
        }
        let name = path.file_stem().and_then(|name| name.to_str());
        tracks.extend(name.and_then(key).map(|key| (key, path.clone())));
    }
    tracks.sort();
    Ok(tracks)
}

/// Ends the tracks of a part as [`mend`] ends the part, each by itself: one that cannot be ended keeps no other from it.
///
/// # Errors
/// The first of the system's own.
pub fn mend_tracks(part: &Path, samples: u64) -> io::Result<()> {
    let ended = tracks_of(part)?.into_iter().map(|(_, track)| mend(&track, samples).map(drop));
    // Not `try_fold`: what follows a failure is ended too.
    ended.fold(Ok(()), io::Result::and)
}

/// Takes the tracks of a part away.
///
/// # Errors
/// The system's own; that there are none is none.
pub fn forget_tracks(part: &Path) -> io::Result<()> {
    match fs::remove_dir_all(tracks_folder(part)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn key(name: &str) -> Option<TrackKey> {
    let mut key = TrackKey::default();
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(name.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    (name.len() == 2 * key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggWriter, PAGE_200_MS, Whole};

    fn write(track: &Path, frames: u64) {
        let mut writer = OggWriter::new(7, PAGE_200_MS, &[]);
        writer.quiet(frames);
        let mut bytes = Vec::new();
        writer.write_to(&mut bytes).unwrap();
        fs::write(track, bytes).unwrap();
    }

    #[test]
    fn each_track_is_cut_and_ended_and_found_by_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("a.opus");
        assert!(tracks_of(&part).unwrap().is_empty());
        mend_tracks(&part, 0).unwrap();
        forget_tracks(&part).unwrap();
        fs::create_dir(tracks_folder(&part)).unwrap();
        let keys = [[1; 32], [0xfe; 32]];
        for key in &keys {
            write(&track_file(&part, key), 500);
        }
        fs::write(tracks_folder(&part).join("of nobody.opus"), "?").unwrap();
        // One that cannot be ended keeps no other from it.
        let broken = track_file(&part, &[0; 32]);
        fs::create_dir(&broken).unwrap();
        assert!(mend_tracks(&part, 4 * 48_000).is_err());
        fs::remove_dir(&broken).unwrap();
        assert_eq!(tracks_of(&part).unwrap(), keys.map(|key| (key, track_file(&part, &key))));
        for key in &keys {
            let whole = Whole::read(fs::read(track_file(&part, key)).unwrap().as_slice(), u64::MAX).unwrap();
            assert_eq!((whole.is_ended, whole.samples), (true, 4 * 48_000 + 960));
        }
        mend_tracks(&part, 0).unwrap();
        assert!(tracks_of(&part).unwrap().is_empty(), "without sound they go");
        forget_tracks(&part).unwrap();
        assert!(!tracks_folder(&part).exists());
    }
}
