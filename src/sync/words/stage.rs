//! The stage, its microphones, and roles.

use crate::meeting::{Command, Reach, Role};

use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn stage(&self) -> Read {
        Ok(Some(match self.word.verb {
            "invite" => Command::Invite { participant: self.person(&self.all()?)? },
            "accept" => self.bare(Command::Accept)?,
            "decline" => self.bare(Command::Decline)?,
            "step-up" => self.bare(Command::StepUp)?,
            "off-stage" => Command::OffStage { participant: self.person_or_me()? },
            "mute" => self.bare(Command::Mute)?,
            "unmute" => self.bare(Command::Unmute)?,
            "talk-to" => Command::TalkTo { reach: Reach::from_word(&self.all()?).ok_or(self.wrong())? },
            "role" => {
                let (name, role) = self.last()?;
                let role = Role::from_word(&role).ok_or(self.wrong())?;
                Command::SetRole { participant: self.person(&name)?, role }
            }
            _ => return Ok(None),
        }))
    }
}
