//! Cleaning of text from people: once, here, for everybody.
//!
//! What comes out is NFC, in one line, without anything that a terminal obeys or that cannot be seen.

use std::sync::OnceLock;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// The longest name in graphemes: what a column of people can show.
pub const MAX_NAME_GRAPHEMES: usize = 32;
/// The widest name in terminal columns: wide scripts take two a grapheme.
pub const MAX_NAME_COLUMNS: usize = 40;
/// The largest name in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 128;
/// The longest topic or title in graphemes: two lines of a normal terminal.
pub const MAX_LINE_GRAPHEMES: usize = 200;
/// The largest topic or title in bytes of UTF-8: a grapheme has no bound of its own.
pub const MAX_LINE_BYTES: usize = 2_048;
/// The most combining marks on one base: living languages need no more, and more run over other lines.
pub const MAX_MARKS: usize = 4;

/// A text can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing visible is in it.
    #[error("nothing visible is in that text; type at least one letter")]
    Empty,
    /// The name is too long.
    #[error(
        "that name is too long; at most {MAX_NAME_GRAPHEMES} characters in {MAX_NAME_COLUMNS} columns fit"
    )]
    LongName,
    /// The topic or title is too long.
    #[error("that text is too long; at most {MAX_LINE_GRAPHEMES} characters fit")]
    LongLine,
}

/// Cleans a display name.
///
/// # Errors
/// It is empty or too long when clean.
pub fn clean_name(raw: &str) -> Result<String, TextError> {
    let name = clean(raw);
    if name.is_empty() {
        return Err(TextError::Empty);
    }
    let fits = name.len() <= MAX_NAME_BYTES
        && name.width() <= MAX_NAME_COLUMNS
        && name.graphemes(true).count() <= MAX_NAME_GRAPHEMES;
    if fits { Ok(name) } else { Err(TextError::LongName) }
}

/// Cleans a topic or title.
///
/// # Errors
/// It is empty or too long when clean.
pub fn clean_line(raw: &str) -> Result<String, TextError> {
    let line = clean(raw);
    if line.is_empty() {
        return Err(TextError::Empty);
    }
    let fits = line.len() <= MAX_LINE_BYTES && line.graphemes(true).count() <= MAX_LINE_GRAPHEMES;
    if fits { Ok(line) } else { Err(TextError::LongLine) }
}

/// What two names have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same but for case and compatibility forms (NFKC, case folded).
    Same,
    /// Confusable: the same skeleton (UTS 39, section 4).
    Alike,
    /// Neither.
    Different,
}

/// A name in the forms that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameKey {
    folded: String,
    skeleton: String,
    folded_skeleton: String,
}

impl NameKey {
    /// The forms of `name`.
    pub fn new(name: &str) -> Self {
        let folded = fold(name);
        let skeleton = unicode_security::skeleton(name).collect();
        let folded_skeleton = unicode_security::skeleton(&folded).collect();
        Self { folded, skeleton, folded_skeleton }
    }

    /// Compares two names, each in these forms.
    pub fn compare(&self, other: &Self) -> Likeness {
        if self.folded == other.folded {
            Likeness::Same
        } else if self.skeleton == other.skeleton || self.folded_skeleton == other.folded_skeleton {
            Likeness::Alike
        } else {
            Likeness::Different
        }
    }
}

/// The forms of a name beside the name: computed when first asked for, forgotten when the name changes.
///
/// A crowd's names are compared with each one who joins, and the skeletons are what costs. It is no part of the state:
/// any two are equal. Boxed, since only who decides asks for it, and every console has a copy of the state.
#[derive(Clone, Debug, Default)]
pub(super) struct NameMemo(OnceLock<Box<NameKey>>);

impl NameMemo {
    pub(super) fn key(&self, name: &str) -> &NameKey {
        self.0.get_or_init(|| Box::new(NameKey::new(name)))
    }
}

impl PartialEq for NameMemo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for NameMemo {}

