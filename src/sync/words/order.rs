//! Keeping order, and the host's seat.

use crate::meeting::{Command, Participant, ParticipantId};
use crate::sync::length::parse_length;

use super::WordsError;
use super::reader::{Read, Reader, pick, resolve};

impl Reader<'_> {
    pub(super) fn order(&self) -> Read {
        Ok(Some(match self.word.verb {
            "hold" | "release" => self.hold()?,
            "remove" => {
                let (participant, why) = self.person_first(&self.meeting.roster())?;
                Command::Remove { participant, why: sentence(why) }
            }
            "ban" => self.ban()?,
            "unban" => Command::Unban { participant: self.banned(&self.all()?)? },
            "lock" => self.bare(Command::Lock { on: true })?,
            "unlock" => self.bare(Command::Lock { on: false })?,
            "rename-other" => {
                let (participant, name) = self.person_first(&self.meeting.roster())?;
                Command::RenameOther { participant, name: sentence(name).ok_or(self.wrong())? }
            }
            "hand-over" => Command::HandOver { participant: self.person(&self.all()?)? },
            _ => return Ok(None),
        }))
    }

    fn hold(&self) -> Result<Command, WordsError> {
        let on = self.word.verb == "hold";
        if self.rest == ["all"] {
            return Ok(Command::HoldAll { on });
        }
        let participant = self.person(&self.all()?)?;
        Ok(if on { Command::Hold { participant } } else { Command::Release { participant } })
    }

    fn ban(&self) -> Result<Command, WordsError> {
        let (participant, rest) = self.anybody_first()?;
        let length = rest.first().and_then(|first| parse_length(first));
        let why = if length.is_some() { rest.get(1..).unwrap_or_default() } else { rest };
        Ok(Command::Ban { participant, length, why: sentence(why) })
    }

    /// Whom the longest beginning of the arguments names, and what follows it.
    fn person_first(&self, people: &[&Participant]) -> Result<(ParticipantId, &[&str]), WordsError> {
        let mut error = self.wrong();
        for (name, rest) in (1..=self.rest.len()).rev().map(|n| self.rest.split_at(n)) {
            match resolve(&name.join(" "), people) {
                Ok(id) => return Ok((id, rest)),
                Err(why) => error = why,
            }
        }
        Err(error)
    }

    /// The same, among those too who are gone, and with any key.
    fn anybody_first(&self) -> Result<(ParticipantId, &[&str]), WordsError> {
        if let Some((key, rest)) = self.rest.split_first()
            && let Ok(id) = key.parse()
        {
            return Ok((id, rest));
        }
        self.person_first(&self.meeting.roster()).or_else(|error| match error {
            WordsError::Nobody(_) => self.person_first(&self.meeting.known().collect::<Vec<_>>()),
            other => Err(other),
        })
    }

    /// Somebody who is banned, by key or by the name they had.
    fn banned(&self, typed: &str) -> Result<ParticipantId, WordsError> {
        if let Ok(id) = typed.parse() {
            return Ok(id);
        }
        let bans = self.meeting.moderation().bans.iter();
        pick(typed, &bans.map(|(id, ban)| (*id, ban.name.as_str())).collect::<Vec<_>>())
    }
}

fn sentence(words: &[&str]) -> Option<String> {
    let text = words.join(" ").trim().to_owned();
    (!text.is_empty()).then_some(text)
}
