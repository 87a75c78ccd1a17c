//! An agenda in a file, TOML or Markdown.

use std::ops::Range;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::meeting::{Item, LEAST_ITEM, MAX_AGENDA, MAX_LENGTH_MINS, Millis, text};

use super::parse_length;

/// How an agenda is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgendaFormat {
    /// `[[item]]` tables with `title` and `length`.
    Toml,
    /// A list: `- Introductions (10m)`. Everything that is no top-level item of a list is for people.
    Markdown,
}

/// An agenda can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{line}: {what}")]
pub struct AgendaError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what to write.
    pub what: String,
}

impl AgendaFormat {
    /// The format of a file by its name: `.toml` is TOML, everything else Markdown.
    pub fn of(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".toml") { Self::Toml } else { Self::Markdown }
    }

    /// Reads an agenda.
    ///
    /// # Errors
    /// The first line that is wrong, and what to write there.
    pub fn parse(self, source: &str) -> Result<Vec<Item>, AgendaError> {
        let (items, example) = match self {
            Self::Toml => {
                (toml_items(source)?, "[[item]] with title = \"Introductions\" and length = \"10m\"")
            }
            Self::Markdown => (markdown_items(source)?, "- Introductions (10m)"),
        };
        if items.is_empty() {
            return Err(AgendaError { line: 1, what: format!("no items; write {example}") });
        }
        items
            .into_iter()
            .enumerate()
            .map(|(n, (line, item))| check(item, n).map_err(|what| AgendaError { line, what }))
            .collect()
    }
}

/// Checks what the server would refuse, where the line is still known.
fn check(item: Item, place: usize) -> Result<Item, String> {
    if place >= MAX_AGENDA {
        return Err(format!("more than {MAX_AGENDA} items; leave some out"));
    }
    let title = text::clean_line(&item.title).map_err(|e| e.to_string())?;
    if item.length < LEAST_ITEM || item.length > Millis::from_mins(MAX_LENGTH_MINS) {
        return Err(format!("a length must be between 1 minute and {MAX_LENGTH_MINS} minutes"));
    }
    Ok(Item { title, length: item.length })
}

