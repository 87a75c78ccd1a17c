//! More time: proposals and votes, borrowed minutes, the hard limit.

use crate::meeting::{Command, Millis, PUSH, ProposalId};
use crate::sync::length::parse_length;

use super::WordsError;
use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn more_time(&self) -> Read {
        Ok(Some(match self.word.verb {
            "extend" => Command::Extend { by: self.length()? },
            "push" if self.rest.is_empty() => Command::PushLimit { by: PUSH },
            "push" => Command::PushLimit { by: self.length()? },
            "propose" => Command::ProposeExtension { by: self.length()? },
            "vote" => {
                let yes = match self.rest {
                    ["yes"] => true,
                    ["no"] => false,
                    _ => return Err(self.wrong()),
                };
                Command::Vote { proposal: self.proposal()?, yes }
            }
            "dismiss" if self.rest.is_empty() => Command::DismissProposal { proposal: self.proposal()? },
            "borrow" => {
                let by = self.length()?;
                let current = self.meeting.item().ok_or(WordsError::NoItem)?.id;
                Command::Borrow { current, by }
            }
            "dismiss" => return Err(self.wrong()),
            _ => return Ok(None),
        }))
    }

    fn length(&self) -> Result<Millis, WordsError> {
        parse_length(&self.all()?).ok_or(self.wrong())
    }

    fn proposal(&self) -> Result<ProposalId, WordsError> {
        self.meeting.proposal().map(|open| open.id).ok_or(WordsError::NoProposal)
    }
}
