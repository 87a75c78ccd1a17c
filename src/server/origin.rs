//! Which browser pages may connect.

/// Whether a request with this `Origin` may be upgraded: programs send none, pages of the same host are ours, others
/// have to be listed.
pub(super) fn is_allowed(origin: Option<&str>, host: Option<&str>, listed: &[String]) -> bool {
    let Some(origin) = origin else {
        return true;
    };
    let is_listed = listed.iter().any(|l| l.trim_end_matches('/').eq_ignore_ascii_case(origin));
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let is_same = authority.zip(host).is_some_and(|(a, h)| a.eq_ignore_ascii_case(h));
    is_listed || is_same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_own_pages_and_listed_pages_may() {
        let listed = ["https://example.org/".to_owned()];
        for (origin, host, allowed) in [
            (None, Some("a:7780"), true),
            (Some("http://a:7780"), Some("a:7780"), true),
            (Some("https://A:7780"), Some("a:7780"), true),
            (Some("https://example.org"), Some("a:7780"), true),
            (Some("https://evil.example"), Some("a:7780"), false),
            (Some("http://a"), Some("a:7780"), false),
            (Some("http://a:7780.evil.example"), Some("a:7780"), false),
            (Some("null"), Some("a:7780"), false),
            (Some("null"), Some("null"), false),
            (Some("http://a:7780"), None, false),
        ] {
            assert_eq!(is_allowed(origin, host, &listed), allowed, "{origin:?} {host:?}");
        }
    }
}
