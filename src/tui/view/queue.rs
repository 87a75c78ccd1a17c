//! Who waits, with what, and for how long.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::meeting::{HandKind, ON_DECK, Phase};
use crate::tui::Scope;
use crate::tui::action::{Do, Panel};
use crate::tui::cut::{length, minutes, width};
use crate::tui::select::HandRow;

use super::{View, cells, scroll};

/// From this width on, a hand may be one row with a column for each fact.
const ONE_ROW: usize = 60;
const STATE: usize = 8;
/// As much of a topic is shown beside what the hand asks for.
const LEAST_TOPIC: usize = 8;
/// The widest name shown in full.
const NAME: usize = 22;

impl View<'_> {
    pub(super) fn draw_queue(&self, area: Rect, buf: &mut Buffer) {
        let order =
            if self.meeting().queue().len() > 1 { (self.texts().order)(self.meeting().order()) } else { "" };
        let note = self.filter_note().unwrap_or_else(|| order.to_owned());
        let inner = self.frame(
            Panel::Queue,
            &self.queue_title(usize::from(area.width.saturating_sub(6))),
            &note,
            area,
            buf,
        );
        self.draw_queue_rows(inner, buf);
    }

    pub(super) fn filter_note(&self) -> Option<String> {
        let filter = &self.model.filter;
        (!filter.is_empty()).then(|| (self.texts().filtered)(filter))
    }

    /// As much about the queue as fits; that it is closed always does.
    pub(super) fn queue_title(&self, columns: usize) -> String {
        let (t, dot) = (self.texts(), self.glyphs().dot);
        let waiting = self.meeting().queue().len() as u64;
        let mut forms = vec![t.queue.to_owned()];
        if waiting > 0 {
            let short = format!("{} {dot} {}", t.queue, (t.waiting_count)(waiting));
            forms = vec![format!("{} {dot} {}", t.queue, self.queue_count(waiting)), short];
        }
        if self.meeting().phase() == Phase::Closing {
            let closed = |word: &str| forms.iter().map(|f| format!("{f} {dot} {word}")).collect::<Vec<_>>();
            forms = [closed(t.queue_closed), closed(t.queue_shut)].concat();
        }
        let fits = forms.iter().find(|form| width(form) <= columns).or(forms.last());
        fits.cloned().unwrap_or_default()
    }

    /// What stands in the title: an order to choose, marks, matches, or how long all of it takes.
    fn queue_count(&self, waiting: u64) -> String {
        let t = self.texts();
        if let Some(order) = self.model.preview() {
            return (t.preview)((t.order)(order));
        }
        let marked = self.model.marked().len() as u64;
        if marked > 0 {
            return format!("{}, {}", (t.marked_count)(marked), (t.waiting_count)(waiting));
        }
        if !self.model.filter.is_empty() {
            let rows = self.model.hand_rows();
            return (t.matching)(rows.iter().filter(|r| r.place.is_some()).count() as u64, waiting);
        }
        let needs = (t.needs)(minutes(self.meeting().projection(self.now).queue));
        format!("{}, {needs}", (t.waiting_count)(waiting))
    }

    pub(super) fn draw_queue_rows(&self, inner: Rect, buf: &mut Buffer) {
        let rows = self.model.hand_rows();
        if rows.is_empty() {
            return self.teach(&self.empty_queue(), inner, buf);
        }
        let columns = usize::from(inner.width);
        // Two rows show whole topics: they are taken while all hands have room.
        let roomy = rows.len() * 2 <= usize::from(inner.height);
        let tall = if columns < ONE_ROW || roomy { 2 } else { 1 };
        let widths = self.columns(&rows);
        let selected = self.model.selected(Panel::Queue);
        let first = scroll(selected, usize::from(inner.height) / tall);
        for (n, row) in rows.iter().enumerate().skip(first) {
            let y = (n - first) * tall;
            if y + tall > usize::from(inner.height) {
                break;
            }
            let lines = if tall == 1 {
                vec![self.hand_wide(row, columns, &widths)]
            } else {
                self.hand_tall(row, columns, &widths)
            };
            for (k, line) in lines.iter().enumerate() {
                self.put_line(line, y + k, inner, buf);
            }
            if selected == Some(n) {
                let line = Rect::new(inner.x, inner.y + cells(y), inner.width, cells(tall));
                self.mark(Panel::Queue, line, buf);
            }
        }
    }

    fn empty_queue(&self) -> Vec<String> {
        let t = self.texts();
        let meeting = self.meeting();
        if !self.model.filter.is_empty() && !meeting.queue().is_empty() {
            return vec![(t.nothing_matches)(&self.model.filter)];
        }
        if !meeting.is_open() {
            return vec![t.waiting_for_snapshot.to_owned()];
        }
        let mut lines = vec![t.nobody_waits.to_owned()];
        if self.model.intent(Do::Raise, self.local).is_ok() {
            lines.push((t.nobody_waits_hint)(&self.key(Do::Raise)));
        }
        lines
    }

    fn hand_state(&self, row: &HandRow<'_>) -> Span<'static> {
        let t = self.texts();
        let (text, scope) = match row.place {
            None => (t.called.to_owned(), Scope::QueueCalled),
            Some(place) if place <= ON_DECK => (t.on_deck.to_owned(), Scope::QueueOnDeck),
            Some(place) => (place.to_string(), Scope::QueueWaiting),
        };
        let marked = row.place.is_some() && self.model.is_marked(row.hand.id);
        let (mark, scope) = if marked { (self.glyphs().mark, Scope::Strong) } else { (" ", scope) };
        Span::styled(format!("{mark}{}", self.fit(&text, STATE)), self.style(scope))
    }

    /// The turn's own clock, or how long it waits, or that it is the first time.
    fn time_of(&self, row: &HandRow<'_>) -> (String, Scope) {
        let t = self.texts();
        let owner = self.meeting().participant(row.hand.participant);
        let heard = owner.is_some_and(|p| p.is_heard());
        match (row.place, self.meeting().turn()) {
            (None, Some(turn)) => (length(turn.length(self.now)), Scope::QueueCalled),
            _ if owner.is_some_and(|p| p.newcomer) => (t.newcomer.to_owned(), Scope::QueueFirst),
            _ if !heard => (t.first_time.to_owned(), Scope::QueueFirst),
            _ => ((t.waits)(self.now.since(row.hand.raised_at).as_secs() / 60), Scope::QueueTime),
        }
    }

    fn time(&self, row: &HandRow<'_>, columns: usize) -> Span<'static> {
        let (text, scope) = self.time_of(row);
        Span::styled(format!("{} ", self.fit_right(&text, columns)), self.style(scope))
    }

    fn support(&self, row: &HandRow<'_>, columns: usize) -> Span<'static> {
        Span::styled(self.fit_right(&supporters(row), columns), self.style(Scope::QueueSupport))
    }

    /// Columns as wide as their widest text, so that topics get the rest.
    fn columns(&self, rows: &[HandRow<'_>]) -> Columns {
        let widest = |of: &dyn Fn(&HandRow<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let support = widest(&|r| width(&supporters(r)));
        Columns {
            name: widest(&|r| width(self.model.name_of(r.hand.participant))).clamp(6, NAME),
            support: if support == 0 { 0 } else { support + 2 },
            time: widest(&|r| width(&self.time_of(r).0)),
        }
    }

    fn name(&self, row: &HandRow<'_>, columns: usize) -> Span<'static> {
        let scope = if row.place.is_none() { Scope::QueueCalled } else { Scope::QueueName };
        Span::styled(self.fit(self.model.name_of(row.hand.participant), columns), self.style(scope))
    }

    fn topic(&self, row: &HandRow<'_>, columns: usize) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        let mut room = columns;
        if row.hand.kind != HandKind::Question {
            let kind = format!("{} {} ", (self.texts().kind)(row.hand.kind), self.glyphs().dot);
            let kind = self.cut(&kind, room.saturating_sub(LEAST_TOPIC.min(width(&row.hand.topic))));
            room -= width(&kind).min(room);
            spans.push(Span::styled(kind, self.style(Scope::QueueKind)));
        }
        spans.push(Span::styled(self.fit(&row.hand.topic, room), self.style(Scope::QueueTopic)));
        spans
    }

    /// One row with a column for each fact.
    fn hand_wide(&self, row: &HandRow<'_>, columns: usize, of: &Columns) -> Line<'static> {
        let topic = columns.saturating_sub(STATE + 1 + of.name + 2 + of.support + 2 + of.time + 1);
        let mut spans = vec![self.hand_state(row), self.name(row, of.name), Span::raw("  ")];
        spans.extend(self.topic(row, topic));
        spans.extend([self.support(row, of.support), Span::raw("  "), self.time(row, of.time)]);
        Line::from(spans)
    }

    /// Two rows: who and how long, then what and for how many.
    fn hand_tall(&self, row: &HandRow<'_>, columns: usize, of: &Columns) -> Vec<Line<'static>> {
        let name = columns.saturating_sub(STATE + 1 + 1 + of.time + 1);
        let head = vec![self.hand_state(row), self.name(row, name), Span::raw(" "), self.time(row, of.time)];
        let mut topic = vec![Span::raw(" ".repeat(STATE + 1))];
        topic.extend(self.topic(row, columns.saturating_sub(STATE + 1 + of.support + 1)));
        topic.push(self.support(row, of.support));
        vec![Line::from(head), Line::from(topic)]
    }
}

/// How wide the columns are.
struct Columns {
    name: usize,
    support: usize,
    time: usize,
}

fn supporters(row: &HandRow<'_>) -> String {
    match row.hand.supporters.len() {
        0 => String::new(),
        n => format!("+{n}"),
    }
}
