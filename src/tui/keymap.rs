//! Which key does what: the defaults of the action table, and a person's own.

use std::collections::HashMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use super::action::{ACTIONS, Action, Do};

/// A key with its modifiers, in one spelling: an upper-case letter has no Shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    pub(super) fn of(key: &KeyEvent) -> Self {
        Self::new(key.code, key.modifiers)
    }

    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            // Some terminals say Shift and the lower-case letter, some the upper-case one with or without Shift.
            KeyCode::Char(c) if known.contains(KeyModifiers::SHIFT) && c.is_alphabetic() => {
                let upper = c.to_uppercase().next().unwrap_or(c);
                Self { code: KeyCode::Char(upper), modifiers: known - KeyModifiers::SHIFT }
            }
            KeyCode::Char(_) => Self { code, modifiers: known - KeyModifiers::SHIFT },
            KeyCode::Tab if known.contains(KeyModifiers::SHIFT) => {
                Self { code: KeyCode::BackTab, modifiers: known - KeyModifiers::SHIFT }
            }
            KeyCode::BackTab => Self { code, modifiers: known - KeyModifiers::SHIFT },
            _ => Self { code, modifiers: known },
        }
    }

    /// Reads `n`, `Enter`, `Shift-Tab`, `Ctrl-L`, `F2`.
    fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('-').filter(|(h, t)| !h.is_empty() && !t.is_empty()) {
            modifiers |= match head.to_ascii_lowercase().as_str() {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return None,
            };
            rest = tail;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(c), None) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(c.to_ascii_lowercase())
            }
            (Some(c), None) if !c.is_control() && c != ' ' => KeyCode::Char(c),
            _ => NAMED
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(rest))
                .map(|(_, code)| *code)
                .or_else(|| {
                    let n = rest.strip_prefix(['F', 'f'])?.parse().ok()?;
                    (1..=12).contains(&n).then_some(KeyCode::F(n))
                })?,
        };
        Some(Self::new(code, modifiers))
    }
}

/// Keys with names.
const NAMED: [(&str, KeyCode); 14] = [
    ("Enter", KeyCode::Enter),
    ("Space", KeyCode::Char(' ')),
    ("Tab", KeyCode::Tab),
    ("Esc", KeyCode::Esc),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
];

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::BackTab => f.write_str("Shift-Tab"),
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", c.to_ascii_uppercase())
            }
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Keys and their actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: HashMap<Chord, Do>,
    /// The keys of each action as they are shown, the first one first.
    shown: HashMap<Do, Vec<String>>,
}

/// A `[keys]` table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeymapError {
    /// No action has this name.
    #[error("[keys] has “{word}”, which is no action; `palco keys` lists them")]
    UnknownAction {
        /// The name.
        word: String,
    },
    /// A key cannot be read.
    #[error("[keys] {word}: “{key}” is no key; write one such as n, Enter, Space, F2, Ctrl-L")]
    BadKey {
        /// The action.
        word: String,
        /// What is written.
        key: String,
    },
    /// The terminal keeps this key for itself.
    #[error("[keys] {word}: {key} cannot be bound, terminals use it themselves; take another key")]
    Reserved {
        /// The action.
        word: String,
        /// The key.
        key: String,
    },
    /// Two actions want one key.
    #[error("[keys] {key} is given to both {first} and {second}; give one of them another key")]
    Twice {
        /// The key.
        key: String,
        /// An action.
        first: String,
        /// Another.
        second: String,
    },
}

/// Ctrl-C leaves in every mode; the others are flow control, Tab, Enter, Backspace and Esc by another name.
const RESERVED: [char; 7] = ['c', 's', 'q', 'i', 'm', 'h', '['];

impl Default for Keymap {
    fn default() -> Self {
        Self::with([]).unwrap_or_else(|_| Self { keys: HashMap::new(), shown: HashMap::new() })
    }
}

impl Keymap {
    /// The default keys with some actions bound otherwise: pairs of an action's word and its keys, apart by spaces.
    /// A key that a person takes for one action is no longer another's default.
    ///
    /// # Errors
    /// The first pair that cannot be used.
    pub fn with<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, KeymapError> {
        let mut map = Self { keys: HashMap::new(), shown: HashMap::new() };
        let mut own = Vec::new();
        for (word, keys) in pairs {
            let action = ACTIONS
                .iter()
                .find(|a| a.word == word)
                .ok_or_else(|| KeymapError::UnknownAction { word: word.to_owned() })?;
            own.push(action.what);
            for key in keys.split_whitespace() {
                map.bind_own(action, key)?;
            }
        }
        for action in ACTIONS.iter().filter(|a| !own.contains(&a.what)) {
            for chord in action.keys.iter().filter_map(|key| Chord::parse(key)) {
                if !map.keys.contains_key(&chord) {
                    map.bind(action.what, chord);
                }
            }
        }
        Ok(map)
    }

