//! What can be set about a server.

use std::time::Duration;

use crate::meeting::ParticipantId;

/// What can be set about a server. Plain data: who reads files and flags fills it in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may open a room that does not exist; `None` is everybody.
    pub owners: Option<Vec<ParticipantId>>,
    /// Browser origins that may connect, beside the server's own host (`https://example.org`).
    pub origins: Vec<String>,
    /// Connections at once in all; one more is closed unanswered.
    pub max_connections: usize,
    /// Connections at once from one address; one more is closed unanswered.
    pub max_per_address: usize,
    /// Tells seats on shutdown that the server comes back (1012) rather than not (1001).
    pub restarts: bool,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For an HTTP request's head.
    pub header: Duration,
    /// From the challenge to the hello.
    pub hello: Duration,
    /// Between two pings of a seat.
    pub ping: Duration,
    /// Without a sign of life before a seat is dead.
    pub dead: Duration,
    /// That a participant without a link is kept.
    pub grace: Duration,
}

/// Fits what the sysctl defaults allow (file descriptors of a unit) and the goal of 10,000 listeners.
const MAX_CONNECTIONS: usize = 12_000;

/// A company or school behind one address fits; a single host cannot take the whole server.
const MAX_PER_ADDRESS: usize = 256;

impl Default for Settings {
    fn default() -> Self {
        Self {
            owners: None,
            origins: Vec::new(),
            max_connections: MAX_CONNECTIONS,
            max_per_address: MAX_PER_ADDRESS,
            restarts: false,
            timing: Timing::default(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            hello: Duration::from_secs(10),
            ping: Duration::from_secs(15),
            dead: Duration::from_secs(40),
            grace: Duration::from_secs(120),
        }
    }
}
