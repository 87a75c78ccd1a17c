//! Phases, the clock and the agenda.

use crate::meeting::{Command, Item, Millis};
use crate::sync::length::{parse_item, parse_length};

use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn conduct(&self) -> Read {
        let current = self.meeting.item().map(|i| i.id);
        Ok(Some(match self.word.verb {
            "start" => self.bare(Command::Start)?,
            "close" => self.bare(Command::Close)?,
            "end" => self.bare(Command::End)?,
            "extend" => Command::Extend { by: parse_length(&self.all()?).ok_or(self.wrong())? },
            "pause" => self.bare(Command::Pause)?,
            "resume" => self.bare(Command::Resume)?,
            "agenda" => match self.rest {
                ["next"] => Command::NextItem { current },
                ["back"] => Command::PreviousItem { current },
                ["add", what @ ..] => Command::AddItem { item: agenda_item(what).ok_or(self.wrong())? },
                _ => return Err(self.wrong()),
            },
            _ => return Ok(None),
        }))
    }
}

fn agenda_item(words: &[&str]) -> Option<Item> {
    let all = words.join(" ");
    if let Some(item) = parse_item(&all) {
        return Some(item);
    }
    let (length, title) = words.split_last()?;
    let length: Millis = parse_length(length)?;
    (!title.is_empty()).then(|| Item { title: title.join(" "), length })
}
