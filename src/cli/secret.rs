//! Secrets from the environment, or asked for at the terminal; never from the arguments, which every user of the machine
//! can read.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::client::INVITE;
use crate::wire::{MAX_SECRET, Secret};

use super::output::{Failure, complain};

/// Where a room's passcode is looked for.
const PASSCODE_ENV: &str = "PALCO_PASSCODE";

/// Where an invite's token is looked for.
pub(crate) const INVITE_ENV: &str = "PALCO_INVITE";

/// The passcode that the environment has.
pub(crate) fn passcode() -> Option<Secret> {
    std::env::var(PASSCODE_ENV).ok().as_deref().and_then(Secret::new)
}

/// The invite's token that the environment has.
pub(crate) fn invite() -> Option<Secret> {
    std::env::var(INVITE_ENV).ok().as_deref().and_then(Secret::new)
}

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Takes an invite out of the arguments: palco is started anew in its own place, with the token in the environment.
/// Returns when there is none.
///
/// # Errors
/// It cannot be started anew.
pub(crate) fn hide_invite() -> Result<(), Failure> {
    let mut token = None;
    let args: Vec<OsString> =
        std::env::args_os().skip(1).map(|arg| without_invite(arg, &mut token)).collect();
    let Some(token) = token else {
        return Ok(());
    };
    let own = std::env::current_exe().map_err(|e| Failure::refused("invite", e))?;
    let error = Command::new(own).args(args).env(INVITE_ENV, token).exec();
    Err(Failure::refused("invite", format!("palco cannot start itself anew to hide the invite ({error})")))
}

/// An argument without the invite in its fragment, which goes to `token`.
fn without_invite(arg: OsString, token: &mut Option<OsString>) -> OsString {
    let bytes = arg.as_bytes();
    let Some(at) = bytes.iter().position(|b| *b == b'#') else {
        return arg;
    };
    let (place, fragment) = (&bytes[..at], &bytes[at + 1..]);
    let (invites, others): (Vec<_>, Vec<_>) =
        fragment.split(|b| *b == b'&').partition(|part| part.starts_with(INVITE.as_bytes()));
    let Some(found) = invites.first().filter(|_| place.contains(&b'/')) else {
        return arg;
    };
    *token = Some(OsString::from_vec(found[INVITE.len()..].to_vec()));
    let rest = others.join(&b'&');
    let mut kept = place.to_vec();
    if !rest.is_empty() {
        kept.push(b'#');
        kept.extend(rest);
    }
    OsString::from_vec(kept)
}

/// Asks for a secret without showing it; `None` when it is not given, or nobody can be asked.
pub(crate) async fn ask(question: &'static str) -> Option<Secret> {
    if !can_ask() {
        return None;
    }
    tokio::task::spawn_blocking(move || {
        let _quiet = Quiet::begin()?;
        let mut err = io::stderr().lock();
        write!(err, "{question}").and_then(|()| err.flush()).ok()?;
        let line = read_line();
        complain("");
        Secret::new(&String::from_utf8(line?).ok()?)
    })
    .await
    .ok()
    .flatten()
}

/// A terminal that shows nothing of what is typed and passes on every key; as it was when it is dropped.
pub(crate) struct Quiet(Termios);

impl Quiet {
    pub(crate) fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut quiet = before.clone();
        // Ctrl-C comes as a key: it has to give the terminal back.
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // The terminal may be gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// A line from the terminal, key by key; `None` when it is given up.
fn read_line() -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let mut stdin = io::stdin().lock();
    let mut key = [0];
    loop {
        stdin.read_exact(&mut key).ok()?;
        match key[0] {
            b'\r' | b'\n' => return Some(line),
            // Ctrl-C, Ctrl-D, Ctrl-Z.
            3 | 4 | 26 => return None,
            8 | 127 => {
                let text = String::from_utf8_lossy(&line);
                let kept = text.char_indices().next_back().map_or(0, |(at, _)| at);
                line.truncate(kept);
            }
            // Ctrl-U.
            21 => line.clear(),
            byte if line.len() < MAX_SECRET => line.push(byte),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_is_taken_out_of_an_address_and_of_nothing_else() {
        let taken = |arg: &str| {
            let mut token = None;
            let kept = without_invite(arg.into(), &mut token);
            (kept.into_string().unwrap(), token.map(|t| t.into_string().unwrap()))
        };
        let same = |arg: &str| assert_eq!(taken(arg), (arg.to_owned(), None), "{arg}");
        same("wss://h/r#pin=sha256:AB");
        same("wss://h/r");
        same("#invite=1");
        let out = |kept: &str, token: &str| (kept.to_owned(), Some(token.to_owned()));
        assert_eq!(taken("ws://h/r#invite=AB-_"), out("ws://h/r", "AB-_"));
        assert_eq!(taken("wss://h/r#pin=x&invite=AB"), out("wss://h/r#pin=x", "AB"));
        assert_eq!(taken("h/r#invite=AB&pin=x"), out("h/r#pin=x", "AB"));
    }
}
