//! Drawing: a function of the model, the time and the size.

mod clock;
mod digits;
mod footer;
mod glyph;
mod header;
mod help;
mod here;
mod layers;
mod line;
mod lobby;
mod mirror;
mod plan;
mod player;
mod queue;
mod round;
mod small;
mod stage;
mod start;
mod status;
mod toasts;

use std::cell::Cell;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget};

use crate::meeting::{Meeting, Timestamp};

use super::action::{Do, Panel};
use super::cut::{cut, width};
use super::lang::Texts;
use super::{Model, Scope, Symbols};
use glyph::{Glyphs, glyphs};
use layers::tail;

/// From here on columns are wide and roles have their own.
const WIDE: (u16, u16) = (110, 30);
/// From here on four panels are shown.
const NORMAL: (u16, u16) = (76, 20);
/// From here on one panel and tabs are shown; below, one line.
const NARROW: (u16, u16) = (32, 9);

/// The clock's panel: three rows of digits, two of text, one between, and the frame.
const CLOCK_ROWS: u16 = 8;

impl Model {
    /// Draws everything.
    pub fn view(&self, now: Timestamp, frame: &mut Frame<'_>) {
        let area = frame.area();
        let view = View { model: self, now: self.server_now(now), local: now, area, focus: Cell::default() };
        view.draw(frame.buffer_mut());
        let at = view.focus.get().unwrap_or(area.as_position());
        if area.contains(at) {
            frame.set_cursor_position(at);
        }
    }
}

impl Model {
    /// The line above the footer, on screens that have one.
    pub(super) fn status_row(&self, area: Rect) -> Option<Rect> {
        reaches((area.width, area.height), NARROW).then(|| Rect { y: area.bottom() - 2, height: 1, ..area })
    }
}

/// One drawing.
struct View<'a> {
    model: &'a Model,
    /// The server's time.
    now: Timestamp,
    /// The own time.
    local: Timestamp,
    area: Rect,
    /// What has the keys, as far as it is drawn: the cursor belongs there, since screen readers follow it.
    focus: Cell<Option<Position>>,
}

