//! Who is heard in a recording.

use std::collections::BTreeMap;

use crate::meeting::{Event, Meeting, Mic, Millis, ParticipantId, Recorded, Timestamp};

use super::Timeline;

/// The names of those who speak in the recording with this timeline, who speaks longest first. Who was heard only off the
/// record, without a yes, or in what was struck, is not among them.
pub fn credits<'a>(events: impl IntoIterator<Item = &'a Recorded>, timeline: &Timeline) -> Vec<String> {
    let mut listener = Listener { meeting: Meeting::new(), since: BTreeMap::new(), heard: BTreeMap::new() };
    for recorded in events {
        if let Event::Spoke { participant, spoken } = recorded.event {
            listener.spoke(participant, spoken, recorded.at, timeline);
        }
        listener.meeting.apply(recorded);
        listener.look(recorded.at);
    }
    let Listener { meeting, heard, .. } = listener;
    let mut heard: Vec<_> =
        heard.into_iter().filter_map(|(id, spoken)| Some((spoken, meeting.participant(id)?))).collect();
    heard.sort_by_key(|(spoken, person)| (std::cmp::Reverse(*spoken), person.source));
    heard.into_iter().map(|(_, person)| person.name.clone()).collect()
}

/// Since somebody's speech was counted last.
#[derive(Clone, Copy, Debug)]
struct Since {
    /// When that was, or their microphone opened.
    at: Timestamp,
    /// How long the microphone was open and the recording had nothing of it.
    unkept: Millis,
    /// Since when that is so.
    unkept_since: Option<Timestamp>,
}

impl Since {
    /// Ends a time that the recording had nothing of.
    fn keep(&mut self, at: Timestamp) {
        if let Some(since) = self.unkept_since.take() {
            self.unkept = self.unkept.plus(at.since(since));
        }
    }
}

struct Listener {
    meeting: Meeting,
    since: BTreeMap<ParticipantId, Since>,
    heard: BTreeMap<ParticipantId, Millis>,
}

impl Listener {
    /// Counts what somebody said for the recording: at least what is more than they could say without it.
    fn spoke(&mut self, who: ParticipantId, spoken: Millis, at: Timestamp, timeline: &Timeline) {
        let Some(mut since) = self.since.remove(&who) else { return };
        since.keep(at);
        let (kept, first) = (spoken.minus(since.unkept), timeline.next_position(since.at));
        if kept > Millis::ZERO && first.is_some_and(|place| timeline.at(place) < at) {
            let sum = self.heard.entry(who).or_default();
            *sum = sum.plus(kept);
        }
    }

    /// Looks whose microphone is open, and whether the recording has it.
    fn look(&mut self, at: Timestamp) {
        for person in self.meeting.stage() {
            let is_live = person.mic() == Mic::Live;
            if is_live && !self.since.contains_key(&person.id) {
                self.since.insert(person.id, Since { at, unkept: Millis::ZERO, unkept_since: None });
            }
            let Some(since) = self.since.get_mut(&person.id) else { continue };
            if is_live && !self.meeting.records(person.id) {
                since.unkept_since.get_or_insert(at);
            } else {
                since.keep(at);
            }
        }
    }
}
