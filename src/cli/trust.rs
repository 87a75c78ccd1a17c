//! Whether a server is the one that it was, or that a person says it is.

use std::io::{self, BufRead as _, Write as _};
use std::time::Duration;

use tokio::time::timeout;

use crate::client::{KnownServers, ReachError, RoomUrl, reach};
use crate::net::Pin;

use super::context::Context;
use super::output::{Failure, complain};
use super::secret;

/// For one handshake with a server that is met for the first time: slow satellite links shake hands in under 3 s.
const PATIENCE: Duration = Duration::from_secs(10);

impl Context {
    /// The servers that one has been to.
    pub(crate) fn known(&self) -> KnownServers {
        KnownServers::new(&self.paths.known_servers())
    }

    /// The address with what is known of its server, and with what the environment has for its door. A server that is met
    /// for the first time with a pin is reached once, and noted; one without a pin that nobody vouches for only when the
    /// person at the terminal says so.
    pub(crate) async fn trusted(&self, url: &RoomUrl) -> Result<RoomUrl, Failure> {
        let mut url = self.trusted_server(url).await?;
        if let (None, Some(token)) = (url.invite(), secret::invite()) {
            url = url.with_invite(token);
        }
        Ok(match secret::passcode() {
            Some(passcode) => url.with_passcode(passcode),
            None => url,
        })
    }

    async fn trusted_server(&self, url: &RoomUrl) -> Result<RoomUrl, Failure> {
        if !url.is_tls() {
            return Ok(url.clone());
        }
        let known = self.known();
        let before = known.pin(url).map_err(|e| unreadable(&known, &e))?;
        match (url.pin(), before) {
            (Some(pin), Some(before)) if pin == before => Ok(url.clone()),
            (Some(pin), before) => {
                meet(url).await.map_err(unreached)?;
                if let Some(before) = before {
                    let at = url.authority();
                    complain(&format!(
                        "palco: the server at {at} is another one than before, as the join line says: its pin was {before}"
                    ));
                }
                keep(&known, url, pin);
                Ok(url.clone())
            }
            (None, Some(before)) => Ok(url.clone().with_known(before)),
            (None, None) if secret::can_ask() => self.introduced(url, &known).await,
            (None, None) => Ok(url.clone()),
        }
    }

    /// Notes a server of one's own, for the list of rooms.
    pub(crate) fn keep_own(&self, url: &RoomUrl) {
        if let Some(pin) = url.pin() {
            keep(&self.known(), url, pin);
        }
    }

    /// Meets a server that nothing is known of, with a person who may vouch for it.
    async fn introduced(&self, url: &RoomUrl, known: &KnownServers) -> Result<RoomUrl, Failure> {
        match meet(url).await {
            Ok(()) => Ok(url.clone()),
            Err(ReachError::Untrusted { at, found, why }) => {
                complain(&format!(
                    "Nothing vouches for the server at {at}: {why}.\nIts pin is {found}.\nAsk whoever runs it whether that is right; anybody on the way could show you another."
                ));
                if !is_yes("Is it the right pin? [y/N] ").await {
                    return Err(Failure::refused(
                        "untrusted",
                        "not joined; ask for the join line with the pin",
                    ));
                }
                keep(known, url, found);
                Ok(url.clone().with_known(found))
            }
            Err(other) => Err(unreached(other)),
        }
    }
}

/// Shakes hands and hangs up.
async fn meet(url: &RoomUrl) -> Result<(), ReachError> {
    let slow = || ReachError::Broken { at: url.authority(), cause: "no answer in time".to_owned() };
    timeout(PATIENCE, reach(url)).await.map_err(|_| slow())?.map(drop)
}

fn unreached(why: ReachError) -> Failure {
    match why {
        ReachError::Unreachable { .. } | ReachError::Broken { .. } => Failure::no_connection(why),
        other => Failure::refused(other.code(), other),
    }
}

fn unreadable(known: &KnownServers, error: &io::Error) -> Failure {
    let file = known.file().display();
    Failure::refused(
        "known-servers",
        format!("the known servers in {file} cannot be read ({error}); mend the file"),
    )
}

/// Notes a server. That it cannot be noted stops nobody: the pin holds for now.
fn keep(known: &KnownServers, url: &RoomUrl, pin: Pin) {
    if let Err(error) = known.keep(url, pin) {
        let file = known.file().display();
        complain(&format!("palco: the server is not noted in {file} ({error}): it will be new again"));
    }
}

/// Asks the person at the terminal.
async fn is_yes(question: &'static str) -> bool {
    let asked = tokio::task::spawn_blocking(move || {
        let mut err = io::stderr().lock();
        write!(err, "{question}").and_then(|()| err.flush()).ok()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).ok()?;
        Some(answer)
    });
    let answer = asked.await.ok().flatten().unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "s" | "sì" | "si")
}
