//! The recording.

use crate::meeting::{Command, RecordPolicy};

use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn recording(&self) -> Read {
        Ok(Some(match self.word.verb {
            "record" => match self.rest {
                ["start"] => Command::StartRecording { without_host: false },
                ["start", "alone"] => Command::StartRecording { without_host: true },
                ["pause"] => Command::PauseRecording,
                ["resume"] => Command::ResumeRecording,
                ["stop"] => Command::StopRecording,
                [word] => {
                    Command::SetRecordPolicy { policy: RecordPolicy::from_word(word).ok_or(self.wrong())? }
                }
                _ => return Err(self.wrong()),
            },
            "strike" => self.bare(Command::Strike)?,
            "off-record" | "on-record" => {
                let on = self.word.verb == "off-record";
                let participant = if self.rest == ["all"] { None } else { Some(self.person_or_me()?) };
                Command::OffRecord { participant, on }
            }
            "consent" => {
                let yes = match self.rest {
                    ["yes"] => true,
                    ["no"] => false,
                    _ => return Err(self.wrong()),
                };
                Command::Consent { yes, text: super::CONSENT_TEXT.to_owned() }
            }
            _ => return Ok(None),
        }))
    }
}
