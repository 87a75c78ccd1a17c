//! The meeting at any position of its recording.

use std::collections::BTreeMap;

use crate::meeting::text::clean_line;
use crate::meeting::{Event, Meeting, Millis, Recorded, Timestamp};
use crate::minutes::{Timeline, chapters};

/// Events between two kept states: going to any place applies no more than these, and a state of a large meeting takes
/// some 100 kB.
const APART: usize = 512;

/// How far the position may go on by itself, so that what happened meanwhile is told; farther it is a jump.
const GOES_ON: Millis = Millis::from_secs(5);

/// A place with a name: a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where, from the start of the recording.
    pub position: Millis,
    /// What begins there.
    pub title: String,
}

/// Something that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is heard.
    pub position: Millis,
    /// The topic, the name or the title.
    pub text: String,
}

/// What a move did to the meeting.
#[derive(Debug)]
pub enum Moved {
    /// These events happened.
    On(Vec<Recorded>),
    /// It is another place: this is how the meeting was.
    To(Box<Meeting>),
}

/// A kept meeting with its recording.
#[derive(Debug)]
pub struct Tape {
    events: Vec<Recorded>,
    timeline: Timeline,
    marks: Vec<Mark>,
    /// How it was after so many events, every [`APART`], as far as somebody was there.
    states: Vec<Meeting>,
    /// Where it is, and how many events came before; `None` before the first move.
    stands: Option<(Millis, usize)>,
}

impl Tape {
    /// A tape of a meeting's events, first to last.
    pub fn new(events: Vec<Recorded>, timeline: Timeline) -> Self {
        let marks = chapters(&events, &timeline).into_iter().map(|chapter| {
            let who = chapter.who.filter(|who| *who != chapter.title);
            let title = who.map_or(chapter.title.clone(), |who| format!("{who}: {}", chapter.title));
            Mark { position: chapter.position, title }
        });
        Self::with(events, timeline, marks.collect())
    }

    fn with(events: Vec<Recorded>, timeline: Timeline, marks: Vec<Mark>) -> Self {
        Self { events, timeline, marks, states: vec![Meeting::new()], stands: None }
    }

    /// A tape of which only the sound is there.
    pub fn of_sound(length: Millis, marks: Vec<Mark>) -> Self {
        Self::with(Vec::new(), Timeline::new([(Timestamp::default(), length)]), marks)
    }

    /// Whether there is a meeting to show, beside the sound.
    pub fn has_meeting(&self) -> bool {
        !self.events.is_empty()
    }

    /// How long the recording is.
    pub fn length(&self) -> Millis {
        self.timeline.length()
    }

    /// The chapters, first to last.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Which chapter a position is in; `None` before the first.
    pub fn mark(&self, position: Millis) -> Option<usize> {
        self.marks.iter().rposition(|mark| mark.position <= position)
    }

    /// The moment that is heard at a position.
    pub fn time(&self, position: Millis) -> Timestamp {
        self.timeline.at(position)
    }

    /// Goes to a position and tells what that did to the meeting.
    pub fn go(&mut self, position: Millis) -> Moved {
        let time = self.time(position);
        // Times only ever grow, except where a clock was set back: what came before stays before.
        let upto = self.events.iter().rposition(|e| e.at <= time).map_or(0, |n| n + 1);
        let before = self.stands.replace((position, upto));
        match before {
            Some((from, first)) if from <= position && position.minus(from) <= GOES_ON => {
                Moved::On(self.events.get(first..upto).unwrap_or_default().to_vec())
            }
            _ => Moved::To(Box::new(self.state(upto))),
        }
    }

    /// Places where the words occur in a chapter's title, a topic or the name of who spoke, first to last.
    pub fn search(&self, words: &str) -> Vec<Found> {
        let words: Vec<_> = words.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let matches = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let marks = self.marks.iter().map(|m| Found { position: m.position, text: m.title.clone() });
        let mut found: Vec<_> = marks.chain(self.topics()).filter(|f| matches(&f.text)).collect();
        found.sort_by_key(|f| f.position);
        found.dedup();
        found
    }

    /// Who raised a hand with which topic, also those who were never called, and who came on the stage.
    fn topics(&self) -> impl Iterator<Item = Found> {
        let mut names = BTreeMap::new();
        self.events.iter().filter_map(move |recorded| {
            let text = match &recorded.event {
                Event::Joined { participant, name, .. } | Event::Renamed { participant, name, .. } => {
                    names.insert(*participant, name.clone());
                    return None;
                }
                Event::HandRaised { participant, topic, .. } => {
                    format!("{}: {topic}", names.get(participant)?)
                }
                Event::SteppedUp { participant, .. } => names.get(participant)?.clone(),
                _ => return None,
            };
            Some(Found { position: self.timeline.next_position(recorded.at)?, text })
        })
    }

    /// How the meeting was after its first `upto` events.
    fn state(&mut self, upto: usize) -> Meeting {
        let nearest = (upto / APART).min(self.states.len() - 1);
        let mut meeting = self.states[nearest].clone();
        for (n, recorded) in self.events.iter().enumerate().take(upto).skip(nearest * APART) {
            meeting.apply(recorded);
            if (n + 1) % APART == 0 && (n + 1) / APART == self.states.len() {
                self.states.push(meeting.clone());
            }
        }
        meeting
    }
}

