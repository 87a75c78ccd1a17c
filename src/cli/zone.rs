//! How far the time of day is ahead of UTC here.

/// Seconds east of UTC, as `date` tells them: reading the system's own table safely would take a library.
pub(super) fn utc_offset_secs() -> i32 {
    let output = std::process::Command::new("date").arg("+%z").stdin(std::process::Stdio::null()).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    parse_offset(&text).unwrap_or(0)
}

/// Reads `+0130` as seconds.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i32 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 3_600 + number % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::parse_offset;

    #[test]
    fn offsets_are_seconds() {
        assert_eq!(parse_offset("+0000"), Some(0));
        assert_eq!(parse_offset("+0530"), Some(19_800));
        assert_eq!(parse_offset("-0330"), Some(-12_600));
        assert_eq!(parse_offset("CEST"), None);
        assert_eq!(parse_offset(""), None);
    }
}