/// NFKC with case folded: upper then lower case, so that `ß` meets `ss` and every sigma is one.
fn fold(name: &str) -> String {
    let upper = name.nfkc().collect::<String>().to_uppercase();
    upper.chars().flat_map(char::to_lowercase).nfkc().collect()
}

fn clean(raw: &str) -> String {
    let seen: String = visible(raw).nfc().collect();
    limit_marks(&seen)
}

/// The characters that may be shown; every whitespace is a plain space.
fn visible(raw: &str) -> impl Iterator<Item = char> {
    let mut last = None;
    raw.chars().filter_map(move |c| {
        let kept = match c {
            _ if c.is_whitespace() => Some(' '),
            '\u{FE00}'..='\u{FE0F}' => last.is_some_and(is_emoji).then_some(c),
            _ if c.is_control() || is_invisible(c) || is_unassignable(c) => None,
            _ => Some(c),
        };
        last = kept.or(last);
        kept
    })
}

/// One space between words, none outside, and no more than [`MAX_MARKS`] marks a base, none without a base.
fn limit_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = MAX_MARKS;
    let mut space = false;
    for c in text.chars() {
        if c == ' ' {
            space = !out.is_empty();
            marks = MAX_MARKS;
        } else if is_selector(c) {
            if !space {
                out.push(c);
            }
        } else if is_combining_mark(c) {
            if marks < MAX_MARKS {
                out.push(c);
                marks += 1;
            }
        } else {
            if std::mem::take(&mut space) {
                out.push(' ');
            }
            out.push(c);
            marks = 0;
        }
    }
    out
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

/// Format characters (Cf) and what else shows nothing (Default_Ignorable_Code_Point, Unicode 17), Braille's blank too.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}'
        | '\u{8E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}'
        | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Private use and noncharacters.
fn is_unassignable(c: char) -> bool {
    let low = u32::from(c) & 0xFFFF;
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{F0000}'..='\u{10FFFF}')
        || low >= 0xFFFE
}

