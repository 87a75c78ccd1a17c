//! A recording played: the console as it was, and below it where it is.

use std::cell::Cell;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::meeting::Millis;
use crate::tui::cut::{width, wrap};
use crate::tui::field::Field;
use crate::tui::meter::{self, CELLS};
use crate::tui::player::{ACTIONS, Action, Do, Layer, Player, clock};
use crate::tui::{Scope, Symbols};

use super::{NARROW, View, cells, plain_punctuation, reaches, scroll};

/// From so many columns and rows on the chapters stand beside the console.
const BESIDE: (u16, u16) = (112, 20);

/// Columns of the chapters beside it.
const CHAPTERS: u16 = 34;

/// The widest box.
const BOX: usize = 68;

/// The most rows of a list in a box.
const LIST: usize = 16;

/// Columns of the bar that shows how far it is, at least and at most.
const BAR: std::ops::RangeInclusive<usize> = 8..=40;

impl Player {
    /// Draws everything.
    pub fn view(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let beside = self.tape.has_meeting() && reaches((area.width, area.height), BESIDE);
        let left = Rect { width: area.width - if beside { CHAPTERS } else { 0 }, ..area };
        let time = self.time();
        let view = |area| View { model: &self.console, now: time, local: time, area, focus: Cell::default() };
        let (console, whole) = (view(left), view(area));
        let buf = frame.buffer_mut();
        if self.tape.has_meeting() {
            console.draw(buf);
        }
        whole.draw_player(self, beside, buf);
        if self.console.setup.symbols == Symbols::Ascii {
            plain_punctuation(buf);
        }
        let at = whole.focus.get().or(console.focus.get()).unwrap_or(area.as_position());
        if area.contains(at) {
            frame.set_cursor_position(at);
        }
    }

    /// How many columns wide and rows high nothing but one line is shown.
    fn is_tiny(area: Rect) -> bool {
        !reaches((area.width, area.height), NARROW)
    }

    /// The chapter that is heard.
    fn chapter(&self) -> &str {
        self.mark().and_then(|n| self.marks().get(n)).map_or("", |mark| mark.title.as_str())
    }
}

