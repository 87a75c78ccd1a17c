//! The lobby: what waits behind the doors, how long it takes, and who else waits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::meeting::{Millis, Phase, Timestamp};
use crate::tui::action::Panel;
use crate::tui::cut::{length, time_of_day, width, wrap};
use crate::tui::{Model, Scope};

use super::digits::{self, big};
use super::{View, cells};

impl View<'_> {
    /// The doors above, those who wait below; narrow ones get no frames.
    pub(super) fn draw_lobby(&self, framed: bool, buf: &mut Buffer) {
        let Rect { x, y, width, height } = self.area;
        let header = Rect::new(x, y, width, 1);
        let body = Rect::new(x, y + 1, width, height - 3);
        if framed {
            self.draw_header(header, buf);
            let top = (body.height / 2).max(body.height.saturating_sub(12));
            let doors = Rect { height: top, ..body };
            let inner = self.frame(Panel::Clock, self.texts().lobby, "", doors, buf);
            self.draw_doors(inner, buf);
            self.draw_here(Rect { y: body.y + top, height: body.height - top, ..body }, buf);
        } else {
            self.draw_short_header(header, buf);
            let top = body.height / 2;
            self.draw_doors(Rect { height: top, ..body }, buf);
            let title = Line::styled(format!(" {}", self.here_title()), self.style(Scope::Title));
            self.put_line(&title, usize::from(top), body, buf);
            let rest = top + 1;
            self.draw_here_rows(Rect { y: body.y + rest, height: body.height - rest, ..body }, buf);
        }
        self.draw_status(Rect::new(x, y + height - 2, width, 1), buf);
        self.draw_footer(Rect::new(x, y + height - 1, width, 1), buf);
    }

    /// The title, the countdown and what is going on, in the middle.
    fn draw_doors(&self, inner: Rect, buf: &mut Buffer) {
        let t = self.texts();
        let columns = usize::from(inner.width.saturating_sub(2));
        let plain = |text: &str, scope| {
            let rows = wrap(text, columns);
            rows.into_iter().map(|row| Line::styled(row, self.style(scope))).collect::<Vec<_>>()
        };
        let mut lines = plain(self.meeting().title(), Scope::Strong);
        if let Some(left) = self.countdown() {
            let time = length(left);
            let rows = lines.len() + digits::ROWS + 4;
            lines.push(Line::default());
            if self.glyphs().blocks && usize::from(inner.height) >= rows && width(&time) * 4 <= columns {
                lines.extend(big(&time).map(|row| Line::styled(row, self.style(Scope::ClockTime))));
            } else {
                lines.push(Line::styled(time, self.style(Scope::ClockTime)));
            }
        }
        lines.push(Line::default());
        lines.extend(plain(&self.doors_text(), Scope::ClockLeft));
        if self.meeting().phase() == Phase::Backstage {
            lines.extend(plain(t.they_prepare, Scope::Dim));
        }
        if lines.len() > usize::from(inner.height) {
            lines.retain(|line| line.width() > 0);
        }
        let top = usize::from(inner.height).saturating_sub(lines.len()) / 2;
        for (n, line) in lines.into_iter().enumerate() {
            let n = cells(top + n);
            if n < inner.height {
                line.centered().render(Rect::new(inner.x, inner.y + n, inner.width, 1), buf);
            }
        }
    }

    /// How long until the planned start, rounded up to seconds; `None` without a plan, and when it has come.
    pub(super) fn countdown(&self) -> Option<Millis> {
        let at = self.meeting().clock().starts_at.filter(|at| *at > self.now)?;
        self.meeting().is_before_doors().then(|| Millis::from_secs(at.since(self.now).0.div_ceil(1_000)))
    }

    pub(super) fn doors_text(&self) -> String {
        self.model.doors_text(self.now)
    }
}

impl Model {
    /// When the doors open, as far as anybody has said; `now` by the server.
    pub(in crate::tui) fn doors_text(&self, now: Timestamp) -> String {
        let t = self.texts();
        match self.meeting().clock().starts_at {
            Some(at) if at > now => (t.doors_open_at)(&time_of_day(at, self.setup.utc_offset_secs)),
            Some(_) => t.doors_open_soon.to_owned(),
            None => t.doors_closed.to_owned(),
        }
    }
}
