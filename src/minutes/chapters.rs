//! The chapters of a recording.

use serde::Serialize;

use crate::meeting::{
    Event, HandId, ItemId, Meeting, Millis, ParticipantId, RecordState, Recorded, RoundExit, Timestamp,
};

use super::Timeline;

/// Where something begins in a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Where.
    #[serde(rename = "position_ms")]
    pub position: Millis,
    /// What it is: the meeting's title, an item's, a topic line, or the name of who introduces themselves.
    pub title: String,
    /// What begins.
    pub kind: ChapterKind,
    /// Whose words these are; `None` when it is nobody's alone.
    pub who: Option<String>,
}

/// What begins with a chapter. Of two that begin at once the later in this order says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChapterKind {
    /// The recording.
    Opening,
    /// An item of the agenda.
    Item,
    /// Somebody's time in a round.
    Round,
    /// A turn of the queue.
    Turn,
}

/// The chapters of the recording with this timeline, in its order, no two at the same place.
///
/// What belongs to somebody begins where they are in the recording: a turn that was off the record, that nobody agreed
/// to record or that was struck as a whole has no chapter, and no name is told with it.
pub fn chapters<'a>(events: impl IntoIterator<Item = &'a Recorded>, timeline: &Timeline) -> Vec<Chapter> {
    let mut finder = Finder { meeting: Meeting::new(), open: Vec::new(), found: Vec::new(), timeline };
    let mut last = Timestamp::default();
    for recorded in events {
        last = last.max(recorded.at);
        finder.before(recorded);
        finder.meeting.apply(recorded);
        finder.after(recorded);
    }
    // What is on at the last event goes on until the recording ends.
    let end = last.max(timeline.at(timeline.length()));
    finder.close(|_| true, end, true);
    finder.finish()
}

/// Something that is on, and may be in the recording.
#[derive(Debug)]
struct Span {
    what: What,
    title: String,
    /// Since when it can be heard; `None` while it cannot.
    since: Option<Timestamp>,
    /// Where it was heard first.
    position: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Item,
    Round(ParticipantId),
    Turn(ParticipantId),
}

impl What {
    fn who(self) -> Option<ParticipantId> {
        match self {
            Self::Item => None,
            Self::Round(who) | Self::Turn(who) => Some(who),
        }
    }

    fn kind(self) -> ChapterKind {
        match self {
            Self::Item => ChapterKind::Item,
            Self::Round(_) => ChapterKind::Round,
            Self::Turn(_) => ChapterKind::Turn,
        }
    }
}

struct Finder<'t> {
    meeting: Meeting,
    open: Vec<Span>,
    found: Vec<(Millis, What, String)>,
    timeline: &'t Timeline,
}

impl Finder<'_> {
    fn before(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::Called { hand, participant, .. } => self.call(*hand, *participant),
            Event::TurnEnded { .. } => self.close(is_turn, at, true),
            Event::HandReturned { counts, .. } => self.close(is_turn, at, *counts),
            Event::RoundTurnStarted { participant } => self.open(What::Round(*participant), String::new()),
            Event::RoundTurnEnded { participant, how } => {
                let counts = matches!(how, RoundExit::Done | RoundExit::TimeUp);
                self.close(|what| what == What::Round(*participant), at, counts);
            }
            Event::RoundEnded => self.close(|what| matches!(what, What::Round(_)), at, true),
            Event::ItemStarted { item } => {
                self.close(|what| what == What::Item, at, true);
                if let Some(item) = item {
                    self.begin(*item);
                }
            }
            Event::Ended => self.close(|_| true, at, true),
            _ => {}
        }
    }

    /// Looks who is in the recording now, and since when.
    fn after(&mut self, recorded: &Recorded) {
        let Self { meeting, open, timeline, .. } = self;
        for span in open {
            span.follow(is_heard(meeting, span.what), recorded.at, timeline);
        }
    }

    fn call(&mut self, hand: HandId, who: ParticipantId) {
        let topic = self.meeting.hand(hand).map(|hand| hand.topic.clone()).unwrap_or_default();
        self.open(What::Turn(who), topic);
    }

    fn begin(&mut self, item: ItemId) {
        let titled = self.meeting.agenda().iter().find(|i| i.id == item).map(|i| i.title.clone());
        self.open(What::Item, titled.unwrap_or_default());
    }

    fn open(&mut self, what: What, title: String) {
        self.open.push(Span { what, title, since: None, position: None });
    }

    /// Ends what is meant; what does not count leaves no trace.
    fn close(&mut self, is_meant: impl Fn(What) -> bool, at: Timestamp, counts: bool) {
        let timeline = self.timeline;
        for mut span in self.open.extract_if(.., |span| is_meant(span.what)) {
            span.follow(false, at, timeline);
            self.found.extend(span.position.filter(|_| counts).map(|place| (place, span.what, span.title)));
        }
    }

    fn finish(mut self) -> Vec<Chapter> {
        if self.timeline.length() == Millis::ZERO {
            return Vec::new();
        }
        let opening = Chapter {
            position: Millis::ZERO,
            title: self.meeting.title().to_owned(),
            kind: ChapterKind::Opening,
            who: None,
        };
        self.found.sort_by_key(|(position, what, _)| (*position, what.kind()));
        let mut chapters = vec![opening];
        for (position, what, title) in self.found {
            let name = |id| self.meeting.participant(id).map(|p| p.name.clone());
            let who = what.who().and_then(name);
            let title = if title.is_empty() { who.clone().unwrap_or_default() } else { title };
            chapters.pop_if(|last| last.position == position);
            chapters.push(Chapter { position, title, kind: what.kind(), who });
        }
        chapters
    }
}

fn is_turn(what: What) -> bool {
    matches!(what, What::Turn(_))
}

/// Whether this would be in a recording, if there is one of the moment.
fn is_heard(meeting: &Meeting, what: What) -> bool {
    let recording = meeting.recording();
    match what.who() {
        Some(who) => meeting.records(who),
        None => meeting.is_on_record() && recording.state == RecordState::On && !recording.all_off,
    }
}

impl Span {
    /// Whether it can be heard from `at` on.
    fn follow(&mut self, heard: bool, at: Timestamp, timeline: &Timeline) {
        if heard {
            self.since.get_or_insert(at);
        } else if let Some(since) = self.since.take() {
            let first = timeline.next_position(since).filter(|place| timeline.at(*place) < at);
            self.position = self.position.or(first);
        }
    }
}
