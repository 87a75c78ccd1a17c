//! A moment as a date, for sentences that outlive the moment they are said in.

use super::Timestamp;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

impl Timestamp {
    /// The moment to the minute in universal time, as in `2026-11-23 17:00 UTC`: the server does not know where whoever
    /// reads it sits.
    pub fn utc(self) -> String {
        format!("{} UTC", self.local(0))
    }

    /// The moment to the second as HTTP (RFC 9110 section 5.6.7) and feeds (RFC 822) write it: `Mon, 23 Nov 2026 17:00:00 GMT`.
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let days = self.0 / DAY;
        let (year, month, day) = civil(days);
        // 1970-01-01 was a Thursday.
        let name = |names: &[&'static str], n: u64| {
            usize::try_from(n).ok().and_then(|n| names.get(n)).copied().unwrap_or_default()
        };
        let (week, month) = (name(&DAYS, days % 7), name(&MONTHS, month - 1));
        let secs = self.0 % DAY / 1_000;
        let (hours, minutes, secs) = (secs / 3_600, secs / 60 % 60, secs % 60);
        format!("{week}, {day:02} {month} {year:04} {hours:02}:{minutes:02}:{secs:02} GMT")
    }

    /// The moment to the minute where clocks are `offset_secs` ahead of universal time, as in `2026-11-23 18:00`.
    pub fn local(self, offset_secs: i32) -> String {
        let offset = u64::from(offset_secs.unsigned_abs()) * 1_000;
        let here =
            if offset_secs < 0 { self.0.saturating_sub(offset) } else { self.0.saturating_add(offset) };
        let (year, month, day) = civil(here / DAY);
        let minutes = here % DAY / MINUTE;
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Year, month and day of the `days`-th day after 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`): years begin in March, so that the leap day is their last.
fn civil(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    let shifted = days + 719_468;
    let day_of_era = shifted % ERA;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / (ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (shifted / ERA * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (secs, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_763_398_800, "2025-11-17 17:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(Timestamp(secs * 1_000).utc(), text);
        }
        assert_eq!(Timestamp(1_763_398_800_000).local(3_600), "2025-11-17 18:00");
        assert_eq!(Timestamp(1_763_398_800_000).local(-64_800), "2025-11-16 23:00");
        assert_eq!(Timestamp(1_763_398_859_999).http_date(), "Mon, 17 Nov 2025 17:00:59 GMT");
        assert_eq!(Timestamp(0).http_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert!(!Timestamp(u64::MAX).utc().is_empty());
    }
}
