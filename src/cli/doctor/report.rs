//! What was looked at, in words and for programs.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::output::Failure;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// As it should be.
    Good,
    /// Less than could be, and no harm.
    Note,
    /// It will be felt.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Check {
    /// Stable word for programs.
    pub(super) check: &'static str,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// What was measured.
    #[serde(flatten)]
    values: Map<String, Value>,
}

impl Check {
    pub(super) fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good, text: text.into(), fix: None, values: Map::new() }
    }

    pub(super) fn note(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Note, fix: Some(fix.into()), ..Self::good(check, text) }
    }

    pub(super) fn bad(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Bad, fix: Some(fix.into()), ..Self::good(check, text) }
    }

    /// With something that was measured.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }
}

/// A line each, and what to do below it.
pub(super) fn lines(checks: &[Check]) -> String {
    let mut lines = Vec::new();
    for Check { check, verdict, text, fix, .. } in checks {
        let mark = match verdict {
            Verdict::Good => "ok  ",
            Verdict::Note => "note",
            Verdict::Bad => "BAD ",
        };
        lines.push(format!("{mark}  {check}: {text}"));
        lines.extend(fix.iter().map(|fix| format!("      {fix}")));
    }
    lines.join("\n")
}

/// The same for programs.
pub(super) fn json(checks: &[Check]) -> Result<String, Failure> {
    let is_well = checks.iter().all(|c| c.verdict != Verdict::Bad);
    let all = serde_json::json!({ "well": is_well, "checks": checks });
    serde_json::to_string_pretty(&all).map_err(|e| Failure::refused("output", e))
}
