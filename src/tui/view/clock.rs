//! How long it goes, what is left, when it ends, what is on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::meeting::Millis;
use crate::tui::Scope;
use crate::tui::action::Panel;
use crate::tui::cut::{length, width};

use super::digits::{self, big};
use super::{View, cells};

/// With less than this left, the clock says so by its colour and word.
const SOON: Millis = Millis::from_mins(5);

impl View<'_> {
    pub(super) fn draw_clock(&self, area: Rect, buf: &mut Buffer) {
        let paused = if self.meeting().clock().is_paused() { self.texts().paused } else { "" };
        let inner = self.frame(Panel::Clock, self.texts().clock, paused, area, buf);
        self.draw_clock_rows(inner, buf);
    }

    /// The time that the clock shows: elapsed, or planned before the start.
    pub(super) fn clock_time(&self) -> (String, Scope) {
        let clock = self.meeting().clock();
        let scope = if clock.is_paused() {
            Scope::ClockPaused
        } else if clock.overtime(self.now) > Millis::ZERO {
            Scope::ClockOvertime
        } else {
            Scope::ClockTime
        };
        match clock.started_at {
            Some(_) => (length(clock.elapsed(self.now)), scope),
            None => self.countdown().map_or((length(clock.planned), Scope::Dim), |left| {
                (format!("-{}", length(left)), Scope::ClockTime)
            }),
        }
    }

    /// What is left, or how much over.
    pub(super) fn clock_left(&self) -> (String, Scope) {
        let (t, clock) = (self.texts(), self.meeting().clock());
        let over = clock.overtime(self.now);
        if self.countdown().is_some() {
            (t.to_the_start.to_owned(), Scope::ClockLeft)
        } else if clock.started_at.is_none() {
            (t.planned.to_owned(), Scope::ClockLeft)
        } else if over > Millis::ZERO {
            ((t.over)(&length(over)), Scope::ClockOvertime)
        } else {
            let left = clock.remaining(self.now);
            let scope = if left < SOON { Scope::ClockSoon } else { Scope::ClockLeft };
            ((t.left)(&length(left)), scope)
        }
    }

    pub(super) fn draw_clock_rows(&self, inner: Rect, buf: &mut Buffer) {
        if !self.meeting().is_open() || inner.width < 4 {
            return;
        }
        let (time, scope) = self.clock_time();
        let style = self.style(scope);
        let x = inner.x + 2;
        let tall = usize::from(inner.height) >= digits::ROWS + 2 && self.glyphs().blocks;
        let (used, rows) = if tall {
            let rows = big(&time);
            for (n, row) in rows.iter().enumerate() {
                self.put(row, style, x, inner.y + cells(n), buf);
            }
            (width(&rows[0]), digits::ROWS)
        } else {
            self.put(&time, style, x, inner.y, buf);
            (width(&time), if inner.height >= 5 { 2 } else { 1 })
        };
        let beside = x + cells(used) + 2;
        let room = usize::from(inner.right().saturating_sub(beside));
        let facts = self.clock_facts();
        if tall {
            for (n, (text, style)) in facts.iter().enumerate().take(digits::ROWS) {
                self.put(&self.cut(text, room), *style, beside, inner.y + cells(n), buf);
            }
        } else {
            let all: Vec<_> = facts.iter().map(|(text, _)| text.as_str()).collect();
            let style = facts.last().map_or(style, |(_, style)| *style);
            self.put(&self.cut(&all.join("  "), room), style, beside, inner.y, buf);
        }
        let lines = self.plan_lines(usize::from(inner.width));
        let gap = usize::from(usize::from(inner.height) > rows + lines.len().max(2));
        for (n, line) in lines.iter().enumerate() {
            self.put_line(line, rows + gap + n, inner, buf);
        }
    }

    /// Beside the digits: of how much, and what is left.
    fn clock_facts(&self) -> Vec<(String, Style)> {
        let clock = self.meeting().clock();
        let (left, scope) = self.clock_left();
        let left = (left, self.style(scope));
        if clock.started_at.is_none() {
            return vec![left];
        }
        vec![((self.texts().of)(&length(clock.planned)), self.style(Scope::Dim)), left]
    }
}
