//! What is said: lines, and at a terminal the line that is being typed below them.

use std::time::Duration;

use crate::term::{BELL, LinePainter, Notify, Printer, columns};
use crate::tui::{Editor, Language, Plain};

/// How long the end waits for a reader who takes his time: longer than a terminal needs for a screen.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Standard output.
pub(super) struct Voice {
    printer: Printer,
    /// `None` where no line is edited: then no escape sequence is ever printed.
    painter: Option<LinePainter>,
    rings: bool,
    notify: Notify,
    language: Language,
    /// How many lines had no room.
    left_out: u64,
}

impl Voice {
    /// A voice that `edits` a line at a terminal, or `rings` its bell at least.
    pub(super) fn new(
        printer: Printer,
        edits: bool,
        rings: bool,
        notify: Notify,
        language: Language,
    ) -> Self {
        let painter = edits.then(|| LinePainter::new(columns()));
        Self { printer, painter, rings, notify, language, left_out: 0 }
    }

    /// Says lines.
    pub(super) fn say(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let mut piece = self.painter.as_mut().map(LinePainter::lift).unwrap_or_default();
        let left_out = (self.left_out > 0).then(|| Plain::left_out(self.language, self.left_out));
        for line in left_out.iter().chain(lines) {
            piece.extend_from_slice(line.as_bytes());
            piece.push(b'\n');
        }
        if self.printer.print(piece) {
            self.left_out = 0;
        } else {
            self.left_out += lines.len() as u64;
        }
    }

    pub(super) fn ring(&self) {
        if self.rings {
            // one that has no room is late anyway
            self.printer.print(BELL.to_vec());
        }
    }

    /// Tells the person who looks elsewhere; a terminal that only prints has its bell for that.
    pub(super) fn notify(&self, text: &str) {
        match self.notify {
            Notify::Off => {}
            Notify::Osc9 | Notify::Osc777 if self.painter.is_some() => {
                self.printer.print(self.notify.bytes(text));
            }
            Notify::Bell | Notify::Osc9 | Notify::Osc777 => self.ring(),
        }
    }

    /// Shows what is being typed.
    pub(super) fn show(&mut self, editor: &Editor) {
        if let Some(painter) = &mut self.painter
            && self.printer.has_room()
        {
            let piece = painter.paint(editor.before(), editor.after());
            if !piece.is_empty() {
                self.printer.print(piece);
            }
        }
    }

    /// Leaves the line that is being typed where it is.
    pub(super) fn finish_line(&mut self) {
        if let Some(painter) = &mut self.painter {
            self.printer.print(painter.finish());
        }
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self) {
        if let Some(painter) = &mut self.painter {
            let piece = painter.resize(columns());
            self.printer.print(piece);
        }
    }

    /// Waits until nobody reads any more. Cancel-safe.
    pub(super) async fn gone(&self) {
        self.printer.gone().await;
    }

    /// Says the last of it.
    pub(super) async fn end(mut self) {
        let piece = self.painter.as_mut().map(LinePainter::lift).unwrap_or_default();
        self.printer.print(piece);
        let _ = tokio::time::timeout(LAST_LINES, self.printer.finish()).await;
    }
}
