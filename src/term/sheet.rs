//! What a terminal shows, remembered in a few bytes a cell.
//!
//! ratatui keeps two screens of some 40 bytes a cell for as long as a terminal is there. A server has hundreds of consoles
//! of which few draw at a time: here both live while a frame is drawn, and 16 bytes a cell stay.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use unicode_width::UnicodeWidthStr as _;

use super::pen::Pen;
use super::{AnsiBackend, Depth};

/// Set in the number of a symbol of several characters, beyond every character's own.
const SEVERAL: u32 = 1 << 31;

/// The screen of one terminal: frames in, bytes of what changed out.
#[derive(Debug)]
pub struct Sheet {
    backend: AnsiBackend,
    /// What the terminal shows, row by row.
    shown: Vec<Mark>,
    /// The size that this is of.
    size: Size,
}

/// One cell as the terminal shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// A character, or a hash of several.
    symbol: u32,
    pen: Pen,
}

impl Mark {
    /// A cell that was cleared.
    const BLANK: Self = Self { symbol: ' ' as u32, pen: Pen::PLAIN };
    /// The further columns of a wide symbol.
    const COVERED: Self = Self { symbol: u32::MAX, pen: Pen::PLAIN };

    fn of(cell: &Cell, depth: Depth) -> Self {
        let mut chars = cell.symbol().chars();
        let symbol = match (chars.next(), chars.next()) {
            (Some(one), None) => one.into(),
            _ => {
                let mut hasher = DefaultHasher::new();
                cell.symbol().hash(&mut hasher);
                // Its lower half is as good as all of it.
                hasher.finish() as u32 | SEVERAL
            }
        };
        Self { symbol, pen: Pen::of(cell, depth) }
    }
}

impl Sheet {
    /// A cleared screen of `size` with the cursor hidden.
    pub fn new(size: Size, depth: Depth) -> Self {
        let backend = AnsiBackend::new(size, depth);
        let size = backend.bounds();
        Self { backend, shown: blank(size), size }
    }

    /// The terminal has another size; the next frame draws everything.
    pub fn resize(&mut self, size: Size) {
        self.backend.resize(size);
    }

    /// Wraps frames in synchronized updates (private mode 2026), when the terminal knows them.
    pub fn set_synchronized(&mut self, on: bool) {
        self.backend.set_synchronized(on);
    }

    /// Draws everything anew with the next frame: something else wrote on the screen.
    pub fn repaint(&mut self) {
        self.backend.forget();
        self.clear();
    }

    /// Draws a frame.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) {
        if self.size != self.backend.bounds() {
            self.clear();
        }
        let area = Rect::from((Position::ORIGIN, self.size));
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let pass = Pass { sheet: self, is_over: false };
        let Ok(mut terminal) = Terminal::with_options(pass, options);
        let Ok(_) = terminal.draw(view);
    }

    /// Takes the bytes of what was drawn; empty when nothing changed.
    pub fn take(&mut self) -> Vec<u8> {
        self.backend.take()
    }

    fn clear(&mut self) {
        let Ok(()) = self.backend.clear();
        self.size = self.backend.bounds();
        self.shown = blank(self.size);
    }

    /// Draws what is different from what is shown. `content` is every cell of the frame that is not blank, row by row.
    fn show<'a>(&mut self, content: impl Iterator<Item = (u16, u16, &'a Cell)>) {
        let width = usize::from(self.size.width);
        let mut changes: Vec<(usize, &Cell)> = Vec::new();
        let mut next = 0;
        for (x, y, cell) in content {
            let at = usize::from(y) * width + usize::from(x);
            self.erase(next..at, &mut changes);
            next = at + cell.symbol().width().max(1);
            let Some(shown) = self.shown.get_mut(at) else { continue };
            let mark = Mark::of(cell, self.backend.depth());
            if std::mem::replace(shown, mark) != mark {
                changes.push((at, cell));
            }
            for covered in self.shown.iter_mut().take(next).skip(at + 1) {
                *covered = Mark::COVERED;
            }
        }
        self.erase(next..self.shown.len(), &mut changes);
        let place = |at: usize| (at % width.max(1), at / width.max(1));
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let content = changes.iter().map(|(at, cell)| {
            let (x, y) = place(*at);
            (small(x), small(y), *cell)
        });
        let Ok(()) = self.backend.draw(content);
    }

    /// Notes those of these cells that are to be blank, and are not.
    fn erase(&mut self, cells: std::ops::Range<usize>, changes: &mut Vec<(usize, &Cell)>) {
        const EMPTY: &Cell = &Cell::EMPTY;
        for (at, shown) in self.shown.iter_mut().enumerate().take(cells.end).skip(cells.start) {
            if std::mem::replace(shown, Mark::BLANK) != Mark::BLANK {
                changes.push((at, EMPTY));
            }
        }
    }
}

fn blank(size: Size) -> Vec<Mark> {
    vec![Mark::BLANK; usize::from(size.width) * usize::from(size.height)]
}

/// One frame on its way to the sheet, through a ratatui that knows nothing of the frame before.
struct Pass<'a> {
    sheet: &'a mut Sheet,
    /// The frame was drawn: what ratatui does to the cursor when it goes is not meant for this terminal.
    is_over: bool,
}

impl Backend for Pass<'_> {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.sheet.show(content);
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.sheet.backend.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        if self.is_over { Ok(()) } else { self.sheet.backend.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.sheet.backend.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.sheet.backend.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.clear_region(ClearType::All)
    }

    /// Nothing is cleared within a frame.
    fn clear_region(&mut self, _: ClearType) -> Result<(), Self::Error> {
        Ok(())
    }

    fn size(&self) -> Result<Size, Self::Error> {
        Ok(self.sheet.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.sheet.backend.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.is_over = true;
        Ok(())
    }
}
