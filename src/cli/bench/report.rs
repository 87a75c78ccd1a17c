//! What a bench tells.

use serde_json::{Map, Value, json};

use super::machine;

/// Figures with their units, and the machine they are of.
#[derive(Debug)]
pub(super) struct Report {
    title: String,
    figures: Vec<(&'static str, f64, &'static str)>,
}

impl Report {
    /// A report without figures.
    pub(super) fn new(title: String) -> Self {
        Self { title, figures: Vec::new() }
    }

    /// Adds a figure.
    pub(super) fn figure(mut self, name: &'static str, value: f64, unit: &'static str) -> Self {
        self.figures.push((name, value, unit));
        self
    }

    /// The report for people, line by line.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n{}\n", self.title, machine::describe());
        for (name, value, unit) in &self.figures {
            text.push_str(&format!("  {:<42} {:>12} {unit}\n", name.replace('_', " "), rounded(*value)));
        }
        text
    }

    /// The report for programs, in one line.
    pub(super) fn json(&self) -> String {
        let figures: Map<String, Value> = self
            .figures
            .iter()
            .map(|(name, value, unit)| ((*name).to_owned(), json!({ "value": value, "unit": unit })))
            .collect();
        json!({ "bench": self.title, "machine": machine::describe(), "figures": figures }).to_string()
    }
}

/// Three significant digits are all that a shared machine can tell.
fn rounded(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 || v == 0.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_people_and_programs_the_same() {
        let report = Report::new("hands".into()).figure("p99", 12.345, "ms").figure("lost", 0.0, "packets");
        assert!(report.text().contains("12.3 ms") && report.text().contains("0 packets"));
        let json: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["figures"]["p99"]["value"], 12.345);
        assert_eq!(json["figures"]["lost"]["unit"], "packets");
    }
}
