//! A ratatui backend into bytes. It asks nobody anything: size and colours are told to it, per session.

use std::convert::Infallible;
use std::io::Write as _;
use std::mem;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr as _;

use super::Depth;
use super::pen::Pen;

/// The most cells a screen may have; a terminal that claims more is drawn smaller. 16 bytes a cell are kept for each session,
/// and a hundred more while a frame is drawn.
pub const MAX_CELLS: u32 = 20_000;

/// Draws into a buffer that is taken with [`take`](Self::take). Nothing changed means no bytes.
#[derive(Debug)]
pub(super) struct AnsiBackend {
    out: Vec<u8>,
    size: Size,
    depth: Depth,
    synchronized: bool,
    pen: Pen,
    /// Where the terminal's cursor is; `None` when not known.
    at: Option<Position>,
    /// Where the cursor is to be seen.
    cursor: Position,
    wants_cursor: bool,
    shows_cursor: bool,
}

impl AnsiBackend {
    /// A backend for a cleared screen of `size` with the cursor hidden.
    pub(super) fn new(size: Size, depth: Depth) -> Self {
        Self {
            out: Vec::new(),
            size: bounded(size),
            depth,
            synchronized: false,
            pen: Pen::PLAIN,
            at: None,
            cursor: Position::ORIGIN,
            wants_cursor: false,
            shows_cursor: false,
        }
    }

    /// The terminal has another size now; ratatui repaints at its next draw.
    pub(super) fn resize(&mut self, size: Size) {
        self.size = bounded(size);
    }

    /// The size that is drawn.
    pub(super) fn bounds(&self) -> Size {
        self.size
    }

    pub(super) fn depth(&self) -> Depth {
        self.depth
    }

    /// Wraps frames in synchronized updates (private mode 2026), when the terminal knows them.
    pub(super) fn set_synchronized(&mut self, on: bool) {
        self.synchronized = on;
    }

    /// Takes the bytes of the frame; empty when nothing changed.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.place_cursor();
        if self.out.is_empty() {
            return Vec::new();
        }
        let mut frame = mem::take(&mut self.out);
        if self.synchronized {
            frame.splice(0..0, *b"\x1b[?2026h");
            frame.extend_from_slice(b"\x1b[?2026l");
        }
        frame
    }

    /// Forgets what the terminal shows: somebody else drew on it. Clear and draw everything after this.
    pub(super) fn forget(&mut self) {
        self.out.clear();
        self.out.extend_from_slice(b"\x1b[m\x1b[?25l");
        self.pen = Pen::PLAIN;
        self.at = None;
        self.shows_cursor = false;
    }

    fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go(Position { x, y });
        let pen = Pen::of(cell, self.depth);
        pen.write(self.pen, &mut self.out);
        self.pen = pen;
        let symbol = printable(cell.symbol());
        self.out.extend_from_slice(symbol.as_bytes());
        // terminals disagree about the width of anything but one plain character, and about the last column
        let plain = symbol.chars().nth(1).is_none() && symbol.width() == 1;
        let next = x.saturating_add(1);
        self.at = (plain && next < self.size.width).then_some(Position { x: next, y });
    }

    fn go(&mut self, to: Position) {
        if self.at == Some(to) {
            return;
        }
        let (row, column) = (to.y.saturating_add(1), to.x.saturating_add(1));
        // writing to a Vec can't fail
        let _ = match self.at {
            Some(at) if at.y == to.y && column == 1 => write!(self.out, "\r"),
            Some(at) if at.y == to.y => write!(self.out, "\x1b[{column}G"),
            _ if column == 1 && row == 1 => write!(self.out, "\x1b[H"),
            _ if column == 1 => write!(self.out, "\x1b[{row}H"),
            _ => write!(self.out, "\x1b[{row};{column}H"),
        };
        self.at = Some(to);
    }

    fn place_cursor(&mut self) {
        if self.wants_cursor {
            self.go(self.cursor);
        }
        if self.wants_cursor != self.shows_cursor {
            self.out.extend_from_slice(if self.wants_cursor { b"\x1b[?25h" } else { b"\x1b[?25l" });
            self.shows_cursor = self.wants_cursor;
        }
    }

    fn plain(&mut self) {
        Pen::PLAIN.write(self.pen, &mut self.out);
        self.pen = Pen::PLAIN;
    }
}

/// The size, with fewer rows when it has more than [`MAX_CELLS`].
fn bounded(size: Size) -> Size {
    let width = size.width.min(u16::try_from(MAX_CELLS).unwrap_or(u16::MAX));
    let rows = MAX_CELLS / u32::from(width.max(1));
    Size { width, height: size.height.min(u16::try_from(rows).unwrap_or(u16::MAX)) }
}

/// The symbol, or a space for one that would steer the terminal or turn the direction of text.
fn printable(symbol: &str) -> &str {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if symbol.is_empty() || symbol.chars().any(steers) { " " } else { symbol }
}

impl Backend for AnsiBackend {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.put(x, y, cell);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.wants_cursor = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.wants_cursor = true;
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.cursor = position.into();
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.plain();
        if clear_type != ClearType::All {
            self.go(self.cursor);
        }
        self.out.extend_from_slice(match clear_type {
            ClearType::All => b"\x1b[2J",
            ClearType::AfterCursor => b"\x1b[J",
            ClearType::BeforeCursor => b"\x1b[1J",
            ClearType::CurrentLine => b"\x1b[2K",
            ClearType::UntilNewLine => b"\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> Result<Size, Self::Error> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
