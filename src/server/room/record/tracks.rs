//! The tracks of a part that is being written: each voice's packets as they came, where the mix has them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use tracing::{debug, warn};

use crate::audio::{FRAME, Packet, Taken};
use crate::meeting::ParticipantId;
use crate::recording::{OggWriter, PAGE_200_MS, PartFile, track_file, tracks_folder};

/// Voices with a track in a part: a round of an hour at a minute each, and as silence an hour of each is nearly a megabyte. One
/// more is in the mix alone, which the server's log says.
const MAX_TRACKS: usize = 64;

/// Frames by which a track may be later than the mix, which takes pieces out of the sound where the network stood still: 60 ms.
/// What is silent is left out before, and beyond a packet that is not.
const MAX_LATE: u64 = 3;

/// Samples that the mix is later than its packets: its encoder's lookahead, which the speaker's had before.
const LOOKAHEAD: usize = 312;

/// The tracks of a part. Their files are there as soon as somebody is heard, and open while somebody is.
pub(super) struct Tracks {
    part: PathBuf,
    /// The number of the part's first frame.
    first: u64,
    comments: Vec<(String, String)>,
    all: BTreeMap<ParticipantId, Track>,
    is_full: bool,
}

struct Track {
    writer: OggWriter,
    /// `None` before its first page is written.
    file: Option<PartFile>,
    /// Pages to write.
    pages: Vec<u8>,
    /// Something was written that is not durable yet.
    is_fresh: bool,
}

impl Tracks {
    /// No tracks yet, of the part whose file this is.
    pub(super) fn new(part: PathBuf, first: u64, comments: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let comments = comments.iter().map(owned).collect();
        Self { part, first, comments, all: BTreeMap::new(), is_full: false }
    }

    /// Takes the packets of somebody that are in a frame of the mix.
    pub(super) fn take(&mut self, frame: u64, who: ParticipantId, packets: &[Taken]) {
        if !self.all.contains_key(&who) && self.all.len() >= MAX_TRACKS {
            if !std::mem::replace(&mut self.is_full, true) {
                warn!(part = %self.part.display(), tracks = MAX_TRACKS, "more voices than tracks: the others are in the mix alone");
            }
            return;
        }
        let comments = &self.comments;
        let track = self.all.entry(who).or_insert_with(|| {
            let comments: Vec<_> =
                comments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            Track {
                writer: OggWriter::new(rand::random(), PAGE_200_MS, &comments),
                file: None,
                pages: Vec::new(),
                is_fresh: false,
            }
        });
        for Taken { after, opus } in packets {
            let place = (after + LOOKAHEAD + FRAME / 2) / FRAME;
            track.put(frame.saturating_sub(self.first) + place as u64, opus);
        }
    }

    /// Writes the pages that are ready. Until their track is heard again silences wait: what a track lacks at its end is silence.
    pub(super) fn write(&mut self) -> io::Result<()> {
        for (who, track) in &mut self.all {
            if track.pages.is_empty() {
                continue;
            }
            let file = match track.file.take() {
                Some(file) => file,
                None => {
                    fs::create_dir_all(tracks_folder(&self.part))?;
                    PartFile::create(&track_file(&self.part, &who.0))?
                }
            };
            track.file.insert(file).write(&track.pages)?;
            track.pages.clear();
            track.is_fresh = true;
        }
        Ok(())
    }

    /// Makes what was written durable, and closes the files of those who say nothing.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        for track in self.all.values_mut() {
            let is_fresh = std::mem::take(&mut track.is_fresh);
            let Some(file) = &mut track.file else { continue };
            if is_fresh {
                file.sync()?;
            } else {
                file.rest();
            }
        }
        Ok(())
    }

    /// Ends all of them.
    pub(super) fn finish(&mut self) {
        for track in self.all.values_mut() {
            track.writer.finish();
            track.take_pages();
        }
    }
}

impl Track {
    /// Puts a packet at its place, in frames from the part's start, or as near as the one before lets it.
    fn put(&mut self, place: u64, opus: &[u8]) {
        let at = self.writer.samples() / FRAME as u64;
        let is_silent = || Packet::check(opus).is_ok_and(|packet| packet.dtx);
        if at > place + MAX_LATE || at > place && is_silent() {
            debug!(at, place, "a track comes back to its place");
            return;
        }
        self.writer.quiet(place.saturating_sub(at));
        if let Err(why) = self.writer.push(opus) {
            warn!(%why, "a packet of a voice is not recorded");
        }
        self.take_pages();
    }

