//! A code for sound from another machine.

use tokio::time::Instant;

use crate::wire::{ClientMessage, ServerMessage};

use super::mirror::{Incoming, Mirror, PATIENCE};
use super::{Desk, Trouble, print};

/// Asks for a code and prints what `palco audio` takes.
pub(super) async fn run<D: Desk>(desk: &D) -> Result<(), Trouble> {
    let mut mirror = Mirror::open(desk.dial(false).await?).await?;
    if mirror.me().is_none() {
        mirror.close().await;
        return Err(Trouble::refused("not-here", "join the meeting first, with the same key: palco join"));
    }
    mirror.send(ClientMessage::Pair)?;
    let deadline = Instant::now() + PATIENCE;
    let code = loop {
        if let Incoming::Other(Some(ServerMessage::Pairing { code, .. })) =
            mirror.next_before(deadline).await?
        {
            break code;
        }
    };
    mirror.close().await;
    let server = desk.server();
    let at = if server.is_empty() { "" } else { "@" };
    print(desk, &format!("{code}{at}{server}")).await
}
