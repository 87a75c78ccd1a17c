//! A code for sound from another machine.

use tokio::time::Instant;

use crate::cli::context::Context;
use crate::cli::output::{Failure, print};
use crate::wire::{ClientMessage, ServerMessage};

use super::CtlArgs;
use super::mirror::{Incoming, Mirror, PATIENCE};

/// Asks for a code and prints what `palco audio` takes.
pub(super) async fn run(context: &Context, args: &CtlArgs) -> Result<(), Failure> {
    let mut mirror = Mirror::open(context, args, None).await?;
    if mirror.me().is_none() {
        mirror.close().await;
        return Err(Failure::refused("not-here", "join the meeting first, with the same key: palco join"));
    }
    mirror.send(ClientMessage::Pair).await?;
    let deadline = Instant::now() + PATIENCE;
    let code = loop {
        if let Incoming::Other(Some(ServerMessage::Pairing { code, .. })) =
            mirror.next_before(deadline).await?
        {
            break code;
        }
    };
    mirror.close().await;
    print(&format!("{code}@{}", args.url.server_to_share()))
}
