//! The palette: actions by fuzzy matching, commands as words.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::meeting::Timestamp;
use crate::sync::{self, Typist, WORDS};

use super::action::{ACTIONS, Action, Do, Group};
use super::lang::placeholders;
use super::layer::Layer;
use super::taste::OWN_WORDS;
use super::{Effect, Model};

/// A line of the palette.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) action: &'static Action,
    /// Which letters of its word matched, by place.
    pub(super) letters: Vec<u32>,
    /// Whether it can be done now.
    pub(super) possible: bool,
}

impl Model {
    /// The actions that match what was typed: the best first, those not possible now last.
    pub(super) fn found(&self, typed: &str, now: Timestamp) -> Vec<Found> {
        let first = typed.split_whitespace().next().unwrap_or_default();
        let pattern = Pattern::parse(first, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let offered = |a: &&Action| {
            a.group != Group::Console
                || matches!(a.what, Do::Filter | Do::Help | Do::Leave | Do::Redraw | Do::Lang | Do::Theme)
                || matches!(a.what, Do::Louder | Do::Quieter | Do::VolumeUp | Do::VolumeDown | Do::Feed)
        };
        let mut found: Vec<_> = ACTIONS
            .iter()
            .filter(offered)
            .filter_map(|action| {
                let mut letters = Vec::new();
                let by_word =
                    pattern.indices(Utf32Str::new(action.word, &mut buffer), &mut matcher, &mut letters);
                let long = self.label(action).long;
                let by_text = pattern.score(Utf32Str::new(long, &mut buffer), &mut matcher);
                // The word counts double: it is what people learn.
                let score = by_word.map(|s| s * 2).max(by_text)?;
                letters.sort_unstable();
                let exact = action.word == first;
                Some((
                    exact,
                    score,
                    Found { action, letters, possible: self.intent(action.what, now).is_ok() },
                ))
            })
            .collect();
        found.sort_by_key(|(exact, score, f)| std::cmp::Reverse((*exact, f.possible, *score)));
        found.into_iter().map(|(_, _, f)| f).collect()
    }

    /// The words that may follow what was typed.
    pub(super) fn usage(&self, typed: &str) -> Option<String> {
        let verb = typed.split_whitespace().next()?;
        let words = WORDS.iter().map(|w| (w.verb, w.arguments));
        let mut all = words.chain(OWN_WORDS.iter().map(|w| (w.verb, w.arguments)));
        let (_, arguments) = all.find(|(v, arguments)| *v == verb && !arguments.is_empty())?;
        Some(format!("{verb} {}", placeholders(self.texts(), arguments)))
    }

    pub(super) fn palette_key(&mut self, key: &KeyEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Layer::Palette { field, selected }) = self.layers.last_mut() else { return };
        match key.code {
            KeyCode::Down | KeyCode::Tab => *selected += 1,
            KeyCode::Up | KeyCode::BackTab => *selected = selected.saturating_sub(1),
            KeyCode::Enter => {
                let (typed, selected) = (field.text().to_owned(), *selected);
                return self.run(&typed, selected, now, effects);
            }
            KeyCode::Backspace if field.text().is_empty() => {
                self.layers.pop();
                return;
            }
            _ => {
                if field.key(key) {
                    *selected = 0;
                }
            }
        }
        self.bound_selection(now);
    }

    fn bound_selection(&mut self, now: Timestamp) {
        let Some(Layer::Palette { field, .. }) = self.layers.last() else { return };
        let last = self.found(field.text(), now).len().saturating_sub(1);
        if let Some(Layer::Palette { selected, .. }) = self.layers.last_mut() {
            *selected = (*selected).min(last);
        }
    }

    /// Words with arguments, and words that are no action, go to the server as they are; else the selected action runs.
    fn run(&mut self, typed: &str, selected: usize, now: Timestamp, effects: &mut Vec<Effect>) {
        let words: Vec<_> = typed.split_whitespace().collect();
        let verb = words.first().copied().unwrap_or_default();
        if words.len() > 1 && OWN_WORDS.iter().any(|w| w.verb == verb) {
            return match self.own_word(&words) {
                Ok(taste) => {
                    self.layers.pop();
                    self.choose_taste(taste, now, effects);
                }
                Err(why) => self.warn(why, now),
            };
        }
        let is_action = ACTIONS.iter().any(|a| a.word == verb);
        let is_word = WORDS.iter().any(|w| w.verb == verb);
        if words.len() > 1 || is_word && !is_action {
            return self.run_words(&words, now, effects);
        }
        if let Some(found) = self.found(typed, now).get(selected) {
            let what = found.action.what;
            self.layers.pop();
            self.perform(what, now, effects);
        }
    }

    /// Who types here.
    pub(super) fn typist(&self, now: Timestamp) -> Typist {
        Typist {
            me: self.replica.you(),
            now: self.server_now(now),
            utc_offset_secs: self.setup.utc_offset_secs,
        }
    }

    fn run_words(&mut self, words: &[&str], now: Timestamp, effects: &mut Vec<Effect>) {
        let t = self.texts();
        if !self.is_up() {
            return self.warn(t.not_connected.to_owned(), now);
        }
        match sync::parse(words, self.meeting(), self.typist(now)) {
            Ok(command) => self.close_and_send(command, effects),
            Err(error) => self.warn((t.words_error)(&error), now),
        }
    }
}
