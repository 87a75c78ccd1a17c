//! Minutes as text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use thiserror::Error as ThisError;

use crate::meeting::{Millis, Timestamp};

use super::{Minutes, markdown};

const ENGLISH: &str = include_str!("en.md");
const ITALIAN: &str = include_str!("it.md");

/// The name under which Markdown's own escaping is known.
const MARKDOWN: &str = "markdown";

/// How minutes are written down: a template in the language of Jinja, which is given the fields of [`Minutes`].
///
/// Filters of its own: `span` writes milliseconds as `1:04:05`, `mins` as whole minutes, `day` and `hour` a moment of the
/// calendar as the date and the time of day. What comes from people is escaped as the template's name says: `.md` as
/// Markdown, `.html` as HTML, anything else not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    name: String,
    source: String,
}

/// A template cannot be used: what is wrong, and in which line.
#[derive(Debug, ThisError)]
#[error("{}", told(.0))]
pub struct BadForm(#[from] Error);

fn told(error: &Error) -> String {
    let at = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    format!("{what}{at}")
}

impl Form {
    /// Markdown for a forum, in English.
    pub fn english() -> Self {
        Self::new("en.md", ENGLISH)
    }

    /// Markdown for a forum, in Italian.
    pub fn italian() -> Self {
        Self::new("it.md", ITALIAN)
    }

    /// A template; its name says how people's words are escaped.
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Self {
        Self { name: name.into(), source: source.into() }
    }

    /// What the template says.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Writes the minutes for a place whose clocks are `offset_secs` ahead of universal time.
    ///
    /// # Errors
    /// The template is not one, or asks for what there is not.
    pub fn write(&self, minutes: &Minutes, offset_secs: i32) -> Result<String, BadForm> {
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        engine.set_auto_escape_callback(escaping);
        engine.set_formatter(format);
        engine.add_filter("span", |ms: u64| span(Millis(ms)));
        engine.add_filter("mins", |ms: u64| ms.div_ceil(60_000));
        engine.add_filter("day", move |at: u64| moment(at, offset_secs).0);
        engine.add_filter("hour", move |at: u64| moment(at, offset_secs).1);
        let facts = Value::from(Serde(minutes));
        Ok(engine.render_named_str(&self.name, &self.source, facts)?)
    }
}

fn escaping(name: &str) -> AutoEscape {
    match name.rsplit_once('.') {
        Some((_, "md")) => AutoEscape::Custom(MARKDOWN.into()),
        Some((_, "html" | "htm" | "xml")) => AutoEscape::Html,
        _ => AutoEscape::None,
    }
}

fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let is_markdown = matches!(state.auto_escape(), AutoEscape::Custom(name) if name == MARKDOWN);
    match value.as_str() {
        Some(text) if is_markdown && !value.is_safe() => {
            out.write_str(&markdown::escape(text)).map_err(|_| Error::from(ErrorKind::WriteFailure))
        }
        _ if is_markdown => write!(out, "{value}").map_err(|_| Error::from(ErrorKind::WriteFailure)),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// Hours, minutes and seconds: `4:05`, `1:04:05`.
pub fn span(length: Millis) -> String {
    let secs = length.as_secs();
    let (hours, minutes, secs) = (secs / 3_600, secs / 60 % 60, secs % 60);
    if hours == 0 { format!("{minutes}:{secs:02}") } else { format!("{hours}:{minutes:02}:{secs:02}") }
}

fn moment(at: u64, offset_secs: i32) -> (String, String) {
    let text = Timestamp(at).local(offset_secs);
    text.split_once(' ').map(|(day, hour)| (day.to_owned(), hour.to_owned())).unwrap_or_default()
}
