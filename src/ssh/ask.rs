//! What somebody types who is asked for a secret, key by key and unseen.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::Size;
use russh::{ChannelMsg, ChannelReadHalf};
use tokio::time::timeout;

use crate::term::{Decoder, Input};
use crate::wire::MAX_SECRET;

use super::request::size;

/// How long somebody may take to answer: as long as OpenSSH gives for a password.
const PATIENCE: Duration = Duration::from_secs(120);

/// A line that is typed; `None` when it is given up, does not come, or the client goes away. A terminal that changes its
/// size meanwhile is noted.
pub(super) async fn typed(read: &mut ChannelReadHalf, now: &mut Size) -> Option<String> {
    timeout(PATIENCE, line(read, now)).await.ok()?
}

async fn line(read: &mut ChannelReadHalf, now: &mut Size) -> Option<String> {
    let (mut decoder, mut answer) = (Decoder::new(), Answer::default());
    loop {
        match read.wait().await? {
            ChannelMsg::Data { data } => {
                // What was typed beyond the line is not meant for what comes then.
                if let Some(done) = decoder.feed(&data).into_iter().find_map(|input| answer.take(input)) {
                    return done;
                }
            }
            ChannelMsg::WindowChange { col_width, row_height, .. } => *now = size(col_width, row_height),
            ChannelMsg::Eof | ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

/// An answer that is being typed.
#[derive(Default)]
struct Answer(String);

impl Answer {
    /// Takes what a terminal says; answers with the line when it is done, and with `None` in it when it is given up.
    fn take(&mut self, input: Input) -> Option<Option<String>> {
        match input {
            Input::Event(Event::Key(key)) if key.kind != KeyEventKind::Release => self.key(key),
            Input::Event(Event::Paste(text)) => {
                text.chars().find_map(|c| if c == '\n' { self.end() } else { self.add(c) })
            }
            _ => None,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Option<Option<String>> {
        match key.code {
            KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => match c {
                'c' | 'd' | 'z' => Some(None),
                'j' => self.end(),
                'u' => {
                    self.0.clear();
                    None
                }
                _ => None,
            },
            KeyCode::Char(c) => self.add(c),
            KeyCode::Enter => self.end(),
            KeyCode::Backspace => {
                self.0.pop();
                None
            }
            _ => None,
        }
    }

    fn add<T>(&mut self, c: char) -> Option<T> {
        if self.0.len() < MAX_SECRET {
            self.0.push(c);
        }
        None
    }

    fn end(&mut self) -> Option<Option<String>> {
        Some(Some(std::mem::take(&mut self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: &str) -> Option<Option<String>> {
        let mut answer = Answer::default();
        Decoder::new().feed(bytes.as_bytes()).into_iter().find_map(|input| answer.take(input))
    }

    #[test]
    fn a_line_is_typed_corrected_and_given_up() {
        let some = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(answer("horse\r"), some("horse"));
        assert_eq!(answer("perché\x7f\x7fh\u{e9}\n"), some("perché"));
        assert_eq!(answer("wrong\x15right\r"), some("right"));
        assert_eq!(answer("\x1b[200~correct horse\n\x1b[201~"), some("correct horse"));
        // A terminal that still answers what it was asked.
        assert_eq!(answer("\x1b[0nho\x1b[?62;22c\x1b[?1urse\r"), some("horse"));
        assert_eq!(answer("\r"), some(""));
        for given_up in ["hor\x03", "\x04", "\x1a"] {
            assert_eq!(answer(given_up), Some(None), "{given_up:?}");
        }
        assert_eq!(answer("horse"), None);
        assert_eq!(answer(&format!("{}\r", "x".repeat(5_000))).flatten().unwrap().len(), MAX_SECRET);
    }
}