    fn take_pages(&mut self) {
        self.pages.extend(std::iter::from_fn(|| self.writer.take()).flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggReader, Read, tracks_of};

    fn who(n: usize) -> ParticipantId {
        ParticipantId([n as u8; 32])
    }

    fn packet(n: u8) -> Taken {
        Taken { after: 0, opus: vec![9 << 3, n, 1, 2].into() }
    }

    /// What each frame of a file holds; `None` is silence.
    fn frames(mut bytes: &[u8]) -> Vec<Option<u8>> {
        let (mut reader, mut frames) = (OggReader::new(), Vec::new());
        while let Some(read) = reader.read(&mut bytes).unwrap() {
            if let Read::Packet { opus, .. } = read {
                frames.push((opus.len() == 4).then(|| opus[1]));
            }
        }
        frames
    }

    fn end(mut tracks: Tracks) -> Vec<Vec<Option<u8>>> {
        tracks.finish();
        tracks.write().unwrap();
        tracks.sync().unwrap();
        let files = tracks_of(&tracks.part).unwrap();
        files.into_iter().map(|(_, file)| frames(&fs::read(file).unwrap())).collect()
    }

    fn tracks() -> (tempfile::TempDir, Tracks) {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("part.opus");
        (dir, Tracks::new(part, 1_000, &[("TITLE", "Monday")]))
    }

    #[test]
    fn each_packet_is_at_its_place_from_the_start_of_the_part() {
        let (_dir, mut tracks) = tracks();
        tracks.take(1_003, who(1), &[packet(1)]);
        tracks.take(1_004, who(1), &[packet(2)]);
        tracks.take(1_010, who(1), &[packet(3)]);
        // Later than the middle of the frame, so that it is nearer to the next one.
        tracks.take(1_020, who(1), &[Taken { after: 700, ..packet(4) }]);
        tracks.take(1_000, who(2), &[packet(9)]);
        let files = end(tracks);
        let heard: Vec<_> = files[0].iter().enumerate().filter_map(|(at, n)| n.map(|n| (at, n))).collect();
        assert_eq!(heard, [(3, 1), (4, 2), (10, 3), (21, 4)]);
        assert_eq!(files[1][0], Some(9));
    }

    #[test]
    fn a_track_that_is_late_comes_back_to_its_place() {
        let (_dir, mut tracks) = tracks();
        tracks.take(1_000, who(1), &(1..=4).map(packet).collect::<Vec<_>>());
        // Three frames late: it waits for a silence, of which it leaves out what it lacks.
        tracks.take(1_001, who(1), &[packet(5)]);
        tracks.take(1_002, who(1), &[Taken { after: 0, opus: vec![9 << 3].into() }]);
        tracks.take(1_003, who(1), &[packet(6)]);
        // More than that it is never.
        tracks.take(1_003, who(1), &[packet(7), packet(8)]);
        let files = end(tracks);
        let heard: Vec<_> = files[0].iter().flatten().copied().collect();
        assert_eq!(heard, [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn there_are_so_many_tracks_and_no_more() {
        let (_dir, mut tracks) = tracks();
        for frame in 0..3 {
            for n in 0..=MAX_TRACKS {
                tracks.take(1_000 + frame, who(n), &[packet(n as u8)]);
            }
        }
        assert!(tracks.is_full);
        assert_eq!(end(tracks).len(), MAX_TRACKS);
    }

    #[test]
    fn a_voice_that_is_silent_keeps_no_file_open() {
        let (_dir, mut tracks) = tracks();
        let speak = |tracks: &mut Tracks, from: u64| {
            (from..from + 20).for_each(|n| tracks.take(1_000 + n, who(1), &[packet(n as u8)]));
            tracks.write().unwrap();
        };
        speak(&mut tracks, 0);
        tracks.sync().unwrap();
        tracks.sync().unwrap();
        assert!(format!("{:?}", tracks.all[&who(1)].file).contains("file: None"));
        speak(&mut tracks, 40);
        let files = end(tracks);
        assert_eq!(files[0].iter().flatten().count(), 40);
    }
}
