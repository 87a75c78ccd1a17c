//! One line at the bottom of a terminal that scrolls: typed into while others are printed above it.

use std::io::{self, Write as _};

use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::{
    self, InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios,
};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// What stands before the line.
const PROMPT: &str = "> ";

/// Each key comes at once and is not echoed; what is printed is printed as ever. As before when it is dropped.
#[derive(Debug)]
pub struct LineMode {
    before: Termios,
}

impl LineMode {
    /// Takes the keys over.
    ///
    /// # Errors
    /// Standard input is no terminal, or refuses.
    pub fn enter() -> io::Result<Self> {
        let mode = Self { before: termios::tcgetattr(stdin())? };
        mode.take()?;
        Ok(mode)
    }

    /// Takes the keys over again.
    ///
    /// # Errors
    /// The terminal refuses.
    pub fn take(&self) -> io::Result<()> {
        let mut keys = self.before.clone();
        keys.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        // Enter is a carriage return, as decoders of keys expect
        keys.input_modes -= InputModes::ICRNL | InputModes::IXON;
        keys.special_codes[SpecialCodeIndex::VMIN] = 1;
        keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(termios::tcsetattr(stdin(), OptionalActions::Now, &keys)?)
    }

    /// Gives the keys back for a while.
    pub fn give_back(&self) {
        // answers on their way must not land on the shell's line
        let _ = termios::tcflush(stdin(), QueueSelector::IFlush);
        let _ = termios::tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

/// Stops the process and whoever shares its terminal, as Ctrl-Z does in a shell.
///
/// # Errors
/// The system refuses.
pub fn stop() -> io::Result<()> {
    kill_current_process_group(Signal::TSTP).map_err(Into::into)
}

impl Drop for LineMode {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

/// How wide the terminal at standard output is; 80 columns when it doesn't tell.
pub fn columns() -> u16 {
    match termios::tcgetwinsize(stdout()) {
        Ok(size) if size.ws_col > 0 => size.ws_col,
        _ => 80,
    }
}

/// Paints the line with as few bytes as may be: a letter that is typed is one byte, so that a screen reader reads that
/// letter and not the line.
#[derive(Debug)]
pub struct LinePainter {
    columns: usize,
    /// What the terminal shows; `None` when the line is not there.
    shown: Option<Shown>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    before: String,
    after: String,
}

impl LinePainter {
    /// A painter for a terminal of this many columns; nothing is shown yet.
    pub fn new(columns: u16) -> Self {
        Self { columns: usize::from(columns), shown: None }
    }

    /// The terminal has another width; what a line has become by that nobody knows, so it begins anew.
    pub fn resize(&mut self, columns: u16) -> Vec<u8> {
        self.columns = usize::from(columns);
        self.lift()
    }

    /// Shows the line, the cursor between its parts.
    pub fn paint(&mut self, before: &str, after: &str) -> Vec<u8> {
        let next = self.window(before, after);
        let mut out = Vec::new();
        match self.shown.as_ref() {
            Some(shown) if *shown == next => {}
            Some(shown) if shown.after.is_empty() && next.after.is_empty() => {
                end(&shown.before, &next.before, &mut out);
            }
            _ => whole(&next, &mut out),
        }
        self.shown = Some(next);
        out
    }

    /// Takes the line away, so that others can be printed where it was.
    pub fn lift(&mut self) -> Vec<u8> {
        if self.shown.take().is_some() { b"\r\x1b[K".to_vec() } else { Vec::new() }
    }

    /// Leaves the line where it is: it was entered.
    pub fn finish(&mut self) -> Vec<u8> {
        if self.shown.take().is_some() { b"\n".to_vec() } else { Vec::new() }
    }

    /// As much of the line around the cursor as one row takes.
    fn window(&self, before: &str, after: &str) -> Shown {
        let room = self.columns.saturating_sub(PROMPT.len() + 1).max(1);
        let mut start = 0;
        for (at, _) in before.grapheme_indices(true).chain([(before.len(), "")]) {
            start = at;
            if before.get(at..).unwrap_or_default().width() <= room {
                break;
            }
        }
        let before = before.get(start..).unwrap_or_default().to_owned();
        let mut left = room.saturating_sub(before.width());
        let fits = after.graphemes(true).take_while(|g| {
            let fits = g.width() <= left;
            left = left.saturating_sub(g.width());
            fits
        });
        Shown { after: fits.collect(), before }
    }
}

/// Only the end differs: what is new is appended, what is gone is wiped out.
fn end(shown: &str, next: &str, out: &mut Vec<u8>) {
    if let Some(new) = next.strip_prefix(shown) {
        out.extend_from_slice(new.as_bytes());
    } else if let Some(gone) = shown.strip_prefix(next) {
        (0..gone.width()).for_each(|_| out.extend_from_slice(b"\x08 \x08"));
    } else {
        whole(&Shown { before: next.to_owned(), after: String::new() }, out);
    }
}

fn whole(line: &Shown, out: &mut Vec<u8>) {
    // writing to a Vec can't fail
    let _ = write!(out, "\r\x1b[K{PROMPT}{}{}", line.before, line.after);
    match line.after.width() {
        0 => {}
        columns => drop(write!(out, "\x1b[{columns}D")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_letter_typed_is_a_letter_printed() {
        let mut painter = LinePainter::new(80);
        assert_eq!(text(painter.paint("", "")), "\r\x1b[K> ");
        assert_eq!(text(painter.paint("n", "")), "n");
        assert_eq!(text(painter.paint("n日", "")), "日");
        assert_eq!(text(painter.paint("n", "")), "\x08 \x08\x08 \x08");
        assert_eq!(text(painter.paint("n", "")), "");
        assert_eq!(text(painter.paint("next", "")), "ext");
        assert_eq!(text(painter.paint("ne", "xt")), "\r\x1b[K> next\x1b[2D");
        assert_eq!(text(painter.lift()), "\r\x1b[K");
        assert_eq!(text(painter.lift()), "");
        assert_eq!(text(painter.paint("ne", "")), "\r\x1b[K> ne");
        assert_eq!(text(painter.finish()), "\n");
    }

    #[test]
    fn a_long_line_shows_what_is_around_the_cursor() {
        let mut painter = LinePainter::new(10);
        assert_eq!(text(painter.paint("abcdefghij", "")), "\r\x1b[K> defghij");
        assert_eq!(text(painter.paint("ab", "cdefghij")), "\r\x1b[K> abcdefg\x1b[5D");
        assert_eq!(text(painter.resize(0)), "\r\x1b[K");
        assert_eq!(text(painter.paint("日本", "x")), "\r\x1b[K> x\x1b[1D");
    }
}
