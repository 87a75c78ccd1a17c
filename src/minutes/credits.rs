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
    /// Whether the microphone was open all the time for the recording too.
    kept: bool,
}

struct Listener {
    meeting: Meeting,
    since: BTreeMap<ParticipantId, Since>,
    heard: BTreeMap<ParticipantId, Millis>,
}

impl Listener {
    /// Counts what somebody said, when all of it was for the recording.
    fn spoke(&mut self, who: ParticipantId, spoken: Millis, at: Timestamp, timeline: &Timeline) {
        let Some(since) = self.since.remove(&who).filter(|since| since.kept) else { return };
        let first = timeline.next_position(since.at);
        if first.is_some_and(|place| timeline.at(place) < at) {
            let sum = self.heard.entry(who).or_default();
            *sum = sum.plus(spoken);
        }
    }

    /// Looks whose microphone is open, and whether the recording has it.
    fn look(&mut self, at: Timestamp) {
        for person in self.meeting.stage() {
            if person.mic() == Mic::Live {
                let since = self.since.entry(person.id).or_insert(Since { at, kept: true });
                since.kept &= self.meeting.records(person.id);
            }
        }
    }
}
