//! A recording in one file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::minutes::{Chapter, Minutes, chapter_tags};
use crate::recording::{BadJoin, PAGE_200_MS, forget_strength, join, kept_strength, measure, track_gain};
use crate::store::StoredPart;

use super::super::Kept;

/// Bytes that are written to a disk at once.
const AT_ONCE: usize = 256 << 10;

/// What players show of whatever is made of a meeting: title, room, number and date.
pub(super) fn about(minutes: &Minutes) -> Vec<(String, String)> {
    let tag = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut tags = vec![tag("TITLE", &minutes.title), tag("ALBUM", &minutes.room)];
    tags.push(tag("TRACKNUMBER", &minutes.number.to_string()));
    if let Some(at) = minutes.started_at {
        let date = at.utc();
        tags.push(tag("DATE", date.split(' ').next().unwrap_or_default()));
    }
    tags
}

/// What players show of a recording: who speaks, and where what begins, too.
pub(super) fn tags(minutes: &Minutes, chapters: &[Chapter], speakers: &[String]) -> Vec<(String, String)> {
    let mut tags = about(minutes);
    tags.extend(speakers.iter().map(|name| ("ARTIST".to_owned(), name.clone())));
    tags.extend(chapter_tags(chapters));
    tags
}

/// Writes the parts as one stream with these tags and the gain of all of it, durable.
pub(super) fn join_parts(
    kept: &Kept,
    mut tags: Vec<(String, String)>,
    to: &Path,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), BadJoin> {
    if let Some(gain) = track_gain(&strengths(kept, goes_on)?) {
        // Before the chapters: players that read no more than a few kB find it.
        tags.insert(1, ("R128_TRACK_GAIN".to_owned(), gain.to_string()));
    }
    let parts = ended(kept).map(|(part, samples)| Ok((Some(File::open(kept.file(part))?), samples)));
    let joined =
        write_stream(to, &tags, |tags, out| join(parts, (rand::random(), PAGE_200_MS, tags), out, goes_on));
    joined.map(drop)
}

/// Tags as they are written.
type Tags<'a> = [(&'a str, &'a str)];

/// Writes a file with these tags, and makes it durable.
pub(super) fn write_stream<T>(
    to: &Path,
    tags: &[(String, String)],
    write: impl FnOnce(&Tags<'_>, &mut BufWriter<&File>) -> Result<T, BadJoin>,
) -> Result<T, BadJoin> {
    let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let file = File::create(to)?;
    let mut out = BufWriter::with_capacity(AT_ONCE, &file);
    let written = write(&tags, &mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(written)
}

/// How loud each 100 ms are: as it was measured while they were recorded, or from the sound.
fn strengths(kept: &Kept, goes_on: &dyn Fn() -> bool) -> Result<Vec<f32>, BadJoin> {
    let mut all = Vec::new();
    for (part, samples) in ended(kept) {
        let file = kept.file(part);
        match kept_strength(&file, samples) {
            Some(strength) => all.extend(strength),
            None => all.extend(measure(File::open(file)?, goes_on)?),
        }
    }
    Ok(all)
}

/// What was measured is in the gain now.
pub(super) fn forget_strengths(kept: &Kept) {
    kept.parts.iter().for_each(|part| forget_strength(&kept.file(part)));
}

/// The parts with anything in them, and how long they are.
pub(super) fn ended(kept: &Kept) -> impl Iterator<Item = (&StoredPart, u64)> {
    kept.parts.iter().filter_map(|part| Some((part, part.samples.filter(|n| *n > 0)?)))
}
