//! What palco prints, and how it fails.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::console::ctl::{Kind, Trouble};

/// How palco ends when it fails; the numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Refused, or it did not work.
    Refused = 1,
    /// Wrong arguments or settings.
    Usage = 2,
    /// No connection to the server.
    NoConnection = 3,
}

/// Why palco ends: a sentence that says what to do, and a stable word for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) code: String,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn refused(code: impl Into<String>, text: impl ToString) -> Self {
        Self { status: Status::Refused, code: code.into(), text: text.to_string() }
    }

    pub(crate) fn usage(text: impl ToString) -> Self {
        Self { status: Status::Usage, code: "usage".into(), text: text.to_string() }
    }

    pub(crate) fn no_connection(text: impl ToString) -> Self {
        Self { status: Status::NoConnection, code: "no-connection".into(), text: text.to_string() }
    }

    /// Tells about it on standard error and gives the exit status.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        let text = if json {
            serde_json::json!({ "code": self.code, "text": self.text }).to_string()
        } else {
            format!("palco: {}", self.text)
        };
        complain(&text);
        ExitCode::from(self.status as u8)
    }
}

impl From<Trouble> for Failure {
    fn from(Trouble { kind, code, text }: Trouble) -> Self {
        let status = match kind {
            Kind::Refused => Status::Refused,
            Kind::Usage => Status::Usage,
            Kind::NoConnection => Status::NoConnection,
        };
        Self { status, code, text }
    }
}

impl From<Failure> for Trouble {
    fn from(Failure { status, code, text }: Failure) -> Self {
        let kind = match status {
            Status::Refused => Kind::Refused,
            Status::Usage => Kind::Usage,
            Status::NoConnection => Kind::NoConnection,
        };
        Self { kind, code, text }
    }
}

/// Prints a line at once.
///
/// # Errors
/// Standard output is closed or full: whoever read it is gone.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    if !line.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Prints a line and counts a reader who has gone away as content.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    match say(line) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure::refused("output", format!("standard output cannot be written ({e})"))),
        Ok(()) => Ok(()),
    }
}

/// Makes a file for what is written; one that is there stays as it is. Devices and pipes are written into.
pub(crate) fn create(path: &Path) -> Result<File, Failure> {
    let failed = |why: io::Error| {
        let text = format!("{} cannot be written ({why})", path.display());
        Failure::refused("output", text)
    };
    match File::create_new(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            if std::fs::metadata(path).map_err(failed)?.is_file() {
                let text =
                    format!("{} is there already; move it away, or choose another name", path.display());
                return Err(Failure::refused("output", text));
            }
            File::options().write(true).open(path).map_err(failed)
        }
        made => made.map_err(failed),
    }
}

/// JSON for people who read it too.
pub(crate) fn pretty(what: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(what).map_err(|e| Failure::refused("output", e))
}

/// Prints a line on standard error. Nobody can be told when that fails.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
