//! The keys, those of the panel with the keys first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::Scope;
use crate::tui::action::{ACTIONS, Group, Panel};
use crate::tui::cut::width;

use super::{View, cells};

/// Columns for the keys of an action.
const KEYS: usize = 10;
/// One column of the help, and two.
const NARROW: usize = 64;
const WIDE: usize = 104;

impl View<'_> {
    pub(super) fn draw_help(&self, scroll: usize, buf: &mut Buffer) {
        let t = self.texts();
        let room = usize::from(self.area.width).saturating_sub(6);
        let (columns, count) = if room >= WIDE { (WIDE, 2) } else { (NARROW.min(room), 1) };
        let each = columns / count - (count - 1);
        let lines = self.help_lines(each);
        let tall = usize::from(self.area.height).saturating_sub(4).max(1);
        let rows = lines.len().div_ceil(count).min(tall);
        let inner = self.boxed(&(t.help_title)(t.panel(self.model.focus)), t.help_hint, columns, rows, buf);
        let visible = usize::from(inner.height) * count;
        let first = scroll.min(lines.len().saturating_sub(visible));
        for (n, line) in lines.iter().skip(first).take(visible).enumerate() {
            let (column, row) = (n / usize::from(inner.height), n % usize::from(inner.height));
            let x = inner.x + cells(column * (each + 2));
            let at = Rect { x, width: cells(each).min(inner.right().saturating_sub(x)), ..inner };
            self.put_line(line, row, at, buf);
        }
    }

    fn help_lines(&self, columns: usize) -> Vec<Line<'static>> {
        let t = self.texts();
        let first = match self.model.focus {
            Panel::Queue => Group::Queue,
            Panel::Stage | Panel::Here => Group::Stage,
            Panel::Clock => Group::Meeting,
        };
        let mut groups = Group::ALL.to_vec();
        groups.sort_by_key(|g| *g != first);
        let mut lines = self.about_lines(columns);
        for group in groups {
            lines.push(self.heading(t.group[group as usize]));
            for action in ACTIONS.iter().filter(|a| a.group == group) {
                let possible = self.model.intent(action.what, self.local).is_ok();
                let keys = self.model.setup.keymap.all(action.what);
                let keys = if keys.is_empty() { format!(":{}", action.word) } else { keys };
                let (key, text) =
                    if possible { (Scope::Key, Scope::Layer) } else { (Scope::Disabled, Scope::Disabled) };
                let long = self.cut(self.model.label(action).long, columns.saturating_sub(KEYS + 1));
                lines.push(Line::from(vec![
                    Span::styled(format!("{} ", self.fit(&keys, KEYS)), self.layer(key)),
                    Span::styled(long, self.layer(text)),
                ]));
            }
            lines.push(Line::default());
        }
        lines.push(self.heading(t.help_marks));
        for (mark, scope, word) in self.legend() {
            lines.push(Line::from(vec![
                Span::styled(self.fit(mark, KEYS + 1 - width("")), self.layer(scope)),
                Span::styled(word, self.style(Scope::Layer)),
            ]));
        }
        lines
    }

    /// What has no room on the screen: how others join, what does not work with the sound.
    fn about_lines(&self, columns: usize) -> Vec<Line<'static>> {
        let join = self.join_forms().into_iter().next().map(|text| (text, Scope::Layer));
        let hear = self.hear_forms().into_iter().next().map(|text| (text, Scope::Layer));
        let problem = self.sound_problem().map(|(text, _)| (text, Scope::StatusProblem));
        let mut lines = Vec::new();
        for (text, scope) in hear.into_iter().chain(join).chain(problem) {
            let rows = crate::tui::cut::wrap(&text, columns);
            lines.extend(rows.into_iter().map(|row| Line::styled(row, self.layer(scope))));
            lines.push(Line::default());
        }
        lines
    }

    fn heading(&self, text: &'static str) -> Line<'static> {
        Line::styled(text, self.style(Scope::LayerTitle))
    }
}
