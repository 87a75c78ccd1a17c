//! The round.

use crate::meeting::{Command, ParticipantId, ROUND_EACH, RoundOrder};
use crate::sync::length::parse_length;

use super::WordsError;
use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn round(&self) -> Read {
        if self.word.verb != "round" {
            return Ok(None);
        }
        Ok(Some(match self.rest {
            ["start", how @ ..] => self.start_round(how)?,
            ["done"] => {
                let round = self.meeting.round();
                Command::RoundDone { current: round.and_then(|r| r.speaker).map(|s| s.participant) }
            }
            ["pass", name @ ..] => Command::RoundPass { participant: self.named_or_me(name)? },
            ["skip", name @ ..] => Command::RoundSkip { participant: self.named_or_me(name)? },
            ["move", name @ .., position] if !name.is_empty() => {
                let position = position.parse().map_err(|_| self.wrong())?;
                Command::RoundMove { participant: self.person(&name.join(" "))?, position }
            }
            ["end"] => Command::EndRound,
            _ => return Err(self.wrong()),
        }))
    }

    /// An order, `each` with a length, `seed` with a number: each once at most, in this order or another.
    fn start_round(&self, how: &[&str]) -> Result<Command, WordsError> {
        let (mut order, mut each, mut seed) = (None, None, None);
        let mut words = how.iter();
        while let Some(word) = words.next() {
            let is_new = match *word {
                "each" => {
                    let length = words.next().and_then(|w| parse_length(w)).ok_or(self.wrong())?;
                    each.replace(length).is_none()
                }
                "seed" => {
                    let number = words.next().and_then(|w| w.parse().ok()).ok_or(self.wrong())?;
                    seed.replace(number).is_none()
                }
                word => order.replace(RoundOrder::from_word(word).ok_or(self.wrong())?).is_none(),
            };
            if !is_new {
                return Err(self.wrong());
            }
        }
        // A seed alone means an order by chance.
        let order = order.unwrap_or(if seed.is_some() { RoundOrder::Random } else { RoundOrder::Arrival });
        Ok(Command::StartRound { order, each: each.unwrap_or(ROUND_EACH), seed })
    }

    fn named_or_me(&self, name: &[&str]) -> Result<ParticipantId, WordsError> {
        match (name, self.typist.me) {
            ([], Some(me)) => Ok(me),
            ([], None) => Err(self.wrong()),
            (name, _) => self.person(&name.join(" ")),
        }
    }
}
