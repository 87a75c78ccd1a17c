//! `palco bench`: the figures of this machine, measured against a server of its own on loopback. Never a test.

mod child;
mod delete;
mod floor;
mod forward;
mod hands;
mod kept;
mod keys;
mod machine;
mod mix;
mod play;
mod record;
mod report;
mod seat;
mod seats;
mod shell;
mod ssh;
mod stalled;
mod stats;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use report::Report;

use crate::meeting::MAX_HERE;

use super::output::{Failure, print};

/// The most seats: two sockets a seat stay below a shell's usual limit of open files after it was raised.
const MAX_SEATS: u32 = 5_000;

/// The most who speak at once: each has a quarter of the frame numbers.
const MAX_SPEAKERS: u32 = 4;

/// The most consoles over SSH, by the server's own limit, and one that comes late.
const MAX_CONSOLES: u32 = 499;

/// The most rounds and seconds: a bench that nobody waits for ends.
const MAX_ROUNDS: u32 = 10_000;

/// `palco bench`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct BenchArgs {
    /// What to measure
    #[command(subcommand)]
    what: What,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

/// What is measured.
#[derive(Clone, Debug, Subcommand)]
enum What {
    /// How long a raised hand takes to every other screen
    Hands {
        /// Seats in the room
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(2..=i64::from(MAX_SEATS)))]
        seats: u32,
        /// Hands raised
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_ROUNDS)))]
        rounds: u32,
    },
    /// How long a key takes to the screen while many wait, without a server
    Keys {
        /// People in the meeting
        #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(3..=MAX_HERE as i64))]
        people: u32,
        /// Hands that wait
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=MAX_HERE as i64 - 2))]
        hands: u32,
        /// How often each key is pressed
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_ROUNDS)))]
        rounds: u32,
    },
    /// What it costs to pass on speakers' packets, and the least that it can cost
    Forward {
        /// Who speaks at once
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SPEAKERS)))]
        speakers: u32,
        /// Who hears them
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SEATS)))]
        listeners: u32,
        /// For how many seconds
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
        secs: u32,
    },
    /// What it costs to mix three speakers for seats on all three rungs
    Mix {
        /// Seats in the room, of whom three speak
        #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(7..=i64::from(MAX_SEATS)))]
        seats: u32,
        /// For how many seconds
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
        secs: u32,
    },
    /// How long a recording takes to open and to seek, and how far the screen drifts from the sound
    Play {
        /// Its length in minutes
        #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=1_440))]
        mins: u32,
        /// How often it is jumped in
        #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_ROUNDS)))]
        seeks: u32,
        /// Make the recording in this directory and leave it there, as the meeting monday#1
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
    },
    /// How long rooms wait while a meeting is deleted out of a large database
    Delete {
        /// Meetings in it, 100 KiB each
        #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(3..=100_000))]
        meetings: u32,
    },
    /// What it costs to record three speakers, and how long the end of a meeting of 90 min takes
    Record {
        /// For how many seconds, without a recording and with one
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
        secs: u32,
        /// Keep each voice on a track of its own too
        #[arg(long)]
        tracks: bool,
    },
    /// What consoles over SSH cost the server, idle and while somebody speaks, and what those cost that stop reading
    Ssh {
        /// Consoles at once
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_CONSOLES)))]
        consoles: u32,
        /// For how many seconds each
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
        secs: u32,
        /// Columns of each terminal
        #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        columns: u32,
        /// Rows of each terminal
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        rows: u32,
    },
    /// What a room full of seats costs the server, idle and while somebody speaks
    Seats {
        /// Seats in the room
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SEATS)))]
        seats: u32,
        /// For how many seconds each
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
        secs: u32,
    },
}

/// Nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum BenchError {
    /// No server.
    #[error("the server to measure did not start: {0}")]
    Server(String),
    /// A file of the system.
    #[error("cannot read {what}: {cause}")]
    System {
        /// What was read.
        what: &'static str,
        /// The system's own words.
        cause: std::io::Error,
    },
    /// A seat did not come up.
    #[error("seat {seat} did not join within {secs} s; try fewer")]
    Join {
        /// Which.
        seat: u32,
        /// How long it was waited for.
        secs: u64,
    },
    /// The server refused a seat.
    #[error("seat {seat} was refused: {text}")]
    Refused {
        /// Which.
        seat: u32,
        /// The server's sentence.
        text: String,
    },
    /// A message did not come.
    #[error("{what} did not arrive within {secs} s")]
    Late {
        /// Which.
        what: &'static str,
        /// How long it was waited for.
        secs: u64,
    },
    /// No key or no encoder.
    #[error(transparent)]
    Own(Box<dyn std::error::Error + Send + Sync>),
}

/// Measures, and prints what came out.
pub(super) async fn run(args: &BenchArgs) -> Result<(), Failure> {
    let report = measure(&args.what).await.map_err(|e| Failure::refused("bench", e))?;
    print(&if args.json { report.json() } else { report.text() })
}

async fn measure(what: &What) -> Result<Report, BenchError> {
    match what.clone() {
        What::Hands { seats, rounds } => hands::run(seats, rounds).await,
        What::Keys { people, hands, rounds } => keys::run(people, hands.min(people - 2), rounds),
        What::Forward { speakers, listeners, secs } => forward::run(speakers, listeners, secs).await,
        What::Mix { seats, secs } => mix::run(seats, secs).await,
        What::Delete { meetings } => delete::run(meetings).await,
        What::Record { secs, tracks } => record::run(secs, tracks).await,
        What::Play { mins, seeks, keep } => play::run(mins, seeks, keep.as_deref()).await,
        What::Ssh { consoles, secs, columns, rows } => ssh::run(consoles, secs, (columns, rows)).await,
        What::Seats { seats, secs } => seats::run(seats, secs).await,
    }
}
