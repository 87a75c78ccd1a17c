//! A recording that is kept once: its parts go when the meeting's folder holds all of them.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::meeting::{Event, Millis, Recorded, STRIKE, Timestamp};
use crate::recording::{Whole, forget_strength, forget_tracks, tracks_folder};
use crate::store::StoredPart;

use super::{Kept, MEETING, TRACKS};

/// By how much a part may end after what was struck of it: the silence that ends its stream.
const STREAM_END: Millis = Millis(20);

/// Why the parts of a recording stay.
#[derive(Debug, Error)]
pub enum NotThinned {
    /// The folder does not hold all of them.
    #[error("{} is not all that the parts are: they stay", path.display())]
    Differs {
        /// The file that should.
        path: PathBuf,
    },
    /// The disk says no.
    #[error("the parts cannot be removed ({0})")]
    Disk(#[from] io::Error),
}

/// Whether a part holds seconds that were struck at a moment: those before it go.
pub fn is_struck(part: &StoredPart, at: Timestamp) -> bool {
    let from = Timestamp(at.0.saturating_sub(STRIKE.0));
    let end = part.length().map(|length| part.started.plus(length));
    part.started < at && end.is_none_or(|end| end > from.plus(STREAM_END))
}

impl Kept {
    /// Whether the recording can be put together: each part has its end, and what was struck is out of them.
    pub fn is_settled(&self, events: &[Recorded]) -> bool {
        let struck = |part: &StoredPart| {
            events.iter().any(|e| matches!(e.event, Event::Struck) && is_struck(part, e.at))
        };
        self.parts.iter().all(|part| part.samples.is_some() && !struck(part))
    }

    /// Whether parts lie beside a folder that was made of them.
    pub fn is_kept_twice(&self) -> bool {
        self.folder.is_some() && self.parts.iter().any(|part| lies_there(&self.file(part)))
    }

    /// Removes the parts and their tracks, when the folder holds all of them: every page of it is looked at before. Whoever
    /// asks knows that the folder is made for good, and its name durable. Broken off in between, it is done by doing it again.
    ///
    /// # Errors
    /// The folder lacks something, or the disk says no.
    pub fn thin(&self) -> Result<(), NotThinned> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let samples = self.parts.iter().filter_map(|part| part.samples).sum();
        // A part that an older palco ended may end within a frame.
        let apart = STREAM_END.samples() * self.parts.len() as u64;
        let mut files = vec![folder.join(MEETING)];
        if self.parts.iter().any(|part| tracks_folder(&self.file(part)).exists()) {
            let tracks = folder.join(TRACKS);
            if !tracks.is_dir() {
                return Err(NotThinned::Differs { path: tracks });
            }
            files.extend(self.voices());
        }
        for path in files {
            let whole = Whole::read(BufReader::new(File::open(&path)?), u64::MAX)?;
            if !whole.is_ended || whole.samples.abs_diff(samples) > apart {
                return Err(NotThinned::Differs { path });
            }
        }
        for part in &self.parts {
            let file = self.file(part);
            forget_tracks(&file)?;
            forget_strength(&file);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether anything of a part lies on the disk.
fn lies_there(part: &Path) -> bool {
    part.exists() || tracks_folder(part).exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Seq;
    use crate::recording::{OggWriter, PAGE_200_MS, track_file};
    use crate::store::{KeptMeeting, MeetingId};

    const ID: &str = "01MEETING";

    fn part(n: u32, started: u64, samples: Option<u64>) -> StoredPart {
        let id = format!("part{n}");
        StoredPart { id, meeting: MeetingId(ID.to_owned()), part: n, started: Timestamp(started), samples }
    }

    fn kept(recordings: &Path, parts: Vec<StoredPart>) -> Kept {
        let row = KeptMeeting {
            id: MeetingId(ID.to_owned()),
            room: "monday".to_owned(),
            number: 1,
            opened: Timestamp(0),
            ended: Some(Timestamp(90_000)),
            held: false,
            indexed: true,
        };
        Kept::new(row, parts, recordings)
    }

    /// A stream of so many frames.
    fn stream(frames: u64) -> Vec<u8> {
        let mut writer = OggWriter::new(7, PAGE_200_MS, &[]);
        (1..frames).for_each(|n| writer.push(&[9 << 3, n as u8, 1, 2]).unwrap());
        writer.finish();
        let mut bytes = Vec::new();
        writer.write_to(&mut bytes).unwrap();
        bytes
    }

    /// A meeting of two parts with a track each, and its folder with so many frames of the mix and of the track.
    fn twice(dir: &Path, mix: u64, track: Option<u64>) -> Kept {
        let parts = vec![part(1, 0, Some(30 * 960)), part(2, 5_000, Some(20 * 960))];
        let folder = dir.join(ID);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(MEETING), stream(mix)).unwrap();
        let kept = kept(dir, parts);
        for part in &kept.parts {
            let file = kept.file(part);
            fs::create_dir_all(tracks_folder(&file)).unwrap();
            fs::write(&file, stream(30)).unwrap();
            fs::write(track_file(&file, &[1; 32]), stream(30)).unwrap();
        }
        if let Some(frames) = track {
            fs::create_dir_all(folder.join(TRACKS)).unwrap();
            fs::write(folder.join(TRACKS).join("Ana.opus"), stream(frames)).unwrap();
        }
        kept
    }

    #[test]
    fn parts_go_when_the_folder_has_all_of_them_and_can_go_again() {
        let dir = tempfile::tempdir().unwrap();
        let kept = twice(dir.path(), 50, Some(50));
        assert!(kept.is_kept_twice());
        // As if it was broken off: the first one's track is gone already.
        forget_tracks(&kept.file(&kept.parts[0])).unwrap();
        kept.thin().unwrap();
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, [ID], "the folder alone");
        assert!(!kept.is_kept_twice() && kept.folder.as_ref().unwrap().join(MEETING).is_file());
        kept.thin().unwrap();
    }