/// Characters that a variation selector may follow; digits and signs of keycaps are left out.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{2199}'
        | '\u{21A9}'..='\u{21AA}' | '\u{231A}'..='\u{231B}' | '\u{2328}' | '\u{23CF}' | '\u{23E9}'..='\u{23FA}'
        | '\u{24C2}' | '\u{25AA}'..='\u{25AB}' | '\u{25B6}' | '\u{25C0}' | '\u{25FB}'..='\u{25FE}'
        | '\u{2600}'..='\u{27BF}' | '\u{2934}'..='\u{2935}' | '\u{2B05}'..='\u{2B07}' | '\u{2B1B}'..='\u{2B1C}'
        | '\u{2B50}' | '\u{2B55}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_nobody_sees_is_gone() {
        for (raw, clean) in [
            ("\u{1b}[31mred\u{7}", "[31mred"),
            ("a\u{9b}b\u{7f}c\u{85}d", "abc d"),
            ("one\r\n two\t three\u{2028}four", "one two three four"),
            ("\u{202E}abc\u{2066}d\u{200F}", "abcd"),
            ("zero\u{200B}width\u{FEFF}\u{2060}", "zerowidth"),
            ("soft\u{AD}hyphen\u{3164}\u{2800}x", "softhyphenx"),
            ("tag\u{E0041}\u{E007F}s", "tags"),
            ("p\u{E000}q\u{10FFFD}r\u{FFFE}s\u{1FFFF}t\u{FDD0}", "pqrst"),
            ("  \u{A0} padded \u{3000}", "padded"),
            ("e\u{301}", "\u{e9}"),
            ("x\u{FE0F} \u{2764}\u{FE0F}\u{FE0F}", "x \u{2764}\u{FE0F}"),
            ("\u{301}a \u{301}b", "a b"),
            ("a\u{34F}\u{301}", "\u{e1}"),
        ] {
            assert_eq!(clean_line(raw).as_deref(), Ok(clean), "{raw:?}");
        }
    }

    #[test]
    fn marks_are_piled_only_so_high() {
        let pile = format!("q{}", "\u{331}".repeat(50));
        assert_eq!(clean_name(&pile), Ok(format!("q{}", "\u{331}".repeat(MAX_MARKS))));
    }

    #[test]
    fn nothing_to_see_is_no_text() {
        for raw in ["", " \t ", "\u{200B}\u{301}", "\u{1b}", "\u{FE0F}"] {
            assert_eq!(clean_name(raw), Err(TextError::Empty), "{raw:?}");
            assert_eq!(clean_line(raw), Err(TextError::Empty), "{raw:?}");
        }
    }

    #[test]
    fn lengths_are_what_is_seen() {
        let family = "\u{1F468}"; // two columns, four bytes
        for (raw, fits) in [
            ("a".repeat(32), true),
            ("a".repeat(33), false),
            ("\u{4E2D}".repeat(20), true),
            ("\u{4E2D}".repeat(21), false),
            (family.repeat(20), true),
            (format!("{}{}", "e\u{331}\u{332}\u{333}".repeat(18), "a"), true),
            ("e\u{331}\u{332}\u{333}".repeat(19), false),
        ] {
            assert_eq!(clean_name(&raw).is_ok(), fits, "{raw:?}");
        }
        assert!(clean_line(&"a".repeat(200)).is_ok());
        assert_eq!(clean_line(&"a".repeat(201)), Err(TextError::LongLine));
        assert_eq!(
            clean_line(&"\u{1F3FD}".repeat(600)),
            Err(TextError::LongLine),
            "one grapheme, many bytes"
        );
    }

    #[test]
    fn names_are_compared_as_they_are_seen() {
        let compare = |a, b| NameKey::new(a).compare(&NameKey::new(b));
        for (a, b, likeness) in [
            ("Ana", "aNA", Likeness::Same),
            ("Stra\u{DF}e", "STRASSE", Likeness::Same),
            ("\u{FF21}na", "Ana", Likeness::Same),
            ("\u{39F}\u{394}\u{39F}\u{3A3}", "\u{3BF}\u{3B4}\u{3BF}\u{3C3}", Likeness::Same),
            ("Ana", "\u{410}na", Likeness::Alike),
            ("paypal", "p\u{430}yp\u{430}l", Likeness::Alike),
            ("Iain", "lain", Likeness::Alike),
            ("Ana", "Anna", Likeness::Different),
        ] {
            assert_eq!(compare(a, b), likeness, "{a} {b}");
            assert_eq!(compare(b, a), likeness, "{b} {a}");
        }
    }

    fn nasty() -> impl Strategy<Value = String> {
        let chars = prop_oneof![
            any::<char>(),
            proptest::sample::select(vec![
                ' ',
                '\t',
                '\n',
                '\u{1b}',
                '\u{7f}',
                '\u{9b}',
                '\u{200d}',
                '\u{202e}',
                '\u{fe0f}',
                '\u{fe0e}',
                '\u{2764}',
                '\u{1f468}',
                '\u{1f3fd}',
                '\u{301}',
                '\u{331}',
                '\u{34f}',
                '\u{323}',
                'a',
                '\u{e1}',
                '\u{1100}',
                '\u{1161}',
                '\u{11a8}',
                '\u{9c7}',
                '\u{9be}',
                '\u{e000}',
                '\u{e0041}',
                '\u{345}',
            ]),
        ];
        proptest::collection::vec(chars, 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(raw in nasty()) {
            let once = clean(&raw);
            prop_assert_eq!(clean(&once), once.clone());
            prop_assert!(unicode_normalization::is_nfc(&once));
        }

        #[test]
        fn clean_text_has_nothing_to_obey(raw in nasty()) {
            let clean = clean(&raw);
            prop_assert!(!clean.chars().any(|c| c.is_control() || is_invisible(c) || is_unassignable(c)));
            prop_assert!(!clean.starts_with(' ') && !clean.ends_with(' ') && !clean.contains("  "));
            prop_assert!(clean.chars().all(|c| c == ' ' || !c.is_whitespace()));
        }
    }
}
