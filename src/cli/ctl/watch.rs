//! Printing events as they happen.

use std::io::ErrorKind;

use crate::cli::context::Context;
use crate::cli::output::{Failure, complain, say};
use crate::cli::place::told_to_stop;

use super::CtlArgs;
use super::mirror::{Incoming, Mirror};

/// Prints one event a line until told to stop, or until nobody reads.
pub(super) async fn run(context: &Context, args: &CtlArgs) -> Result<(), Failure> {
    let stop = told_to_stop();
    tokio::pin!(stop);
    let mut mirror = Mirror::open(context, args, None).await?;
    let mut silent = false;
    loop {
        let incoming = tokio::select! {
            () = &mut stop => break,
            incoming = mirror.next() => incoming?,
        };
        match incoming {
            Incoming::Events(events) => {
                silent = false;
                for event in events {
                    let line = serde_json::to_string(&event).map_err(|e| Failure::refused("output", e))?;
                    match say(&line) {
                        Err(e) if e.kind() == ErrorKind::BrokenPipe => return Ok(()),
                        Err(e) => {
                            return Err(Failure::refused(
                                "output",
                                format!("standard output cannot be written ({e})"),
                            ));
                        }
                        Ok(()) => {}
                    }
                }
            }
            Incoming::Lost(why) if !silent => {
                silent = true;
                complain(&format!("palco: {why}; trying again"));
            }
            Incoming::State | Incoming::Lost(_) | Incoming::Other(_) => {}
        }
    }
    mirror.close().await;
    Ok(())
}
