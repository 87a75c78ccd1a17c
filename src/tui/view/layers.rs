//! Boxes on top.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::meeting::{HandKind, Timestamp};
use crate::tui::Scope;
use crate::tui::cut::{cut, width, wrap};
use crate::tui::field::Field;
use crate::tui::layer::{Entry, Layer};
use crate::tui::moderate::Line as About;
use crate::tui::palette::Found;

use super::{View, cells, scroll};

/// The widest box with a text field.
const FIELD: usize = 68;
/// The widest box with a question.
const QUESTION: usize = 52;
/// The most lines of the palette's list.
const LIST: usize = 12;

impl View<'_> {
    /// Draws all layers; the last one has the cursor.
    pub(super) fn draw_layers(&self, buf: &mut Buffer) {
        let t = self.texts();
        for layer in &self.model.layers {
            match layer {
                Layer::Help { scroll } => self.draw_help(*scroll, buf),
                Layer::Palette { field, selected } => self.draw_palette(field, *selected, buf),
                Layer::Topic { field, kind, reword } => {
                    let title = if *reword { t.reword_title } else { t.raise_title };
                    self.draw_topic(title, field, *kind, buf);
                }
                Layer::Name { field } => {
                    let inner = self.boxed(t.rename_title, t.rename_hint, FIELD, 1, buf);
                    self.draw_field(field, "", inner, buf);
                }
                Layer::Line { about, line, field } => {
                    let name = self.model.name_of(*about);
                    let (title, hint, empty) = match line {
                        About::Why => ((t.why_title)(name), t.why_hint, t.why_empty),
                        About::Name => ((t.rename_other_title)(name), t.rename_hint, ""),
                    };
                    let inner = self.boxed(&title, hint, FIELD, 1, buf);
                    self.draw_field(field, empty, inner, buf);
                }
                Layer::Confirm { text, yes, .. } => self.draw_confirm(text, *yes, buf),
                Layer::Menu { title, entries, selected } => self.draw_menu(title, entries, *selected, buf),
                Layer::Mirror { sort, selected } => self.draw_mirror(*sort, *selected, buf),
                Layer::Pairing { line, hear, until } => {
                    self.draw_pairing((line, hear.as_deref()), *until, buf)
                }
                Layer::Filter { field, .. } => self.draw_filter(field, buf),
            }
        }
    }

    /// A box in the middle for `rows` lines of at most `columns`, and the area inside.
    pub(super) fn boxed(
        &self,
        title: &str,
        hint: &str,
        columns: usize,
        rows: usize,
        buf: &mut Buffer,
    ) -> Rect {
        self.boxed_in(self.area, title, hint, columns, rows, buf)
    }

    /// The same in the middle of a part of the screen.
    fn boxed_in(
        &self,
        area: Rect,
        title: &str,
        hint: &str,
        columns: usize,
        rows: usize,
        buf: &mut Buffer,
    ) -> Rect {
        let full = cells(columns + 4).min(area.width);
        let height = cells(rows + 2).min(area.height);
        let at =
            Rect::new(area.x + (area.width - full) / 2, area.y + (area.height - height) / 2, full, height);
        Clear.render(at, buf);
        let block = Block::bordered()
            .border_set(self.glyphs().strong_border)
            .border_style(self.style(Scope::LayerBorder))
            .style(self.style(Scope::Layer));
        let inner = block.inner(at);
        self.focus_on(inner.x, inner.y);
        block.render(at, buf);
        let room = usize::from(full.saturating_sub(6));
        let title = self.cut(title, room);
        if !title.is_empty() {
            self.put(&format!(" {title} "), self.style(Scope::LayerTitle), at.x + 2, at.y, buf);
        }
        let hint = self.cut(hint, room);
        if !hint.is_empty() {
            let x = at.right().saturating_sub(cells(width(&hint) + 4));
            self.put(&format!(" {hint} "), self.layer(Scope::KeyText), x, at.bottom().saturating_sub(1), buf);
        }
        Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }.intersection(area)
    }

    /// Where a menu of `rows` lines stands: in the middle, or beside the queue while it shows what would come of it.
    fn menu_area(&self, rows: usize) -> Rect {
        let area = self.area;
        if self.model.preview().is_none() {
            return area;
        }
        match self.left_columns() {
            Some(left) => Rect { width: left, ..area },
            None => {
                let height = cells(rows + 2).min(area.height);
                Rect { y: area.bottom() - height, height, ..area }
            }
        }
    }

    /// A scope's colours on a box's background.
    pub(super) fn layer(&self, scope: Scope) -> Style {
        self.style(Scope::Layer).patch(self.accent(scope))
    }

    /// A text field of one row; scrolls so that its cursor is seen.
    pub(super) fn draw_field(&self, field: &Field, empty: &str, area: Rect, buf: &mut Buffer) {
        let style = self.style(Scope::Input);
        let row = Rect { height: area.height.min(1), ..area };
        buf.set_style(row, style);
        let room = usize::from(area.width).saturating_sub(1);
        let before = tail(field.before(), room);
        let after = field.text().get(field.before().len()..).unwrap_or_default();
        let at = cells(width(before));
        if field.text().is_empty() {
            self.put(&self.cut(empty, room), style.patch(self.accent(Scope::Disabled)), area.x, area.y, buf);
        } else if row.height > 0 {
            self.put(before, style, area.x, area.y, buf);
            let rest = cut(after, room.saturating_sub(width(before)), "");
            self.put(&rest, style, area.x + at, area.y, buf);
        }
        self.focus_on(area.x + at, area.y);
    }

    fn draw_topic(&self, title: &str, field: &Field, kind: HandKind, buf: &mut Buffer) {
        let t = self.texts();
        let inner = self.boxed(title, t.raise_hint, FIELD, 3, buf);
        let spans = HandKind::ALL.iter().flat_map(|k| {
            let chosen = *k == kind;
            let style = if chosen { self.layer(Scope::Selected) } else { self.layer(Scope::Disabled) };
            let mark = if chosen { self.glyphs().select } else { " " };
            [
                Span::styled(format!("{mark} {} ", (t.kind)(*k)), style),
                Span::styled(" ", self.style(Scope::Layer)),
            ]
        });
        self.put_line(&Line::from_iter(spans), 0, inner, buf);
        let row =
            Rect { y: inner.y + 2.min(inner.height.saturating_sub(1)), height: inner.height.min(1), ..inner };
        self.draw_field(field, t.raise_empty, row, buf);
    }

    /// What to type elsewhere is whole on lines of its own.
    fn draw_pairing(&self, (line, hear): (&str, Option<&str>), until: Timestamp, buf: &mut Buffer) {
        let t = self.texts();
        let room = QUESTION.min(usize::from(self.area.width).saturating_sub(4));
        let once = (t.pairing_once)(&self.model.pairing_end(until));
        let with_palco = [(t.pairing_how, Scope::Text), (line, Scope::Strong)];
        let with_ssh = hear.map(|hear| [(t.pairing_hear, Scope::Text), (hear, Scope::Strong)]);
        let texts = with_palco.into_iter().chain(with_ssh.into_iter().flatten());
        let lines: Vec<_> = texts
            .chain([(once.as_str(), Scope::Text)])
            .flat_map(|(text, scope)| wrap(text, room).into_iter().map(move |line| (line, scope)))
            .collect();
        let inner = self.boxed(t.pairing_title, t.pairing_hint, room, lines.len(), buf);
        for (n, (line, scope)) in lines.into_iter().enumerate() {
            self.put_line(&Line::styled(line, self.layer_text(scope)), n, inner, buf);
        }
    }

    fn draw_confirm(&self, text: &str, yes: bool, buf: &mut Buffer) {
        let t = self.texts();
        let room = QUESTION.min(usize::from(self.area.width).saturating_sub(4));
        let lines = wrap(text, room);
        let small = self.area.height < 7;
        let rows = lines.len() + if small { 1 } else { 2 };
        let inner = self.boxed("", t.confirm_keys, room, rows, buf);
        for (n, line) in lines.iter().enumerate() {
            let line = Line::styled(line.clone(), self.style(Scope::Layer));
            self.put_line(&line, n, inner, buf);
        }
        let button = |word: &str, chosen: bool| {
            let style = if chosen {
                self.layer(Scope::Selected).patch(self.accent(Scope::Strong))
            } else {
                self.style(Scope::Layer)
            };
            let text =
                if chosen { format!("{} {word}  ", self.glyphs().select) } else { format!("  {word}  ") };
            Span::styled(text, style)
        };
        let buttons = Line::from(vec![
            button(t.no, !yes),
            Span::styled("  ", self.style(Scope::Layer)),
            button(t.yes, yes),
        ]);
        let row = rows.min(usize::from(inner.height)).saturating_sub(1);
        self.put_line(&buttons, row, inner, buf);
        let before = if yes { width(&buttons.spans[0].content) + 2 } else { 0 };
        self.focus_on(inner.x + cells(before), inner.y + cells(row));
    }

    fn draw_menu(&self, title: &str, entries: &[Entry], selected: usize, buf: &mut Buffer) {
        let key = entries.iter().map(|e| width(&e.key)).max().unwrap_or(1);
        let label = entries.iter().map(|e| width(&e.label)).max().unwrap_or(1);
        let hint = self.texts().menu_hint;
        let most = QUESTION.min(usize::from(self.area.width).saturating_sub(4));
        // A title that is a question has to be read whole: it stands above the answers where there is room.
        let whole = wrap(title, most);
        let fits = whole.len() + entries.len() + 2 <= usize::from(self.area.height);
        let (title, question) = if width(title) + 2 > most && fits { ("", whole) } else { (title, vec![]) };
        let asked = question.iter().map(|line| width(line)).max().unwrap_or(0);
        let columns = (key + 2 + label).max(width(title) + 2).max(width(hint) + 2).max(asked);
        let rows = question.len() + entries.len();
        let area = self.menu_area(rows);
        let columns = columns.min(usize::from(area.width).saturating_sub(4));
        let inner = self.boxed_in(area, title, hint, columns, rows, buf);
        for (n, line) in question.iter().enumerate() {
            self.put_line(&Line::styled(line.clone(), self.style(Scope::Layer)), n, inner, buf);
        }
        let above = cells(question.len()).min(inner.height.saturating_sub(1));
        let inner = Rect { y: inner.y + above, height: inner.height - above, ..inner };
        let first = scroll(Some(selected), usize::from(inner.height));
        for (n, entry) in entries.iter().enumerate().skip(first) {
            let line = Line::from(vec![
                Span::styled(self.fit(&entry.key, key), self.layer(Scope::Key)),
                Span::styled(
                    format!("  {}", self.cut(&entry.label, columns.saturating_sub(key + 2))),
                    self.style(Scope::Layer),
                ),
            ]);
            self.put_line(&line, n - first, inner, buf);
            self.mark_line(n == selected, n - first, inner, buf);
        }
    }

    pub(super) fn mark_line(&self, selected: bool, n: usize, inner: Rect, buf: &mut Buffer) {
        if selected && n < usize::from(inner.height) {
            let row = Rect::new(inner.x, inner.y + cells(n), inner.width, 1);
            self.light(row, Scope::Selected, buf);
            self.focus_on(row.x, row.y);
        }
    }

    fn draw_palette(&self, field: &Field, selected: usize, buf: &mut Buffer) {
        let t = self.texts();
        let found = self.model.found(field.text(), self.local);
        let usage = self.model.usage(field.text()).filter(|_| field.text().contains(' '));
        let room = usize::from(self.area.height).saturating_sub(6).clamp(1, LIST);
        let inner = self.boxed(t.palette_title, t.palette_hint, FIELD, room + 2, buf);
        let colon = Rect { height: inner.height.min(1), ..inner };
        buf.set_style(colon, self.style(Scope::Input));
        self.put(":", self.style(Scope::Input).patch(self.accent(Scope::Key)), inner.x, inner.y, buf);
        let row = Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..colon };
        let list =
            Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner }.intersection(self.area);
        if let Some(usage) = usage {
            self.put_line(
                &Line::styled(self.cut(&usage, usize::from(list.width)), self.layer(Scope::Dim)),
                0,
                list,
                buf,
            );
        } else if found.is_empty() {
            self.put_line(&Line::styled(t.palette_nothing, self.layer(Scope::Dim)), 0, list, buf);
        } else {
            let first = scroll(Some(selected), usize::from(list.height));
            for (n, one) in found.iter().enumerate().skip(first) {
                self.put_line(&self.palette_row(one, usize::from(list.width)), n - first, list, buf);
                self.mark_line(n == selected, n - first, list, buf);
            }
        }
        // last: what is typed goes there, whatever is selected
        self.draw_field(field, "", row, buf);
    }

    fn palette_row(&self, found: &Found, columns: usize) -> Line<'static> {
        const WORD: usize = 14;
        let key = self.model.setup.keymap.all(found.action.what);
        let key = cut(&key, 10, "");
        let text = columns.saturating_sub(WORD + 1 + width(&key) + 1);
        let word = if found.possible { Scope::Strong } else { Scope::Disabled };
        let dim = if found.possible { Scope::Text } else { Scope::Disabled };
        let letters = found.action.word.chars().enumerate().map(|(n, c)| {
            let hit = u32::try_from(n).is_ok_and(|n| found.letters.contains(&n));
            Span::styled(
                c.to_string(),
                if hit { self.layer(Scope::LayerMatch) } else { self.layer_text(word) },
            )
        });
        let mut spans: Vec<_> = letters.collect();
        spans.push(Span::raw(" ".repeat(WORD.saturating_sub(width(found.action.word)) + 1)));
        spans.push(Span::styled(self.fit(self.model.label(found.action).long, text), self.layer_text(dim)));
        spans.push(Span::styled(format!(" {key}"), self.layer(Scope::Key)));
        Line::from(spans)
    }

    /// A scope's colours on a box, `text` being the box's own.
    fn layer_text(&self, scope: Scope) -> Style {
        if scope == Scope::Text { self.style(Scope::Layer) } else { self.layer(scope) }
    }

    /// The filter is typed in the footer, so that the lists stay in sight.
    fn draw_filter(&self, field: &Field, buf: &mut Buffer) {
        let title = format!(" {}: ", self.texts().filter_title);
        let row = Rect { y: self.area.bottom() - 1, height: 1, ..self.area };
        Clear.render(row, buf);
        buf.set_style(row, self.style(Scope::Input));
        self.put(&title, self.style(Scope::Input).patch(self.accent(Scope::Key)), row.x, row.y, buf);
        let used = cells(width(&title)).min(row.width);
        self.draw_field(field, "", Rect { x: row.x + used, width: row.width - used, ..row }, buf);
    }
}

/// As much of the end of a text as fits.
pub(super) fn tail(text: &str, columns: usize) -> &str {
    let mut starts = text.char_indices().map(|(i, _)| i).chain([text.len()]);
    let from = starts.find(|i| width(text.get(*i..).unwrap_or_default()) <= columns);
    from.and_then(|i| text.get(i..)).unwrap_or_default()
}
