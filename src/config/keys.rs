//! `[keys]`: which keys do what, everywhere or in one panel.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::de::{DeTable, DeValue};

/// One line of `[keys]` or of a table in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// The table's name, as in `[keys.queue]`; `None` is `[keys]` itself.
    pub panel: Option<String>,
    /// The action.
    pub action: String,
    /// Its keys, apart by spaces.
    pub keys: String,
    /// The line of the file, from 1; 0 when it is not known.
    pub line: usize,
}

/// All lines of `[keys]`. What their words mean is checked where they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<KeyLine>);

impl Keys {
    /// Notes where each line is in the file's text.
    pub(super) fn locate(&mut self, text: &str) {
        let Ok(file) = DeTable::parse(text) else { return };
        let table = |value: &DeValue<'_>| matches!(value, DeValue::Table(_));
        let Some(DeValue::Table(keys)) = file.get_ref().get("keys").map(|v| v.get_ref()) else { return };
        for own in &mut self.0 {
            let place = match &own.panel {
                None => keys.iter().find(|(k, v)| **k.get_ref() == own.action && !table(v.get_ref())),
                Some(panel) => keys.get(panel.as_str()).and_then(|inner| match inner.get_ref() {
                    DeValue::Table(inner) => inner.iter().find(|(k, _)| **k.get_ref() == own.action),
                    _ => None,
                }),
            };
            let before = place.and_then(|(key, _)| text.get(..key.span().start));
            own.line = before.map_or(0, |before| before.matches('\n').count() + 1);
        }
    }
}

/// What stands behind a name in `[keys]`: keys, or a panel's own table.
enum Entry {
    Keys(String),
    Panel(Vec<(String, String)>),
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("actions and their keys")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Keys, M::Error> {
                let mut lines = Vec::new();
                while let Some((name, entry)) = map.next_entry::<String, Entry>()? {
                    let line = |panel, action, keys| KeyLine { panel, action, keys, line: 0 };
                    match entry {
                        Entry::Keys(keys) => lines.push(line(None, name, keys)),
                        Entry::Panel(own) => {
                            let of_panel = own.into_iter().map(|(a, k)| line(Some(name.clone()), a, k));
                            lines.extend(of_panel);
                        }
                    }
                }
                Ok(Keys(lines))
            }
        }
        deserializer.deserialize_map(Table)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("keys such as \"n F5\", or a panel's table")
            }

            fn visit_str<E>(self, keys: &str) -> Result<Entry, E> {
                Ok(Entry::Keys(keys.to_owned()))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entry, M::Error> {
                let mut own = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    own.push(pair);
                }
                Ok(Entry::Panel(own))
            }
        }
        deserializer.deserialize_any(Value)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::parse;

    #[test]
    fn lines_know_their_place() {
        let text = "name = \"Ana\"\n[keys]\nnext = \"n F5\"\n\n[keys.queue]\n# mine\nnext = \"N\"\n";
        let keys = parse(text, Path::new("c.toml")).unwrap().keys;
        let told: Vec<_> =
            keys.0.iter().map(|l| (l.panel.as_deref(), l.action.as_str(), l.keys.as_str(), l.line)).collect();
        assert_eq!(told, [(None, "next", "n F5", 3), (Some("queue"), "next", "N", 7)]);
    }

    #[test]
    fn what_is_no_key_has_a_place() {
        for (text, place) in
            [("[keys]\nnext = 5\n", "c.toml:2:8"), ("[keys.queue]\nnext = [\"n\"]\n", "c.toml:2:8")]
        {
            let error = parse(text, Path::new("c.toml")).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
