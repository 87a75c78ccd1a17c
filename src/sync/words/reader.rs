//! The arguments of one verb, and who and what they name.

use crate::meeting::{Command, HandId, Meeting, Participant, ParticipantId};

use super::{Typist, Word, WordsError};

/// What a subject makes of a verb; `None` is another subject's.
pub(super) type Read = Result<Option<Command>, WordsError>;

/// The arguments of one verb.
pub(super) struct Reader<'a> {
    pub(super) word: Word,
    pub(super) rest: &'a [&'a str],
    pub(super) meeting: &'a Meeting,
    pub(super) typist: Typist,
}

impl Reader<'_> {
    /// Asks one subject after the other.
    pub(super) fn read(&self) -> Result<Command, WordsError> {
        let of_stage = [Self::queue, Self::round, Self::stage, Self::order];
        let of_time = [Self::recording, Self::conduct, Self::more_time, Self::oneself];
        for subject in of_stage.into_iter().chain(of_time) {
            if let Some(command) = subject(self)? {
                return Ok(command);
            }
        }
        Err(WordsError::NoSuchCommand(self.word.verb.to_owned()))
    }

    pub(super) fn wrong(&self) -> WordsError {
        WordsError::Arguments(self.word)
    }

    /// A command without arguments.
    pub(super) fn bare(&self, command: Command) -> Result<Command, WordsError> {
        if self.rest.is_empty() { Ok(command) } else { Err(self.wrong()) }
    }

    /// All arguments as one text.
    pub(super) fn all(&self) -> Result<String, WordsError> {
        let all = self.rest.join(" ").trim().to_owned();
        if all.is_empty() { Err(self.wrong()) } else { Ok(all) }
    }

    /// All arguments but the last, and the last.
    pub(super) fn last(&self) -> Result<(String, String), WordsError> {
        match self.rest {
            [first @ .., last] if !first.is_empty() => Ok((first.join(" "), (*last).to_owned())),
            _ => Err(self.wrong()),
        }
    }

    pub(super) fn switch(&self, words: &[&str]) -> Result<bool, WordsError> {
        match words {
            ["on"] => Ok(true),
            ["off"] => Ok(false),
            _ => Err(self.wrong()),
        }
    }

    /// The person named; whoever types when nobody is.
    pub(super) fn person_or_me(&self) -> Result<ParticipantId, WordsError> {
        match self.typist.me {
            Some(me) if self.rest.is_empty() => Ok(me),
            _ => self.person(&self.all()?),
        }
    }

    pub(super) fn person(&self, typed: &str) -> Result<ParticipantId, WordsError> {
        resolve(typed, &self.meeting.roster())
    }

    /// Several waiting hands: names may be of several words, so the longest that is a hand is taken each time.
    pub(super) fn hands(&self) -> Result<Vec<HandId>, WordsError> {
        let mut rest = self.rest;
        let mut hands = Vec::new();
        while let Some(first) = rest.first() {
            let named = |n: usize| Some((n, self.hand(&rest.get(..n)?.join(" ")).ok()?));
            let Some((used, hand)) = (1..=rest.len()).rev().find_map(named) else {
                return self.hand(first).map(|_| hands);
            };
            hands.push(hand);
            rest = rest.get(used..).unwrap_or_default();
        }
        Ok(hands)
    }

    /// A waiting hand: by number, or by its owner's name among those who have one.
    pub(super) fn hand(&self, typed: &str) -> Result<HandId, WordsError> {
        let queue = self.meeting.queue();
        let number = typed.strip_prefix('#').unwrap_or(typed).parse().map(HandId);
        if let Ok(id) = number
            && queue.iter().any(|h| h.id == id)
        {
            return Ok(id);
        }
        let owners: Vec<_> = queue.iter().filter_map(|h| self.meeting.participant(h.participant)).collect();
        let none = || WordsError::NoHand(typed.to_owned());
        let owner = match resolve(typed, &owners) {
            Err(WordsError::Nobody(_)) if number.is_ok() => return Err(none()),
            // Somebody without a hand is another mistake than a name that nobody has.
            Err(WordsError::Nobody(_)) => return Err(self.person(typed).err().unwrap_or_else(none)),
            other => other?,
        };
        self.meeting.hand_of(owner).map(|h| h.id).ok_or_else(none)
    }
}

/// Finds who is meant: the fingerprint, the exact name, or the only name that begins so, letters' case aside.
pub(super) fn resolve(typed: &str, people: &[&Participant]) -> Result<ParticipantId, WordsError> {
    if let Ok(id) = typed.parse()
        && people.iter().any(|p| p.id == id)
    {
        return Ok(id);
    }
    pick(typed, &people.iter().map(|p| (p.id, p.name.as_str())).collect::<Vec<_>>())
}

/// The one with the exact name, or the only one whose name begins so.
pub(super) fn pick(typed: &str, people: &[(ParticipantId, &str)]) -> Result<ParticipantId, WordsError> {
    let lower = typed.to_lowercase();
    let exact: Vec<_> = people.iter().filter(|(_, name)| name.to_lowercase() == lower).collect();
    let begins: Vec<_> = people.iter().filter(|(_, name)| name.to_lowercase().starts_with(&lower)).collect();
    match if exact.is_empty() { begins.as_slice() } else { exact.as_slice() } {
        [] => Err(WordsError::Nobody(typed.to_owned())),
        [(id, _)] => Ok(*id),
        several => Err(WordsError::Ambiguous {
            typed: typed.to_owned(),
            names: several.iter().map(|(_, name)| (*name).to_owned()).collect(),
        }),
    }
}