    #[test]
    fn parts_stay_when_the_folder_lacks_anything() {
        for (mix, track, lacks) in
            [(40, Some(50), MEETING), (50, None, TRACKS), (50, Some(10), "Ana.opus"), (60, Some(50), MEETING)]
        {
            let dir = tempfile::tempdir().unwrap();
            let kept = twice(dir.path(), mix, track);
            let why = kept.thin().unwrap_err();
            assert!(matches!(&why, NotThinned::Differs { path } if path.ends_with(lacks)), "{why}");
            assert!(kept.parts.iter().all(|part| kept.file(part).is_file()));
        }
        // One that was cut is not whole, and one that is gone is no folder.
        let dir = tempfile::tempdir().unwrap();
        let kept = twice(dir.path(), 50, Some(50));
        let file = kept.folder.as_ref().unwrap().join(MEETING);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
        assert!(matches!(kept.thin(), Err(NotThinned::Differs { .. })));
        fs::remove_file(&file).unwrap();
        assert!(matches!(kept.thin(), Err(NotThinned::Disk(_))));
        assert!(kept.parts.iter().all(|part| kept.file(part).is_file()));
    }

    #[test]
    fn what_is_not_struck_yet_is_not_settled() {
        let dir = tempfile::tempdir().unwrap();
        let struck = |at: u64| Recorded { seq: Seq(1), at: Timestamp(at), by: None, event: Event::Struck };
        let of = |parts: &[StoredPart]| kept(dir.path(), parts.to_vec());
        let minute = part(1, 0, Some(60_000 * 48));
        assert!(of(std::slice::from_ref(&minute)).is_settled(&[]));
        assert!(!of(&[part(1, 0, None)]).is_settled(&[]), "it has no end yet");
        assert!(!of(std::slice::from_ref(&minute)).is_settled(&[struck(70_000)]));
        assert!(
            of(std::slice::from_ref(&minute)).is_settled(&[struck(89_980)]),
            "its end is 20 ms of silence"
        );
        assert!(of(&[part(2, 70_000, Some(48_000))]).is_settled(&[struck(70_000)]), "it began afterwards");
    }
}
