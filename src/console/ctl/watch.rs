//! Printing events as they happen.

use super::mirror::{Incoming, Mirror};
use super::{Desk, Trouble};

/// Prints one event a line until told to stop, or until nobody reads.
pub(super) async fn run<D: Desk>(desk: &D) -> Result<(), Trouble> {
    let mut stop = std::pin::pin!(desk.stopped());
    let mut mirror = Mirror::open(desk.dial(false).await?).await?;
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
                    let line = serde_json::to_string(&event).map_err(|e| Trouble::refused("output", e))?;
                    if !desk.print(&line).await? {
                        return Ok(());
                    }
                }
            }
            Incoming::Lost(why) if !silent => {
                silent = true;
                desk.complain(&format!("palco: {why}; trying again")).await;
            }
            Incoming::State | Incoming::Lost(_) | Incoming::Other(_) => {}
        }
    }
    mirror.close().await;
    Ok(())
}