    fn bind_own(&mut self, action: &Action, key: &str) -> Result<(), KeymapError> {
        let word = || action.word.to_owned();
        let chord =
            Chord::parse(key).ok_or_else(|| KeymapError::BadKey { word: word(), key: key.to_owned() })?;
        let control = chord.modifiers.contains(KeyModifiers::CONTROL);
        if control && RESERVED.iter().any(|c| chord.code == KeyCode::Char(*c)) {
            return Err(KeymapError::Reserved { word: word(), key: chord.to_string() });
        }
        if let Some(first) = self.keys.get(&chord).filter(|first| **first != action.what) {
            let first = super::action::action(*first).word.to_owned();
            return Err(KeymapError::Twice { key: chord.to_string(), first, second: word() });
        }
        self.bind(action.what, chord);
        Ok(())
    }

    fn bind(&mut self, what: Do, chord: Chord) {
        self.keys.insert(chord, what);
        self.shown.entry(what).or_default().push(chord.to_string());
    }

    pub(super) fn look_up(&self, key: &KeyEvent) -> Option<Do> {
        self.keys.get(&Chord::of(key)).copied()
    }

    /// Every key that does something.
    pub fn bound(&self) -> Vec<KeyEvent> {
        let mut chords: Vec<_> = self.keys.keys().collect();
        chords.sort_by_key(|chord| chord.to_string());
        chords.into_iter().map(|chord| KeyEvent::new(chord.code, chord.modifiers)).collect()
    }

    /// The key shown for an action; its word with a colon when it has none.
    pub(super) fn key(&self, what: Do) -> String {
        let first = self.shown.get(&what).and_then(|keys| keys.first()).cloned();
        first.unwrap_or_else(|| format!(":{}", super::action::action(what).word))
    }

    /// All keys of an action.
    pub(super) fn all(&self, what: Do) -> String {
        self.shown.get(&what).map(|keys| keys.join(" ")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn every_default_key_is_read_and_shown_as_written() {
        let map = Keymap::default();
        for action in ACTIONS {
            assert_eq!(map.all(action.what), action.keys.join(" "));
        }
    }

    #[test]
    fn capital_letters_come_with_and_without_shift() {
        let map = Keymap::default();
        for (c, m) in [('K', KeyModifiers::NONE), ('K', KeyModifiers::SHIFT), ('k', KeyModifiers::SHIFT)] {
            assert_eq!(map.look_up(&key(KeyCode::Char(c), m)), Some(Do::MoveUp), "{c} {m:?}");
        }
        assert_eq!(map.look_up(&key(KeyCode::Tab, KeyModifiers::SHIFT)), Some(Do::FocusPrevious));
        assert_eq!(map.look_up(&key(KeyCode::Char(':'), KeyModifiers::SHIFT)), Some(Do::Palette));
        assert_eq!(map.look_up(&key(KeyCode::Char('n'), KeyModifiers::CONTROL)), None);
    }

    #[test]
    fn own_keys_replace_defaults() {
        let map = Keymap::with([("next", "N F5"), ("done", "n")]).expect("keys");
        assert_eq!(map.look_up(&key(KeyCode::F(5), KeyModifiers::NONE)), Some(Do::Next));
        assert_eq!(map.look_up(&key(KeyCode::Char('n'), KeyModifiers::NONE)), Some(Do::Done));
        assert_eq!(map.look_up(&key(KeyCode::Char('x'), KeyModifiers::NONE)), None);
        assert_eq!(map.key(Do::Next), "N");
    }

    #[test]
    fn mistakes_are_sentences() {
        let error =
            |pairs: &[(&str, &str)]| Keymap::with(pairs.iter().copied()).expect_err("mistake").to_string();
        assert_eq!(error(&[("nxt", "n")]), "[keys] has “nxt”, which is no action; `palco keys` lists them");
        assert!(error(&[("next", "Strg-N")]).contains("“Strg-N” is no key"));
        assert!(error(&[("next", "Ctrl-C")]).contains("Ctrl-C cannot be bound"));
        assert_eq!(
            error(&[("next", "z"), ("done", "z")]),
            "[keys] z is given to both next and done; give one of them another key"
        );
    }
}
