//! Standard error kept off the terminal: libraries print there, and sound libraries do it often.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::stdio::{dup2_stderr, stderr};
use rustix::termios::isatty;

/// Standard error goes elsewhere while this lives.
#[derive(Debug)]
pub struct Aside {
    before: OwnedFd,
}

impl Aside {
    /// Sends standard error to `log`; `None` when it is no terminal, so that somebody has sent it somewhere on purpose.
    ///
    /// # Errors
    /// The system refuses.
    pub fn begin(log: &File) -> io::Result<Option<Self>> {
        if !isatty(stderr()) {
            return Ok(None);
        }
        let before = rustix::io::fcntl_dupfd_cloexec(stderr(), 3)?;
        dup2_stderr(log)?;
        Ok(Some(Self { before }))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // there is nowhere left to say that it failed
        let _ = dup2_stderr(&self.before);
    }
}
