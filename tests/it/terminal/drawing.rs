//! What the backend writes, read back by another terminal.

use palco::term::{Depth, MAX_CELLS, Sheet};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier, Style};

const SIZE: Size = Size { width: 24, height: 6 };

struct Pair {
    sheet: Sheet,
    there: vt100::Parser,
    bytes: Vec<u8>,
}

impl Pair {
    fn new(depth: Depth) -> Self {
        Self {
            sheet: Sheet::new(SIZE, depth),
            there: vt100::Parser::new(SIZE.height, SIZE.width, 0),
            bytes: Vec::new(),
        }
    }

    /// Draws, lets the other terminal read it, and compares cell by cell.
    fn draw(&mut self, view: impl Fn(&mut Buffer)) -> Buffer {
        let mut want = Buffer::default();
        self.sheet.draw(|f| {
            view(f.buffer_mut());
            want = f.buffer_mut().clone();
        });
        self.bytes = self.sheet.take();
        self.there.process(&self.bytes);
        for y in 0..want.area.height {
            for x in 0..want.area.width {
                self.compare(&want, x, y);
            }
        }
        want
    }

    fn compare(&self, want: &Buffer, x: u16, y: u16) {
        let cell = self.there.screen().cell(y, x).unwrap();
        if cell.is_wide_continuation() {
            return;
        }
        let want = &want[(x, y)];
        let seen = if cell.contents().is_empty() { " " } else { cell.contents() };
        assert_eq!(seen, want.symbol(), "at {x},{y}");
        assert_eq!(cell.fgcolor(), color(want.fg), "foreground at {x},{y}");
        assert_eq!(cell.bgcolor(), color(want.bg), "background at {x},{y}");
        assert_eq!(cell.bold(), want.modifier.contains(Modifier::BOLD), "bold at {x},{y}");
        assert_eq!(cell.dim(), want.modifier.contains(Modifier::DIM), "dim at {x},{y}");
        assert_eq!(cell.inverse(), want.modifier.contains(Modifier::REVERSED), "reverse at {x},{y}");
        assert_eq!(cell.underline(), want.modifier.contains(Modifier::UNDERLINED), "underline at {x},{y}");
    }
}

fn color(color: Color) -> vt100::Color {
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        Color::Indexed(i) => vt100::Color::Idx(i),
        Color::Red => vt100::Color::Idx(1),
        Color::LightCyan => vt100::Color::Idx(14),
        other => panic!("not drawn here: {other}"),
    }
}

fn text(at: (u16, u16), text: &'static str, style: Style) -> impl Fn(&mut Buffer) {
    move |buffer| {
        buffer.set_string(at.0, at.1, text, style);
    }
}

#[test]
fn an_unchanged_frame_costs_nothing() {
    let mut pair = Pair::new(Depth::True);
    let view = text((2, 1), "On stage", Style::new().red().bold());
    pair.draw(&view);
    assert!(!pair.bytes.is_empty());
    pair.draw(&view);
    assert_eq!(pair.bytes, b"");
}

#[test]
fn a_clock_tick_costs_few_bytes() {
    let mut pair = Pair::new(Depth::True);
    let style = Style::new().fg(Color::Rgb(1, 2, 3));
    pair.draw(text((2, 1), "12:17", style));
    pair.draw(text((2, 1), "12:18", style));
    assert!(pair.bytes.len() <= 10, "{:?}", String::from_utf8_lossy(&pair.bytes));
}

#[test]
fn wide_and_combined_characters_stay_in_their_cells() {
    let mut pair = Pair::new(Depth::True);
    pair.draw(text((0, 0), "舞台 e\u{301} 👩 |", Style::new()));
    pair.draw(text((0, 0), "a 台 e  👩 ||", Style::new().red()));
    pair.draw(text((0, 0), "last column:        舞台", Style::new()));
}

#[test]
fn a_cell_cannot_steer_the_terminal() {
    let mut pair = Pair::new(Depth::True);
    pair.sheet.draw(|f| {
        for (x, symbol) in ["\x1b[2J", "\u{9b}31m", "\u{202e}", "\r", "", "ok"].iter().enumerate() {
            f.buffer_mut()[(u16::try_from(x).unwrap(), 0)].set_symbol(symbol);
        }
    });
    let bytes = String::from_utf8(pair.sheet.take()).unwrap();
    assert!(
        !bytes.contains("\x1b[2J") && !bytes.contains('\u{9b}') && !bytes.contains('\u{202e}'),
        "{bytes:?}"
    );
}

