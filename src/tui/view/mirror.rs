//! The participation mirror.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::{Participant, Role};
use crate::tui::Scope;
use crate::tui::cut::{length, width};
use crate::tui::mirror::{Sort, share};

use super::{View, cells, scroll};

/// The widest mirror, and the least width for all of its columns.
const COLUMNS: usize = 76;
const ALL_COLUMNS: usize = 58;
/// The widest name shown in full.
const NAME: usize = 22;
const TALK: usize = 7;
const SHARE: usize = 6;
const TURNS: usize = 7;
/// A tenth of all talk time is two cells of a bar.
const BAR: usize = 20;
/// Rows that are not the list's: the frame, the heads, and a row above and below.
const AROUND: usize = 5;

impl View<'_> {
    pub(super) fn draw_mirror(&self, sort: Sort, selected: usize, buf: &mut Buffer) {
        let t = self.texts();
        let people = self.model.mirror_rows(sort);
        let room = usize::from(self.area.height).saturating_sub(AROUND).max(1);
        let columns = COLUMNS.min(usize::from(self.area.width).saturating_sub(4));
        let hint = (t.mirror_hint)((t.mirror_sort)(sort));
        let inner = self.boxed(&self.mirror_title(&people), &hint, columns, people.len().min(room) + 1, buf);
        let columns = usize::from(inner.width);
        let rules = self.model.rules();
        let head = if rules { self.host_head(columns) } else { self.fit(t.mirror_name, columns) };
        self.put_line(&Line::styled(head, self.layer(Scope::Dim)), 0, inner, buf);
        let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
        let first = scroll(Some(selected), usize::from(list.height));
        for (n, person) in people.iter().enumerate().skip(first) {
            let row = n - first;
            let line = if rules { self.host_row(person, columns) } else { self.share_row(person, columns) };
            self.put_line(&line, row, list, buf);
            if n == selected && row < usize::from(list.height) {
                let at = Rect::new(list.x, list.y + cells(row), list.width, 1);
                self.light(at, Scope::Selected, buf);
                self.focus_on(at.x, at.y);
            }
        }
    }

    fn mirror_title(&self, people: &[&Participant]) -> String {
        let t = self.texts();
        let mut words = vec![t.mirror_title.to_owned(), (t.here_count)(people.len() as u64)];
        let silent = people.iter().filter(|p| self.is_silent(p)).count() as u64;
        if self.model.rules() && silent > 0 {
            words.push((t.unheard_count)(silent));
        }
        words.join(&format!(" {} ", self.glyphs().dot))
    }

    /// Whether somebody is pointed out as not heard yet.
    pub(super) fn is_silent(&self, person: &Participant) -> bool {
        self.model.is_silent(person)
    }

    fn name_columns(columns: usize) -> usize {
        let rest = if columns >= ALL_COLUMNS { TALK + SHARE + TURNS + 2 } else { TALK + 2 };
        (columns.saturating_sub(rest) / 2).clamp(6, NAME)
    }

    fn host_head(&self, columns: usize) -> String {
        let t = self.texts();
        let name = self.fit(t.mirror_name, Self::name_columns(columns));
        let talk = self.fit_right(t.mirror_talk, TALK);
        if columns < ALL_COLUMNS {
            return format!("{name}{talk}  {}", t.mirror_heard);
        }
        let (share, turns) = (self.fit_right("%", SHARE), self.fit_right(t.mirror_turns, TURNS));
        format!("{name}{talk}{share}{turns}  {}", t.mirror_heard)
    }

    fn host_row(&self, person: &Participant, columns: usize) -> Line<'static> {
        let scope = if self.is_silent(person) { Scope::HereUnheard } else { Scope::Text };
        let style = if scope == Scope::Text { self.style(Scope::Layer) } else { self.layer(scope) };
        let name = self.fit(&person.name, Self::name_columns(columns));
        let talk =
            self.fit_right(&if person.is_heard() { length(person.spoken) } else { String::new() }, TALK);
        let mut text = format!("{name}{talk}");
        if columns >= ALL_COLUMNS {
            let share = format!("{} %", share(self.meeting(), person));
            let turns = if person.turns > 0 { person.turns.to_string() } else { String::new() };
            text.push_str(&self.fit_right(&share, SHARE));
            text.push_str(&self.fit_right(&turns, TURNS));
        }
        text.push_str("  ");
        let room = columns.saturating_sub(width(&text));
        let heard = self.model.heard_words(person, self.now).join(&format!(" {} ", self.glyphs().dot));
        text.push_str(&self.fit(&heard, room));
        Line::from(Span::styled(text, style))
    }

    /// For everybody: a name and its part of what was said.
    fn share_row(&self, person: &Participant, columns: usize) -> Line<'static> {
        let g = self.glyphs();
        let share = share(self.meeting(), person);
        let name = self.fit(&person.name, Self::name_columns(columns));
        let percent = self.fit_right(&format!("{share} %"), SHARE);
        let listens = person.role == Role::Listener && !person.is_heard();
        let lit = usize::try_from(share).unwrap_or(100).min(100) * BAR / 100;
        let bar = g.meter_on.repeat(lit);
        let rest = if listens { self.texts().listening } else { bar.as_str() };
        let text = format!("{name}{percent}  {rest}");
        Line::from(Span::styled(self.fit(&text, columns), self.style(Scope::Layer)))
    }
}
