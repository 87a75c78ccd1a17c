//! Each voice in one file, as long as the recording.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::meeting::{Meeting, ParticipantId, Recorded};
use crate::minutes::Minutes;
use crate::recording::{BadJoin, PAGE_1_S, join};

use super::super::Kept;
use super::sound::{about, ended, write_stream};

/// Bytes of a name in a file's name: any file system takes it with a number and an ending.
const MAX_NAME: usize = 80;

/// What file systems or shells read as something else.
const NOT_IN_NAMES: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// What Windows takes for a device, whatever its ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "com", "lpt"];

/// Writes a file for each voice that has tracks, beside the recording and as long as it; nothing where there are none.
pub(super) fn join_tracks(
    kept: &Kept,
    (minutes, events): (&Minutes, &[Recorded]),
    folder: &Path,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), BadJoin> {
    let parts: Vec<_> = ended(kept).map(|(part, samples)| (kept.tracks(part), samples)).collect();
    let voices: BTreeMap<_, _> =
        parts.iter().flat_map(|(tracks, _)| tracks.keys().map(|id| (*id, ()))).collect();
    if voices.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for ((who, name), file) in named(voices.into_keys(), events) {
        let mut tags = about(minutes);
        tags.push(("ARTIST".to_owned(), name));
        let sources = parts.iter().map(|(tracks, samples)| {
            let track = tracks.get(&who).map(File::open).transpose()?;
            Ok::<_, io::Error>((track, *samples))
        });
        let path = folder.join(file);
        let heard = write_stream(&path, &tags, |tags, out| {
            join(sources, (rand::random(), PAGE_1_S, tags), out, goes_on)
        });
        if heard? == 0 {
            // All of it was struck.
            fs::remove_file(path)?;
        }
    }
    Ok(super::sync(folder)?)
}

/// The last name of each voice, and the name of its file: no two are alike, in capitals or not.
fn named(
    voices: impl Iterator<Item = ParticipantId>,
    events: &[Recorded],
) -> Vec<((ParticipantId, String), String)> {
    let mut meeting = Meeting::new();
    events.iter().for_each(|recorded| meeting.apply(recorded));
    let mut taken = HashSet::new();
    let file = |who: ParticipantId| {
        let name = meeting.participant(who).map(|p| p.name.clone()).unwrap_or_default();
        let safe = safe(&name);
        let mut all = (1..).map(|n| if n == 1 { safe.clone() } else { format!("{safe} {n}") });
        let free = all.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default();
        ((who, name), format!("{free}.opus"))
    };
    voices.map(file).collect()
}

/// A name as a part of a file's name on any system.
fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_control() || NOT_IN_NAMES.contains(&c) { '-' } else { c };
    let mut safe: String = name.chars().map(plain).collect();
    safe.truncate(safe.floor_char_boundary(MAX_NAME));
    let safe = safe.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let stem = safe.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    match safe {
        "" => "voice".to_owned(),
        _ if DEVICES.contains(&stem.to_lowercase().as_str()) => format!("_{safe}"),
        _ => safe.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_safe() {
        let names = [
            ("Ana Bianchi", "Ana Bianchi"),
            ("../../etc/passwd", "-..-etc-passwd"),
            ("AC/DC: \"live\"?", "AC-DC- -live--"),
            ("...", "voice"),
            ("", "voice"),
            ("nul", "_nul"),
            ("COM1.x", "_COM1.x"),
            ("Çağrı Ünal", "Çağrı Ünal"),
        ];
        for (name, file) in names {
            assert_eq!(safe(name), file);
        }
        assert!(safe(&"é".repeat(100)).len() <= MAX_NAME);
    }

    proptest! {
        #[test]
        fn any_name_stays_in_its_folder(name in any::<String>()) {
            let safe = safe(&name);
            prop_assert!(!safe.is_empty() && Path::new(&safe).components().count() == 1);
            prop_assert!(safe != ".." && !safe.starts_with('.') && safe.len() <= MAX_NAME + 1);
        }
    }
}
