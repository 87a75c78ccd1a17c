//! Which key does what: the defaults of the action table, and a person's own.

use std::collections::HashMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use super::action::{ACTIONS, Do, Panel};

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
    pub(super) fn parse(text: &str) -> Option<Self> {
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

/// The keys of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Keys {
    actions: HashMap<Chord, Do>,
    /// The keys of each action, the one that is shown first.
    shown: HashMap<Do, Vec<Chord>>,
}

impl Keys {
    fn bind(&mut self, what: Do, chord: Chord) {
        self.actions.insert(chord, what);
        self.shown.entry(what).or_default().push(chord);
    }

    fn of(&self, what: Do) -> impl Iterator<Item = Chord> {
        self.shown.get(&what).into_iter().flatten().copied()
    }
}

/// Keys and their actions: those that count everywhere, and those of each panel, which count before them while the
/// panel has the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    everywhere: Keys,
    /// In the order of [`Panel::ALL`].
    panels: [Keys; Panel::ALL.len()],
    /// The panel with the keys, so that what is looked up and what is shown never differ.
    focus: Option<Panel>,
}

/// One line of a `[keys]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The panel in which it counts, as in `[keys.queue]`; `None` is everywhere.
    pub panel: Option<&'a str>,
    /// The action's word.
    pub action: &'a str,
    /// Its keys, apart by spaces; none leaves it without.
    pub keys: &'a str,
}

/// A line of a `[keys]` table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("[keys{}] {action}: {wrong}", panel.iter().map(|p| format!(".{p}")).collect::<String>())]
pub struct KeymapError {
    /// Which of the bindings it is, from 0.
    pub nth: usize,
    panel: Option<String>,
    action: String,
    wrong: Wrong,
}

/// What is wrong with a line of a `[keys]` table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum Wrong {
    #[error("there is no such panel; take {}", Panel::ALL.map(Panel::word).join(", "))]
    UnknownPanel,
    #[error("no action has this name; `palco keys` lists them")]
    UnknownAction,
    #[error("“{0}” is no key; write one such as n, Enter, Space, F2, Ctrl-L")]
    BadKey(String),
    #[error("{0} cannot be bound, terminals use it themselves; take another key")]
    Reserved(Chord),
    #[error("{key} is given to {other} too; give one of them another key")]
    Twice { key: Chord, other: &'static str },
}

/// Ctrl-C leaves in every mode; the others are flow control, Tab, Enter, Backspace and Esc by another name.
const RESERVED: [char; 7] = ['c', 's', 'q', 'i', 'm', 'h', '['];

impl Default for Keymap {
    fn default() -> Self {
        Self::merged(&[]).0
    }
}

