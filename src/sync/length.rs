//! Lengths of time as people type them.

use crate::meeting::{Item, Millis, Timestamp};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Reads a length: `10m`, `90s`, `1h`, `1h30m`; a bare number counts minutes.
pub fn parse_length(text: &str) -> Option<Millis> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Millis::from_mins);
    }
    let mut total = Millis::ZERO;
    let mut rest = text;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u64 = rest.get(..digits)?.parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        // Larger units first, each once: `1m1m` and `10s1h` are slips.
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        total = total.plus(Millis::from_secs(count.checked_mul(unit)?));
        rest = rest.get(digits + 1..)?;
    }
    (last_unit != u64::MAX).then_some(total)
}

/// Reads a moment to come: in a while (`+15m`), or a time of day (`17:00`), today or else tomorrow.
pub fn parse_moment(text: &str, now: Timestamp, utc_offset_secs: i32) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(span) = text.strip_prefix('+') {
        return parse_length(span).map(|span| now.plus(span));
    }
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str, below: i64| {
        let fits = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|n| fits && *n < below)
    };
    let time = (number(hours, 24)? * 60 + number(minutes, 60)?) * 60_000;
    let local = i64::try_from(now.0).ok()?.checked_add(i64::from(utc_offset_secs) * 1_000)?;
    let wait = (time - local).rem_euclid(DAY);
    Some(now.plus(Millis(u64::try_from(if wait == 0 { DAY } else { wait }).ok()?)))
}

/// Reads an agenda item: `Introductions=10m`.
pub fn parse_item(text: &str) -> Option<Item> {
    let (title, length) = text.rsplit_once('=')?;
    let title = title.trim();
    let length = parse_length(length)?;
    (!title.is_empty()).then(|| Item { title: title.to_owned(), length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        let secs = |s: &str| parse_length(s).map(Millis::as_secs);
        assert_eq!(secs("10m"), Some(600));
        assert_eq!(secs("10"), Some(600));
        assert_eq!(secs("90s"), Some(90));
        assert_eq!(secs("1h"), Some(3_600));
        assert_eq!(secs("1h30m"), Some(5_400));
        assert_eq!(secs(" 2h0m5s "), Some(7_205));
        for bad in
            ["", " ", "m", "10x", "-5m", "1m1m", "10s1h", "1.5h", "ten", "99999999999999999999m", "10é", "1é"]
        {
            assert_eq!(parse_length(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments() {
        // 1970-01-01, 16:30 by UTC.
        let now = Timestamp((16 * 60 + 30) * 60_000);
        let wait =
            |text: &str, offset| parse_moment(text, now, offset).map(|at| at.since(now).as_secs() / 60);
        assert_eq!(wait("+15m", 0), Some(15));
        assert_eq!(wait("17:00", 0), Some(30));
        assert_eq!(wait("17:45", 3_600), Some(15));
        assert_eq!(wait("9:05", -7 * 3_600 - 1_800), Some(5), "it is 9:00 there");
        assert_eq!(wait("16:00", 0), Some(23 * 60 + 30), "tomorrow");
        assert_eq!(wait("16:30", 0), Some(24 * 60), "now is no time to come");
        for bad in ["", "17", "24:00", "17:60", "17:0x", "+", "+x", "-5m", "1:2:3", "017:00", ":5"] {
            assert_eq!(parse_moment(bad, now, 0), None, "{bad}");
        }
    }

    #[test]
    fn items() {
        let item = parse_item("Fax = over IP=5m");
        assert_eq!(item, Some(Item { title: "Fax = over IP".into(), length: Millis::from_mins(5) }));
        for bad in ["", "Fax", "=5m", "Fax=", "Fax=soon"] {
            assert_eq!(parse_item(bad), None, "{bad}");
        }
    }
}