/// An item and its line.
type Found = (usize, Item);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlAgenda {
    #[serde(default)]
    item: Vec<TomlItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlItem {
    title: Spanned<String>,
    length: Spanned<TomlLength>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TomlLength {
    Minutes(u64),
    Text(String),
}

fn toml_items(source: &str) -> Result<Vec<Found>, AgendaError> {
    let line = |span: Range<usize>| {
        source.get(..span.start).unwrap_or(source).bytes().filter(|b| *b == b'\n').count() + 1
    };
    let agenda: TomlAgenda = toml::from_str(source).map_err(|e| AgendaError {
        line: e.span().map_or(1, line),
        what: format!("{}; an item is [[item]] with title and length", e.message().replace('\n', " ")),
    })?;
    agenda
        .item
        .into_iter()
        .map(|item| {
            let length = match item.length.get_ref() {
                TomlLength::Minutes(n) => Some(Millis::from_mins(*n)),
                TomlLength::Text(text) => length(text),
            };
            let at = line(item.length.span());
            let what = || "that is no length; write length = \"10m\"".to_owned();
            let length = length.ok_or_else(|| AgendaError { line: at, what: what() })?;
            Ok((line(item.title.span()), Item { title: item.title.into_inner(), length }))
        })
        .collect()
}

fn markdown_items(source: &str) -> Result<Vec<Found>, AgendaError> {
    let mut items = Vec::new();
    let mut fenced = false;
    for (n, line) in source.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(entry) = list_entry(line).filter(|_| !fenced) else { continue };
        let item = markdown_item(entry).ok_or_else(|| AgendaError {
            line: n + 1,
            what: format!(
                "no length; write - {} (10m)",
                if entry.is_empty() { "Introductions" } else { entry }
            ),
        })?;
        items.push((n + 1, item));
    }
    Ok(items)
}

/// The text of a top-level item of a list: `- x`, `* x`, `+ x`, `1. x`, `1) x`, with or without a box to tick.
fn list_entry(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marker = line.get(digits..)?.chars().next()?;
    let is_marker = if digits > 0 { matches!(marker, '.' | ')') } else { matches!(marker, '-' | '*' | '+') };
    let rest = line.get(digits + 1..).filter(|_| is_marker)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim();
    let ticked = ["[ ] ", "[x] ", "[X] "].iter().find_map(|tick| rest.strip_prefix(tick));
    Some(ticked.unwrap_or(rest).trim())
}

/// `Introductions (10m)`, `Introductions - 10 min`, `Introductions=10m`.
fn markdown_item(entry: &str) -> Option<Item> {
    let inside = entry.strip_suffix(')').or_else(|| entry.strip_suffix(']'));
    let (title, length) = match inside {
        Some(inside) => {
            let (title, text) = inside.rsplit_once(['(', '['])?;
            (title, length(text)?)
        }
        None => bare_length(entry)?,
    };
    let title = title.trim_end_matches(|c: char| c.is_whitespace() || "-–—:=,·|".contains(c)).trim();
    (!title.is_empty()).then(|| Item { title: title.to_owned(), length })
}

/// A length at the end, without brackets: one word, or a number and its unit.
fn bare_length(entry: &str) -> Option<(&str, Millis)> {
    let words: Vec<(usize, &str)> = entry
        .split([' ', '\t', '='])
        .filter(|word| !word.is_empty())
        // Every word is a part of the entry, so its place is the distance of their beginnings.
        .map(|word| (word.as_ptr().addr() - entry.as_ptr().addr(), word))
        .collect();
    let with_unit = |at: usize| {
        let start = words.get(words.len().checked_sub(at)?)?.0;
        let text = entry.get(start..)?;
        let bare = at == 1 && text.bytes().all(|b| b.is_ascii_digit());
        let is_set_off = entry.get(..start)?.trim_end().ends_with('=');
        // A number alone may belong to the title: `Release 10`.
        (!bare || is_set_off).then_some(())?;
        Some((entry.get(..start)?, length(text)?))
    };
    with_unit(2).or_else(|| with_unit(1))
}

/// A length as people write it: `10m`, `10 min`, `10'`, `1h 30m`.
fn length(text: &str) -> Option<Millis> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.trim_end_matches('.');
    for unit in ["minutes", "minuti", "minuto", "minute", "mins", "min", "'", "′"] {
        if let Some(number) = text.strip_suffix(unit).map(str::trim) {
            let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            return is_number.then(|| parse_length(number)).flatten();
        }
    }
    parse_length(&text.replace(' ', ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: AgendaFormat, source: &str) -> Result<Vec<(String, u64)>, String> {
        let items = format.parse(source).map_err(|e| e.to_string())?;
        Ok(items.into_iter().map(|i| (i.title, i.length.as_secs() / 60)).collect())
    }

    fn items(all: &[(&str, u64)]) -> Result<Vec<(String, u64)>, String> {
        Ok(all.iter().map(|(title, mins)| ((*title).to_owned(), *mins)).collect())
    }

    #[test]
    fn markdown_lists_as_people_write_them() {
        let source = "# Monday\n\nWelcome.\n\n- Introductions (10m)\n  - who is new\n* [ ] The *numbering* plan - 20 min\n\
            1. Release 10: what is new — 1h30m\n2) Questions=15\n+ Fax (T.38) [5']\n```\n- not this\n```\n";
        let expected = [
            ("Introductions", 10),
            ("The *numbering* plan", 20),
            ("Release 10: what is new", 90),
            ("Questions", 15),
            ("Fax (T.38)", 5),
        ];
        assert_eq!(read(AgendaFormat::Markdown, source), items(&expected));
    }

    #[test]
    fn toml_tables() {
        let source = "[[item]]\ntitle = \"Introductions\"\nlength = \"10 min\"\n\n[[item]]\ntitle = \"Questions\"\nlength = 30\n";
        assert_eq!(read(AgendaFormat::Toml, source), items(&[("Introductions", 10), ("Questions", 30)]));
        assert_eq!(AgendaFormat::of("Monday.TOML"), AgendaFormat::Toml);
        assert_eq!(AgendaFormat::of("monday.md"), AgendaFormat::Markdown);
    }

    #[test]
    fn errors_name_the_line_and_what_to_write() {
        let md = |source: &str| read(AgendaFormat::Markdown, source).unwrap_err();
        assert_eq!(md("Hello\n\n- Introductions\n"), "3: no length; write - Introductions (10m)");
        assert_eq!(md("- Release 10"), "1: no length; write - Release 10 (10m)");
        assert_eq!(md("-"), "1: no length; write - Introductions (10m)");
        assert_eq!(md("just text"), "1: no items; write - Introductions (10m)");
        assert_eq!(md("\n- Wait (0m)"), "2: a length must be between 1 minute and 1440 minutes");
        let many = "- Item (1m)\n".repeat(MAX_AGENDA + 1);
        assert_eq!(md(&many), "65: more than 64 items; leave some out");
        let toml = |source: &str| read(AgendaFormat::Toml, source).unwrap_err();
        assert!(toml("[[item]]\ntitle = \"X\"\nlength = \"soon\"\n").starts_with("3: that is no length"));
        assert!(toml("[[item]]\n\ntitel = \"X\"\n").starts_with("3: unknown field"));
        assert!(toml("[[item]]\ntitle = ").starts_with("2: "));
        assert!(toml("").starts_with("1: no items"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(source: String, entry in "[-*+0-9.)( \\[\\]=xm'é]{0,40}", toml: bool) {
            let format = if toml { AgendaFormat::Toml } else { AgendaFormat::Markdown };
            for source in [source.clone(), format!("- {entry}"), entry.clone(), format!("{source}\n- {entry}")] {
                match format.parse(&source) {
                    Ok(items) => prop_assert!(!items.is_empty() && items.iter().all(|i| !i.title.is_empty())),
                    Err(error) => prop_assert!(error.line >= 1 && error.line <= source.lines().count().max(1) + 1),
                }
            }
        }

        #[test]
        fn what_is_written_is_read(title in "[A-Za-z][a-z ]{0,20}[a-z]", mins in 1..600u64) {
            let expected = vec![(title.split_whitespace().collect::<Vec<_>>().join(" "), mins)];
            let clean = expected[0].0.clone();
            for source in [
                format!("- {clean} ({mins}m)"),
                format!("1. {clean}: {mins} min"),
                format!("* {clean}={mins}"),
            ] {
                prop_assert_eq!(read(AgendaFormat::Markdown, &source), Ok(expected.clone()));
            }
        }
    }
}