impl Keymap {
    /// The default keys with some actions bound otherwise. A key that a person takes for one action is no longer
    /// another's default; what is bound in a panel counts there beside what counts everywhere, and before it.
    ///
    /// # Errors
    /// Every line that cannot be used.
    pub fn with(bindings: &[Binding<'_>]) -> Result<Self, Vec<KeymapError>> {
        let (map, errors) = Self::merged(bindings);
        if errors.is_empty() { Ok(map) } else { Err(errors) }
    }

    /// The keymap without the lines that cannot be used, and those.
    fn merged(bindings: &[Binding<'_>]) -> (Self, Vec<KeymapError>) {
        let mut map = Self { everywhere: Keys::default(), panels: Default::default(), focus: None };
        let (mut own, mut errors) = (Vec::new(), Vec::new());
        for (nth, binding) in bindings.iter().enumerate() {
            let error = |wrong| KeymapError {
                nth,
                panel: binding.panel.map(str::to_owned),
                action: binding.action.to_owned(),
                wrong,
            };
            match map.add(binding) {
                Ok(what) if binding.panel.is_none() => own.push(what),
                Ok(_) => {}
                Err(wrong) => errors.push(error(wrong)),
            }
        }
        for action in ACTIONS.iter().filter(|a| !own.contains(&a.what)) {
            for chord in action.keys.iter().filter_map(|key| Chord::parse(key)) {
                if !map.everywhere.actions.contains_key(&chord) {
                    map.everywhere.bind(action.what, chord);
                }
            }
        }
        (map, errors)
    }

    fn add(&mut self, binding: &Binding<'_>) -> Result<Do, Wrong> {
        let keys = match binding.panel {
            None => &mut self.everywhere,
            Some(word) => {
                let place = Panel::ALL.iter().position(|p| p.word() == word);
                place.and_then(|n| self.panels.get_mut(n)).ok_or(Wrong::UnknownPanel)?
            }
        };
        let action = ACTIONS.iter().find(|a| a.word == binding.action).ok_or(Wrong::UnknownAction)?;
        for key in binding.keys.split_whitespace() {
            let chord = Chord::parse(key).ok_or_else(|| Wrong::BadKey(key.to_owned()))?;
            let control = chord.modifiers.contains(KeyModifiers::CONTROL);
            if control && RESERVED.iter().any(|c| chord.code == KeyCode::Char(*c)) {
                return Err(Wrong::Reserved(chord));
            }
            if let Some(other) = keys.actions.get(&chord).filter(|other| **other != action.what) {
                return Err(Wrong::Twice { key: chord, other: super::action::action(*other).word });
            }
            keys.bind(action.what, chord);
        }
        Ok(action.what)
    }

    /// The panel `focus` has the keys from now on.
    pub(super) fn enter(&mut self, focus: Panel) {
        self.focus = Some(focus);
    }

    fn panel(&self) -> Option<&Keys> {
        self.panels.get(self.focus? as usize)
    }

    pub(super) fn look_up(&self, key: &KeyEvent) -> Option<Do> {
        let chord = Chord::of(key);
        let in_panel = self.panel().and_then(|keys| keys.actions.get(&chord));
        in_panel.or_else(|| self.everywhere.actions.get(&chord)).copied()
    }

    /// The keys that do `what` now, the one to show first.
    fn keys(&self, what: Do) -> impl Iterator<Item = Chord> {
        let panel = self.panel();
        let shadowed = move |chord: &Chord| panel.is_some_and(|keys| keys.actions.contains_key(chord));
        let everywhere = self.everywhere.of(what).filter(move |chord| !shadowed(chord));
        panel.into_iter().flat_map(move |keys| keys.of(what)).chain(everywhere)
    }

    /// Every key that does something.
    pub fn bound(&self) -> Vec<KeyEvent> {
        let keys = self.panels.iter().chain([&self.everywhere]);
        let mut chords: Vec<_> = keys.flat_map(|keys| keys.actions.keys()).collect();
        chords.sort_by_key(|chord| chord.to_string());
        chords.dedup();
        chords.into_iter().map(|chord| KeyEvent::new(chord.code, chord.modifiers)).collect()
    }

    /// The key shown for an action; its word with a colon when it has none.
    pub(super) fn key(&self, what: Do) -> String {
        let first = self.keys(what).next().map(|chord| chord.to_string());
        first.unwrap_or_else(|| format!(":{}", super::action::action(what).word))
    }

    /// All keys of an action.
    pub(super) fn all(&self, what: Do) -> String {
        self.keys(what).map(|chord| chord.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// The keys that an action has in some panels alone.
    pub(super) fn in_panels(&self, what: Do) -> Vec<(Panel, String)> {
        let mut all = Vec::new();
        for (panel, keys) in Panel::ALL.into_iter().zip(&self.panels) {
            all.extend(keys.of(what).map(|chord| (panel, chord.to_string())));
        }
        all
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

    fn bind<'a>(panel: Option<&'a str>, action: &'a str, keys: &'a str) -> Binding<'a> {
        Binding { panel, action, keys }
    }

    #[test]
    fn own_keys_replace_defaults() {
        let map = Keymap::with(&[bind(None, "next", "N F5"), bind(None, "done", "n")]).expect("keys");
        assert_eq!(map.look_up(&key(KeyCode::F(5), KeyModifiers::NONE)), Some(Do::Next));
        assert_eq!(map.look_up(&key(KeyCode::Char('n'), KeyModifiers::NONE)), Some(Do::Done));
        assert_eq!(map.look_up(&key(KeyCode::Char('x'), KeyModifiers::NONE)), None);
        assert_eq!(map.key(Do::Next), "N");
        let without = Keymap::with(&[bind(None, "next", "")]).expect("keys");
        assert_eq!((without.key(Do::Next), without.all(Do::Next)), (":next".into(), String::new()));
    }

    #[test]
    fn the_keys_of_a_panel_count_there_before_the_others() {
        let mut map = Keymap::with(&[bind(Some("here"), "invite", "n"), bind(Some("here"), "next", "N")])
            .expect("keys");
        let n = key(KeyCode::Char('n'), KeyModifiers::NONE);
        for (panel, what, shown) in [(Panel::Queue, Do::Next, "n"), (Panel::Here, Do::Invite, "N")] {
            map.enter(panel);
            assert_eq!(map.look_up(&n), Some(what));
            assert_eq!(map.key(Do::Next), shown, "a key that does something else is not shown");
        }
        assert_eq!(map.all(Do::Invite), "n i");
        assert_eq!(map.in_panels(Do::Invite), [(Panel::Here, "n".to_owned())]);
    }

    #[test]
    fn mistakes_are_sentences_and_all_are_told() {
        let errors = |bindings: &[Binding<'_>]| {
            let errors = Keymap::with(bindings).expect_err("mistake");
            errors.into_iter().map(|e| (e.nth, e.to_string())).collect::<Vec<_>>()
        };
        let told = errors(&[
            bind(None, "nxt", "n"),
            bind(None, "next", "Strg-N"),
            bind(Some("queue"), "done", "Ctrl-C"),
            bind(Some("seats"), "done", "x"),
            bind(None, "call", "z"),
            bind(None, "drop", "z"),
            bind(Some("queue"), "hold", "z"),
        ]);
        let expected = [
            (0, "[keys] nxt: no action has this name; `palco keys` lists them"),
            (1, "[keys] next: “Strg-N” is no key; write one such as n, Enter, Space, F2, Ctrl-L"),
            (2, "[keys.queue] done: Ctrl-C cannot be bound, terminals use it themselves; take another key"),
            (3, "[keys.seats] done: there is no such panel; take stage, queue, clock, here"),
            (5, "[keys] drop: z is given to call too; give one of them another key"),
        ];
        assert_eq!(told, expected.map(|(n, text)| (n, text.to_owned())));
    }
}
