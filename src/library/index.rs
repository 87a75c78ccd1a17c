//! What can be searched of a meeting.

use std::collections::BTreeSet;

use crate::meeting::{Meeting, Millis, Recorded};
use crate::minutes::{ChapterKind, Minutes, Timeline, chapters};
use crate::store::IndexEntry;

/// The texts of a meeting that can be searched, each with its place in the recording.
///
/// Of a meeting that was recorded it is what the recording has: the topics of its chapters, and the names of those who agreed
/// to be in it and spoke. What was struck, off the record or of somebody who declined is not found, as it is not heard. Of
/// one that was not recorded it is what the minutes have.
pub(super) fn entries(room: &str, events: &[Recorded], timeline: &Timeline) -> Vec<IndexEntry> {
    let minutes = Minutes::of(room, events);
    let mut all = vec![entry("title", minutes.title.clone(), String::new(), None)];
    if timeline.length() == Millis::ZERO {
        all.extend(minutes.agenda.into_iter().map(|i| entry("item", i.title, String::new(), None)));
        all.extend(minutes.asked.into_iter().map(|a| entry("turn", a.topic, a.name, None)));
        all.extend(minutes.people.into_iter().map(|p| entry("person", String::new(), p.name, None)));
        return all;
    }
    for chapter in chapters(events, timeline) {
        let (kind, is_titled) = match chapter.kind {
            ChapterKind::Opening => continue,
            ChapterKind::Item => ("item", true),
            ChapterKind::Round => ("round", false),
            ChapterKind::Turn => ("turn", true),
        };
        let text = if is_titled { chapter.title } else { String::new() };
        all.push(entry(kind, text, chapter.who.unwrap_or_default(), Some(chapter.position)));
    }
    all.extend(heard(events).into_iter().map(|name| entry("person", String::new(), name, None)));
    all
}

/// The names of those who agreed to be recorded and spoke.
fn heard(events: &[Recorded]) -> BTreeSet<String> {
    let mut meeting = Meeting::new();
    events.iter().for_each(|recorded| meeting.apply(recorded));
    let agreed = |id| meeting.recording().answer(id) == Some(true);
    let spoke = meeting.everybody().filter(|p| p.spoken > Millis::ZERO && agreed(p.id));
    spoke.map(|p| p.name.clone()).collect()
}

fn entry(kind: &str, text: String, who: String, at: Option<Millis>) -> IndexEntry {
    IndexEntry { text, who, kind: kind.to_owned(), at }
}

/// What people type as what FTS5 understands: every word has to be there, and may go on.
pub(super) fn expression(words: &str) -> String {
    let words = words.split_whitespace().map(|word| format!("\"{}\"*", word.replace('"', "\"\"")));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_typed_are_words() {
        assert_eq!(expression(" fax  T.38 "), "\"fax\"* \"T.38\"*");
        assert_eq!(expression("a\"b OR"), "\"a\"\"b\"* \"OR\"*");
        assert_eq!(expression(""), "");
    }
}
