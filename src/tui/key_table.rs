//! The table of keys and words, for `palco keys` and the README.

use super::Language;
use super::action::{ACTIONS, Group};
use super::cut::{fit, width};
use super::keymap::Keymap;

/// A Markdown table of every action: its default keys, its word, what it does and who may.
pub fn key_table(language: Language) -> String {
    key_table_of(language, &Keymap::default())
}

/// The same with a person's own keys; those of one panel with its name.
pub fn key_table_of(language: Language, keymap: &Keymap) -> String {
    let t = language.texts();
    let mut rows = vec![[t.column_key, t.column_word, t.column_what, t.column_who].map(str::to_owned)];
    for action in Group::ALL.iter().flat_map(|g| ACTIONS.iter().filter(move |a| a.group == *g)) {
        let roles: Vec<_> = action.roles().into_iter().map(|r| (t.role)(r)).collect();
        let who = if roles.is_empty() { t.everybody.to_owned() } else { roles.join(", ") };
        let all = keymap.all(action.what);
        let everywhere = all.split(' ').filter(|k| !k.is_empty()).map(|k| format!("`{k}`"));
        let own = keymap.in_panels(action.what).into_iter();
        let keys: Vec<_> = everywhere.chain(own.map(|(p, k)| format!("{}: `{k}`", t.panel(p)))).collect();
        rows.push([
            keys.join(" "),
            format!("`{}`", action.word),
            action.label(language, false).long.to_owned(),
            who,
        ]);
    }
    markdown(&rows)
}

/// A Markdown table, its columns even; the first row is its head.
pub(super) fn markdown<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|n| rows.iter().map(|r| width(&r[n])).max().unwrap_or(0));
    let mut out = String::new();
    for (n, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths).map(|(cell, w)| fit(cell, w, ""));
        out.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
        if n == 0 {
            let rule = widths.map(|w| "-".repeat(w + 2));
            out.push_str(&format!("|{}|\n", rule.join("|")));
        }
    }
    out
}
