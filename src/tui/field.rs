//! One line of text being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// How many graphemes fit: as long as a topic may be.
pub(super) const MAX_GRAPHEMES: usize = 200;

/// How many more fit where a verb and its options stand before a topic.
const VERB: usize = 60;

/// A line and the place of its cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    text: String,
    /// In bytes, always between two graphemes.
    at: usize,
    /// How many graphemes fit beyond [`MAX_GRAPHEMES`].
    more: usize,
}

impl Field {
    pub(super) fn with(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    /// An empty one for a whole command.
    pub(super) fn long() -> Self {
        Self { more: VERB, ..Self::default() }
    }

    /// Puts text in after the cursor.
    pub(super) fn append(&mut self, text: &str) {
        let at = self.at;
        self.insert(text);
        self.at = at;
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub(super) fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Puts text in, line ends as spaces and other control characters left out. What does not fit any more is cut off.
    pub(super) fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        let room = (MAX_GRAPHEMES + self.more).saturating_sub(self.text.graphemes(true).count());
        let fits: String = clean.graphemes(true).take(room).collect();
        self.text.insert_str(self.at, &fits);
        self.at += fits.len();
        // What was typed may have joined its neighbour, as a combining mark does.
        self.at = self.boundary(self.at);
    }

    fn boundary(&self, at: usize) -> usize {
        let ends = self.text.grapheme_indices(true).map(|(i, g)| i + g.len());
        if at == 0 { 0 } else { ends.into_iter().find(|end| *end >= at).unwrap_or(self.text.len()) }
    }

    /// Takes a key; tells whether it was one for a text field.
    pub(super) fn key(&mut self, key: &KeyEvent) -> bool {
        let control = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = self.text.len(),
            KeyCode::Char('u') if control => {
                self.text.replace_range(..self.at, "");
                self.at = 0;
            }
            KeyCode::Char('k') if control => self.text.truncate(self.at),
            KeyCode::Char('w') if control => self.erase_word(),
            KeyCode::Char(c) if !control => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.erase(self.previous()),
            KeyCode::Delete => {
                let end = self.at + self.after().graphemes(true).next().map_or(0, str::len);
                self.text.replace_range(self.at..end, "");
            }
            KeyCode::Left => self.at = self.previous(),
            KeyCode::Right => self.at += self.after().graphemes(true).next().map_or(0, str::len),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn previous(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(i, _)| i)
    }

    fn erase(&mut self, from: usize) {
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    fn erase_word(&mut self) {
        let head = self.before().trim_end();
        let from = head.rfind(char::is_whitespace).map_or(0, |i| i + 1);
        // A space of several bytes: go to the next boundary.
        let from = (from..=self.at).find(|i| self.text.is_char_boundary(*i)).unwrap_or(self.at);
        self.erase(from);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(field: &mut Field, code: KeyCode) {
        field.key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn a_line_is_edited_by_graphemes() {
        let mut field = Field::with("Zoë 日本");
        press(&mut field, KeyCode::Backspace);
        press(&mut field, KeyCode::Left);
        press(&mut field, KeyCode::Char('x'));
        assert_eq!((field.text(), field.before()), ("Zoë x日", "Zoë x"));
        field.key(&KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(field.text(), "Zoë 日");
        press(&mut field, KeyCode::Delete);
        assert_eq!(field.text(), "Zoë ");
    }

    #[test]
    fn pasted_lines_become_one_and_control_characters_vanish() {
        assert_eq!(Field::with("a\nb\u{1b}[31mc\u{7}").text(), "a b[31mc");
        assert_eq!(Field::with(&"x".repeat(500)).text().len(), MAX_GRAPHEMES);
    }

    proptest! {
        #[test]
        fn no_keys_break_it(keys in proptest::collection::vec((0..12u8, any::<char>()), 0..80)) {
            let mut field = Field::default();
            for (kind, c) in keys {
                let control = KeyModifiers::CONTROL;
                let (code, modifiers) = match kind {
                    0 => (KeyCode::Backspace, KeyModifiers::NONE),
                    1 => (KeyCode::Delete, KeyModifiers::NONE),
                    2 => (KeyCode::Left, KeyModifiers::NONE),
                    3 => (KeyCode::Right, KeyModifiers::NONE),
                    4 => (KeyCode::Home, KeyModifiers::NONE),
                    5 => (KeyCode::Char('w'), control),
                    6 => (KeyCode::Char('k'), control),
                    _ => (KeyCode::Char(c), KeyModifiers::NONE),
                };
                field.key(&KeyEvent::new(code, modifiers));
                prop_assert!(field.text().is_char_boundary(field.at));
                prop_assert!(field.text().graphemes(true).count() <= MAX_GRAPHEMES);
            }
        }
    }
}
