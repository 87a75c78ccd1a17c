//! People's words inside Markdown.

/// Puts text into Markdown so that it is read as it was written: no markup, no link, no mention, and no HTML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // A forum would tell the person of that name there.
            '@' => out.push_str("&#64;"),
            // `www.` and `http:` become links by themselves.
            ':' | '.' if names_a_link(&text[..at]) => {
                out.push_str(if c == ':' { "&#58;" } else { "&#46;" });
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => out.extend(['\\', c]),
            // These mean something where a line begins.
            '+' | '-' | '>' | '=' if at == 0 => out.extend(['\\', c]),
            '.' | ')' if text[..at].bytes().all(|b| b.is_ascii_digit()) => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn names_a_link(before: &str) -> bool {
    let before = before.to_ascii_lowercase();
    ["http", "https", "ftp", "mailto", "www"].iter().any(|word| before.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_no_markup() {
        assert_eq!(escape("Fax over T.38, really?"), "Fax over T.38, really?");
        assert_eq!(escape("*a* [b](c) <b>"), r"\*a\* \[b\](c) &lt;b>");
        assert_eq!(escape("http://x @all www.x"), "http&#58;//x &#64;all www&#46;x");
        assert_eq!(escape("1\n# 2"), r"1 \# 2");
        assert_eq!(escape("- 1-2"), r"\- 1-2");
        assert_eq!(escape("12. May"), r"12\. May");
    }
}
