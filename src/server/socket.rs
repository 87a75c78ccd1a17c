//! One websocket seat: a single task that reads, writes and keeps the time.
//!
//! Whatever waits is put into the socket's buffer and written at once: the kernel's part of a write costs more than all
//! of ours.

use std::os::fd::AsFd;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};

use crate::net::Backlog;
use crate::wire::{AudioMessage, Refusal, ServerMessage};

use super::handshake::lost;
use super::room::Outgoing;
use super::seat::{Seat, Told};

/// The largest part of a message that is sent in one piece: the socket's buffer keeps the size it once had, and there is
/// one for each seat.
const FRAGMENT: usize = 4 * 1024;

/// Messages gathered for one write: enough for a burst, few enough that packets between them are not late.
const WRITE_TOGETHER: usize = 32;

/// What waits so long in the kernel, beyond the way there and back, holds sound up: what comes then is not sent. A
/// listener may be 500 ms behind, and what is on the way is still to arrive.
const SOUND_PATIENCE: Duration = Duration::from_millis(300);

/// Why a seat is over; `None` is a link that died or was closed by the peer.
type Over = Option<Refusal>;

/// How a seat ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) why: Over,
    /// A message is half sent: only control frames may follow it.
    pub(super) within_message: bool,
}

struct Socket<'a, S> {
    ws: &'a mut WebSocketStream<S>,
    seat: Seat,
    backlog: Backlog,
    heard: Instant,
    within_message: bool,
}

/// Serves a seat until it is over.
pub(super) async fn run<S>(ws: &mut WebSocketStream<S>, seat: Seat) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin + AsFd,
{
    let backlog = Backlog::new(ws.get_ref(), SOUND_PATIENCE);
    let mut socket = Socket { ws, seat, backlog, heard: Instant::now(), within_message: false };
    let why = socket.serve().await.err().flatten();
    Ending { why, within_message: socket.within_message }
}

impl<S: AsyncRead + AsyncWrite + Unpin + AsFd> Socket<'_, S> {
    async fn serve(&mut self) -> Result<(), Over> {
        let timing = self.seat.shared().settings.timing;
        let mut pings = interval_at(Instant::now() + timing.ping, timing.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = self.ws.next(), if self.seat.is_free() => self.read(message).await?,
                told = self.seat.next() => match told.map_err(Some)? {
                    Told::Item(item) => self.write_items(item).await?,
                    Told::Packet(packet) => self.write_packets(packet).await?,
                    Told::Levels(levels) => self.put(Message::Text(levels)).await?,
                    Told::Free => continue,
                },
                _ = pings.tick() => {
                    let silent = self.heard.elapsed();
                    if silent > timing.dead {
                        return Err(None);
                    }
                    if silent >= timing.ping {
                        self.put(Message::Ping(Bytes::new())).await?;
                    }
                }
            }
            self.flush().await?;
        }
    }

    /// Writes what is gathered. A peer that takes nothing in for as long as a dead one is dead.
    async fn flush(&mut self) -> Result<(), Over> {
        let dead = self.seat.shared().settings.timing.dead;
        tokio::select! {
            biased;
            written = self.ws.flush() => written.map_err(|_| None),
            why = self.seat.ended() => Err(Some(why)),
            () = tokio::time::sleep(dead) => Err(None),
        }
    }

    async fn write_items(&mut self, first: Outgoing) -> Result<(), Over> {
        let mut item = Some(first);
        let mut count = 0;
        while let Some(some) = item {
            match some {
                Outgoing::Text(text) => self.write_text(text).await?,
                Outgoing::Events(events) => {
                    for some in events.chunks(WRITE_TOGETHER) {
                        for text in some {
                            self.write_text(text.clone()).await?;
                        }
                        self.flush().await?;
                    }
                }
                Outgoing::Close(why) => return Err(Some(why)),
            }
            count += 1;
            item = if count < WRITE_TOGETHER { self.seat.more_items() } else { None };
        }
        Ok(())
    }

    /// Puts a message into the socket's buffer; a large one goes out in fragments (RFC 6455 section 5.4).
    async fn write_text(&mut self, text: Utf8Bytes) -> Result<(), Over> {
        if text.len() <= FRAGMENT {
            return self.put(Message::Text(text)).await;
        }
        let mut rest = Bytes::from(text);
        let mut kind = Data::Text;
        self.within_message = true;
        while !rest.is_empty() {
            let part = rest.split_to(rest.len().min(FRAGMENT));
            let frame = Frame::message(part, OpCode::Data(kind), rest.is_empty());
            self.put(Message::Frame(frame)).await?;
            self.flush().await?;
            kind = Data::Continue;
        }
        self.within_message = false;
        Ok(())
    }

    async fn write_packets(&mut self, first: Bytes) -> Result<(), Over> {
        let mut next = Some(first);
        let mut count = 0;
        while let Some(packet) = next {
            if self.backlog.is_behind(self.ws.get_ref()) {
                self.seat.shared().metrics.dropped("congested", 1);
            } else {
                self.put(Message::Binary(packet)).await?;
            }
            count += 1;
            next = if count < WRITE_TOGETHER { self.seat.more_packets() } else { None };
        }
        Ok(())
    }

    async fn read(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Over> {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => match self.seat.read(&text).map_err(Some)? {
                Some(answer) => self.put(Message::Text(say(&answer))).await,
                None => Ok(()),
            },
            Some(Ok(Message::Binary(bytes))) => {
                let message = AudioMessage::decode(bytes)
                    .map_err(|error| Some(Refusal::BadMessage { why: error.to_string() }))?;
                match self.seat.speak(message) {
                    Some(echo) => self.write_packets(echo).await,
                    None => Ok(()),
                }
            }
            // The library answers pings and closes by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Err(error)) => Err(lost(&error)),
        }
    }

    /// Puts a message into the socket's buffer.
    async fn put(&mut self, message: Message) -> Result<(), Over> {
        self.backlog.before_write(self.ws.get_ref());
        self.ws.feed(message).await.map_err(|_| None)
    }
}

fn say(message: &ServerMessage) -> Utf8Bytes {
    serde_json::to_string(message).unwrap_or_default().into()
}
