//! One panel and tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::Scope;
use crate::tui::action::Panel;
use crate::tui::cut::width;

use super::{View, cells};

impl View<'_> {
    pub(super) fn draw_narrow(&self, buf: &mut Buffer) {
        let Rect { x, y, width, height } = self.area;
        self.draw_short_header(Rect::new(x, y, width, 1), buf);
        self.draw_tabs(Rect::new(x, y + 1, width, 1), buf);
        let body = Rect::new(x, y + 2, width, height - 4);
        match self.model.focus {
            Panel::Stage => self.draw_stage_rows(body, buf),
            Panel::Queue => self.draw_queue_rows(body, buf),
            Panel::Clock => self.draw_clock_rows(body, buf),
            Panel::Here => self.draw_here_rows(body, buf),
        }
        self.draw_status(self.status(), buf);
        self.draw_footer(Rect::new(x, y + height - 1, width, 1), buf);
    }

    pub(super) fn draw_short_header(&self, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, self.style(Scope::Header));
        let (link, link_style) = self.link();
        let mut right = Vec::new();
        if !self.model.is_up() {
            right.push((link, link_style));
        } else if self.meeting().is_open() {
            right.extend(self.record_sign());
            right.extend(self.order_facts());
            right.push(self.phase());
            let (time, scope) = self.clock_time();
            right.push((time, self.style(Scope::Header).patch(self.accent(scope))));
        }
        let used: usize = right.iter().map(|(text, _)| width(text) + 1).sum();
        let name = self.meeting_name();
        let title = self.meeting().title();
        let text = if title.is_empty() { name } else { format!("{name} {} {title}", self.glyphs().dot) };
        let room = usize::from(area.width).saturating_sub(used + 2);
        let style = self.style(Scope::HeaderTitle);
        self.put(&format!(" {}", self.cut(&text, room)), style, area.x, area.y, buf);
        let mut x = area.right().saturating_sub(cells(used));
        for (text, style) in right {
            self.put(&text, style, x, area.y, buf);
            x += cells(width(&text) + 1);
        }
    }

    fn draw_tabs(&self, area: Rect, buf: &mut Buffer) {
        let t = self.texts();
        let meeting = self.meeting();
        let mut x = area.x;
        for panel in Panel::ALL {
            let (name, count) = match panel {
                Panel::Stage => (self.stage_title(), meeting.stage().len()),
                Panel::Queue => (t.queue, meeting.queue().len()),
                Panel::Clock => (t.clock, 0),
                Panel::Here => (t.here, meeting.roster().len()),
            };
            let count = if count == 0 { String::new() } else { format!(" {count}") };
            let focus = self.model.focus == panel;
            let text = format!(" {name}{count} ");
            let style = self.style(if focus { Scope::TitleFocus } else { Scope::Title });
            self.put(&self.cut(&text, usize::from(area.right().saturating_sub(x))), style, x, area.y, buf);
            if focus {
                self.focus_on(x, area.y);
                let tab = Rect::new(x, area.y, cells(width(&text)), 1).intersection(area);
                self.light(tab, Scope::Selected, buf);
            }
            x = x.saturating_add(cells(width(&text)));
            if x >= area.right() {
                break;
            }
        }
    }
}
