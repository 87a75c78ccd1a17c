//! `palco doctor`: what works here, what does not, and what to do about it.

mod echo;
mod link;
mod report;
mod sound;
mod terminal;

use std::io;

use super::args::DoctorArgs;
use super::context::Context;
use super::output::{Failure, print};

use report::{Verdict, json, lines};

/// Looks at sound, terminal and, with an address, the link; fails when something is bad.
pub(super) async fn run(context: &Context, args: &DoctorArgs) -> Result<(), Failure> {
    let mut checks = sound::look(context, &args.sound).await?;
    checks.extend(terminal::look().await);
    if let Some(url) = &args.url {
        checks.extend(link::look(context, &args.who, url).await);
    }
    if args.echo {
        checks.push(echo::run(context, args).await?);
    }
    print(&if args.json { json(&checks)? } else { lines(&checks) })?;
    match checks.iter().filter(|c| c.verdict == Verdict::Bad).count() {
        0 => Ok(()),
        bad => Err(Failure::refused("unwell", format!("{bad} of {} checks are bad", checks.len()))),
    }
}

/// Does what waits for a device on a thread of its own.
async fn on_a_thread<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(what).await.map_err(|e| Failure::refused("threads", io::Error::other(e)))
}
