//! Phases, the clock and the agenda.

use crate::meeting::{Command, Item, Millis, Participation, Timestamp};
use crate::sync::length::{parse_item, parse_length, parse_moment};

use super::WordsError;
use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn conduct(&self) -> Read {
        let current = self.meeting.item().map(|i| i.id);
        Ok(Some(match self.word.verb {
            "mirror" => Command::SetMirror {
                open: match self.rest {
                    ["open"] => true,
                    ["host"] => false,
                    _ => return Err(self.wrong()),
                },
            },
            "participation" => Command::SetParticipation {
                policy: Participation::from_word(&self.all()?).ok_or(self.wrong())?,
            },
            "prepare" => self.bare(Command::Prepare)?,
            "open-at" => Command::PlanStart { at: self.moment()? },
            "start" => self.bare(Command::Start)?,
            "close" => self.bare(Command::Close)?,
            "end" => self.bare(Command::End)?,
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

    /// A moment to come; `None` for `off`.
    fn moment(&self) -> Result<Option<Timestamp>, WordsError> {
        let typed = self.all()?;
        if typed == "off" {
            return Ok(None);
        }
        let at = parse_moment(&typed, self.typist.now, self.typist.utc_offset_secs);
        at.map(Some).ok_or(self.wrong())
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
