//! The link's task: connection after connection.

use std::time::Duration;

use tokio::time::Instant;

use crate::meeting::Millis;
use crate::sync::Backoff;
use crate::wire::CloseCode;

use super::dial::{DialError, Dialled, Farewell};
use super::dialler::{Dialler, Progress};
use super::hello::{Memory, introduce};
use super::session::{Outcome, Session, closing};
use super::{Ends, LinkConfig, LinkEvent};

/// A connection that lasted this long was a good one: the next is dialled at once.
const GOOD: Duration = Duration::from_secs(5);

/// How long to wait when the server is full or finds this client too slow.
const LATER: Duration = Duration::from_secs(2);

/// Says that the link is done: by the program, or with an event that says why.
struct Done;

/// Connects and serves until the link ends.
pub(super) async fn run(config: LinkConfig, ends: Ends) {
    let mut link =
        Supervisor { config, ends, memory: Memory::default(), backoff: Backoff::new(), wait: Duration::ZERO };
    let mut dialled = None;
    while let Ok(next) = link.connection(dialled).await {
        dialled = next;
    }
}

struct Supervisor {
    config: LinkConfig,
    ends: Ends,
    memory: Memory,
    backoff: Backoff,
    /// How long to wait before dialling: not at all after a good connection, longer and longer after short ones.
    wait: Duration,
}

impl Supervisor {
    /// Serves one connection. Answers with the one that has taken its place, if there is one already.
    async fn connection(&mut self, dialled: Option<Box<Dialled>>) -> Result<Option<Box<Dialled>>, Done> {
        let dialled = match dialled {
            Some(dialled) => dialled,
            None => self.dial().await?,
        };
        let feed = *self.ends.feed.borrow_and_update();
        let introduced =
            meanwhile(&mut self.ends, introduce(*dialled, &self.config, feed, &self.memory)).await?;
        let began = Instant::now();
        let outcome = match introduced {
            Ok((socket, welcome)) => {
                Session::new(&self.config.url, &mut self.ends, &mut self.memory, socket).run(welcome).await
            }
            Err(DialError::Closed(farewell)) => Outcome::Farewell(farewell),
            Err(error) => Outcome::Lost("broken", error.to_string()),
        };
        self.wait = self.wait_after(began.elapsed());
        match outcome {
            Outcome::Closed => Err(Done),
            Outcome::Replaced(dialled) => Ok(Some(dialled)),
            Outcome::Lost(code, why) => {
                let (code, retry_in) = (code.to_owned(), self.wait.into());
                self.tell(LinkEvent::Lost { code, why, retry_in }).await
            }
            Outcome::Farewell(farewell) => self.farewell(farewell).await,
        }
    }

    async fn farewell(&mut self, farewell: Farewell) -> Result<Option<Box<Dialled>>, Done> {
        let back = farewell.invites_back();
        tracing::info!(code = farewell.code, text = farewell.text, back, "the server said goodbye");
        let Farewell { code, text, close } = farewell;
        if !back {
            self.tell(LinkEvent::Ended { code, text }).await?;
            return Err(Done);
        }
        if close == Some(CloseCode::TryAgain) {
            self.wait = self.wait.max(LATER);
        }
        self.tell(LinkEvent::Lost { code, why: text, retry_in: self.wait.into() }).await
    }

    fn wait_after(&mut self, lasted: Duration) -> Duration {
        if lasted >= GOOD {
            self.backoff.reset();
            return Duration::ZERO;
        }
        self.backoff.next(rand::random()).into()
    }

    /// Dials until somebody answers. What the program sends meanwhile is thrown away.
    async fn dial(&mut self) -> Result<Box<Dialled>, Done> {
        let mut dialler = Dialler::new(self.config.url.clone(), self.wait);
        loop {
            let progress = meanwhile(&mut self.ends, dialler.progress()).await?;
            match progress {
                Progress::Trying(attempt) => self.tell(LinkEvent::Connecting { attempt }).await?,
                Progress::Failed(error, _) if error.is_another() => {
                    let (code, text) = (error.code().to_owned(), error.to_string());
                    self.tell(LinkEvent::Ended { code, text }).await?;
                    return Err(Done);
                }
                Progress::Failed(error, retry_in) => {
                    tracing::debug!(%error, "dialling failed");
                    let retry_in = Millis::from(retry_in);
                    let code = error.code().to_owned();
                    self.tell(LinkEvent::Lost { code, why: error.to_string(), retry_in }).await?
                }
                Progress::Through(dialled) => return Ok(dialled),
            };
        }
    }

    async fn tell(&mut self, event: LinkEvent) -> Result<Option<Box<Dialled>>, Done> {
        self.ends.events.send(event).await.map_err(|_| Done)?;
        Ok(None)
    }
}

/// Waits for something while there is no connection: empties the queues and heeds the program's closing.
async fn meanwhile<T>(ends: &mut Ends, what: impl Future<Output = T>) -> Result<T, Done> {
    tokio::pin!(what);
    let Ends { outgoing, sound, closing: told, events, .. } = ends;
    loop {
        tokio::select! {
            biased;
            () = closing(told) => return Err(Done),
            () = events.closed() => return Err(Done),
            result = &mut what => return Ok(result),
            text = outgoing.recv() => if text.is_none() { return Err(Done) },
            Some(_) = sound.recv() => {}
        }
    }
}
