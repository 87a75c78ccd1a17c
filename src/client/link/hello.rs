//! The answer to the challenge: who this is, what it wants, which seat it takes up again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;

use crate::meeting::Seq;
use crate::wire::{ClientMessage, Feed, Hello, Nonce, Resume, ServerMessage, statement};

use super::LinkConfig;
use super::dial::{DialError, Dialled, Farewell, PATIENCE, Socket};

/// What a link remembers from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    meeting: Option<String>,
    token: Option<String>,
    seq: Seq,
}

impl Memory {
    /// Learns from what the server says.
    pub(super) fn learn(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Welcome { meeting, resume, .. } => {
                if self.meeting.as_ref() != Some(meeting) {
                    self.seq = Seq(0);
                }
                self.meeting = Some(meeting.clone());
                self.token = Some(resume.clone());
            }
            ServerMessage::Snapshot { meeting } => self.seq = meeting.seq(),
            ServerMessage::Event(recorded) => self.seq = self.seq.max(recorded.seq),
            _ => {}
        }
    }

    fn hello(&self, config: &LinkConfig, feed: Feed, nonce: &Nonce) -> Hello {
        let room = config.url.room();
        let signature = config.identity.sign(&statement(nonce, room));
        Hello {
            room: room.to_owned(),
            key: config.identity.public_line().to_owned(),
            signature: STANDARD.encode(signature),
            client: concat!("palco ", env!("CARGO_PKG_VERSION")).to_owned(),
            join: config.join.clone(),
            open: config.open.clone().filter(|_| self.meeting.is_none()),
            resume: self.token.clone().map(|token| Resume { token, seq: self.seq }),
            passcode: config.url.passcode().cloned(),
            invite: config.url.invite().cloned(),
            pair: config.pair.as_ref().map(|code| code.secret().to_owned()),
            feed,
            signals: config.signals,
        }
    }
}

/// Says hello, wanting `feed`, and waits for the welcome.
pub(super) async fn introduce(
    dialled: Dialled,
    config: &LinkConfig,
    feed: Feed,
    memory: &Memory,
) -> Result<(Socket, ServerMessage), DialError> {
    let Dialled { mut socket, nonce } = dialled;
    let hello = ClientMessage::Hello(Box::new(memory.hello(config, feed, &nonce)));
    let text = serde_json::to_string(&hello).map_err(|e| DialError::Broken(e.to_string()))?;
    let talk = async {
        socket.send(Message::text(text)).await.map_err(|e| DialError::Broken(e.to_string()))?;
        let welcome = welcome(&mut socket).await?;
        Ok((socket, welcome))
    };
    match tokio::time::timeout(PATIENCE, talk).await {
        Ok(result) => result,
        Err(_) => Err(DialError::Slow { at: config.url.authority() }),
    }
}

async fn welcome(socket: &mut Socket) -> Result<ServerMessage, DialError> {
    let mut refused = None;
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => match crate::wire::read_server(&text) {
                Ok(welcome @ ServerMessage::Welcome { .. }) => return Ok(welcome),
                Ok(ServerMessage::Refused { code, text }) => refused = Some((code, text)),
                Ok(_) => {}
                Err(e) => return Err(DialError::Broken(e.to_string())),
            },
            Some(Ok(Message::Close(frame))) => {
                return Err(DialError::Closed(Farewell::new(refused, frame.as_ref())));
            }
            Some(Ok(_)) => {}
            Some(Err(e)) => return Err(broken(refused, &e)),
            None => return Err(DialError::Closed(Farewell::new(refused, None))),
        }
    }
}

/// A refusal counts even when the close after it got lost.
fn broken(refused: Option<(String, String)>, error: &tokio_tungstenite::tungstenite::Error) -> DialError {
    match refused {
        Some(_) => DialError::Closed(Farewell::new(refused, None)),
        None => DialError::Broken(error.to_string()),
    }
}
