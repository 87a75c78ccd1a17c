//! Screens as text: for snapshots, and in colour for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use palco::meeting::Timestamp;
use palco::tui::Model;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

pub fn draw(model: &Model, now: Timestamp, (width, height): (u16, u16)) -> (Buffer, Option<(u16, u16)>) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("terminal");
    let mut cursor = None;
    terminal
        .draw(|frame| {
            model.view(now, frame);
        })
        .expect("draw");
    let backend = terminal.backend_mut();
    if backend.cursor_visible() {
        let at = backend.cursor_position();
        cursor = Some((at.x, at.y));
    }
    (backend.buffer().clone(), cursor)
}

/// The rows of a screen as they are read.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                row.push_str(symbol);
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

/// The text, then a letter for each cell's style, then what the letters stand for.
pub fn picture(buffer: &Buffer, cursor: Option<(u16, u16)>) -> String {
    let mut legend: Vec<Style> = Vec::new();
    let mut names = BTreeMap::new();
    let mut rows = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        for x in 0..buffer.area.width {
            let style = buffer[(x, y)].style();
            let n = legend.iter().position(|s| *s == style).unwrap_or_else(|| {
                legend.push(style);
                legend.len() - 1
            });
            let letter = LETTERS.chars().nth(n).unwrap_or('?');
            names.insert(n, letter);
            row.push(letter);
        }
        let _ = writeln!(rows, "{row}");
    }
    let mut out = format!("{}\n{rows}\n", text(buffer));
    for (n, letter) in names {
        let _ = writeln!(out, "{letter} {}", describe(legend[n]));
    }
    if let Some((x, y)) = cursor {
        let _ = writeln!(out, "cursor {x},{y}");
    }
    out
}

const LETTERS: &str = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

fn describe(style: Style) -> String {
    let colour = |c: Option<Color>| c.map_or("-".to_owned(), |c| c.to_string());
    let mut out = format!("{} on {}", colour(style.fg), colour(style.bg));
    if !style.add_modifier.is_empty() {
        let _ = write!(out, " {:?}", style.add_modifier);
    }
    out
}

/// The screen as a terminal would show it.
pub fn ansi(buffer: &Buffer) -> String {
    let mut out = String::from("\x1b[2J\x1b[H");
    for y in 0..buffer.area.height {
        let mut skip = 0;
        let _ = write!(out, "\x1b[{};1H", y + 1);
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let style = cell.style();
            out.push_str("\x1b[0");
            for (modifier, code) in
                [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)]
            {
                if style.add_modifier.contains(modifier) {
                    let _ = write!(out, ";{code}");
                }
            }
            for (colour, base) in [(style.fg, 30), (style.bg, 40)] {
                let _ = match colour {
                    Some(Color::Rgb(r, g, b)) => write!(out, ";{};2;{r};{g};{b}", base + 8),
                    Some(Color::Indexed(i)) => write!(out, ";{};5;{i}", base + 8),
                    Some(named) => named_code(named).map_or(Ok(()), |n| write!(out, ";{}", base + n)),
                    None => Ok(()),
                };
            }
            out.push('m');
            out.push_str(cell.symbol());
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
    }
    out.push_str("\x1b[0m");
    out
}

fn named_code(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        _ => return None,
    })
}
