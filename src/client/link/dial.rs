//! One try at a connection: TCP, websocket, the server's challenge.

use std::time::Duration;

use futures_util::StreamExt as _;
use thiserror::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::client::{ReachError, RoomUrl, reach};
use crate::net::Stream;
use crate::wire::{CloseCode, MAX_CLIENT_MESSAGE, MAX_SERVER_MESSAGE, Nonce, SUBPROTOCOL, ServerMessage};

/// How long one try may take before it is given up; slow satellite links shake hands in under 3 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Read buffer in bytes: a message of sound or an event fits; snapshots are read in several goes.
const READ_BUFFER: usize = 16 * 1024;

pub(super) type Socket = WebSocketStream<Stream>;

/// A connection on which the server has said its challenge.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) socket: Socket,
    pub(super) nonce: Nonce,
}

/// Why there is no connection. The texts are sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum DialError {
    /// The server is not reached, or is another one.
    #[error(transparent)]
    Unreached(#[from] ReachError),
    /// The server wants TLS.
    #[error(
        "the server at {at} takes unencrypted links from its own network alone; write wss:// in place of ws://, with the pin that whoever runs it can tell (`#pin=` after the room's name), or have it started with --tls"
    )]
    NeedsTls {
        /// Host and port.
        at: String,
    },
    /// It took too long.
    #[error("no answer from {at} within {} s; check the address and the network", PATIENCE.as_secs())]
    Slow {
        /// Host and port.
        at: String,
    },
    /// Something else than palco answers.
    #[error("what answers at {at} is not a palco server ({what}); check the address and the port")]
    NotPalco {
        /// Host and port.
        at: String,
        /// What it said.
        what: String,
    },
    /// The server is there and busy.
    #[error("the server at {at} takes no more connections now (status {status})")]
    Busy {
        /// Host and port.
        at: String,
        /// HTTP status.
        status: u16,
    },
    /// The server said why it does not go on.
    #[error("{0}")]
    Closed(Farewell),
    /// The connection broke.
    #[error("the connection broke ({0})")]
    Broken(String),
}

impl DialError {
    /// Whether somebody else answers in the server's place, or the server is another one: no waiting helps, and the person
    /// has to know.
    pub(super) fn is_another(&self) -> bool {
        use ReachError::{Impostor, PinChanged, WrongPin};
        matches!(self, Self::Unreached(Impostor { .. } | PinChanged { .. } | WrongPin { .. }))
    }

    /// The stable word for programs.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Unreached(why) => why.code(),
            Self::NeedsTls { .. } => "needs-tls",
            Self::Slow { .. } => "no-answer",
            Self::NotPalco { .. } => "not-palco",
            Self::Busy { .. } => "no-seat",
            Self::Closed(farewell) => &farewell.code,
            Self::Broken(_) => "broken",
        }
    }
}

/// How a server ended a connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
pub(super) struct Farewell {
    /// Stable word.
    pub(super) code: String,
    /// Sentence.
    pub(super) text: String,
    /// The websocket close code, if it is a known one.
    pub(super) close: Option<CloseCode>,
}

impl Farewell {
    /// Puts together the last `refused` message, if there was one, and the close.
    pub(super) fn new(refused: Option<(String, String)>, frame: Option<&CloseFrame>) -> Self {
        let close = frame.and_then(|f| CloseCode::from_number(f.code.into()));
        let (code, text) = refused.unwrap_or_else(|| {
            let said = frame.map(|f| f.reason.to_string()).filter(|r| !r.is_empty());
            let (code, default) = words(close);
            (code.to_owned(), said.unwrap_or_else(|| default.to_owned()))
        });
        Self { code, text, close }
    }

    /// Whether the client should try again by itself. A server that went away may come back: so says nothing against
    /// trying.
    pub(super) fn invites_back(&self) -> bool {
        self.close.is_none_or(|c| c.invites_back() || c == CloseCode::GoingAway)
    }
}

/// Words for a close without any.
fn words(close: Option<CloseCode>) -> (&'static str, &'static str) {
    match close {
        Some(CloseCode::Normal) => ("closed", "the server closed the connection"),
        Some(CloseCode::GoingAway) => ("going-away", "the server is going away"),
        Some(CloseCode::Policy) => ("refused", "the server refuses this connection"),
        Some(CloseCode::TooBig) => ("too-big", "a message was too large for the server"),
        Some(CloseCode::Internal) => ("internal", "the server failed"),
        Some(CloseCode::Restart) => ("restart", "the server restarts"),
        Some(CloseCode::TryAgain) => ("try-again", "the server asks to come back later"),
        None => ("lost", "the connection was lost"),
    }
}

/// Connects, shakes hands and waits for the challenge.
pub(super) async fn dial(url: &RoomUrl) -> Result<Dialled, DialError> {
    let at = url.authority();
    match tokio::time::timeout(PATIENCE, dial_patiently(url, &at)).await {
        Ok(result) => result,
        Err(_) => Err(DialError::Slow { at }),
    }
}

async fn dial_patiently(url: &RoomUrl, at: &str) -> Result<Dialled, DialError> {
    let stream = reach(url).await?;
    let not_palco = |e: tungstenite::Error| shake_hands_failed(at, e);
    let mut request = url.to_string().into_client_request().map_err(not_palco)?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let (mut socket, _) =
        client_async_with_config(request, stream, Some(limits())).await.map_err(not_palco)?;
    let nonce = challenge(&mut socket, at).await?;
    Ok(Dialled { socket, nonce })
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * MAX_CLIENT_MESSAGE)
        .max_message_size(Some(MAX_SERVER_MESSAGE))
        .max_frame_size(Some(MAX_SERVER_MESSAGE))
}

fn shake_hands_failed(at: &str, error: tungstenite::Error) -> DialError {
    let at = at.to_owned();
    match error {
        tungstenite::Error::Http(response) => match response.status().as_u16() {
            426 if response.headers().contains_key(UPGRADE) => DialError::NeedsTls { at },
            status @ (429 | 503) => DialError::Busy { at, status },
            status => DialError::NotPalco { at, what: format!("it answers with status {status}") },
        },
        tungstenite::Error::Io(e) => DialError::Broken(e.to_string()),
        other => DialError::NotPalco { at, what: other.to_string() },
    }
}

async fn challenge(socket: &mut Socket, at: &str) -> Result<Nonce, DialError> {
    let mut refused = None;
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => match crate::wire::read_server(&text) {
                Ok(ServerMessage::Challenge { nonce, .. }) => return Ok(nonce),
                Ok(ServerMessage::Refused { code, text }) => refused = Some((code, text)),
                Ok(_) => {}
                Err(e) => return Err(DialError::NotPalco { at: at.into(), what: e.to_string() }),
            },
            Some(Ok(Message::Close(frame))) => {
                return Err(DialError::Closed(Farewell::new(refused, frame.as_ref())));
            }
            Some(Ok(_)) => {}
            Some(Err(e)) => return Err(DialError::Broken(e.to_string())),
            None => return Err(DialError::Closed(Farewell::new(refused, None))),
        }
    }
}
