//! What a terminal can do, as far as its environment tells.

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Depth {
    /// None: bold, dim, underline and reverse only.
    None,
    /// The 16 of the terminal's own palette.
    #[default]
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bit.
    True,
}

/// What a terminal can do. Of the session, never of the process: two sessions may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Colours.
    pub depth: Depth,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
    /// Whether it understands no control sequences at all (`TERM=dumb`, or none).
    pub dumb: bool,
    /// The language asked for, as in `it` of `it_IT.UTF-8`; `None` when none is or it is `C`.
    pub language: Option<String>,
}

impl Caps {
    /// Reads what the environment says, through `var` so that an SSH session can bring its own.
    ///
    /// `NO_COLOR` (not empty) wins over `COLORTERM`, which wins over `TERM` (no-color.org).
    pub fn from_env(var: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name| var(name).filter(|v| !v.is_empty());
        let term = set("TERM").unwrap_or_default();
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let messages = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        let dumb = term.is_empty() || term == "dumb";
        let depth = if set("NO_COLOR").is_some() || dumb {
            Depth::None
        } else {
            depth(&term, set("COLORTERM").as_deref())
        };
        Self {
            depth,
            unicode: term != "linux" && locale.as_deref().is_some_and(is_utf8),
            dumb,
            language: messages.as_deref().and_then(language),
        }
    }
}

/// Terminals that show 24 bit without saying so in `COLORTERM`, which ssh does not pass on.
const TRUECOLOR_TERMS: [&str; 7] = ["alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm"];

/// Terminals with 16 colours or 8.
const SMALL_TERMS: [&str; 7] = ["ansi", "cygwin", "linux", "rxvt-16color", "vt100", "vt220", "xterm-16color"];

fn depth(term: &str, colorterm: Option<&str>) -> Depth {
    if colorterm.is_some_and(|c| c == "truecolor" || c == "24bit") || term.ends_with("-direct") {
        return Depth::True;
    }
    if TRUECOLOR_TERMS.iter().any(|t| term.contains(t)) {
        return Depth::True;
    }
    if term.contains("256color") || term.starts_with("tmux") || term.starts_with("screen") {
        return Depth::Ansi256;
    }
    if SMALL_TERMS.contains(&term) {
        return Depth::Ansi16;
    }
    // every xterm of this century has 256 colours; others are asked for no more than 16
    if term.starts_with("xterm") { Depth::Ansi256 } else { Depth::Ansi16 }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn language(locale: &str) -> Option<String> {
    let word = locale.split(['_', '.', '@']).next()?.to_ascii_lowercase();
    (word.len() >= 2 && word != "posix").then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caps(vars: &[(&str, &str)]) -> Caps {
        Caps::from_env(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn depth_follows_no_color_then_colorterm_then_term() {
        for (vars, want) in [
            (&[("TERM", "xterm-256color")][..], Depth::Ansi256),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Ansi256),
            (&[("TERM", "xterm")], Depth::Ansi256),
            (&[("TERM", "xterm-kitty")], Depth::True),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "tmux")], Depth::Ansi256),
            (&[("TERM", "linux")], Depth::Ansi16),
            (&[("TERM", "vt220")], Depth::Ansi16),
            (&[("TERM", "something")], Depth::Ansi16),
            (&[("TERM", "dumb")], Depth::None),
            (&[], Depth::None),
        ] {
            assert_eq!(caps(vars).depth, want, "{vars:?}");
        }
    }

    #[test]
    fn locale_tells_characters_and_language() {
        let it = caps(&[("TERM", "xterm"), ("LANG", "it_IT.UTF-8")]);
        assert!(it.unicode);
        assert_eq!(it.language.as_deref(), Some("it"));
        let mixed = caps(&[("TERM", "xterm"), ("LANG", "it_IT.UTF-8"), ("LC_ALL", "C")]);
        assert!(!mixed.unicode);
        assert_eq!(mixed.language, None);
        assert!(!caps(&[("TERM", "linux"), ("LANG", "en_GB.utf8")]).unicode);
        assert!(caps(&[("LANG", "en_GB.utf8")]).dumb);
    }
}
