//! `palco demo`: a staged meeting through the real server, real links, the real store and real Opus packets.

mod bot;
mod cast;
mod cohost;
mod director;
mod house;
mod mouth;
mod pace;
mod part;
mod scratch;
mod script;
mod turn;

pub(in crate::cli) use mouth::Mouth;
pub(in crate::cli) use scratch::Scratch;

#[cfg(test)]
mod tests;

use super::args::DemoArgs;
use super::context::Context;
use super::output::Failure;

/// Stages the meeting.
pub(super) async fn run(_context: &Context, _args: &DemoArgs) -> Result<(), Failure> {
    Err(Failure::refused("demo", "the demo cannot be staged yet"))
}
