//! From an upgraded connection to a seat: challenge, hello, proof, welcome.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::RngCore as _;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, error::CapacityError};
use tracing::{debug, info};

use crate::meeting::ParticipantId;
use crate::wire::{ClientMessage, MAX_CLIENT_MESSAGE, Nonce, Refusal, ServerMessage, read_client, verify};

use super::Rooms;
use super::outlet::Line;
use super::seat::Seat;
use super::shared::PROGRAM;
use super::socket::{self, Ending};

/// Bytes read from a socket at once: commands and packets are small, and a buffer of this size is kept for each seat.
const READ_BUFFER: usize = 2 * 1024;

/// Bytes gathered before a write is forced: a burst of packets fits.
const WRITE_BUFFER: usize = 4 * 1024;

/// The most that waits for a socket: 32 of the largest audio messages gathered for one write, and texts between them. A
/// socket that is full gets nothing more, so that this is never reached in a usual meeting.
const MAX_WRITE_BUFFER: usize = 4 * 1024 * 1024;

/// For a close to reach somebody who reads slowly.
const CLOSE_GRACE: Duration = Duration::from_secs(10);

/// The longest reason that fits a close frame (RFC 6455 section 5.5).
const MAX_REASON: usize = 123;

/// Limits of a websocket.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_CLIENT_MESSAGE))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE))
}

/// 256 random bits in base64 for addresses: an invite's token.
pub(super) fn token() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// 256 random bits in base64: a challenge, or a token.
pub(super) fn secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    STANDARD.encode(bytes)
}

/// Serves one websocket of the room `room` until it ends.
pub(super) async fn serve(mut ws: WebSocketStream<Line>, room: String, from: IpAddr, rooms: Rooms) {
    let ending = match Box::pin(greet(&mut ws, &room, from, &rooms)).await {
        Ok(Some((who, seat))) => {
            let ending = socket::run(&mut ws, seat).await;
            let code = ending.why.as_ref().map_or("link-lost", Refusal::code);
            info!(room, %who, code, "a seat is left");
            ending
        }
        Ok(None) => return,
        Err(why) => {
            debug!(room, code = why.code(), "a seat is refused");
            Ending { why: Some(why), within_message: false }
        }
    };
    if let Some(why) = &ending.why {
        // The link may have died meanwhile, and a peer that does not read is not waited for.
        let _ = timeout(CLOSE_GRACE, close(&mut ws, why, ending.within_message)).await;
    }
}

/// Challenge to welcome; `None` when the peer goes away before.
async fn greet(
    ws: &mut WebSocketStream<Line>,
    room: &str,
    from: IpAddr,
    rooms: &Rooms,
) -> Result<Option<(ParticipantId, Seat)>, Refusal> {
    let shared = &rooms.shared;
    let nonce = Nonce(secret());
    let challenge =
        ServerMessage::Challenge { nonce: nonce.clone(), server: PROGRAM.into(), now: shared.wall.now() };
    if send(ws, &challenge).await.is_err() {
        return Ok(None);
    }
    let patience = shared.settings.timing.hello;
    let first = tokio::select! {
        first = timeout(patience, first_message(ws)) => {
            first.map_err(|_| Refusal::HelloLate { secs: patience.as_secs() })??
        }
        () = shared.stopped() => return Err(shared.farewell()),
    };
    let Some(first) = first else {
        return Ok(None);
    };
    let ClientMessage::Hello(hello) = first else {
        return Err(Refusal::BadMessage { why: "the first message has to be a hello".into() });
    };
    if hello.room != room {
        return Err(Refusal::BadMessage { why: "the hello names another room than the address".into() });
    }
    let who = verify(&hello, &nonce)?;
    Ok(Some((who, rooms.seat(who, &hello, from).await?)))
}

async fn first_message(ws: &mut WebSocketStream<Line>) -> Result<Option<ClientMessage>, Refusal> {
    loop {
        match ws.next().await {
            Some(Ok(Message::Text(text))) => {
                return read_client(&text).map(Some).map_err(|e| Refusal::BadMessage { why: e.to_string() });
            }
            Some(Ok(Message::Binary(_))) => {
                return Err(Refusal::BadMessage { why: "the first message has to be a hello".into() });
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Ok(None),
            Some(Err(error)) => return lost(&error).map_or(Ok(None), Err),
        }
    }
}

/// What a failed read tells: a refusal when it is the client's doing, `None` when the link is gone.
pub(super) fn lost(error: &Error) -> Option<Refusal> {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            Some(Refusal::TooBig { limit: MAX_CLIENT_MESSAGE })
        }
        Error::Utf8(_) => Some(Refusal::BadMessage { why: "a text message is not UTF-8".into() }),
        _ => None,
    }
}

async fn send(ws: &mut WebSocketStream<Line>, message: &ServerMessage) -> Result<(), Error> {
    let text = serde_json::to_string(message).unwrap_or_default();
    ws.send(Message::text(text)).await
}

/// Says why, closes, and waits for the peer to do the same, so that what was sent is read before the socket goes.
async fn close(ws: &mut WebSocketStream<Line>, why: &Refusal, within_message: bool) -> Result<(), Error> {
    if !within_message {
        send(ws, &why.message()).await?;
    }
    let frame = CloseFrame { code: why.close_code().number().into(), reason: reason(why).into() };
    ws.close(Some(frame)).await?;
    while let Some(Ok(_)) = ws.next().await {}
    Ok(())
}

/// The sentence, cut at a character to what fits a close frame.
fn reason(why: &Refusal) -> String {
    let mut text = why.to_string();
    text.truncate(text.floor_char_boundary(MAX_REASON));
    text
}
