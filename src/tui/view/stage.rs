//! Who is on the stage, and how loud.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::{Mic, Participant, Reach};
use crate::tui::Scope;
use crate::tui::action::Panel;
use crate::tui::cut::{length, width};
use crate::tui::meter::{CELLS, LOW, MID, Meter};

use super::{View, cells, scroll};

/// From this width on, roles have a column.
const WITH_ROLES: usize = 42;
const STATE: usize = CELLS as usize;
const TIME: usize = 7;
/// A name is cut to this for a role that has to be seen.
const SHORT_NAME: usize = 8;

impl View<'_> {
    pub(super) fn draw_stage(&self, area: Rect, buf: &mut Buffer) {
        let inner = self.frame(Panel::Stage, self.stage_title(), "", area, buf);
        self.draw_stage_rows(inner, buf);
    }

    /// Before the doors open the stage is part of the backstage.
    pub(super) fn stage_title(&self) -> &'static str {
        let t = self.texts();
        if self.meeting().is_before_doors() { t.backstage } else { t.stage }
    }

    pub(super) fn draw_stage_rows(&self, inner: Rect, buf: &mut Buffer) {
        let inner = self.draw_round(inner, buf);
        let rows = self.model.stage_rows();
        if rows.is_empty() {
            self.teach(&[self.texts().nobody_on_stage.to_owned()], inner, buf);
            return;
        }
        let role = rows.iter().map(|p| width(self.model.role_word(p))).max().unwrap_or(0);
        let selected = self.model.selected(Panel::Stage);
        let first = scroll(selected, usize::from(inner.height));
        for (n, person) in rows.into_iter().enumerate().skip(first) {
            let row = n - first;
            self.put_line(&self.stage_row(person, usize::from(inner.width), role), row, inner, buf);
            if selected == Some(n) && row < usize::from(inner.height) {
                let line = Rect::new(inner.x, inner.y + cells(row), inner.width, 1);
                self.mark(Panel::Stage, line, buf);
            }
        }
    }

    /// Whether this console hears them, or is theirs.
    fn hears(&self, person: &Participant) -> bool {
        let you = self.model.replica.you();
        you.is_none_or(|you| you == person.id || self.meeting().hears(you, person.id))
    }

    pub(super) fn meter_of(&self, person: &Participant) -> Meter {
        let heard = self.model.meters.get(&person.source).copied().filter(|_| person.mic() == Mic::Live);
        heard.unwrap_or(Meter { cells: 0, voice: false })
    }

    fn stage_row(&self, person: &Participant, columns: usize, role_columns: usize) -> Line<'static> {
        let g = self.glyphs();
        let meter = self.meter_of(person);
        let place = self.round_place(person).filter(|_| person.mic() != Mic::Live);
        let (mark, name) = match person.mic() {
            Mic::Closed if place.is_some() => (g.unheard, Scope::StageMuted),
            Mic::Live if meter.voice => (g.speaking, Scope::StageSpeaking),
            Mic::Live => (g.live, Scope::StageLive),
            Mic::Held => (g.held, Scope::StageHeld),
            Mic::Muted => (g.muted, Scope::StageMuted),
            Mic::Closed => (g.invited, Scope::StageInvited),
        };
        let roles = columns >= WITH_ROLES;
        let room = columns.saturating_sub(3 + STATE + TIME + 1 + if roles { role_columns + 1 } else { 0 });
        let reach = person.reach();
        // Whom they talk to matters more than who they are.
        let role = if reach == Reach::Everybody {
            self.model.role_word(person)
        } else {
            (self.texts().reach)(reach)
        };
        // So does who runs the meeting for now.
        let beside = room.saturating_sub(width(role) + 1);
        let is_short = !roles && self.meeting().is_acting(person.id) && beside >= SHORT_NAME;
        let shown = self.cut(&person.name, if is_short { beside } else { room });
        let mut spans = vec![
            Span::styled(format!(" {mark} "), self.style(name)),
            Span::styled(
                shown.clone(),
                self.style(if meter.voice { Scope::StageSpeaking } else { Scope::StageName }),
            ),
        ];
        let left = room - width(&shown).min(room);
        if roles {
            spans.push(Span::raw(" ".repeat(left + 1)));
            spans.push(Span::styled(self.fit(role, role_columns), self.style(Scope::StageRole)));
        } else if left > width(role) {
            spans.push(Span::styled(format!(" {}", self.fit(role, left - 1)), self.style(Scope::StageRole)));
        } else {
            spans.push(Span::raw(" ".repeat(left)));
        }
        spans.push(Span::raw(" "));
        match place {
            Some(place) => spans.push(Span::styled(self.fit(&place, STATE), self.style(Scope::Dim))),
            None => spans.extend(self.mic_state(person, meter, name)),
        }
        let spoken = if person.is_heard() { length(person.spoken) } else { String::new() };
        spans.push(Span::styled(self.fit_right(&spoken, TIME - 1), self.style(Scope::Dim)));
        Line::from(spans)
    }

    /// The meter of an open microphone, or what the microphone is.
    fn mic_state(&self, person: &Participant, meter: Meter, scope: Scope) -> Vec<Span<'static>> {
        let t = self.texts();
        let word = match person.mic() {
            Mic::Live if self.model.is_still() && meter.voice => t.speaking,
            Mic::Live if !self.model.is_still() && self.hears(person) => return self.meter(meter.cells),
            Mic::Closed => t.invited,
            Mic::Live if !self.hears(person) => t.talkback,
            mic => (t.mic)(mic),
        };
        vec![Span::styled(self.fit(word, STATE), self.style(scope))]
    }

    fn meter(&self, on: u8) -> Vec<Span<'static>> {
        let g = self.glyphs();
        let zone = |from: u8, to: u8, scope| {
            let count = usize::from(on.min(to).saturating_sub(from));
            Span::styled(g.meter_on.repeat(count), self.style(scope))
        };
        vec![
            zone(0, LOW, Scope::MeterLow),
            zone(LOW, MID, Scope::MeterMid),
            zone(MID, CELLS, Scope::MeterHigh),
            Span::styled(g.meter_off.repeat(usize::from(CELLS - on.min(CELLS))), self.style(Scope::MeterOff)),
        ]
    }
}
