//! What is typed: lines from a pipe or a terminal that edits by itself, or keys.

use std::time::Instant;

use crossterm::event::Event;

use crate::term::{Input, Keyboard, LineMode, PatientDecoder};
use crate::tui::Editor;

/// The longest line, in bytes: a verb and a topic of 200 letters in any script. What is beyond it is dropped.
const MAX_LINE: usize = 4 * 1024;

/// Where commands come from.
pub(super) struct Typing {
    /// `None` after the end of the input.
    keyboard: Option<Keyboard>,
    pub(super) keys: Option<Keys>,
    /// The line that has begun.
    begun: Vec<u8>,
}

/// Keys of a terminal, one at a time.
pub(super) struct Keys {
    pub(super) mode: LineMode,
    pub(super) editor: Editor,
    decoder: PatientDecoder,
}

impl Typing {
    pub(super) fn new(keyboard: Keyboard, mode: Option<LineMode>) -> Self {
        let keys = mode.map(|mode| Keys { mode, editor: Editor::new(), decoder: PatientDecoder::new() });
        Self { keyboard: Some(keyboard), keys, begun: Vec::new() }
    }

    /// The next bytes; `None` once at the end, and never again. Cancel-safe.
    pub(super) async fn read(&mut self) -> Option<Vec<u8>> {
        match &mut self.keyboard {
            Some(keyboard) => keyboard.read().await,
            None => std::future::pending().await,
        }
    }

    /// The input has ended: the line that has begun, if there is one.
    pub(super) fn end(&mut self) -> Option<String> {
        self.keyboard = None;
        let begun = std::mem::take(&mut self.begun);
        (!begun.is_empty()).then(|| String::from_utf8_lossy(&begun).into_owned())
    }

    /// The lines that are whole now.
    pub(super) fn lines(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            if byte == b'\n' {
                lines.push(String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned());
            } else if self.begun.len() < MAX_LINE {
                self.begun.push(byte);
            }
        }
        lines
    }
}

impl Keys {
    /// What was pressed.
    pub(super) fn events(&mut self, bytes: &[u8]) -> Vec<Event> {
        events(self.decoder.feed(bytes, Instant::now()))
    }

    /// What a sequence was that did not go on.
    pub(super) fn silence(&mut self, at: Instant) -> Vec<Event> {
        events(self.decoder.silence(at))
    }

    /// When a silence decides what an unfinished sequence was.
    pub(super) fn silence_at(&self) -> Option<Instant> {
        self.decoder.silence_at()
    }
}

fn events(inputs: Vec<Input>) -> Vec<Event> {
    let event = |input| match input {
        Input::Event(event) => Some(event),
        Input::Reply(_) => None,
    };
    inputs.into_iter().filter_map(event).collect()
}
