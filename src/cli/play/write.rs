//! A recording's sound into a file or a pipe.

use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::Path;

use crate::cli::output::{Failure, create};
use crate::meeting::Millis;
use crate::playback::{Format, Loaded, copy};

/// Writes the sound from a position on.
pub(super) fn run(mut loaded: Loaded, at: Millis, to: &Path) -> Result<(), Failure> {
    let format = match to.extension() {
        Some(end) if end.eq_ignore_ascii_case("wav") => Format::Wav,
        _ => Format::Opus,
    };
    if at > Millis::ZERO {
        loaded.reel.seek(at).map_err(|e| Failure::refused("recording", e))?;
    }
    let title = loaded.name.clone();
    let mut out = open(to)?;
    written(copy(loaded.reel, format, rand::random(), &title, &mut out))
}

/// Opens a file, or standard output for `-`.
pub(super) fn open(to: &Path) -> Result<Box<dyn Write>, Failure> {
    if to == Path::new("-") {
        if io::stdout().is_terminal() {
            let text = "this is no text for a terminal; write `palco play … -o - | mpv -`, or -o FILE";
            return Err(Failure::usage(text));
        }
        return Ok(Box::new(io::stdout().lock()));
    }
    Ok(Box::new(io::BufWriter::new(create(to)?)))
}

/// A reader who has gone away is content.
pub(super) fn written(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::refused("output", format!("it cannot be written ({e})")))
        }
        _ => Ok(()),
    }
}
