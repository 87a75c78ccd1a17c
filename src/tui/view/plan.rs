//! Below the clock: the landing, the projected end, the agenda, the proposal.

use ratatui::text::{Line, Span};

use crate::meeting::{LIMIT_NOTICE, Millis, Phase};
use crate::tui::Scope;
use crate::tui::action::Do;
use crate::tui::cut::{length, minutes, time_of_day, width};

use super::View;

/// From this width on, the item's time says of how much.
const WITH_LENGTH: usize = 40;

impl View<'_> {
    /// What there is to say, the most important first.
    pub(super) fn plan_lines(&self, columns: usize) -> Vec<Line<'static>> {
        let room = columns.saturating_sub(3);
        let mut lines = Vec::new();
        let mut say = |text: String, scope| lines.push(self.plan_line(&text, scope, room));
        let (t, meeting) = (self.texts(), self.meeting());
        if meeting.phase() == Phase::Ended {
            say(t.ended.to_owned(), Scope::ClockProjected);
            if self.model.intent(Do::Mute, self.local).is_ok() {
                say((t.open_floor)(&self.key(Do::Mute)), Scope::ClockItem);
            }
        } else if meeting.clock().started_at.is_none() {
            say(self.doors_text(), Scope::ClockProjected);
            if self.model.intent(Do::Start, self.local).is_ok() {
                say((t.not_started_host)(&self.key(Do::Start)), Scope::ClockItem);
            }
        } else {
            if let Some(text) = self.landing_line() {
                say(text, Scope::ClockSoon);
            }
            lines.push(self.projected_line());
        }
        if let Some((text, scope)) = self.agenda_line(room) {
            lines.push(self.plan_line(&text, scope, room));
        }
        if let Some(text) = self.proposal_line() {
            lines.push(self.plan_line(&text, Scope::ClockSoon, room));
        }
        if let Some(text) = self.queue_line() {
            lines.push(self.plan_line(&text, Scope::ClockOvertime, room));
        }
        for item in meeting.items_to_come() {
            let text = (t.then)(&item.title, &length(item.length));
            lines.push(self.plan_line(&text, Scope::Dim, room));
        }
        lines
    }

    fn plan_line(&self, text: &str, scope: Scope, room: usize) -> Line<'static> {
        Line::from(Span::styled(format!("  {}", self.cut(text, room)), self.style(scope)))
    }

    /// `lands in 04:12`, `ends in 01:40`: what is counted down to on every screen.
    pub(super) fn landing_countdown(&self) -> Option<String> {
        let (t, meeting) = (self.texts(), self.meeting());
        let near = |left: &Millis| *left <= LIMIT_NOTICE;
        if let Some(left) = meeting.limit_left(self.now) {
            return Some(left).filter(near).map(|left| (t.lands_in)(&length(left)));
        }
        let elapsed = meeting.clock().elapsed(self.now);
        let bound = meeting.landing_bound().map(|bound| bound.minus(elapsed)).filter(near);
        let left = [meeting.last_words_left(self.now), bound].into_iter().flatten().min()?;
        Some((t.ends_in)(&length(left)))
    }

    /// Who is still to speak and how long that takes; or the last words; or that the landing is near.
    fn landing_line(&self) -> Option<String> {
        let (t, meeting) = (self.texts(), self.meeting());
        let countdown = self.landing_countdown();
        if meeting.landing().is_none() {
            let text = countdown?;
            let pushes = self.model.intent(Do::Push, self.local).is_ok();
            return Some(if pushes { (t.pushes)(&text, &self.key(Do::Push)) } else { text });
        }
        if meeting.last_words_left(self.now).is_some() {
            return countdown.map(|text| (t.last_words)(&text));
        }
        let speakers = meeting.queue().len() as u64 + u64::from(meeting.turn().is_some());
        Some((t.still_to_speak)(speakers, minutes(meeting.projection(self.now).queue)))
    }

    fn projected_line(&self) -> Line<'static> {
        let t = self.texts();
        let projection = self.meeting().projection(self.now);
        let at = time_of_day(projection.end, self.model.setup.utc_offset_secs);
        let mut spans =
            vec![Span::styled(format!("  {}", (t.projected)(&at)), self.style(Scope::ClockProjected))];
        if projection.over > Millis::ZERO {
            let over = format!("  {}", (t.plus_minutes)(minutes(projection.over)));
            spans.push(Span::styled(over, self.style(Scope::ClockOvertime)));
        }
        Line::from(spans)
    }

    /// `2/4 The numbering plan  06:48 left of 15:00`.
    fn agenda_line(&self, columns: usize) -> Option<(String, Scope)> {
        let (t, meeting) = (self.texts(), self.meeting());
        let (item, time) = meeting.item().zip(meeting.item_clock(self.now))?;
        let place = meeting.agenda().iter().position(|i| i.id == item.id)? + 1;
        let is_over = time.overtime > Millis::ZERO;
        let left = if is_over { (t.over)(&length(time.overtime)) } else { (t.left)(&length(time.remaining)) };
        let of = if columns >= WITH_LENGTH { (t.of)(&length(item.length)) } else { String::new() };
        let times = format!("  {left} {of}");
        let times = times.trim_end();
        let head = format!("{place}/{} {}", meeting.agenda().len(), item.title);
        let text = format!("{}{times}", self.cut(&head, columns.saturating_sub(width(times))));
        Some((text, if is_over { Scope::ClockOvertime } else { Scope::ClockItem }))
    }

    /// `+10 min? 3 yes, 1 no`, with who decides by which key.
    fn proposal_line(&self) -> Option<String> {
        let t = self.texts();
        let open = self.meeting().proposal()?;
        let (yes, no) = open.tally();
        let more = (t.plus_minutes)(minutes(open.by));
        let text = format!("{more}? {}", (t.tally)(yes as u64, no as u64));
        let decides = self.model.intent(Do::Extend, self.local).is_ok();
        Some(if decides { (t.decides)(&text, &self.key(Do::Extend)) } else { text })
    }

    /// The queue needs more than there is.
    fn queue_line(&self) -> Option<String> {
        let meeting = self.meeting();
        if meeting.phase() != Phase::Live {
            return None;
        }
        let (needs, left) = (meeting.projection(self.now).queue, meeting.clock().remaining(self.now));
        (needs > left).then(|| (self.texts().queue_needs)(minutes(needs), left.as_secs() / 60))
    }
}
