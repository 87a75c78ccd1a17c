//! A seat for sound alone: its link, its mirror of the meeting, and its one line.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{Link, LinkConfig, LinkEvent, now};
use crate::meeting::Command;
use crate::sync::{Received, Replica};
use crate::tui::{Language, Strip, fitted};
use crate::wire::{ClientMessage, CommandId, ServerMessage};

use super::meet::{Connected, first_connection};
use super::output::{Failure, complain};

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// Between two drawings of the line.
const DRAW_EVERY: Duration = Duration::from_millis(250);

/// Columns of the line where the terminal does not say how many it has.
const COLUMNS: usize = 80;

/// The link and what is known through it.
pub(super) struct Leg {
    pub(super) link: Link,
    pub(super) replica: Replica,
    events: mpsc::Receiver<LinkEvent>,
    /// Why there is no connection.
    lost: Option<String>,
}

/// What came in and is not only kept.
pub(super) enum Incoming {
    /// Sound, or the link is up again.
    Event(LinkEvent),
    /// The meeting changed.
    Changed,
    /// Nothing to do.
    Nothing,
}

impl Leg {
    /// Joins.
    pub(super) async fn join(config: LinkConfig) -> Result<Self, Failure> {
        let Connected { link, events } = first_connection(config).await?;
        Ok(Self { link, events, replica: Replica::new(), lost: None })
    }

    /// Waits for what comes next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// Takes in what came.
    ///
    /// # Errors
    /// The server does not want this seat back.
    pub(super) async fn take(&mut self, event: Option<LinkEvent>) -> Result<Incoming, Failure> {
        match event {
            None => Err(Failure::no_connection("the connection has ended; join again")),
            Some(LinkEvent::Ended { code, text }) => Err(Failure::refused(code, text)),
            Some(LinkEvent::Lost { why, .. }) => {
                self.lost = Some(why);
                Ok(Incoming::Changed)
            }
            Some(LinkEvent::Connected) => {
                self.lost = None;
                Ok(Incoming::Event(LinkEvent::Connected))
            }
            Some(LinkEvent::Message(message)) => self.message(&message).await,
            Some(LinkEvent::Connecting { .. }) => Ok(Incoming::Nothing),
            Some(other) => Ok(Incoming::Event(other)),
        }
    }

    async fn message(&mut self, message: &ServerMessage) -> Result<Incoming, Failure> {
        match self.replica.receive(message, now()) {
            Received::Nothing => Ok(Incoming::Nothing),
            Received::Changed(_) | Received::Reset => Ok(Incoming::Changed),
            Received::Gap => {
                // A link that has ended says so by itself.
                let _ = self.link.send(ClientMessage::Resync).await;
                Ok(Incoming::Nothing)
            }
        }
    }

    /// Asks the meeting for something; what comes of it is seen in the meeting.
    pub(super) async fn ask(&self, command: Command) {
        let id = CommandId(format!("leg-{:016x}", rand::random::<u64>()));
        // As above.
        let _ = self.link.send(ClientMessage::Command { id, command }).await;
    }

    /// Leaves the meeting, unless the person has another seat there, and waits a moment for the server to hear of it.
    pub(super) async fn leave(self) {
        let seats = self.replica.me().map_or(0, |me| me.seats().len());
        if seats <= 1 && self.lost.is_none() {
            self.ask(Command::Leave).await;
        } else {
            self.link.close();
        }
        self.gone().await;
    }

    /// Closes this seat alone; the person stays in the meeting.
    pub(super) async fn close(self) {
        self.link.close();
        self.gone().await;
    }

    async fn gone(mut self) {
        let gone = async { while self.next().await.is_some() {} };
        if timeout(GOODBYE, gone).await.is_err() {
            self.link.close();
        }
    }

    /// The meeting as the line tells it.
    pub(super) fn strip(&self, language: Language) -> Strip<'_> {
        Strip { language, meeting: self.replica.meeting(), now: self.replica.server_now(now()) }
    }

    /// Why there is no connection, while there is none.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// What the line is while there is no connection.
    pub(super) fn lost(&self, language: Language) -> Option<String> {
        self.lost.as_ref().map(|why| self.strip(language).lost(why))
    }
}

/// The one line on standard error: drawn again and again on a terminal, elsewhere a line when something changes.
pub(super) struct Line {
    quiet: bool,
    drawn: bool,
    terminal: bool,
    last: String,
    at: Option<Instant>,
}

impl Line {
    /// None when `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, drawn: false, terminal: io::stderr().is_terminal(), last: String::new(), at: None }
    }

    /// Whether it is time to draw it again.
    pub(super) fn is_due(&self) -> bool {
        !self.quiet && self.at.is_none_or(|at| at.elapsed() >= DRAW_EVERY)
    }

    /// Shows how things stand; only on a terminal, where it takes no new line each time.
    pub(super) fn show(&mut self, line: &str) {
        self.at = Some(Instant::now());
        if self.quiet || !self.terminal {
            return;
        }
        let line = fitted(line, columns().saturating_sub(1));
        if line != self.last {
            // Nobody can be told when that fails.
            let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
            (self.last, self.drawn) = (line, true);
        }
    }

    /// Says something once, wherever standard error goes.
    pub(super) fn say(&mut self, line: &str) {
        if self.quiet {
            return;
        }
        self.end();
        complain(&fitted(line, usize::MAX));
    }

    /// Says how things stand where [`show`](Self::show) does not: a line for each change.
    pub(super) fn note(&mut self, line: &str) {
        if !self.terminal {
            self.say(line);
        }
    }

    /// Leaves the line as it is and goes below it.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.drawn) {
            complain("");
            self.last.clear();
        }
    }
}

fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stderr());
    size.map(|s| usize::from(s.ws_col)).ok().filter(|n| *n > 0).unwrap_or(COLUMNS)
}
