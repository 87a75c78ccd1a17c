//! Where the minutes are in the recording.

use serde::Serialize;

use crate::meeting::{Millis, Timestamp};

use super::{Chapter, ChapterKind, Minutes, Timeline};

/// The recording of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// How long it is.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Its page, where the server's address is known.
    pub url: Option<String>,
}

/// Where something of a meeting is in its recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Where; `None` when it is not in it.
    #[serde(rename = "recorded_ms")]
    pub recorded: Option<Millis>,
    /// A link to its second, where the server's address is known.
    pub link: Option<String>,
}

impl Minutes {
    /// The same with the places in the recording that has this timeline and these chapters. `server` is the address that
    /// everybody reaches the server under, such as `https://meet.example.org`.
    pub fn in_recording(mut self, timeline: &Timeline, chapters: &[Chapter], server: Option<&str>) -> Self {
        if timeline.length() == Millis::ZERO {
            return self;
        }
        let page = server.map(|server| {
            format!("{}/{}/recordings/{}", server.trim_end_matches('/'), self.room, self.number)
        });
        let place = |at: Millis| Place {
            recorded: Some(at),
            link: page.as_ref().map(|page| format!("{page}#t={}", at.as_secs())),
        };
        let began = self.started_at.unwrap_or_default();
        for asked in &mut self.asked {
            let Some(from) = asked.at.map(|at| began.plus(at)) else { continue };
            // Turns are one after another: what begins within this one is this one.
            let is_within = |at: Timestamp| from <= at && at <= from.plus(asked.length);
            let mut turns = chapters.iter().filter(|c| c.kind == ChapterKind::Turn);
            asked.place = turns
                .find(|c| is_within(timeline.at(c.position)))
                .map(|c| place(c.position))
                .unwrap_or_default();
        }
        for vote in &mut self.votes {
            let recorded = vote.at.and_then(|at| timeline.position(began.plus(at)));
            vote.place = recorded.map(place).unwrap_or_default();
        }
        for item in &mut self.agenda {
            let mut items = chapters.iter().filter(|c| c.kind == ChapterKind::Item);
            item.place = items.find(|c| c.title == item.title).map(|c| place(c.position)).unwrap_or_default();
        }
        self.recording = Some(Recording { length: timeline.length(), url: page });
        self
    }
}
