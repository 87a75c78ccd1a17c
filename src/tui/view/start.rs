//! The screen before a meeting.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::tui::cut::{cut, fit, plain, width, wrap};
use crate::tui::field::Field;
use crate::tui::start::{Asked, KnownRoom, RoomState, Start};
use crate::tui::{Scope, Symbols};

use super::glyph::{Glyphs, glyphs};
use super::header::phase_scope;
use super::{cells, plain_punctuation, tail};

/// Rows that a room takes: its name and state, its title and address.
const ROWS: u16 = 2;

impl Start {
    /// Draws everything.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let sheet = Sheet { start: self, area };
        let buf = frame.buffer_mut();
        let cursor = sheet.draw(buf);
        if self.setup.symbols == Symbols::Ascii {
            plain_punctuation(buf);
        }
        if let Some(at) = cursor.filter(|at| area.contains(*at)) {
            frame.set_cursor_position(at);
        }
    }
}

/// One drawing.
struct Sheet<'a> {
    start: &'a Start,
    area: Rect,
}

impl Sheet<'_> {
    fn draw(&self, buf: &mut Buffer) -> Option<Position> {
        let area = self.area;
        if area.is_empty() {
            return None;
        }
        buf.set_style(area, self.style(Scope::Text));
        let head = Rect { height: 1, ..area };
        buf.set_style(head, self.style(Scope::Header));
        self.put(" palco  ", Scope::HeaderBrand, area.x, area.y, buf);
        let texts = self.start.texts();
        self.put(
            &self.cut(if self.start.lobby { texts.lobby_title } else { texts.start_title }, self.columns(9)),
            Scope::HeaderTitle,
            area.x + 8,
            area.y,
            buf,
        );
        let below = area.height.saturating_sub(2).min(1) + area.height.saturating_sub(3).min(1);
        let list =
            Rect { y: area.y + 2, height: area.height.saturating_sub(2 + below), ..area }.intersection(area);
        let cursor = if self.start.rooms.is_empty() {
            self.draw_lesson(list, buf)
        } else {
            self.draw_rooms(list, buf)
        };
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        match &self.start.field {
            Some((asked, field)) => Some(self.draw_field(*asked, field, foot, buf)),
            None => {
                self.draw_keys(foot, buf);
                cursor
            }
        }
    }

    fn draw_lesson(&self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let texts = self.start.texts();
        let text = if self.start.lobby { texts.lobby_empty } else { texts.start_empty };
        for (n, line) in wrap(text, self.columns(2)).iter().enumerate().take(usize::from(area.height)) {
            self.put(line, Scope::Dim, area.x + 1, area.y + cells(n), buf);
        }
        None
    }

    /// Tells where the selected room is, for the cursor.
    fn draw_rooms(&self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let fits = usize::from((area.height / ROWS).max(1));
        let first = (self.start.selected + 1).saturating_sub(fits);
        let mut cursor = None;
        for (n, room) in self.start.rooms.iter().enumerate().skip(first).take(fits) {
            let y = area.y + cells(n - first) * ROWS;
            let row = Rect { y, height: ROWS, ..area }.intersection(area);
            self.draw_room(n, room, row, buf);
            if n == self.start.selected {
                let line = Rect { height: row.height.min(1), ..row };
                buf.set_style(line, self.accent(Scope::Selected));
                cursor = Some(Position { x: row.x, y: row.y });
            }
        }
        cursor
    }

    fn draw_room(&self, n: usize, room: &KnownRoom, row: Rect, buf: &mut Buffer) {
        let mark = if n == self.start.selected { self.glyphs().select } else { " " };
        let least = width(&room.name) + 7;
        let state = self.start.state(room, usize::from(row.width).saturating_sub(least));
        let state = self.cut(&state, self.columns(4));
        let (used, columns) = (width(&state), usize::from(row.width));
        let name = format!("{mark} {} {}", n + 1, plain(&room.name));
        self.put(&self.cut(&name, columns.saturating_sub(used + 3)), Scope::Strong, row.x, row.y, buf);
        let scope = match &room.state {
            RoomState::Meeting(notice) => phase_scope(notice.phase),
            RoomState::Unreachable | RoomState::Nothing | RoomState::Asked => Scope::Dim,
        };
        let x = row.right().saturating_sub(cells(used + 1));
        self.put(&state, scope, x, row.y, buf);
        if row.height < ROWS {
            return;
        }
        // In a lobby it is the name, which is there already.
        let address = if self.start.lobby { String::new() } else { plain(&room.url).into_owned() };
        let with_address = width(&room.title) + width(&address) + 8 <= columns;
        let room_for = if with_address { columns - width(&address) - 8 } else { columns.saturating_sub(5) };
        self.put(&self.cut(&room.title, room_for), Scope::Text, row.x + 4, row.y + 1, buf);
        if with_address {
            let x = row.right().saturating_sub(cells(width(&address) + 1));
            self.put(&address, Scope::Dim, x, row.y + 1, buf);
        }
    }

    fn draw_keys(&self, row: Rect, buf: &mut Buffer) {
        let t = self.start.texts();
        if let Some(wrong) = &self.start.wrong {
            return self.put(
                &self.cut(wrong, usize::from(row.width)),
                Scope::StatusProblem,
                row.x,
                row.y,
                buf,
            );
        }
        let enter = (!self.start.rooms.is_empty()).then_some(("Enter", t.start_enter));
        let address = if self.start.lobby { t.lobby_room } else { t.start_address };
        let demo = (!self.start.lobby).then_some(("d", t.start_demo));
        let keys = [("a", address), ("h", t.start_host)].into_iter().chain(demo).chain([("q", t.start_quit)]);
        let columns = |(key, what): (&str, &str)| cells(width(key) + 1 + width(what));
        let all: u16 = enter.into_iter().chain(keys.clone()).map(|hint| columns(hint) + 2).sum();
        // The row above is free where they take two.
        let above = u16::from(all > row.width + 1 && row.y > self.area.y + 2);
        let (mut x, mut y) = (row.x + 1, row.y - above);
        for hint in enter.into_iter().chain(keys) {
            if x + columns(hint) > row.right() {
                if y == row.y {
                    break;
                }
                (x, y) = (row.x + 1, row.y);
            }
            self.put(hint.0, Scope::Key, x, y, buf);
            self.put(hint.1, Scope::KeyText, x + cells(width(hint.0)) + 1, y, buf);
            x += columns(hint) + 2;
        }
    }

    fn draw_field(&self, asked: Asked, field: &Field, row: Rect, buf: &mut Buffer) -> Position {
        let t = self.start.texts();
        if let Some(wrong) = self.start.wrong.as_ref().filter(|_| row.y > self.area.y) {
            let lines = wrap(wrong, usize::from(row.width));
            let first = row.y.saturating_sub(cells(lines.len())).max(self.area.y + 1);
            for (n, line) in lines.iter().enumerate().take(usize::from(row.y - first)) {
                let line = fit(line, usize::from(row.width), self.glyphs().ellipsis);
                self.put(&line, Scope::StatusProblem, row.x, first + cells(n), buf);
            }
        }
        let title = match asked {
            Asked::Address if self.start.lobby => t.lobby_ask_room,
            Asked::Address => t.start_ask_address,
            Asked::Room => t.start_ask_room,
        };
        let title = self.cut(&format!(" {title}: "), usize::from(row.width / 2));
        buf.set_style(row, self.style(Scope::Input));
        self.put(&title, Scope::Input, row.x, row.y, buf);
        let used = cells(width(&title));
        let before = tail(field.before(), usize::from(row.width.saturating_sub(used + 1)));
        self.put(before, Scope::Input, row.x + used, row.y, buf);
        let after = field.text().get(field.before().len()..).unwrap_or_default();
        let at = used + cells(width(before));
        let rest = cut(after, usize::from(row.width.saturating_sub(at + 1)), "");
        self.put(&rest, Scope::Input, row.x + at, row.y, buf);
        Position { x: row.x + at, y: row.y }
    }

    fn columns(&self, without: u16) -> usize {
        usize::from(self.area.width.saturating_sub(without))
    }

    fn glyphs(&self) -> &'static Glyphs {
        glyphs(self.start.setup.symbols)
    }

    fn cut(&self, text: &str, columns: usize) -> String {
        cut(text, columns, self.glyphs().ellipsis)
    }

    fn style(&self, scope: Scope) -> Style {
        self.start.setup.theme.style(scope)
    }

    fn accent(&self, scope: Scope) -> Style {
        self.start.setup.theme.accent(scope)
    }

    fn put(&self, text: &str, scope: Scope, x: u16, y: u16, buf: &mut Buffer) {
        if self.area.contains(Position { x, y }) {
            let style = if y == self.area.y {
                self.style(Scope::Header).patch(self.accent(scope))
            } else {
                self.style(scope)
            };
            buf.set_stringn(x, y, text, usize::from(self.area.right() - x), style);
        }
    }
}