#[test]
fn depth_is_of_the_session() {
    let rgb = text((0, 0), "x", Style::new().fg(Color::Rgb(255, 0, 0)).bg(Color::Rgb(0, 0, 95)).bold());
    let bytes = |depth| {
        let mut sheet = Sheet::new(SIZE, depth);
        sheet.draw(|f| rgb(f.buffer_mut()));
        String::from_utf8(sheet.take()).unwrap()
    };
    assert_eq!(bytes(Depth::True), "\x1b[H\x1b[1;38;2;255;0;0;48;2;0;0;95mx");
    assert_eq!(bytes(Depth::Ansi256), "\x1b[H\x1b[1;38;5;196;48;5;17mx");
    assert_eq!(bytes(Depth::Ansi16), "\x1b[H\x1b[1;91;40mx");
    assert_eq!(bytes(Depth::None), "\x1b[H\x1b[1mx");
}

#[test]
fn the_cursor_is_where_the_view_puts_it() {
    let mut pair = Pair::new(Depth::True);
    for at in [Some(Position { x: 3, y: 2 }), Some(Position { x: 4, y: 2 }), None] {
        pair.sheet.draw(|f| {
            if let Some(at) = at {
                f.set_cursor_position(at);
            }
        });
        let bytes = pair.sheet.take();
        pair.there.process(&bytes);
        assert_eq!(pair.there.screen().hide_cursor(), at.is_none());
        if let Some(at) = at {
            assert_eq!(pair.there.screen().cursor_position(), (at.y, at.x));
        }
    }
}

#[test]
fn frames_are_synchronized_when_granted() {
    let mut pair = Pair::new(Depth::True);
    pair.sheet.set_synchronized(true);
    pair.draw(text((0, 0), "x", Style::new()));
    assert!(pair.bytes.starts_with(b"\x1b[?2026h") && pair.bytes.ends_with(b"\x1b[?2026l"));
    pair.draw(text((0, 0), "x", Style::new()));
    assert_eq!(pair.bytes, b"");
}

#[test]
fn a_resize_and_a_repaint_draw_everything() {
    let mut pair = Pair::new(Depth::True);
    let view = text((2, 1), "On stage", Style::new().red());
    pair.draw(&view);
    pair.there.process(b"\x1b[31;1mgarbage from somebody else\x1b[2;1H");
    pair.sheet.repaint();
    pair.draw(&view);

    let smaller = Size { width: 12, height: 3 };
    pair.sheet.resize(smaller);
    pair.there.screen_mut().set_size(smaller.height, smaller.width);
    let buffer = pair.draw(&view);
    assert_eq!(buffer.area.as_size(), smaller);
}

#[test]
fn sizes_are_bounded_and_may_be_nothing() {
    for (width, height) in [(0, 0), (1, 1), (0, 9), (u16::MAX, u16::MAX), (500, 500)] {
        let mut sheet = Sheet::new(Size { width, height }, Depth::True);
        let mut area = Rect::ZERO;
        sheet.draw(|f| {
            area = f.area();
            f.buffer_mut().set_style(area, Style::new().red());
        });
        assert!(area.width <= width && area.height <= height);
        assert!(u32::from(area.width) * u32::from(area.height) <= MAX_CELLS);
        sheet.take();
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let colors = || {
        prop::sample::select(vec![
            Color::Reset,
            Color::Red,
            Color::LightCyan,
            Color::Indexed(99),
            Color::Rgb(1, 2, 3),
        ])
    };
    let modifiers = prop::bits::u16::masked(0b100_1001).prop_map(Modifier::from_bits_truncate);
    (colors(), colors(), modifiers).prop_map(|(fg, bg, m)| Style::new().fg(fg).bg(bg).add_modifier(m))
}

proptest! {
    #[test]
    fn any_frames_are_read_back_as_drawn(
        frames in prop::collection::vec(
            prop::collection::vec((0..24u16, 0..6u16, "[a-zé │舞台👩]{1,8}", styles()), 0..8),
            1..5,
        ),
    ) {
        let mut pair = Pair::new(Depth::True);
        for frame in frames {
            pair.draw(|buffer| {
                for (x, y, text, style) in &frame {
                    buffer.set_string(*x, *y, text, *style);
                }
            });
        }
    }
}
