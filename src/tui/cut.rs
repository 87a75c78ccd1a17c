//! Text by display width, times and lengths as people read them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::meeting::{Millis, Timestamp};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: i64 = 86_400;

/// Up to here a length is shown in minutes, as people say it; above, hours are shown too.
const LONGEST_IN_MINUTES: u64 = 100 * MINUTE;

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` without what would not stay in its cells: control, bidi and invisible characters. Names and topics come clean
/// from the meeting; this is for what does not.
pub(super) fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    let stray = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if text.contains(stray) { text.replace(stray, "").into() } else { text.into() }
}

/// At most `columns` columns of `text`, the last of them `mark` when something is left out.
pub(super) fn cut(text: &str, columns: usize, mark: &str) -> String {
    let text = plain(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let room = columns.saturating_sub(mark.width());
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used + grapheme.width() > room {
            break;
        }
        used += grapheme.width();
        out.push_str(grapheme);
    }
    let kept = out.trim_end().len();
    out.truncate(kept);
    if columns >= mark.width() {
        out.push_str(mark);
    }
    out
}

/// `text` cut or padded to exactly `columns`.
pub(super) fn fit(text: &str, columns: usize, mark: &str) -> String {
    let mut out = cut(text, columns, mark);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    out
}

/// `text` cut to `columns`, or padded on its left.
pub(super) fn fit_right(text: &str, columns: usize, mark: &str) -> String {
    let out = cut(text, columns, mark);
    format!("{}{out}", " ".repeat(columns.saturating_sub(out.width())))
}

/// Words in lines of at most `columns`; words longer than a line are broken.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    for word in plain(text).split_whitespace() {
        let mut rest = word;
        loop {
            let last = lines.len() - 1;
            let gap = usize::from(!lines[last].is_empty());
            if lines[last].width() + gap + rest.width() <= columns {
                if gap == 1 {
                    lines[last].push(' ');
                }
                lines[last].push_str(rest);
                break;
            }
            if gap == 0 {
                let head = cut(rest, columns, "");
                if head.is_empty() {
                    break;
                }
                rest = rest.get(head.len()..).unwrap_or_default();
                lines[last] = head;
            }
            lines.push(String::new());
        }
    }
    lines
}

/// A length as `42:17`, and from 100 minutes on as `1:42:17`.
pub(super) fn length(span: Millis) -> String {
    let secs = span.as_secs();
    if secs < LONGEST_IN_MINUTES {
        format!("{:02}:{:02}", secs / MINUTE, secs % MINUTE)
    } else {
        format!("{}:{:02}:{:02}", secs / HOUR, secs % HOUR / MINUTE, secs % MINUTE)
    }
}

/// A length in minutes, begun ones counted.
pub(super) fn minutes(span: Millis) -> u64 {
    span.as_secs().div_ceil(MINUTE)
}

/// A time of day as `18:09`.
pub(super) fn time_of_day(at: Timestamp, utc_offset_secs: i32) -> String {
    let secs = i64::try_from(at.0 / 1_000).unwrap_or(0).saturating_add(i64::from(utc_offset_secs));
    let of_day = secs.rem_euclid(DAY);
    format!("{:02}:{:02}", of_day / 3_600, of_day % 3_600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns() {
        assert_eq!(cut("Which SBC in front?", 10, "…"), "Which SBC…");
        assert_eq!(cut("日本語テスト", 7, "…"), "日本語…");
        assert_eq!(cut("日本語テスト", 6, "…"), "日本…");
        assert_eq!(cut("abc", 0, "…"), "");
        assert_eq!(fit("日本", 5, "…"), "日本 ");
        assert_eq!(fit_right("7", 3, "…"), "  7");
    }

    #[test]
    fn words_are_wrapped() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("onetwothree", 4), ["onet", "woth", "ree"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本", 1).len(), 1);
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(length(Millis::from_secs(2_537)), "42:17");
        assert_eq!(length(Millis::from_secs(5_999)), "99:59");
        assert_eq!(length(Millis::from_secs(6_137)), "1:42:17");
        assert_eq!(minutes(Millis::from_secs(61)), 2);
        assert_eq!(time_of_day(Timestamp(1_700_000_000_000), 3_600), "23:13");
        assert_eq!(time_of_day(Timestamp(0), -60), "23:59");
    }
}