/// The chapters that a file's tags name: `CHAPTER001=00:12:34.500` and `CHAPTER001NAME=Opening`.
pub fn marks(comments: &[(String, String)]) -> Vec<Mark> {
    let number = |name: &str| name.strip_prefix("CHAPTER").filter(|n| n.len() == 3).map(str::to_owned);
    let mark = |(name, value): &(String, String)| {
        let number = number(name)?;
        let titled = format!("CHAPTER{number}NAME");
        let title = comments.iter().find(|(name, _)| *name == titled).map_or("", |(_, title)| title);
        // What is no clean line has no name to show, and is a place all the same.
        Some(Mark { position: position(value)?, title: clean_line(title).unwrap_or_default() })
    };
    let mut marks: Vec<_> = comments.iter().filter_map(mark).collect();
    marks.sort_by_key(|mark| mark.position);
    marks
}

/// Reads a position: `01:02:03.456`, `02:03`, `3`.
pub fn position(text: &str) -> Option<Millis> {
    let mut millis = 0.0;
    for field in text.split(':') {
        millis =
            millis * 60.0 + field.trim().parse::<f64>().ok().filter(|n| (0.0..1e9).contains(n))? * 1_000.0;
    }
    Some(Millis(millis.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{HandId, HandKind, ParticipantId, Role, Seq, Source};

    const ANA: ParticipantId = ParticipantId([1; 32]);

    /// A meeting in which Ana raises her hand each second, and it is taken back after half of one.
    fn events(seconds: u64) -> Vec<Recorded> {
        let opened = Event::Opened {
            title: "T".into(),
            number: 1,
            owner: ANA,
            length: Millis::from_mins(60),
            agenda: Vec::new(),
            terms: Default::default(),
        };
        let joined = Event::Joined {
            participant: ANA,
            source: Source(1),
            name: "Ana".into(),
            role: Role::Host,
            auto_open: true,
            resembles: None,
            newcomer: false,
        };
        let hands = (0..seconds).flat_map(|n| {
            let hand = HandId(n + 1);
            let topic = format!("Topic {n}");
            let raised = Event::HandRaised { hand, participant: ANA, kind: HandKind::Question, topic };
            [(1_000 + n * 1_000, raised), (1_500 + n * 1_000, Event::HandWithdrawn { hand })]
        });
        let all = [(0, opened), (0, joined)].into_iter().chain(hands);
        let recorded = |(n, (at, event)): (usize, (u64, Event))| Recorded {
            seq: Seq(n as u64 + 1),
            at: Timestamp(at),
            by: None,
            event,
        };
        all.enumerate().map(recorded).collect()
    }

    /// A tape of which the seconds from 100 to 110 were not recorded.
    fn tape(seconds: u64) -> Tape {
        let timeline = Timeline::new([
            (Timestamp(0), Millis::from_secs(100)),
            (Timestamp(110_000), Millis::from_secs(seconds.saturating_sub(110))),
        ]);
        Tape::with(events(seconds), timeline, Vec::new())
    }

    /// How it was, folded from the start.
    fn folded(events: &[Recorded], at: Timestamp) -> Meeting {
        let mut meeting = Meeting::new();
        events.iter().filter(|e| e.at <= at).for_each(|e| meeting.apply(e));
        meeting
    }

    #[test]
    fn any_place_shows_the_meeting_as_it_was() {
        let (mut tape, events) = (tape(3_000), events(3_000));
        for second in [0, 2_800, 5, 99, 110, 1_500, 1_400, 2_889, 3] {
            let position = Millis(second * 1_000 + 200);
            let Moved::To(meeting) = tape.go(position) else { panic!("it is a jump") };
            assert_eq!(*meeting, folded(&events, tape.time(position)), "second {second}");
        }
        assert!(tape.states.len() >= 6002 / APART);
    }

    #[test]
    fn going_on_tells_what_happened() {
        let (mut tape, events) = (tape(300), events(300));
        let Moved::To(meeting) = tape.go(Millis(0)) else { panic!("it begins with a state") };
        let mut meeting = *meeting;
        for ms in (0..150_000).step_by(250) {
            match tape.go(Millis(ms)) {
                Moved::On(happened) => happened.iter().for_each(|e| meeting.apply(e)),
                Moved::To(_) => panic!("nothing jumps at {ms}"),
            }
            assert_eq!(meeting, folded(&events, tape.time(Millis(ms))), "at {ms}");
        }
        assert!(matches!(tape.go(Millis(156_000)), Moved::To(_)));
        assert!(matches!(tape.go(Millis(155_000)), Moved::To(_)), "back is a jump");
    }

    #[test]
    fn topics_and_names_are_found_where_they_are_heard() {
        let tape = tape(120);
        let found = tape.search("ana TOPIC 50");
        assert_eq!(found, [Found { position: Millis(51_000), text: "Ana: Topic 50".into() }]);
        let unrecorded = tape.search("topic 105");
        assert_eq!(unrecorded[0].position, Millis(100_000), "from where it goes on");
        assert!(tape.search("nobody").is_empty() && tape.search(" ").is_empty());
    }

    #[test]
    fn chapters_are_read_from_tags() {
        let tags = [
            ("CHAPTER002", "00:10:02.500"),
            ("CHAPTER001", "00:00:00.000"),
            ("CHAPTER002NAME", "Ana \u{202e}talks"),
            ("CHAPTER001NAME", "Opening"),
            ("CHAPTER1", "x"),
            ("CHAPTER003", "later"),
        ];
        let tags: Vec<_> = tags.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let found = marks(&tags);
        let titles: Vec<_> = found.iter().map(|m| (m.position.0, m.title.as_str())).collect();
        assert_eq!(titles, [(0, "Opening"), (602_500, "Ana talks")]);
    }
}
