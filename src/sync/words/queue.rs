//! Hands and turns.

use crate::meeting::{Command, HandKind, Order};

use super::WordsError;
use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn queue(&self) -> Read {
        let current = self.meeting.turn().map(|t| t.id);
        Ok(Some(match self.word.verb {
            "raise" => self.raise()?,
            "lower" => self.bare(Command::Lower)?,
            "support" => self.support()?,
            "next" => self.bare(Command::Next { current })?,
            "call" => Command::Call { hand: self.hand(&self.all()?)?, current },
            "done" | "not-there" | "interrupt" if !self.rest.is_empty() => return Err(self.wrong()),
            "done" => Command::Done { turn: current.ok_or(WordsError::NoTurn)? },
            "not-there" => Command::NotThere { turn: current.ok_or(WordsError::NoTurn)? },
            "interrupt" => Command::Interrupt { turn: current.ok_or(WordsError::NoTurn)? },
            "drop" => match self.hands()?.as_slice() {
                [] => return Err(self.wrong()),
                [one] => Command::Drop { hand: *one },
                several => Command::DropHands { hands: several.to_vec() },
            },
            "merge" => match self.hands()?.split_last() {
                Some((into, hands @ [_, ..])) => Command::Merge { hands: hands.to_vec(), into: *into },
                _ => return Err(self.wrong()),
            },
            "undo" => self.bare(Command::Restore)?,
            "move" => {
                let (hand, position) = self.last()?;
                let position = position.parse().map_err(|_| self.wrong())?;
                Command::Move { hand: self.hand(&hand)?, position }
            }
            "order" => Command::Reorder { order: Order::from_word(&self.all()?).ok_or(self.wrong())? },
            _ => return Ok(None),
        }))
    }

    fn raise(&self) -> Result<Command, WordsError> {
        let mut kind = HandKind::Question;
        let mut topic = Vec::new();
        let mut words = self.rest.iter();
        while let Some(&word) = words.next() {
            let named = match word.strip_prefix("--kind=") {
                Some(named) => named,
                None if word == "--kind" => words.next().ok_or(self.wrong())?,
                None => {
                    topic.push(word);
                    continue;
                }
            };
            kind = HandKind::from_word(named).ok_or(self.wrong())?;
        }
        let topic = topic.join(" ");
        if topic.trim().is_empty() {
            return Err(self.wrong());
        }
        Ok(Command::Raise { topic, kind })
    }

    fn support(&self) -> Result<Command, WordsError> {
        let (hand, on) = match self.rest {
            [hand @ .., "off"] if !hand.is_empty() => (hand, false),
            [hand @ .., "on"] if !hand.is_empty() => (hand, true),
            hand => (hand, true),
        };
        if hand.is_empty() {
            return Err(self.wrong());
        }
        Ok(Command::Support { hand: self.hand(&hand.join(" "))?, on })
    }
}
