//! Colours for terminals with fewer of them.

use ratatui::style::{Color, Modifier, Style};

use crate::tui::Depth;

/// The levels of one channel in the 6x6x6 cube of the 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The sixteen ANSI colours as most terminals show them.
const ANSI: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [190, 50, 50]),
    (Color::Green, [40, 160, 60]),
    (Color::Yellow, [190, 150, 30]),
    (Color::Blue, [60, 90, 200]),
    (Color::Magenta, [170, 70, 170]),
    (Color::Cyan, [40, 160, 170]),
    (Color::Gray, [190, 190, 190]),
    (Color::DarkGray, [110, 110, 110]),
    (Color::LightRed, [255, 110, 110]),
    (Color::LightGreen, [120, 230, 130]),
    (Color::LightYellow, [250, 220, 110]),
    (Color::LightBlue, [130, 170, 255]),
    (Color::LightMagenta, [240, 150, 240]),
    (Color::LightCyan, [120, 230, 240]),
    (Color::White, [255, 255, 255]),
];

/// The nearest style that `depth` can show. Without colours, what had a background is shown in reverse, so that it
/// still stands out.
pub(super) fn downgrade(style: Style, depth: Depth) -> Style {
    match depth {
        Depth::True => style,
        Depth::None => {
            let lit = style.bg.is_some_and(|c| c != Color::Reset);
            let plain = Style { fg: None, bg: None, underline_color: None, ..style };
            if lit { plain.add_modifier(Modifier::REVERSED) } else { plain }
        }
        Depth::Ansi256 | Depth::Ansi16 => Style {
            fg: style.fg.map(|c| nearest(c, depth)),
            bg: style.bg.map(|c| nearest(c, depth)),
            ..style
        },
    }
}

fn nearest(colour: Color, depth: Depth) -> Color {
    match (colour, depth) {
        (Color::Rgb(r, g, b), Depth::Ansi256) => Color::Indexed(index([r, g, b])),
        (Color::Rgb(r, g, b), _) => ansi([r, g, b]),
        (Color::Indexed(i), Depth::Ansi16) => ansi(rgb(i)),
        (other, _) => other,
    }
}

/// The nearest of the 256 colours, the first sixteen left out because people change them. In the cube each channel has
/// its own nearest level.
fn index(c: [u8; 3]) -> u8 {
    let level = |x: u8| (0..6).min_by_key(|n| CUBE[usize::from(*n)].abs_diff(x)).unwrap_or(0);
    let [r, g, b] = c.map(level);
    let in_cube = 16 + 36 * r + 6 * g + b;
    std::iter::once(in_cube).chain(232..=255).min_by_key(|i| distance(rgb(*i), c)).unwrap_or(in_cube)
}

fn ansi(c: [u8; 3]) -> Color {
    // Two greys and colours of little chroma: the cube's distance alone would paint greys blue.
    let chroma = c.iter().max().unwrap_or(&0) - c.iter().min().unwrap_or(&0);
    ANSI.iter()
        .filter(|(_, a)| chroma >= 40 || a.iter().max() == a.iter().min())
        .min_by_key(|(_, a)| distance(*a, c))
        .map_or(Color::Reset, |(colour, _)| *colour)
}

/// What the 256 colours look like; the first sixteen as in [`ANSI`].
fn rgb(i: u8) -> [u8; 3] {
    match i {
        0..=15 => ANSI[usize::from(i)].1,
        16..=231 => {
            let n = usize::from(i - 16);
            [CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6]]
        }
        232..=255 => [8 + (i - 232) * 10; 3],
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    // Weighted as eyes weigh: green most, blue least.
    [3, 4, 2]
        .into_iter()
        .zip(a.into_iter().zip(b))
        .map(|(w, (x, y))| w * u32::from(x.abs_diff(y)).pow(2))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_depth_shows_only_its_own_colours() {
        let style = Style::new().fg(Color::Rgb(130, 200, 140)).bg(Color::Rgb(20, 22, 28));
        assert_eq!(downgrade(style, Depth::True), style);
        let some = downgrade(style, Depth::Ansi256);
        assert!(matches!((some.fg, some.bg), (Some(Color::Indexed(_)), Some(Color::Indexed(_)))));
        let few = downgrade(style, Depth::Ansi16);
        assert_eq!((few.fg, few.bg), (Some(Color::LightGreen), Some(Color::Black)));
        let none = downgrade(style, Depth::None);
        assert_eq!((none.fg, none.bg), (None, None));
        assert!(none.add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn no_other_of_the_256_colours_is_nearer() {
        let levels = || (0..=255).step_by(15);
        for (r, g, b) in levels().flat_map(|r| levels().flat_map(move |g| levels().map(move |b| (r, g, b)))) {
            let c = [r, g, b];
            let nearest = (16..=255).min_by_key(|i| distance(rgb(*i), c)).unwrap();
            assert_eq!(distance(rgb(index(c)), c), distance(rgb(nearest), c), "{c:?}");
        }
    }

    #[test]
    fn greys_stay_grey() {
        assert_eq!(nearest(Color::Rgb(104, 112, 128), Depth::Ansi16), Color::DarkGray);
        assert_eq!(nearest(Color::Indexed(196), Depth::Ansi16), Color::Red);
    }
}
