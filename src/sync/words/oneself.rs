//! What people do with themselves.

use crate::meeting::Command;

use super::reader::{Read, Reader};

impl Reader<'_> {
    pub(super) fn oneself(&self) -> Read {
        Ok(Some(match self.word.verb {
            "rename" => Command::Rename { name: self.all()? },
            "auto-open" => Command::AutoOpen { on: self.switch(self.rest)? },
            "leave" => self.bare(Command::Leave)?,
            _ => return Ok(None),
        }))
    }
}
