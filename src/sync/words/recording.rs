//! The recording.

use crate::meeting::{Command, RecordPolicy};

use super::WordsError;
use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn recording(&self) -> Read {
        Ok(Some(match self.word.verb {
            "record" => match self.rest {
                ["start", how @ ..] => self.starts(how)?,
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
                let tracks = self.meeting.recording().asks_for_tracks();
                let text = if tracks { super::CONSENT_TRACKS } else { super::CONSENT_TEXT };
                Command::Consent { yes, text: text.to_owned(), tracks }
            }
            _ => return Ok(None),
        }))
    }

    /// How a recording starts.
    fn starts(&self, how: &[&str]) -> Result<Command, WordsError> {
        let (mut without_host, mut tracks) = (false, false);
        for word in how {
            match *word {
                "alone" => without_host = true,
                "tracks" => tracks = true,
                _ => return Err(self.wrong()),
            }
        }
        Ok(Command::StartRecording { without_host, tracks })
    }
}