impl View<'_> {
    fn draw(&self, buf: &mut Buffer) {
        if self.area.is_empty() {
            return;
        }
        buf.set_style(self.area, self.style(Scope::Text));
        let size = (self.area.width, self.area.height);
        if self.model.is_in_lobby() && reaches(size, NARROW) {
            self.draw_lobby(reaches(size, NORMAL), buf);
        } else if reaches(size, NORMAL) {
            self.draw_panels(reaches(size, WIDE), buf);
        } else if reaches(size, NARROW) {
            self.draw_narrow(buf);
        } else {
            self.draw_line(buf);
        }
        self.draw_layers(buf);
        self.draw_toasts(buf);
        if self.model.setup.symbols == Symbols::Ascii {
            plain_punctuation(buf);
        }
    }

    /// How wide the panels on the left are; `None` where one panel is shown.
    fn left_columns(&self) -> Option<u16> {
        let Rect { width, height, .. } = self.area;
        if reaches((width, height), WIDE) {
            Some((width * 2 / 5).clamp(46, 60).min(46 + (width - WIDE.0) / 4))
        } else {
            reaches((width, height), NORMAL).then_some(38)
        }
    }

    fn status(&self) -> Rect {
        self.model.status_row(self.area).unwrap_or_default()
    }

    fn draw_panels(&self, wide: bool, buf: &mut Buffer) {
        let Rect { width, height, .. } = self.area;
        let body = height - 3;
        let bottom = if wide { CLOCK_ROWS.max(body / 3) } else { CLOCK_ROWS };
        let left = self.left_columns().unwrap_or(width);
        let at = |x, y, w, h| Rect::new(self.area.x + x, self.area.y + y, w, h);
        self.draw_header(at(0, 0, width, 1), buf);
        let top = body - bottom;
        self.draw_stage(at(0, 1, left, top), buf);
        self.draw_queue(at(left, 1, width - left, top), buf);
        self.draw_clock(at(0, 1 + top, left, bottom), buf);
        self.draw_here(at(left, 1 + top, width - left, bottom), buf);
        self.draw_status(self.status(), buf);
        self.draw_footer(at(0, height - 1, width, 1), buf);
    }

    fn style(&self, scope: Scope) -> Style {
        self.model.style(scope)
    }

    fn accent(&self, scope: Scope) -> Style {
        self.model.setup.theme.accent(scope)
    }

    fn texts(&self) -> &'static Texts {
        self.model.texts()
    }

    fn glyphs(&self) -> &'static Glyphs {
        glyphs(self.model.setup.symbols)
    }

    fn meeting(&self) -> &Meeting {
        self.model.meeting()
    }

    fn key(&self, what: Do) -> String {
        self.model.setup.keymap.key(what)
    }

    fn cut(&self, text: &str, columns: usize) -> String {
        cut(text, columns, self.glyphs().ellipsis)
    }

    fn fit(&self, text: &str, columns: usize) -> String {
        super::cut::fit(text, columns, self.glyphs().ellipsis)
    }

    fn fit_right(&self, text: &str, columns: usize) -> String {
        super::cut::fit_right(text, columns, self.glyphs().ellipsis)
    }

    fn has_keys(&self, panel: Panel) -> bool {
        self.model.focus == panel && self.model.layers.is_empty()
    }

    /// A panel's frame with its title, and what is left inside.
    fn frame(&self, panel: Panel, title: &str, note: &str, area: Rect, buf: &mut Buffer) -> Rect {
        let focus = self.model.focus == panel;
        if focus {
            self.focus_on(area.x + 2, area.y);
        }
        let title = self.cut(title, usize::from(area.width).saturating_sub(6));
        let inner = self.titled(focus, &title, area, buf);
        let room = usize::from(area.width.saturating_sub(4));
        if !note.is_empty() && width(note) + width(&title) + 5 <= room {
            let note = format!(" {note} ");
            let x = area.right().saturating_sub(2 + cells(width(&note)));
            self.put(&note, self.style(Scope::Dim), x, area.y, buf);
        }
        inner
    }

    /// A frame with a title that fits, and what is left inside.
    fn titled(&self, focus: bool, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
        let (border, style) =
            if focus { (Scope::BorderFocus, Scope::TitleFocus) } else { (Scope::Border, Scope::Title) };
        let block = Block::bordered().border_set(self.glyphs().border).border_style(self.style(border));
        let inner = block.inner(area);
        block.render(area, buf);
        self.put(&format!(" {title} "), self.style(style), area.x + 2, area.y, buf);
        inner
    }

    /// Puts a text that fits; the buffer cuts what does not.
    fn put(&self, text: &str, style: Style, x: u16, y: u16, buf: &mut Buffer) {
        if self.area.contains(Position { x, y }) {
            buf.set_stringn(x, y, text, usize::from(self.area.right() - x), style);
        }
    }

    /// Puts a line into the row `n` of `area`, if there is one.
    fn put_line(&self, line: &Line<'_>, n: usize, area: Rect, buf: &mut Buffer) {
        let n = cells(n);
        if n < area.height {
            buf.set_line(area.x, area.y + n, line, area.width);
        }
    }

    /// Notes where the cursor belongs; what is drawn later, on top, has it.
    fn focus_on(&self, x: u16, y: u16) {
        self.focus.set(Some(Position { x, y }));
    }

    /// Marks the selected row.
    fn mark(&self, panel: Panel, row: Rect, buf: &mut Buffer) {
        let scope = if self.has_keys(panel) { Scope::Selected } else { Scope::SelectedIdle };
        self.light(row.intersection(self.area), scope, buf);
        if self.model.focus == panel {
            self.focus_on(row.x, row.y);
        }
    }

    /// Lays a scope over what is drawn. Reversed, the colours below would make a patchwork: they are taken away.
    fn light(&self, area: Rect, scope: Scope, buf: &mut Buffer) {
        let accent = self.accent(scope);
        if accent.add_modifier.contains(Modifier::REVERSED) {
            buf.set_style(area, self.style(Scope::Text).remove_modifier(Modifier::DIM));
        }
        buf.set_style(area, accent);
    }

    /// Lines of quiet text in the middle of an empty panel.
    fn teach(&self, lines: &[String], area: Rect, buf: &mut Buffer) {
        let columns = usize::from(area.width.saturating_sub(2));
        let lines: Vec<_> = lines.iter().flat_map(|l| super::cut::wrap(l, columns)).collect();
        let top = usize::from(area.height).saturating_sub(lines.len()) / 2;
        for (n, line) in lines.iter().enumerate() {
            let line = Line::styled(line.clone(), self.style(Scope::Dim)).centered();
            let n = cells(top + n);
            if n < area.height {
                line.render(Rect::new(area.x, area.y + n, area.width, 1), buf);
            }
        }
    }
}

/// The few signs of the texts themselves that ASCII has another way to write.
fn plain_punctuation(buf: &mut Buffer) {
    for cell in &mut buf.content {
        match cell.symbol() {
            "·" => cell.set_symbol("-"),
            "“" | "”" | "«" | "»" => cell.set_symbol("\""),
            "…" => cell.set_symbol("~"),
            _ => continue,
        };
    }
}

fn reaches(size: (u16, u16), least: (u16, u16)) -> bool {
    size.0 >= least.0 && size.1 >= least.1
}

/// A count of columns or rows; what no screen has is the largest one.
fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// The first row shown, so that `selected` is among `visible` rows.
fn scroll(selected: Option<usize>, visible: usize) -> usize {
    selected.map_or(0, |s| (s + 1).saturating_sub(visible))
}
