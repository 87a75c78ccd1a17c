//! Big digits from half blocks: five pixels tall in three rows.

/// Rows of text that a big digit takes.
pub(super) const ROWS: usize = 3;

/// Five rows of three pixels each, the first in the highest bits.
const DIGITS: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_001_001_001,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];

fn pixel(bits: u16, row: usize, column: usize) -> bool {
    row < 5 && bits >> (14 - row * 3 - column) & 1 == 1
}

/// A time such as `42:17` in three rows; what is neither digit nor colon is left out.
pub(super) fn big(time: &str) -> [String; ROWS] {
    std::array::from_fn(|line| {
        let mut out = String::new();
        for c in time.chars() {
            if !out.is_empty() {
                out.push(' ');
            }
            match c.to_digit(10).and_then(|d| DIGITS.get(d as usize)) {
                Some(bits) => {
                    out.extend((0..3).map(|column| {
                        half(pixel(*bits, line * 2, column), pixel(*bits, line * 2 + 1, column))
                    }))
                }
                None if c == ':' => out.push(if line < 2 { '▄' } else { ' ' }),
                None => {}
            }
        }
        out
    })
}

fn half(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_drawn() {
        assert_eq!(big("47:0"), ["█ █ ▀▀█ ▄ █▀█", "▀▀█   █ ▄ █ █", "  ▀   ▀   ▀▀▀"]);
    }
}
