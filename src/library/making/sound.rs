//! A recording in one file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::minutes::{Chapter, Minutes, chapter_tags};
use crate::recording::{BadJoin, forget_strength, join, kept_strength, measure, track_gain};
use crate::store::StoredPart;

use super::super::Kept;

/// Bytes that are written to a disk at once.
const AT_ONCE: usize = 256 << 10;

/// What players show of a recording: title, who speaks, date, and where what begins.
pub(super) fn tags(minutes: &Minutes, chapters: &[Chapter], speakers: &[String]) -> Vec<(String, String)> {
    let tag = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut tags = vec![tag("TITLE", &minutes.title), tag("ALBUM", &minutes.room)];
    tags.push(tag("TRACKNUMBER", &minutes.number.to_string()));
    if let Some(at) = minutes.started_at {
        let date = at.utc();
        tags.push(tag("DATE", date.split(' ').next().unwrap_or_default()));
    }
    tags.extend(speakers.iter().map(|name| tag("ARTIST", name)));
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
        // The chapters may be too many for one page.
        tags.insert(1, ("R128_TRACK_GAIN".to_owned(), gain.to_string()));
    }
    let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let parts = ended(kept).map(|(part, samples)| Ok((File::open(kept.file(part))?, samples)));
    let file = File::create(to)?;
    let mut out = BufWriter::with_capacity(AT_ONCE, &file);
    join(parts, (rand::random(), &tags), &mut out, goes_on)?;
    out.flush()?;
    drop(out);
    Ok(file.sync_all()?)
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

fn ended(kept: &Kept) -> impl Iterator<Item = (&StoredPart, u64)> {
    kept.parts.iter().filter_map(|part| Some((part, part.samples.filter(|n| *n > 0)?)))
}