impl View<'_> {
    fn draw_player(&self, player: &Player, beside: bool, buf: &mut Buffer) {
        let area = self.area;
        if area.is_empty() {
            return;
        }
        if !player.tape.has_meeting() {
            self.draw_sound_only(player, buf);
        } else if beside {
            let right = Rect { x: area.right() - CHAPTERS, width: CHAPTERS, ..area };
            let head = Rect { height: 1, ..right };
            buf.set_style(head, self.style(Scope::Header));
            let panel = Rect { y: area.y + 1, height: area.height - 3, ..right };
            self.draw_chapters(player, panel, buf);
        }
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        if Player::is_tiny(area) {
            self.draw_place(player, foot, buf);
        } else {
            self.draw_place(player, Rect { y: foot.y - 1, ..foot }, buf);
            self.draw_hints(player, foot, buf);
        }
        match &player.layer {
            Some(Layer::Chapters { selected }) => self.draw_choice(player, *selected, buf),
            Some(Layer::Search { field, selected, .. }) => self.draw_search(player, field, *selected, buf),
            Some(Layer::Help { scroll }) => self.draw_player_help(player, *scroll, buf),
            None => {}
        }
    }

    /// A file of which only the sound is there: its chapters.
    fn draw_sound_only(&self, player: &Player, buf: &mut Buffer) {
        let (area, t) = (self.area, &self.texts().player);
        buf.set_style(area, self.style(Scope::Text));
        let head = Rect { height: 1, ..area };
        buf.set_style(head, self.style(Scope::Header));
        let name = self.cut(player.title(), usize::from(area.width).saturating_sub(9));
        self.put(" palco  ", self.style(Scope::HeaderBrand), area.x, area.y, buf);
        self.put(&name, self.style(Scope::HeaderTitle), area.x + 8, area.y, buf);
        if area.height < 5 {
            return;
        }
        let body = Rect { y: area.y + 1, height: area.height - 3, ..area };
        if player.marks().is_empty() {
            self.teach(&[t.sound_only.to_owned(), t.no_chapters.to_owned()], body, buf);
        } else {
            self.draw_chapters(player, body, buf);
        }
    }

    /// The chapters in a frame, the one that is heard marked.
    fn draw_chapters(&self, player: &Player, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, self.style(Scope::Text));
        let inner = self.titled(false, self.texts().player.chapters, area, buf);
        let now = player.mark();
        let rows = usize::from(inner.height);
        // The one after it is in sight too.
        let first = scroll(now.map(|n| n + 1), rows).min(player.marks().len().saturating_sub(rows));
        for (n, mark) in player.marks().iter().enumerate().skip(first).take(rows) {
            let (sign, scope) = if now == Some(n) {
                (self.glyphs().speaking, Scope::StageSpeaking)
            } else {
                (" ", Scope::Text)
            };
            let text = format!("{sign} {} {}", clock(mark.position, player.length()), mark.title);
            let line = Line::styled(self.cut(&text, usize::from(inner.width)), self.style(scope));
            self.put_line(&line, n - first, inner, buf);
        }
    }

    /// Where it is: the line above the footer.
    fn draw_place(&self, player: &Player, area: Rect, buf: &mut Buffer) {
        let (t, g) = (&self.texts().player, self.glyphs());
        buf.set_style(area, self.style(Scope::StatusInfo));
        let (sign, word) = match (player.plays, player.playing.has_ended) {
            (true, _) => (g.speaking, ""),
            (false, true) => (g.held, t.ended),
            (false, false) => (g.held, t.paused),
        };
        let word = if word.is_empty() { String::new() } else { format!(" {word}") };
        let times = format!(
            "{} / {}",
            clock(player.position, player.length()),
            clock(player.length(), player.length())
        );
        let style = |scope: Scope| self.style(Scope::StatusInfo).patch(self.accent(scope));
        let mut left = vec![(format!(" {sign}{word} {times} "), style(Scope::Strong))];
        let columns = usize::from(area.width);
        let used: usize = left.iter().map(|(text, _)| width(text)).sum();
        let right = self.facts_of(player, columns.saturating_sub(used));
        let room =
            columns.saturating_sub(used + right.iter().map(|(text, _)| width(text) + 1).sum::<usize>());
        let bar = room.saturating_sub(width(player.chapter()) + 2).clamp(*BAR.start(), *BAR.end());
        if room > bar + 4 {
            left.push((self.bar(player, bar), style(Scope::MeterMid)));
        }
        let used: usize = left.iter().map(|(text, _)| width(text)).sum();
        let facts: usize = right.iter().map(|(text, _)| width(text) + 1).sum();
        let chapter = self.cut(player.chapter(), columns.saturating_sub(used + facts + 2));
        left.push((format!(" {chapter}"), self.style(Scope::StatusInfo)));
        let mut x = area.x;
        for (text, style) in left {
            self.put(&text, style, x, area.y, buf);
            x = x.saturating_add(cells(width(&text)));
        }
        let mut x = area.right().saturating_sub(cells(facts));
        for (text, style) in right {
            self.put(&text, style, x, area.y, buf);
            x = x.saturating_add(cells(width(&text) + 1));
        }
    }

    fn bar(&self, player: &Player, columns: usize) -> String {
        let g = self.glyphs();
        let length = player.length().0.max(1);
        // Fewer columns than a screen has.
        let done = (columns as u64 * player.position.0.min(length) / length) as usize;
        format!("{}{}", g.meter_on.repeat(done), g.meter_off.repeat(columns - done))
    }

    /// The level, the speed, what is left out and why nothing is heard: as much as has room, the last first.
    fn facts_of(&self, player: &Player, columns: usize) -> Vec<(String, Style)> {
        let (t, g) = (&self.texts().player, self.glyphs());
        let mut facts = Vec::new();
        let style = |scope: Scope| self.style(Scope::StatusInfo).patch(self.accent(scope));
        if let Some(why) = &player.playing.silent {
            let why = if why.is_empty() { t.no_sound.to_owned() } else { (t.no_sound_why)(why) };
            let short = if width(&why) + 40 > columns { t.no_sound.to_owned() } else { why };
            facts.push((short, style(Scope::StatusProblem)));
        }
        if player.speed() != 1.0 {
            facts.push((format!("{}x", player.speed()), style(Scope::Strong)));
        }
        if player.skips_silence {
            facts.push((t.without_silence.to_owned(), self.style(Scope::StatusInfo)));
        }
        let mics = player.open_mics().len();
        if mics > 1 {
            facts.push(((t.mics)(mics as u64), self.style(Scope::StatusInfo)));
        }
        if !self.model.is_still() {
            let lit = usize::from(if player.plays { meter::cells(player.playing.level.byte()) } else { 0 });
            let cells = format!("{}{}", g.meter_on.repeat(lit), g.meter_off.repeat(usize::from(CELLS) - lit));
            facts.push((cells, style(Scope::MeterMid)));
        }
        let fits = |facts: &[(String, Style)]| facts.iter().map(|(text, _)| width(text) + 1).sum::<usize>();
        while facts.len() > 1 && fits(&facts) > columns / 2 {
            facts.pop();
        }
        if fits(&facts) > columns {
            facts.clear();
        }
        facts
    }

    fn draw_hints(&self, player: &Player, area: Rect, buf: &mut Buffer) {
        let language = player.language();
        let mut ranked: Vec<_> = ACTIONS.iter().filter(|a| a.rank > 0).collect();
        ranked.sort_by_key(|a| a.rank);
        let pause = self.texts().player.pause;
        let label = |a: &Action| {
            let stops = a.what == Do::Toggle && player.plays;
            if stops { pause } else { a.label(language).short }
        };
        let columns = |a: &&Action| width(a.key()) + width(label(a)) + 3;
        let mut shown = Vec::new();
        for action in ranked {
            shown.push(action);
            if shown.iter().map(columns).sum::<usize>() > usize::from(area.width) {
                shown.pop();
            }
        }
        shown.sort_by_key(|a| ACTIONS.iter().position(|b| a.what == b.what));
        let mut x = area.x + 1;
        for action in shown {
            self.put_hint(action.key(), label(action), x, area, buf);
            x = x.saturating_add(cells(columns(&action)));
        }
    }

    fn draw_choice(&self, player: &Player, selected: usize, buf: &mut Buffer) {
        let t = &self.texts().player;
        let rows: Vec<_> = player.marks().iter().map(|m| (m.position, m.title.as_str())).collect();
        let room = usize::from(self.area.height).saturating_sub(4).clamp(1, LIST);
        let inner = self.boxed(t.chapters, t.choose_hint, BOX, rows.len().clamp(1, room), buf);
        if rows.is_empty() {
            return self.put_line(&Line::styled(t.no_chapters, self.layer(Scope::Dim)), 0, inner, buf);
        }
        self.draw_places(player, &rows, selected, inner, buf);
    }

    fn draw_search(&self, player: &Player, field: &Field, selected: usize, buf: &mut Buffer) {
        let t = &self.texts().player;
        let Some(Layer::Search { found, .. }) = &player.layer else { return };
        let room = usize::from(self.area.height).saturating_sub(6).clamp(1, LIST);
        let inner = self.boxed(t.search, t.search_hint, BOX, room + 2, buf);
        let row = Rect { height: inner.height.min(1), ..inner };
        let list =
            Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner }.intersection(self.area);
        let rows: Vec<_> = found.iter().map(|f| (f.position, f.text.as_str())).collect();
        if rows.is_empty() && !field.text().trim().is_empty() {
            self.put_line(&Line::styled(t.search_nothing, self.layer(Scope::Dim)), 0, list, buf);
        }
        self.draw_places(player, &rows, selected, list, buf);
        // last: what is typed goes there, whatever is selected
        self.draw_field(field, t.search_empty, row, buf);
    }

    fn draw_places(
        &self,
        player: &Player,
        rows: &[(Millis, &str)],
        selected: usize,
        area: Rect,
        buf: &mut Buffer,
    ) {
        let first = scroll(Some(selected), usize::from(area.height));
        for (n, (position, text)) in rows.iter().enumerate().skip(first).take(usize::from(area.height)) {
            let time = clock(*position, player.length());
            let text = self.cut(text, usize::from(area.width).saturating_sub(width(&time) + 2));
            let line = Line::from(vec![
                Span::styled(format!("{time}  "), self.layer(Scope::Key)),
                Span::styled(text, self.style(Scope::Layer)),
            ]);
            self.put_line(&line, n - first, area, buf);
            self.mark_line(n == selected, n - first, area, buf);
        }
    }

    fn draw_player_help(&self, player: &Player, from: usize, buf: &mut Buffer) {
        let t = self.texts();
        let columns = BOX.min(usize::from(self.area.width).saturating_sub(6));
        let mut lines: Vec<Line<'_>> = Vec::new();
        for action in ACTIONS {
            let keys = if action.keys.len() > 3 { action.key().to_owned() } else { action.keys.join(" ") };
            lines.push(Line::from(vec![
                Span::styled(format!("{} ", self.fit(&keys, 14)), self.layer(Scope::Key)),
                Span::styled(action.label(player.language()).long, self.style(Scope::Layer)),
            ]));
        }
        lines.push(Line::default());
        let silent = player.playing.silent.as_ref().filter(|why| !why.is_empty());
        let silent = silent.map(|why| (t.player.no_sound_why)(why));
        for text in [t.player.help_levels.to_owned()].into_iter().chain(silent) {
            let rows = wrap(&text, columns).into_iter();
            lines.extend(rows.map(|row| Line::styled(row, self.layer(Scope::Dim))));
        }
        let tall = usize::from(self.area.height).saturating_sub(4).max(1);
        let inner = self.boxed(t.player.help, t.help_hint, columns, lines.len().min(tall), buf);
        let first = from.min(lines.len().saturating_sub(usize::from(inner.height)));
        for (n, line) in lines.iter().skip(first).enumerate() {
            self.put_line(line, n, inner, buf);
        }
    }
}
