//! Short messages above the status line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

use crate::tui::Scope;
use crate::tui::cut::{width, wrap};
use crate::tui::toast::{Toast, ToastKind};

use super::{NARROW, NORMAL, View, cells, reaches};

/// The widest message; longer ones take more lines.
const COLUMNS: usize = 56;

impl View<'_> {
    pub(super) fn draw_toasts(&self, buf: &mut Buffer) {
        let area = self.area;
        let size = (area.width, area.height);
        if !reaches(size, if self.model.layers.is_empty() { NARROW } else { NORMAL }) {
            return self.draw_last_toast(buf);
        }
        let mut bottom = area.bottom().saturating_sub(2);
        for toast in self.model.toasts.all().iter().rev() {
            let room = COLUMNS.min(usize::from(area.width).saturating_sub(6));
            let lines = wrap(&toast.text, room);
            let columns = lines.iter().map(|l| width(l)).max().unwrap_or(0);
            let height = cells(lines.len() + 2);
            let Some(y) = bottom.checked_sub(height).filter(|y| *y > area.y) else { break };
            let full = cells(columns + 4);
            let at = Rect::new(area.right().saturating_sub(full + 1), y, full, height).intersection(area);
            let style = self.style(scope(toast));
            Clear.render(at, buf);
            let block = Block::bordered().border_set(self.glyphs().border).border_style(style).style(style);
            block.render(at, buf);
            for (n, line) in lines.iter().enumerate() {
                self.put(line, style, at.x + 2, at.y + 1 + cells(n), buf);
            }
            bottom = y;
        }
    }

    /// Where there is no room for boxes: the last message in the rows that are left, or on the last one when something is open
    /// that is being read.
    fn draw_last_toast(&self, buf: &mut Buffer) {
        let Some(toast) = self.model.toasts.all().last().filter(|_| self.area.height > 1) else { return };
        let columns = usize::from(self.area.width);
        let below = self.area.height - 1;
        let (top, rows) = if self.model.layers.is_empty() { (1, below) } else { (below, 1) };
        let lines = match rows {
            1 => vec![toast.text.clone()],
            _ => wrap(&toast.text, columns),
        };
        for (n, line) in lines.iter().enumerate().take(usize::from(rows)) {
            let line = format!("{:columns$}", self.fit(line, columns));
            self.put(&line, self.style(scope(toast)), self.area.x, self.area.y + top + cells(n), buf);
        }
    }
}

fn scope(toast: &Toast) -> Scope {
    match toast.kind {
        ToastKind::Info | ToastKind::Undo => Scope::ToastInfo,
        ToastKind::Warning => Scope::ToastWarning,
        ToastKind::Call => Scope::ToastCall,
    }
}
