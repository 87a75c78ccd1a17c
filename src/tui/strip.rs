//! The one line of a seat without a console: `palco listen` and `palco speak`.

use unicode_width::UnicodeWidthChar as _;

use crate::meeting::{Meeting, Mic, Millis, ParticipantId, Phase, RecordSign, Timestamp};

use super::Language;

/// What the sound of a listener is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The feed's word; empty for none.
    pub feed: &'static str,
    /// Bytes a second on the link, in and out.
    pub bytes: u64,
    /// How far behind live.
    pub delay: Millis,
}

/// What comes of a speaker's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// It is sent.
    Sent,
    /// It waits, as the microphone is not open.
    Waits,
    /// It is dropped, as the microphone is not open and it cannot wait.
    Dropped,
}

/// The line of one seat; parts apart by a middle dot, the important ones first.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// Its language.
    pub language: Language,
    /// The meeting as far as it is known.
    pub meeting: &'a Meeting,
    /// The server's time.
    pub now: Timestamp,
}

impl Strip<'_> {
    /// For a listener, with the names of those who speak.
    pub fn listening(&self, speaking: &[&str], heard: Heard) -> String {
        let t = self.language.strip();
        let speaks = if speaking.is_empty() { t.nobody.to_owned() } else { (t.speaks)(&speaking.join(", ")) };
        let link = [heard.feed.to_owned(), (t.rate)(heard.bytes), (t.delay)(heard.delay.0)];
        let title = self.meeting.title().to_owned();
        let whole = [self.record(), vec![title], self.phase(), vec![speaks], self.clock()];
        joined(whole.into_iter().flatten().chain(link))
    }

    /// For a speaker.
    pub fn speaking(&self, you: Option<ParticipantId>, spoken: Spoken) -> String {
        let t = self.language.strip();
        let me = you.and_then(|id| self.meeting.participant(id));
        let lobby = you.is_some_and(|id| self.meeting.is_in_lobby(id));
        let mic = match me.map(|p| p.mic()) {
            _ if lobby => t.lobby,
            Some(Mic::Live) => t.heard,
            Some(Mic::Muted) => t.muted,
            Some(Mic::Held) => t.held,
            Some(Mic::Closed) | None => t.off_stage,
        };
        let then = match spoken {
            Spoken::Sent => "",
            Spoken::Waits => t.waits,
            Spoken::Dropped => t.dropped,
        };
        let parts = [self.meeting.title().to_owned(), mic.to_owned(), then.to_owned()];
        joined(self.record().into_iter().chain(parts).chain(self.clock()))
    }

    /// The recording's sign, before everything else.
    fn record(&self) -> Vec<String> {
        let sign = self.meeting.recording().sign();
        let word = self.language.texts().recording.word(self.meeting.recording());
        let glyph = if sign == RecordSign::On { "●" } else { "○" };
        if word.is_empty() { Vec::new() } else { vec![format!("{glyph} {word}")] }
    }

    /// When there is no connection.
    pub fn lost(&self, why: &str) -> String {
        let t = self.language.strip();
        let parts = [self.meeting.title(), t.connecting, why];
        joined(parts.into_iter().map(str::to_owned))
    }

    /// What a person is called here.
    pub fn you_are(&self, name: &str) -> String {
        let t = self.language.strip();
        joined([self.meeting.title().to_owned(), (t.you_are)(name)].into_iter())
    }

    /// That there is nothing to play on.
    pub fn no_speaker(&self, why: &str) -> String {
        (self.language.strip().no_speaker)(why)
    }

    fn phase(&self) -> Vec<String> {
        let t = self.language.strip();
        match self.meeting.phase() {
            Phase::Ended => vec![t.ended.to_owned()],
            _ if self.meeting.is_before_doors() => vec![t.lobby.to_owned()],
            _ => Vec::new(),
        }
    }

    fn clock(&self) -> Vec<String> {
        let clock = self.meeting.clock();
        if clock.started_at.is_none() {
            return Vec::new();
        }
        let (elapsed, planned) = (span(clock.elapsed(self.now)), span(clock.planned));
        vec![(self.language.strip().clock)(&elapsed, &planned)]
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A length as `42:17` or `1:02:17`.
fn span(length: Millis) -> String {
    let secs = length.0 / 1_000;
    let (hours, minutes, secs) = (secs / 3_600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes:02}:{secs:02}") }
}

/// A line cut to so many columns, without anything that a terminal obeys.
pub fn fitted(line: &str, columns: usize) -> String {
    let mut left = columns;
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = if fits { left - width } else { 0 };
        fits
    };
    line.chars().filter(|c| !c.is_control()).take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Event, Recorded, Seq};

    fn meeting() -> Meeting {
        let mut meeting = Meeting::new();
        let me = ParticipantId([7; 32]);
        let opened = Event::Opened {
            title: "VoIP".into(),
            number: 1,
            owner: me,
            length: Millis::from_mins(60),
            agenda: Vec::new(),
            terms: Default::default(),
        };
        meeting.apply(&Recorded { seq: Seq(1), at: Timestamp(0), by: None, event: opened });
        meeting
    }

    #[test]
    fn lines_say_what_matters_first() {
        let meeting = meeting();
        let strip = |language| Strip { language, meeting: &meeting, now: Timestamp(0) };
        let heard = Heard { feed: "mix-8", bytes: 1_340, delay: Millis(215) };
        assert_eq!(
            strip(Language::En).listening(&["Ana", "Bruno"], heard),
            "VoIP · the doors are not open yet · ▶ Ana, Bruno · mix-8 · 1.3 kB/s · 215 ms behind"
        );
        assert_eq!(
            strip(Language::It).listening(&[], heard),
            "VoIP · le porte non sono ancora aperte · nessuno parla · mix-8 · 1,3 kB/s · 215 ms di ritardo"
        );
        assert_eq!(
            strip(Language::En).speaking(None, Spoken::Waits),
            "VoIP · you are not on the stage · waits until you are heard"
        );
    }

    #[test]
    fn a_line_is_cut_by_columns_and_obeyed_by_no_terminal() {
        assert_eq!(fitted("a\x1b[2Jb\nc", 9), "a[2Jbc");
        assert_eq!(fitted("漢字xyz", 5), "漢字x");
        assert_eq!(fitted("漢字", 3), "漢");
        assert_eq!(fitted("x", 0), "");
    }
}
