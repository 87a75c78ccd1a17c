//! One line for the smallest windows: who speaks, the clock, the own microphone.

use ratatui::buffer::Buffer;

use crate::tui::Scope;
use crate::tui::cut::width;

use super::{View, cells};

/// From so many columns on the recording's sign is beside the clock.
const BESIDE: u16 = 30;

impl View<'_> {
    pub(super) fn draw_line(&self, buf: &mut Buffer) {
        let t = self.texts();
        let area = self.area;
        let (_, _, mic_scope) = self.own_mic();
        let mic = if self.model.is_recording { "" } else { (t.mic_short)(self.model.own_mic()) };
        let (mut time, mut scope) = self.round_clock().unwrap_or_else(|| self.clock_time());
        if !self.model.is_up() {
            (time, scope) = (t.connecting.to_owned(), Scope::LinkLost);
        } else if !self.meeting().is_open() {
            time.clear();
        }
        let sign = self.record_sign();
        // Where there is room for no more it is in the line below.
        let (beside, below_sign) =
            if area.width >= BESIDE || area.height < 2 { (sign, None) } else { (None, sign) };
        let used = width(mic) + 2 + width(&time) + 1 + beside.as_ref().map_or(0, |(text, _)| width(text) + 1);
        let room = usize::from(area.width).saturating_sub(used);
        let who = if self.model.is_in_lobby() { self.meeting().title().to_owned() } else { self.speaker() };
        self.put(
            &self.fit(&who, room.saturating_sub(1)),
            self.style(Scope::StageSpeaking),
            area.x,
            area.y,
            buf,
        );
        let mut x = area.x + cells(room.min(usize::from(area.width)));
        if let Some((text, style)) = beside {
            self.put(&self.cut(&text, usize::from(area.right().saturating_sub(x))), style, x, area.y, buf);
            x = x.saturating_add(cells(width(&text) + 1)).min(area.right());
        }
        self.put(&time, self.style(scope), x, area.y, buf);
        let x = area.right().saturating_sub(cells(width(mic) + 2)).max(area.x);
        let chip = self.cut(&format!(" {mic} "), usize::from(area.width));
        self.put(&chip, self.style(mic_scope), x, area.y, buf);
        let columns = usize::from(area.width);
        let mut row = area.y.saturating_add(1);
        if let Some((text, style)) = below_sign {
            self.put(&self.cut(&text, columns), style, area.x, row, buf);
            row = row.saturating_add(1);
        }
        let (below, scope) = match self.model.call().or_else(|| self.landing_countdown()) {
            Some(call) => (crate::tui::cut::wrap(&call, columns), Scope::ToastCall),
            None => (self.round_facts(), Scope::Dim),
        };
        for (n, line) in below.iter().enumerate() {
            let y = row.saturating_add(cells(n));
            self.put(&self.cut(line, columns), self.style(scope), area.x, y, buf);
        }
    }

    /// Who is heard now, or has the turn.
    fn speaker(&self) -> String {
        let stage = self.meeting().stage();
        let speaks = stage.iter().find(|p| self.meter_of(p).voice).map(|p| p.name.as_str());
        let round = self.meeting().round().and_then(|r| r.speaker).map(|s| self.model.name_of(s.participant));
        let turn = self.meeting().turn().map(|turn| self.model.name_of(turn.hand.participant));
        match round.or(speaks).or(turn) {
            Some(name) => format!("{} {name}", self.glyphs().speaking),
            None => self.meeting_name(),
        }
    }
}
