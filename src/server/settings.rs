//! What can be set about a server.

use std::time::Duration;

use crate::library::Making;
use crate::meeting::ParticipantId;
use crate::minutes::Form;

use super::{Hook, Tls};

/// What can be set about a server. Plain data: who reads files and flags fills it in.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Who may open a room that does not exist; `None` is everybody.
    pub owners: Option<Vec<ParticipantId>>,
    /// Browser origins that may connect, beside the server's own host (`https://example.org`).
    pub origins: Vec<String>,
    /// Tells seats on shutdown that the server comes back (1012) rather than not (1001).
    pub restarts: bool,
    /// For how many days a room keeps its meetings that says nothing of it; 0 is for good.
    pub keep_days: u32,
    /// The certificate; without one there is no TLS.
    pub tls: Option<Tls>,
    /// Whose connections may go without TLS.
    pub plain: Plain,
    /// How much may be.
    pub limits: Limits,
    /// How long things may take.
    pub timing: Timing,
    /// How minutes are written when a meeting has ended.
    pub minutes: Minutes,
    /// Who is told when a meeting is over and everything of it is written.
    pub hook: Option<Hook>,
}

/// How minutes are written when a meeting has ended.
#[derive(Clone, Debug)]
pub struct Minutes {
    /// Their template.
    pub form: Form,
    /// The address that everybody reaches the server under, for links: `https://meet.example.org`.
    pub server: Option<String>,
    /// How far the clocks of the place are ahead of universal time just then, in seconds. It may block.
    pub utc_offset_secs: fn() -> i32,
}

impl Minutes {
    /// How the folder of a meeting is made now. It may block.
    pub fn making(&self) -> Making {
        let Self { form, server, utc_offset_secs } = self;
        Making { form: form.clone(), offset_secs: utc_offset_secs(), server: server.clone() }
    }
}

impl Default for Minutes {
    fn default() -> Self {
        Self { form: Form::english(), server: None, utc_offset_secs: || 0 }
    }
}

/// Whose connections may go without TLS. The others are told what to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// Nobody's.
    Nobody,
    /// Those of this machine and of networks that are not the open internet (see [`is_near`](crate::net::is_near)): a
    /// proxy that ends TLS, a home, an office, a VPN.
    #[default]
    Near,
    /// Everybody's.
    Everybody,
}

/// How much may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once in all; one more is closed unanswered.
    pub connections: usize,
    /// Connections at once from one address; one more is closed unanswered.
    pub per_address: usize,
    /// Seats at once of one participant in a room; one more is refused.
    pub per_participant: usize,
    /// Commands a second of one participant, on average; more are rejected with `too-fast`.
    pub commands_per_second: u32,
    /// Commands of one participant at once.
    pub command_burst: u32,
    /// Messages that wait for a seat to read; one more and the seat is closed with 1013, to resume with the tail.
    pub seat_queue: usize,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For a TLS handshake, and for an HTTP request's head.
    pub header: Duration,
    /// From the challenge to the hello.
    pub hello: Duration,
    /// Without a sign of life before a seat is pinged, and between two pings.
    pub ping: Duration,
    /// Without a sign of life before a seat is dead.
    pub dead: Duration,
    /// That a participant without a link is kept.
    pub grace: Duration,
    /// Without taking anything before a listener over HTTP is gone.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The goal of 10,000 listeners and room for scripts.
            connections: 12_000,
            // A company or school behind one address fits; one machine cannot take the whole server.
            per_address: 256,
            // A console, an audio leg, some scripts, and the dead links of a bad day.
            per_participant: 16,
            // Nobody types faster; a script that walks the queue still gets through.
            commands_per_second: 20,
            command_burst: 40,
            // Some 30 s of a lively meeting.
            seat_queue: 256,
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            hello: Duration::from_secs(10),
            // Our own clients say something as often, and then no ping goes out.
            ping: Duration::from_secs(5),
            // Three pings; a host who is cut off without a word is replaced within the minute.
            dead: Duration::from_secs(15),
            grace: Duration::from_secs(120),
            // A player that pauses for a word at the door is still there.
            unread: Duration::from_secs(30),
        }
    }
}
