//! What Tab can add to a line: words, names, hands. It reads what a word wants from [`Word::arguments`], so that a new
//! word completes without a line of code here.

use crate::sync::{WORDS, Word};

use super::answers::may;
use super::{Plain, QUESTIONS};

/// What can stand at the end of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where what is replaced begins, in bytes.
    pub from: usize,
    /// What can stand there; each fits what was typed, letters' case aside.
    pub options: Vec<String>,
}

impl Completion {
    /// What all options begin with, when that is more than `typed`; a single option is finished with a space.
    pub(super) fn common(&self, typed: &str) -> Option<String> {
        let (first, others) = self.options.split_first()?;
        if others.is_empty() {
            return Some(format!("{first} "));
        }
        let mut length = first.len();
        for other in others {
            let same = first.char_indices().zip(other.chars()).take_while(|((_, a), b)| a.eq(b)).count();
            length = length.min(first.char_indices().nth(same).map_or(first.len(), |(i, _)| i));
        }
        let common = first.get(..length).unwrap_or_default();
        (common.chars().count() > typed.chars().count()).then(|| common.to_owned())
    }
}

impl Plain {
    /// What can stand at the end of `line`, the part of it before the cursor.
    pub fn complete(&self, line: &str) -> Completion {
        let start = line.len() - line.trim_start_matches([' ', ':']).len();
        let typed = line.get(start..).unwrap_or_default();
        let Some((verb, rest)) = typed.split_once(' ') else {
            return Completion { from: start, options: fitting(self.verbs(), typed) };
        };
        let rest = rest.trim_start_matches(' ');
        let verb = verb.to_lowercase();
        if let Some(word) = WORDS.iter().find(|w| w.verb == verb) {
            return self.argument(word, rest, line.len());
        }
        let names = if verb == "who" { self.people() } else { Vec::new() };
        Completion { from: line.len() - rest.len(), options: fitting(names, rest) }
    }

    /// Everything a line may begin with.
    fn verbs(&self) -> Vec<String> {
        let role = self.model.me().map(|me| self.model.meeting().role_of(me));
        let words = WORDS.iter().filter(|w| role.is_none_or(|role| may(w, role))).map(|w| w.verb);
        let mut verbs: Vec<_> = words.chain(QUESTIONS).chain(["talk", "help"]).map(str::to_owned).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs
    }

    /// A name first, where one is wanted; then the words that the pattern lists.
    fn argument(&self, word: &Word, rest: &str, end: usize) -> Completion {
        let tokens: Vec<_> = word.arguments.split([' ', '|', '[', ']']).filter(|t| !t.is_empty()).collect();
        let mut subjects = Vec::new();
        if tokens.contains(&"HAND") {
            subjects = self.owners();
        } else if tokens.contains(&"NAME") && word.verb != "rename" {
            subjects = self.people();
        }
        let options = fitting(subjects.clone(), rest);
        if !options.is_empty() {
            return Completion { from: end - rest.len(), options };
        }
        let (before, last) = rest.rsplit_once(' ').map_or(("", rest), |(before, last)| (before.trim(), last));
        let named = subjects.iter().any(|name| name.to_lowercase() == before.to_lowercase());
        let is_after_flag = before.rsplit(' ').next().is_some_and(|word| word.starts_with("--"));
        let free = tokens.iter().any(|t| matches!(*t, "TOPIC" | "LENGTH" | "POSITION"));
        let listed: Vec<_> = tokens
            .iter()
            .filter(|token| is_listed(token))
            .filter(|token| match token.starts_with("--") {
                true => last.starts_with('-'),
                false if tokens.iter().any(|t| t.starts_with("--")) => is_after_flag,
                false if !subjects.is_empty() => named,
                false => before.is_empty() && !free,
            })
            .map(|token| (*token).to_owned())
            .collect();
        Completion { from: end - last.len(), options: fitting(listed, last) }
    }

    fn people(&self) -> Vec<String> {
        self.model.meeting().roster().into_iter().map(|p| p.name.clone()).collect()
    }

    /// Those whose hands wait, in their order.
    fn owners(&self) -> Vec<String> {
        let queue = self.model.meeting().queue();
        queue.into_iter().map(|h| self.model.name_of(h.participant).to_owned()).collect()
    }
}

/// Whether a token of a pattern is a word that is typed as it is.
fn is_listed(token: &str) -> bool {
    token.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

fn fitting(options: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    options.into_iter().filter(|o| o.to_lowercase().starts_with(&typed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(options: &[&str]) -> Completion {
        Completion { from: 0, options: options.iter().map(|o| (*o).to_owned()).collect() }
    }

    #[test]
    fn what_options_have_in_common() {
        assert_eq!(of(&[]).common(""), None);
        assert_eq!(of(&["next"]).common("n"), Some("next ".into()));
        assert_eq!(of(&["Maria", "Mario"]).common("m"), Some("Mari".into()));
        assert_eq!(of(&["Maria", "Mario"]).common("mari"), None);
        assert_eq!(of(&["è", "é"]).common(""), None);
    }
}
