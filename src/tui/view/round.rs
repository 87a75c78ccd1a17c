//! The round: who speaks and for how long, who is next, how many remain, when it ends.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::{Millis, Participant};
use crate::tui::Scope;
use crate::tui::action::Do;
use crate::tui::cut::{length, time_of_day, width};

use super::{View, cells};

/// With so much left, the time says so by its colour and by a word.
const LAST_SECONDS: Millis = Millis::from_secs(10);

/// From this height on a row is left free below.
const AIRY: u16 = 10;

impl View<'_> {
    /// Draws the round at the top of an area, and tells what is left of it.
    pub(super) fn draw_round(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let columns = usize::from(area.width);
        let Some(first) = self.round_speaker(columns) else {
            return area;
        };
        let facts = self.round_facts();
        let dot = format!(" {} ", self.glyphs().dot);
        let whole = facts.join(&dot);
        let rest = match facts.split_first() {
            Some((next, others)) if width(&whole) + 3 > columns && !others.is_empty() => {
                vec![next.clone(), others.join(&dot)]
            }
            _ => vec![whole],
        };
        let mut lines = vec![first];
        lines.extend(rest.into_iter().filter(|text| !text.is_empty()).map(|text| {
            let text = self.cut(&text, columns.saturating_sub(3));
            Line::styled(format!("   {text}"), self.style(Scope::Dim))
        }));
        for (n, line) in lines.iter().enumerate() {
            self.put_line(line, n, area, buf);
        }
        let used = (cells(lines.len()) + u16::from(area.height >= AIRY)).min(area.height);
        Rect { y: area.y + used, height: area.height - used, ..area }
    }

    /// Who speaks and how long they still have; or why nobody does.
    fn round_speaker(&self, columns: usize) -> Option<Line<'static>> {
        let (t, g) = (self.texts(), self.glyphs());
        let round = self.meeting().round()?;
        let Some(speaker) = round.speaker else {
            let text =
                if round.begun { t.round_waits.to_owned() } else { (t.round_arrange)(&self.key(Do::Done)) };
            let text = self.cut(&text, columns.saturating_sub(1));
            return Some(Line::styled(format!(" {text}"), self.style(Scope::ClockProjected)));
        };
        let (left, scope) = self.round_time()?;
        let name = self.model.name_of(speaker.participant);
        let name = self.cut(name, columns.saturating_sub(width(&left) + 5));
        let style = self.style(Scope::StageSpeaking);
        Some(Line::from(vec![
            Span::styled(format!(" {} {name}  ", g.speaking), style),
            Span::styled(left, self.style(scope)),
        ]))
    }

    /// What the speaker has left, with a word in the last seconds.
    fn round_time(&self) -> Option<(String, Scope)> {
        let t = self.texts();
        let (left, scope) = self.round_clock()?;
        Some(match scope {
            Scope::ClockOvertime => (format!("{left} {} {}", self.glyphs().dot, t.last_seconds), scope),
            _ => ((t.left)(&left), scope),
        })
    }

    /// What the speaker has left, as digits.
    pub(super) fn round_clock(&self) -> Option<(String, Scope)> {
        let left = self.meeting().round_left(self.now)?;
        let scope = if left <= LAST_SECONDS { Scope::ClockOvertime } else { Scope::ClockTime };
        // A begun second counts: it says 00:01 until time is up.
        Some((length(Millis::from_secs(left.0.div_ceil(1_000))), scope))
    }

    /// Whether the own time in the round is nearly over.
    pub(super) fn own_last_seconds(&self) -> Option<String> {
        let me = self.model.me()?.id;
        self.meeting().round().filter(|r| r.is_speaker(me))?;
        let (text, scope) = self.round_time()?;
        (scope == Scope::ClockOvertime).then_some(text)
    }

    /// Who is next, how many remain, when it ends.
    pub(super) fn round_facts(&self) -> Vec<String> {
        let (t, meeting) = (self.texts(), self.meeting());
        let Some(round) = meeting.round() else {
            return Vec::new();
        };
        let next = meeting.round_next().map(|id| (t.round_next)(self.model.name_of(id)));
        let remain = (t.round_to_go)(round.waiting.len() as u64);
        let end = self.now.plus(meeting.round_need(self.now));
        let end = (t.round_ends)(&time_of_day(end, self.model.setup.utc_offset_secs));
        next.into_iter().chain([remain, end]).collect()
    }

    /// The place in the round of somebody who is still to speak, as a word.
    pub(super) fn round_place(&self, person: &Participant) -> Option<String> {
        let t = self.texts();
        let round = self.meeting().round()?;
        let place = round.waiting.iter().position(|id| *id == person.id)?;
        Some(if person.is_here() { (t.round_place)(place as u64 + 1) } else { t.away.to_owned() })
    }
}
