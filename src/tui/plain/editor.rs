//! A line being typed, with a past.

use std::collections::VecDeque;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::tui::field::Field;

use super::Completion;

/// How many lines are remembered: what was typed in an evening.
const MEMORY: usize = 200;

/// A line being typed.
#[derive(Debug, Default)]
pub struct Editor {
    field: Field,
    /// Lines typed before, oldest first.
    past: VecDeque<String>,
    /// The line of the past that is shown, counted from the newest, and what was typed before it was looked for.
    shown: Option<(usize, String)>,
    /// The last key was a Tab that could add nothing: another one lists what there is.
    stuck: bool,
}

/// What a key came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The line may look different.
    Line,
    /// The line is finished.
    Entered(String),
    /// Tab: ask for a completion of [`Editor::before`] and give it to [`Editor::complete`].
    Tab,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D on an empty line.
    End,
    /// Ctrl-Z.
    Suspend,
}

impl Editor {
    /// An empty line without a past.
    pub fn new() -> Self {
        Self { field: Field::long(), ..Self::default() }
    }

    /// What is typed before the cursor.
    pub fn before(&self) -> &str {
        self.field.before()
    }

    /// What is typed after the cursor.
    pub fn after(&self) -> &str {
        self.field.text().get(self.field.before().len()..).unwrap_or_default()
    }

    /// Takes what was typed; `None` when it changes nothing.
    pub fn take(&mut self, event: &Event) -> Option<Edit> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Paste(text) => {
                self.field.insert(text);
                Some(Edit::Line)
            }
            _ => None,
        }
    }

    fn key(&mut self, key: &KeyEvent) -> Option<Edit> {
        let stuck = std::mem::take(&mut self.stuck);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Some(Edit::Interrupt),
            KeyCode::Char('z') if control => return Some(Edit::Suspend),
            KeyCode::Char('d') if control && self.field.text().is_empty() => return Some(Edit::End),
            KeyCode::Tab => {
                self.stuck = stuck;
                return Some(Edit::Tab);
            }
            KeyCode::Enter => return Some(Edit::Entered(self.enter())),
            KeyCode::Up => self.look_back(1),
            KeyCode::Down => self.look_back(-1),
            _ if self.field.key(key) => {}
            _ => return None,
        }
        Some(Edit::Line)
    }

    fn enter(&mut self) -> String {
        let line = std::mem::replace(&mut self.field, Field::long()).text().to_owned();
        self.shown = None;
        if !line.trim().is_empty() && self.past.back() != Some(&line) {
            if self.past.len() == MEMORY {
                self.past.pop_front();
            }
            self.past.push_back(line.clone());
        }
        line
    }

    /// Goes through the past, `steps` towards the oldest; what was being typed comes after the newest.
    fn look_back(&mut self, steps: isize) {
        let (at, typed) = match self.shown.take() {
            Some((at, typed)) => (Some(at), typed),
            None => (None, self.field.text().to_owned()),
        };
        let next = match (at, steps) {
            (None, 1) => Some(0),
            (Some(at), 1) => Some(at + 1),
            (Some(at), _) => at.checked_sub(1),
            (None, _) => None,
        };
        let next = next.map(|next| next.min(self.past.len().saturating_sub(1)));
        match next.and_then(|next| Some((next, self.past.iter().rev().nth(next)?.clone()))) {
            Some((next, line)) => {
                self.set(&line);
                self.shown = Some((next, typed));
            }
            None => self.set(&typed),
        }
    }

    fn set(&mut self, line: &str) {
        self.field = Field::long();
        self.field.insert(line);
    }

    /// Puts in what a completion adds. When nothing can be added, the second time, the line of all there is.
    pub fn complete(&mut self, completion: &Completion) -> Option<String> {
        let before = self.field.before().to_owned();
        let typed = before.get(completion.from..).unwrap_or_default();
        let Some(common) = completion.common(typed) else {
            let list = self.stuck && !completion.options.is_empty();
            self.stuck = true;
            return list.then(|| completion.options.join("  "));
        };
        let after = self.after().to_owned();
        let before = before.get(..completion.from).unwrap_or_default();
        self.set(before);
        self.field.insert(&common);
        self.field.append(&after);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut Editor, code: KeyCode) -> Option<Edit> {
        editor.take(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    fn control(editor: &mut Editor, letter: char) -> Option<Edit> {
        editor.take(&Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)))
    }

    fn write(editor: &mut Editor, text: &str) {
        text.chars().for_each(|c| drop(press(editor, KeyCode::Char(c))));
    }

    #[test]
    fn lines_are_entered_and_found_again() {
        let mut editor = Editor::new();
        for line in ["who", "queue", "queue"] {
            write(&mut editor, line);
            assert_eq!(press(&mut editor, KeyCode::Enter), Some(Edit::Entered(line.into())));
        }
        write(&mut editor, "ra");
        let mut seen = Vec::new();
        for key in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down] {
            press(&mut editor, key);
            seen.push(editor.before().to_owned());
        }
        assert_eq!(seen, ["queue", "who", "who", "queue", "ra", "ra"]);
    }

    #[test]
    fn a_completion_is_put_in_before_what_follows() {
        let mut editor = Editor::new();
        write(&mut editor, "call ma 2");
        press(&mut editor, KeyCode::Left);
        press(&mut editor, KeyCode::Left);
        let names = Completion { from: 5, options: vec!["Maria".into(), "Mario".into()] };
        assert_eq!(press(&mut editor, KeyCode::Tab), Some(Edit::Tab));
        assert_eq!(editor.complete(&names), None);
        assert_eq!((editor.before(), editor.after()), ("call Mari", " 2"));
        press(&mut editor, KeyCode::Tab);
        assert_eq!(editor.complete(&names), None, "the first time it only stays");
        press(&mut editor, KeyCode::Tab);
        assert_eq!(editor.complete(&names), Some("Maria  Mario".into()));
    }

    #[test]
    fn control_keys_leave_and_interrupt() {
        let mut editor = Editor::new();
        assert_eq!(control(&mut editor, 'd'), Some(Edit::End));
        write(&mut editor, "x");
        assert_eq!(control(&mut editor, 'd'), None);
        assert_eq!(control(&mut editor, 'c'), Some(Edit::Interrupt));
        assert_eq!(control(&mut editor, 'z'), Some(Edit::Suspend));
        assert_eq!(editor.take(&Event::FocusLost), None);
    }
}
