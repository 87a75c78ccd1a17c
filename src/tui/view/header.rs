//! The first line: which meeting, its phase, the link, how many are here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::meeting::{Phase, Presence, RecordSign, Role};
use crate::tui::cut::width;
use crate::tui::{Connection, Scope};
use crate::wire::Feed;

use super::{View, cells};

type Part = (String, Style);

/// Columns that the program's and the room's names want.
const NAME: usize = 20;

/// From so many columns on there is room for the rung of a mix and the latency.
const WIDE: u16 = 100;

/// Columns for the name of an acting host.
const ACTING: usize = 14;

impl View<'_> {
    pub(super) fn draw_header(&self, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, self.style(Scope::Header));
        let mut right = self.facts();
        let columns = |right: &[Part]| right.iter().map(|(text, _)| width(text) + 2).sum::<usize>();
        // The room's name goes before how many are here.
        if columns(&right) + NAME > usize::from(area.width) && right.len() > 2 {
            right.pop();
        }
        let used = columns(&right);
        let room = usize::from(area.width).saturating_sub(used + 2);
        let mut x = area.right().saturating_sub(cells(used));
        for (text, style) in right {
            self.put(&text, style, x, area.y, buf);
            x += cells(width(&text) + 2);
        }
        let name = self.meeting_name();
        let title = self.meeting().title();
        let gap = if title.is_empty() { String::new() } else { format!(" {} ", self.glyphs().dot) };
        let lead = 8 + width(&name) + width(&gap);
        let line = Line::from(vec![
            Span::styled(" palco  ", self.style(Scope::HeaderBrand)),
            Span::styled(name, self.style(Scope::Header)),
            Span::styled(gap, self.style(Scope::Header)),
            Span::styled(self.cut(title, room.saturating_sub(lead)), self.style(Scope::HeaderTitle)),
        ]);
        buf.set_line(area.x, area.y, &line, cells(room));
    }

    /// `monday #28`.
    pub(super) fn meeting_name(&self) -> String {
        let room = crate::tui::cut::plain(&self.model.setup.room).into_owned();
        match self.meeting().number() {
            0 => room,
            n => format!("{room} #{n}").trim_start().to_owned(),
        }
    }

    pub(super) fn phase(&self) -> Part {
        let phase = self.meeting().phase();
        let word = (self.texts().phase)(phase);
        match self.landing_countdown() {
            Some(countdown) => {
                (format!("{word} {} {countdown}", self.glyphs().dot), self.style(Scope::PhaseClosing))
            }
            None => (word.to_owned(), self.style(phase_scope(phase))),
        }
    }

    /// The link: the rung of the mix, and its latency while it works, what is done about it while not.
    pub(super) fn link(&self) -> Part {
        let t = self.texts();
        match &self.model.connection {
            Connection::Connected => {
                let latency = self.model.latency().map(|ms| format!("{ms} ms"));
                let rung = match self.model.feed {
                    Feed::Mix(rung) => Some(format!("mix {}", rung.kbps())),
                    Feed::None | Feed::Forward | Feed::Echo => None,
                };
                let wide = self.area.width >= WIDE || rung.is_none();
                let words: Vec<_> = rung.into_iter().chain(latency.filter(|_| wide)).collect();
                (words.join(" "), self.style(Scope::LinkUp))
            }
            Connection::Lost { retry_at, .. } => {
                let secs = retry_at.since(self.local).0.div_ceil(1_000);
                let text = if secs == 0 { t.connecting.to_owned() } else { (t.retry_in)(secs) };
                (format!(" {text} "), self.style(Scope::LinkLost))
            }
            Connection::Ended { .. } => (format!(" {} ", t.link_over), self.style(Scope::LinkLost)),
            Connection::Idle | Connection::Connecting { .. } => {
                (format!(" {} ", t.connecting), self.style(Scope::LinkLost))
            }
        }
    }

    fn facts(&self) -> Vec<Part> {
        let t = self.texts();
        let mut facts = vec![self.link()];
        if self.meeting().is_open() {
            let (here, listening) = self.counts();
            let mut counts = (t.here_count)(here);
            let acting = self.acting_host();
            let order = self.order_facts();
            if listening > 0 && order.is_empty() && acting.is_none() {
                counts = format!("{counts} {} {}", self.glyphs().dot, (t.listening_count)(listening));
            }
            facts.splice(0..0, order);
            facts.splice(0..0, acting);
            facts.insert(0, self.phase());
            facts.splice(0..0, self.record_sign());
            // What is done about a lost link takes their room, and they are not known then.
            if self.model.is_up() {
                facts.push((counts, self.style(Scope::Header)));
            }
        }
        facts.retain(|(text, _)| !text.is_empty());
        facts
    }

    /// Who acts as host.
    fn acting_host(&self) -> Option<Part> {
        let acting = self.meeting().chair().acting?;
        let name = self.cut(self.model.name_of(acting), ACTING);
        let style = self.style(Scope::Header).patch(self.accent(Scope::StageRole));
        Some((format!("{} {name}", self.texts().acting_host), style))
    }

    /// The recording, as a sign and a word.
    pub(super) fn record_sign(&self) -> Option<Part> {
        if self.model.is_recording {
            let style = self.style(Scope::Header).patch(self.accent(Scope::StageSpeaking));
            return Some((format!("{} {}", self.glyphs().speaking, self.texts().player.replay), style));
        }
        let (word, g) = (self.model.record_word()?, self.glyphs());
        let (glyph, scope) = match self.meeting().recording().sign() {
            RecordSign::On => (g.live, Scope::ClockOvertime),
            RecordSign::Halted => (g.held, Scope::ClockOvertime),
            _ => (g.muted, Scope::StageHeld),
        };
        Some((format!("{glyph} {word}"), self.style(Scope::Header).patch(self.accent(scope))))
    }

    /// What keeps the meeting in order now, for everybody to see.
    pub(super) fn order_facts(&self) -> Vec<Part> {
        let (t, moderation) = (self.texts(), self.meeting().moderation());
        let style = self.style(Scope::Header).patch(self.accent(Scope::StageHeld));
        let facts = [(moderation.hold_all, t.all_held), (moderation.locked, t.locked)];
        facts.into_iter().filter(|(is, _)| *is).map(|(_, word)| (word.to_owned(), style)).collect()
    }

    /// How many take part and how many only listen, of those connected.
    pub(super) fn counts(&self) -> (u64, u64) {
        let roster = self.meeting().roster();
        let here = roster.iter().filter(|p| matches!(p.presence, Presence::Here { .. }));
        here.fold((0, 0), |(here, listening), p| match p.role {
            Role::Listener => (here, listening + 1),
            _ => (here + 1, listening),
        })
    }
}

/// The colours of a phase.
pub(super) fn phase_scope(phase: Phase) -> Scope {
    match phase {
        Phase::Scheduled | Phase::Backstage => Scope::PhaseScheduled,
        Phase::Live => Scope::PhaseLive,
        Phase::Closing => Scope::PhaseClosing,
        Phase::Ended => Scope::PhaseEnded,
    }
}
