//! One question to a room's door, and its answer.

use std::time::Duration;

use tokio::time::timeout;

use crate::cli::args::WhoArgs;
use crate::cli::context::Context;
use crate::cli::meet::{Connected, first_connection};
use crate::cli::output::Failure;
use crate::client::{LinkConfig, LinkEvent, RoomUrl};
use crate::wire::{ClientMessage, CommandId, DoorAsk, DoorState, Secret, ServerMessage};

/// How long the server may take: a passcode is hashed, and others may wait for it too.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asks as the one whose key it is, without taking a seat.
pub(super) async fn ask(
    context: &Context,
    who: &WhoArgs,
    url: &RoomUrl,
    ask: DoorAsk,
) -> Result<(DoorState, Option<Secret>), Failure> {
    let config = LinkConfig::new(url.clone(), context.identity(who)?);
    let mut connected = first_connection(config).await?;
    let id = CommandId(format!("door-{:016x}", rand::random::<u64>()));
    let sent = connected.link.send(ClientMessage::Door { id: id.clone(), ask }).await;
    sent.map_err(|e| Failure::refused("too-big", e))?;
    let late =
        || Failure::no_connection("no answer in time; look with `palco room ROOM` before you try again");
    let answer = timeout(PATIENCE, answer(&mut connected, &id)).await.unwrap_or_else(|_| Err(late()));
    connected.link.close();
    while connected.events.recv().await.is_some() {}
    answer
}

async fn answer(
    connected: &mut Connected,
    asked: &CommandId,
) -> Result<(DoorState, Option<Secret>), Failure> {
    loop {
        match connected.events.recv().await {
            Some(LinkEvent::Message(ServerMessage::Door { id, door, token })) if id == *asked => {
                return Ok((door, token));
            }
            Some(LinkEvent::Message(ServerMessage::Rejected { id, code, text })) if id == *asked => {
                return Err(Failure::refused(code, text));
            }
            Some(LinkEvent::Ended { code, text }) => return Err(Failure::refused(code, text)),
            Some(LinkEvent::Lost { why, .. }) => return Err(Failure::no_connection(why)),
            Some(_) => {}
            None => return Err(Failure::no_connection("the connection has ended")),
        }
    }
}
