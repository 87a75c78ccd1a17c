//! What can be done now, by key.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::Timestamp;
use crate::tui::action::{ACTIONS, Action, Group};
use crate::tui::cut::width;
use crate::tui::layer::Layer;
use crate::tui::{Model, Scope};

use super::{View, cells};

/// A hint: an action, its key and its short name now.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Hint {
    pub(in crate::tui) action: &'static Action,
    pub(in crate::tui) key: String,
    pub(in crate::tui) name: &'static str,
}

impl Hint {
    fn columns(&self) -> usize {
        width(&self.key) + 1 + width(self.name) + 2
    }
}

/// From this width on, dots stand between blocks of hints.
const WITH_DOTS: usize = 60;

impl Model {
    /// What can be done now and fits into `columns`, in the order of the table.
    pub(in crate::tui) fn hints(&self, columns: usize, now: Timestamp) -> Vec<Hint> {
        let hint = |action: &'static Action| Hint {
            action,
            key: self.setup.keymap.key(action.what),
            name: self.label(action).short,
        };
        let mut possible: Vec<_> =
            ACTIONS.iter().filter(|a| a.rank > 0 && self.intent(a.what, now).is_ok()).map(hint).collect();
        possible.sort_by_key(|h| h.action.rank);
        let mut shown: Vec<Hint> = Vec::new();
        for hint in possible {
            shown.push(hint);
            if total(&shown, columns) >= columns.max(1) {
                shown.pop();
            }
        }
        shown.sort_by_key(|h| ACTIONS.iter().position(|a| a.what == h.action.what));
        shown
    }
}

/// How many columns hints take in the footer: a space first, two between, a dot and a space between blocks.
fn total(hints: &[Hint], columns: usize) -> usize {
    let mut blocks: Vec<_> = hints.iter().map(|h| block(h.action.group)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let dots = if columns >= WITH_DOTS { 2 * blocks.len().saturating_sub(1) } else { 0 };
    hints.iter().map(Hint::columns).sum::<usize>().saturating_sub(1) + dots
}

impl View<'_> {
    pub(super) fn draw_footer(&self, area: Rect, buf: &mut Buffer) {
        if self.model.is_recording || matches!(self.model.layers.last(), Some(Layer::Filter { .. })) {
            return;
        }
        let mut x = area.x + 1;
        let mut before = None;
        for hint in self.model.hints(usize::from(area.width), self.local) {
            let block = block(hint.action.group);
            if before.is_some_and(|b| b != block) && usize::from(area.width) >= WITH_DOTS {
                let dot = format!("{} ", self.glyphs().dot);
                self.put(&dot, self.style(Scope::Disabled), x, area.y, buf);
                x += 2;
            }
            before = Some(block);
            self.put_hint(&hint.key, hint.name, x, area, buf);
            x += cells(hint.columns());
        }
    }

    /// Puts a key and what it does into a row of hints.
    pub(super) fn put_hint(&self, key: &str, name: &str, x: u16, area: Rect, buf: &mut Buffer) {
        let line = Line::from(vec![
            Span::styled(key, self.style(Scope::Key)),
            Span::styled(format!(" {name}"), self.style(Scope::KeyText)),
        ]);
        buf.set_line(x, area.y, &line, area.right().saturating_sub(x));
    }
}

/// Hints stand in three blocks: others, oneself, the console.
fn block(group: Group) -> u8 {
    match group {
        Group::Queue | Group::Stage => 0,
        Group::You => 1,
        Group::Meeting => 2,
        Group::Console => 3,
    }
}
