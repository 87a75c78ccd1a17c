//! Colours and attributes as SGR sequences, no more of them than the terminal shows.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::Depth;

/// How the next character looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) modifier: Modifier,
}

impl Pen {
    /// What a terminal draws with after a reset.
    pub(super) const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    /// The pen of a cell, with no more colours than `depth` has.
    pub(super) fn of(cell: &Cell, depth: Depth) -> Self {
        Self { fg: reduce(cell.fg, depth), bg: reduce(cell.bg, depth), modifier: cell.modifier }
    }

    /// Writes what makes a terminal that draws with `from` draw with this pen.
    pub(super) fn write(self, from: Self, out: &mut Vec<u8>) {
        if self == from {
            return;
        }
        let mut codes = String::new();
        let lost = from.modifier.difference(self.modifier);
        let from = if lost.is_empty() && self != Self::PLAIN {
            from
        } else {
            codes.push(';');
            Self::PLAIN
        };
        for (modifier, code) in MODIFIERS {
            if self.modifier.difference(from.modifier).contains(modifier) {
                push(&mut codes, code);
            }
        }
        if self.fg != from.fg {
            push_color(&mut codes, self.fg, false);
        }
        if self.bg != from.bg {
            push_color(&mut codes, self.bg, true);
        }
        out.extend_from_slice(b"\x1b[");
        out.extend_from_slice(codes.trim_end_matches(';').as_bytes());
        out.push(b'm');
    }
}

/// Each attribute and its number (ECMA-48 section 8.3.117).
const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

fn push(codes: &mut String, code: u8) {
    codes.push_str(&code.to_string());
    codes.push(';');
}

fn push_color(codes: &mut String, color: Color, background: bool) {
    let shift = if background { 10 } else { 0 };
    match color {
        Color::Reset => push(codes, 39 + shift),
        Color::Rgb(r, g, b) => {
            for code in [38 + shift, 2, r, g, b] {
                push(codes, code);
            }
        }
        Color::Indexed(i) => {
            for code in [38 + shift, 5, i] {
                push(codes, code);
            }
        }
        named => match ansi(named) {
            i @ 0..=7 => push(codes, 30 + i + shift),
            i => push(codes, 82 + i + shift),
        },
    }
}

/// A named colour's number among the 16.
fn ansi(color: Color) -> u8 {
    match color {
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        _ => 0,
    }
}

/// The 16 colours by number.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What the 16 look like in most terminals (xterm's defaults), to find the nearest.
const NAMED_RGB: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The levels of xterm's colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn reduce(color: Color, depth: Depth) -> Color {
    match (depth, color) {
        (_, Color::Reset) | (Depth::True, _) => color,
        (Depth::None, _) => Color::Reset,
        (Depth::Ansi256, Color::Rgb(r, g, b)) => Color::Indexed(nearest_256((r, g, b))),
        (Depth::Ansi16, Color::Rgb(r, g, b)) => NAMED[nearest_16((r, g, b))],
        (Depth::Ansi16, Color::Indexed(i @ 0..=15)) => NAMED[usize::from(i)],
        (Depth::Ansi16, Color::Indexed(i)) => NAMED[nearest_16(indexed_rgb(i))],
        _ => color,
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    // green weighs most to the eye, blue least
    let d = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    2 * d(a.0, b.0) + 4 * d(a.1, b.1) + 3 * d(a.2, b.2)
}

fn nearest_16(rgb: (u8, u8, u8)) -> usize {
    (0..16).min_by_key(|&i| distance(NAMED_RGB[i], rgb)).unwrap_or(7)
}

fn nearest_256(rgb: (u8, u8, u8)) -> u8 {
    // 0 to 15 are the person's own palette: not theirs to guess
    (16..=255).min_by_key(|&i| distance(indexed_rgb(i), rgb)).unwrap_or(16)
}

fn indexed_rgb(i: u8) -> (u8, u8, u8) {
    match i {
        0..=15 => NAMED_RGB[usize::from(i)],
        16..=231 => {
            let level = |n: u8| CUBE[usize::from(n % 6)];
            let i = i - 16;
            (level(i / 36), level(i / 6), level(i))
        }
        232.. => {
            let grey = 8 + (i - 232) * 10;
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sgr(to: Pen, from: Pen) -> String {
        let mut out = Vec::new();
        to.write(from, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_changes_is_written() {
        let red = Pen { fg: Color::Red, ..Pen::PLAIN };
        let bold = Pen { modifier: Modifier::BOLD, ..red };
        assert_eq!(sgr(red, red), "");
        assert_eq!(sgr(red, Pen::PLAIN), "\x1b[31m");
        assert_eq!(sgr(bold, red), "\x1b[1m");
        assert_eq!(sgr(red, bold), "\x1b[;31m");
        assert_eq!(sgr(Pen::PLAIN, bold), "\x1b[m");
        let on_blue = Pen { bg: Color::LightBlue, ..red };
        assert_eq!(sgr(on_blue, red), "\x1b[104m");
        assert_eq!(sgr(red, on_blue), "\x1b[49m");
    }

    #[test]
    fn colours_are_reduced_to_the_depth() {
        let rgb = Color::Rgb(250, 2, 3);
        assert_eq!(reduce(rgb, Depth::True), rgb);
        assert_eq!(reduce(rgb, Depth::Ansi256), Color::Indexed(196));
        assert_eq!(reduce(rgb, Depth::Ansi16), Color::LightRed);
        assert_eq!(reduce(rgb, Depth::None), Color::Reset);
        assert_eq!(reduce(Color::Indexed(244), Depth::Ansi16), Color::DarkGray);
        assert_eq!(reduce(Color::Indexed(3), Depth::Ansi16), Color::Yellow);
        assert_eq!(reduce(Color::Cyan, Depth::Ansi256), Color::Cyan);
    }
}
