//! Everybody in the meeting, by name.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::Participant;
use crate::tui::Scope;
use crate::tui::action::Panel;
use crate::tui::cut::width;
use crate::tui::standing::Standing;

use super::{View, cells};

/// The widest name shown in full, so that one long name does not make all columns wide.
const NAME: usize = 18;

impl View<'_> {
    pub(super) fn draw_here(&self, area: Rect, buf: &mut Buffer) {
        let inner =
            self.frame(Panel::Here, &self.here_title(), &self.filter_note().unwrap_or_default(), area, buf);
        self.draw_here_rows(inner, buf);
        if self.model.focus == Panel::Here
            && let Some(person) = self.model.selected_person()
        {
            let text = format!(" {} ", self.about(person, usize::from(area.width.saturating_sub(6))));
            self.put(&text, self.style(Scope::Dim), area.x + 2, area.bottom().saturating_sub(1), buf);
        }
    }

    pub(super) fn here_title(&self) -> String {
        let t = self.texts();
        let roster = self.meeting().roster();
        let unheard = roster.iter().filter(|p| self.is_silent(p)).count() as u64;
        let waiting = self.meeting().lobby().len() as u64;
        if waiting > 0 {
            return format!("{} {} {}", t.here, self.glyphs().dot, (t.lobby_count)(waiting));
        }
        if unheard == 0 || self.meeting().clock().started_at.is_none() {
            return t.here.to_owned();
        }
        format!("{} {} {}", t.here, self.glyphs().dot, (t.unheard_count)(unheard))
    }

    /// Columns from top to bottom, so that one down is the next person.
    pub(super) fn draw_here_rows(&self, inner: Rect, buf: &mut Buffer) {
        let people = self.model.here_rows();
        if people.is_empty() {
            let t = self.texts();
            let filter = &self.model.filter;
            let text = if filter.is_empty() { t.nobody_here.to_owned() } else { (t.nothing_matches)(filter) };
            return self.teach(&[text], inner, buf);
        }
        let rows = usize::from(inner.height).max(1);
        let name = people.iter().map(|p| width(&p.name)).max().unwrap_or(1).clamp(6, NAME);
        let column = name + 4;
        let columns = (usize::from(inner.width) / column).max(1);
        let selected = self.model.selected(Panel::Here);
        // Whole columns scroll, as much as the selection needs.
        let first = selected.map_or(0, |s| (s / rows + 1).saturating_sub(columns));
        let hidden = people.len().saturating_sub((first + columns) * rows);
        for (n, person) in people.iter().enumerate().skip(first * rows).take(columns * rows) {
            let (x, y) = ((n / rows - first) * column, n % rows);
            let area = Rect::new(inner.x + cells(x), inner.y + cells(y), cells(column).min(inner.width), 1);
            let last = n + 1 == (first + columns) * rows;
            if hidden > 0 && last && selected != Some(n) {
                let more = (self.texts().more)(hidden as u64 + 1);
                self.put(
                    &format!("   {}", self.cut(&more, name)),
                    self.style(Scope::Dim),
                    area.x,
                    area.y,
                    buf,
                );
                continue;
            }
            buf.set_line(area.x, area.y, &self.person(person, name), area.width);
            if selected == Some(n) {
                self.mark(Panel::Here, Rect { width: area.width.min(cells(name + 3)), ..area }, buf);
            }
        }
    }

    fn person(&self, person: &Participant, name: usize) -> Line<'static> {
        let (mark, scope) = self.presence(person);
        let is_me = self.model.me().is_some_and(|me| me.id == person.id);
        let own = if is_me { Scope::HereSelf } else { scope };
        Line::from(vec![
            Span::styled(format!(" {mark} "), self.style(scope)),
            Span::styled(self.cut(&person.name, name), self.style(own)),
        ])
    }

    /// The one thing worth saying about somebody: mark and scope.
    fn presence(&self, person: &Participant) -> (&'static str, Scope) {
        let g = self.glyphs();
        match self.model.standing(person) {
            Standing::Away => (g.away, Scope::HereAway),
            Standing::OnStage => (g.live, Scope::HereStage),
            Standing::HandUp => (g.hand, Scope::HereHand),
            Standing::Lobby => (g.unheard, Scope::HereUnheard),
            Standing::Listening => (g.listening, Scope::HereListening),
            Standing::Heard => (g.heard, Scope::HereHeard),
            Standing::Unheard => (g.unheard, Scope::HereUnheard),
            Standing::Present => (" ", Scope::HereHeard),
        }
    }

    /// What is known about the selected person, in as many words as fit: the last ones are the rarest.
    pub(super) fn about(&self, person: &Participant, columns: usize) -> String {
        let mut words = self.model.about(person);
        let gap = format!(" {} ", self.glyphs().dot);
        while words.len() > 2 && width(&words.join(&gap)) > columns {
            words.remove(words.len() - 2);
        }
        self.cut(&words.join(&gap), columns)
    }

    /// The marks and what they mean, for the help.
    pub(super) fn legend(&self) -> Vec<(&'static str, Scope, &'static str)> {
        let (g, t) = (self.glyphs(), self.texts());
        vec![
            (g.speaking, Scope::StageSpeaking, t.speaking),
            (g.live, Scope::HereStage, t.on_stage),
            (g.hand, Scope::HereHand, t.hand_up),
            (g.heard, Scope::HereHeard, t.heard),
            (g.unheard, Scope::HereUnheard, t.unheard),
            (g.listening, Scope::HereListening, t.listening),
            (g.away, Scope::HereAway, t.away),
        ]
    }
}
