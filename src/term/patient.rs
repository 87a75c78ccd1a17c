//! A decoder with a clock's hand: when a silence decides what a sequence was.

use std::time::Instant;

use super::{Decoder, ESCAPE_PATIENCE, Input};

/// A [`Decoder`] that knows until when it waits for the rest of a sequence.
#[derive(Debug, Default)]
pub struct PatientDecoder {
    decoder: Decoder,
    silence_at: Option<Instant>,
}

impl PatientDecoder {
    /// One before its first byte.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads bytes that came at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Input> {
        let inputs = self.decoder.feed(bytes);
        self.wait(now);
        inputs
    }

    /// When it wants to be told that nothing came; `None` while no sequence is unfinished.
    pub fn silence_at(&self) -> Option<Instant> {
        self.silence_at
    }

    /// What a sequence was that did not go on; nothing before [`silence_at`](Self::silence_at).
    pub fn silence(&mut self, now: Instant) -> Vec<Input> {
        if self.silence_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        let inputs = self.decoder.flush_escape();
        self.wait(now);
        inputs
    }

    /// A sequence cut in the middle outlives one silence and not two.
    fn wait(&mut self, now: Instant) {
        self.silence_at = self.decoder.is_pending().then(|| now + ESCAPE_PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    fn key(code: KeyCode) -> Input {
        Input::Event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    #[test]
    fn a_lone_escape_is_a_key_after_its_silence_and_not_before() {
        let (mut decoder, now) = (PatientDecoder::new(), Instant::now());
        assert_eq!(decoder.feed(b"\x1b", now), vec![]);
        let at = decoder.silence_at().unwrap();
        assert_eq!(at, now + ESCAPE_PATIENCE);
        assert_eq!(decoder.silence(now), vec![]);
        assert_eq!(decoder.silence(at), vec![key(KeyCode::Esc)]);
        assert_eq!(decoder.silence_at(), None);
    }

    #[test]
    fn a_sequence_cut_in_the_middle_swallows_no_key_after_two_silences() {
        let (mut decoder, now) = (PatientDecoder::new(), Instant::now());
        assert_eq!(decoder.feed(b"\x1b[1;", now), vec![]);
        let first = decoder.silence_at().unwrap();
        assert_eq!(decoder.silence(first), vec![], "a slow link may bring the rest");
        let second = decoder.silence_at().expect("it waits for one more silence");
        assert_eq!(decoder.silence(second), vec![]);
        assert_eq!(decoder.silence_at(), None);
        assert_eq!(decoder.feed(b"q", second), vec![key(KeyCode::Char('q'))]);
    }
}
