//! Kept meetings in words.

use serde::Serialize;

use crate::cli::kept::unreadable;
use crate::cli::output::{Failure, pretty};
use crate::cli::zone::utc_offset_secs;
use crate::library::{About, Kept, Library};
use crate::meeting::{Millis, Timestamp};
use crate::minutes::{Chapter, chapters, span};
use crate::store::Hit;

/// What a program is told of a meeting.
#[derive(Debug, Serialize)]
struct Told<'a> {
    room: &'a str,
    number: u32,
    #[serde(flatten)]
    about: About,
    opened_at: Timestamp,
    ended_at: Option<Timestamp>,
    #[serde(rename = "recorded_ms")]
    recorded: Millis,
    chapters: Vec<Chapter>,
    parts: usize,
    bytes: u64,
    held: bool,
    folder: Option<String>,
}

/// Meetings, a line each, or as JSON.
pub(super) fn all(library: &Library, all: &[Kept], json: bool) -> Result<String, Failure> {
    let told: Vec<_> = all.iter().map(|kept| told(library, kept)).collect::<Result<_, _>>()?;
    if json {
        return pretty(&told);
    }
    if told.is_empty() {
        return Ok("no meeting is kept here; --data says where the server keeps them".to_owned());
    }
    let offset = utc_offset_secs();
    let name = told.iter().map(|t| name(t).len()).max().unwrap_or_default();
    Ok(told.iter().map(|t| line(t, name, offset)).collect::<Vec<_>>().join("\n"))
}

/// One meeting with everything.
pub(super) fn one(library: &Library, kept: &Kept, json: bool) -> Result<String, Failure> {
    let told = told(library, kept)?;
    if json {
        return pretty(&told);
    }
    let mut lines = vec![format!("{}: {}", name(&told), told.about.title)];
    lines.push(format!("{}, {} long", when(&told, utc_offset_secs()), span(told.about.length)));
    lines.push(match told.parts {
        0 => "not recorded".to_owned(),
        1 => format!("{} recorded, {}", span(told.recorded), bytes(told.bytes)),
        parts => format!("{} recorded in {parts} parts, {}", span(told.recorded), bytes(told.bytes)),
    });
    if told.held {
        lines.push("held: it is not deleted before the hold is lifted".to_owned());
    }
    if !told.about.people.is_empty() {
        let person = |name: &str, spoken| match spoken {
            Millis::ZERO => name.to_owned(),
            spoken => format!("{name} ({})", span(spoken)),
        };
        let people = told.about.people.iter().map(|p| person(&p.name, p.spoken));
        lines.push(format!("there: {}", people.collect::<Vec<_>>().join(", ")));
    }
    for chapter in &told.chapters {
        let who = chapter.who.as_deref().filter(|who| *who != chapter.title);
        let who = who.map(|who| format!(" · {who}")).unwrap_or_default();
        lines.push(format!("{:>9}  {}{who}", span(chapter.position), chapter.title));
    }
    lines.extend(kept.voices().iter().map(|file| format!("track: {}", file.display())));
    match &kept.folder {
        Some(folder) => lines.push(format!("files: {}", folder.display())),
        None => lines.extend(kept.parts.iter().map(|part| format!("part: {}", kept.file(part).display()))),
    }
    Ok(lines.join("\n"))
}

/// What a search found.
pub(super) fn hits(hits: &[Hit], json: bool) -> Result<String, Failure> {
    if json {
        return pretty(&hits);
    }
    if hits.is_empty() {
        return Ok("nothing was found".to_owned());
    }
    let line = |hit: &Hit| {
        let at = hit.at.map_or("-".to_owned(), span);
        let who = if hit.who.is_empty() || hit.who == hit.text { "" } else { " · " };
        let whose = if who.is_empty() { "" } else { &hit.who };
        format!("{}#{}  {at:>7}  {}{who}{whose}", hit.room, hit.number, hit.text)
    };
    Ok(hits.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn told<'a>(library: &Library, kept: &'a Kept) -> Result<Told<'a>, Failure> {
    let timeline = kept.timeline();
    let events = if kept.parts.is_empty() { Vec::new() } else { library.events(kept).map_err(unreadable)? };
    Ok(Told {
        room: &kept.row.room,
        number: kept.row.number,
        about: library.about(kept).map_err(unreadable)?,
        opened_at: kept.row.opened,
        ended_at: kept.row.ended,
        recorded: timeline.length(),
        chapters: if events.is_empty() { Vec::new() } else { chapters(&events, &timeline) },
        parts: kept.parts.len(),
        bytes: kept.size(),
        held: kept.row.held,
        folder: kept.folder.as_ref().map(|folder| folder.display().to_string()),
    })
}

fn name(told: &Told<'_>) -> String {
    format!("{}#{}", told.room, told.number)
}

/// When the doors opened, or else when the meeting was.
fn when(told: &Told<'_>, offset_secs: i32) -> String {
    told.about.started_at.unwrap_or(told.opened_at).local(offset_secs)
}

fn line(told: &Told<'_>, width: usize, offset_secs: i32) -> String {
    let recorded = if told.parts == 0 { "-".to_owned() } else { span(told.recorded) };
    let mut line = format!("{:width$}  {}  {recorded:>7}", name(told), when(told, offset_secs));
    line.push_str(&format!("  {}", told.about.title));
    let spoke = told.about.spoke();
    if !spoke.is_empty() {
        line.push_str(&format!(" · {}", spoke.join(", ")));
    }
    match told.chapters.len() {
        0 => {}
        1 => line.push_str(" · 1 chapter"),
        several => line.push_str(&format!(" · {several} chapters")),
    }
    if told.ended_at.is_none() {
        line.push_str(" · goes on");
    }
    if told.held {
        line.push_str(" · held");
    }
    line
}

/// A size as people read it.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_short() {
        let sizes = [(0, "0 kB"), (1, "1 kB"), (999_999, "1000 kB"), (16_250_000, "16.2 MB")];
        for (size, text) in sizes {
            assert_eq!(bytes(size), text);
        }
    }
}
