//! One websocket seat: a single task that reads, writes and keeps the time.
//!
//! Whatever waits is put into the socket's buffer and written at once: the kernel's part of a write costs more than all
//! of ours.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};

use crate::wire::{AudioMessage, Refusal, ServerMessage};

use super::handshake::lost;
use super::outlet::{Line, Outlet};
use super::room::Outgoing;
use super::seat::{Seat, Told};

/// The largest part of a message that is sent in one piece: the socket's buffer keeps the size it once had, and there is
/// one for each seat.
const FRAGMENT: usize = 4 * 1024;

/// Messages gathered for one write: enough for a burst, few enough that packets between them are not late.
const WRITE_TOGETHER: usize = 32;

/// Why a seat is over; `None` is a link that died or was closed by the peer.
type Over = Option<Refusal>;

/// How a seat ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) why: Over,
    /// A message is half sent: only control frames may follow it.
    pub(super) within_message: bool,
}

struct Socket<'a> {
    ws: &'a mut WebSocketStream<Line>,
    outlet: Arc<Outlet>,
    seat: Seat,
    heard: Instant,
    within_message: bool,
}

/// Serves a seat until it is over.
pub(super) async fn run(ws: &mut WebSocketStream<Line>, mut seat: Seat) -> Ending {
    let outlet = Arc::clone(ws.get_ref().outlet());
    seat.hear_by(&outlet);
    let mut socket = Socket { ws, outlet, seat, heard: Instant::now(), within_message: false };
    let why = socket.serve().await.err().flatten();
    // A close is the last that is written.
    socket.outlet.set_open(false);
    Ending { why, within_message: socket.within_message }
}

impl Socket<'_> {
    async fn serve(&mut self) -> Result<(), Over> {
        let timing = self.seat.shared().settings.timing;
        let mut pings = interval_at(Instant::now() + timing.ping, timing.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = self.ws.next(), if self.seat.is_free() => self.read(message).await?,
                told = self.seat.next() => match told.map_err(Some)? {
                    Told::Item(item) => {
                        self.write_items(item).await?;
                        // The welcome comes before any sound.
                        self.outlet.set_open(true);
                    }
                    Told::Packet(packet) => self.write_packet(packet).await?,
                    Told::Levels(levels) => self.put(Message::Text(levels)).await?,
                    Told::Free => continue,
                },
                () = self.outlet.stuck() => self.catch_up().await?,
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

    /// Writes what is gathered.
    async fn flush(&mut self) -> Result<(), Over> {
        patiently(self.ws.flush(), &mut self.seat).await
    }

    /// Writes what could not be written past this task.
    async fn catch_up(&mut self) -> Result<(), Over> {
        patiently(self.outlet.catch_up(), &mut self.seat).await
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
        self.set_within_message(true);
        while !rest.is_empty() {
            let part = rest.split_to(rest.len().min(FRAGMENT));
            let frame = Frame::message(part, OpCode::Data(kind), rest.is_empty());
            self.put(Message::Frame(frame)).await?;
            self.flush().await?;
            kind = Data::Continue;
        }
        self.set_within_message(false);
        Ok(())
    }

    fn set_within_message(&mut self, within: bool) {
        self.within_message = within;
        self.outlet.set_within_message(within);
    }

    async fn write_packet(&mut self, packet: Bytes) -> Result<(), Over> {
        if self.outlet.is_behind() {
            self.seat.shared().metrics.dropped("congested", 1);
            return Ok(());
        }
        self.put(Message::Binary(packet)).await
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
                    Some(echo) => self.write_packet(echo).await,
                    None => Ok(()),
                }
            }
            // The library answers pings and closes by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Err(error)) => Err(lost(&error)),
        }
    }

    /// Puts a message into the socket's buffer, which waits while the connection takes nothing.
    async fn put(&mut self, message: Message) -> Result<(), Over> {
        patiently(self.ws.feed(message), &mut self.seat).await
    }
}

/// Waits until something is written. A peer that takes nothing in for as long as a dead one is dead.
async fn patiently<E>(written: impl Future<Output = Result<(), E>>, seat: &mut Seat) -> Result<(), Over> {
    let dead = seat.shared().settings.timing.dead;
    tokio::select! {
        biased;
        written = written => written.map_err(|_| None),
        why = seat.ended() => Err(Some(why)),
        () = tokio::time::sleep(dead) => Err(None),
    }
}

fn say(message: &ServerMessage) -> Utf8Bytes {
    serde_json::to_string(message).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{pause, timeout};
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;
    use crate::meeting::ParticipantId;
    use crate::net::Stream;
    use crate::server::handshake::config;
    use crate::server::registry::Registry;
    use crate::server::shared::Shared;
    use crate::wire::{Hello, OpenRequest};

    /// Many times what the system holds for a peer that does not read.
    const MESSAGES: usize = 10_000;

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_dead_after_a_while() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_theirs, _) = listener.accept().await.unwrap();
        let shared = Shared::alone();
        let open = OpenRequest {
            title: "About nothing".into(),
            length: crate::meeting::Millis::from_mins(60),
            agenda: Vec::new(),
            participation: None,
            starts_at: None,
            terms: Default::default(),
        };
        let hello = Hello { room: "monday".into(), open: Some(open), ..Hello::default() };
        let (registry, who) = (Registry::default(), ParticipantId([1; 32]));
        let attached = registry.attach(who, &hello, Ipv4Addr::LOCALHOST.into(), &shared).await.unwrap();
        let line = Line::new(Outlet::new(Stream::Plain(ours), &shared));
        let outlet = Arc::clone(line.outlet());
        let mut ws = WebSocketStream::from_raw_socket(line, Role::Server, Some(config())).await;
        let (ws, seat) = (&mut ws, Seat::new(attached, &hello, &shared));
        let mut socket = Socket { ws, outlet, seat, heard: Instant::now(), within_message: false };
        let text = Utf8Bytes::from("x".repeat(FRAGMENT));
        pause();
        let filled = async {
            for _ in 0..MESSAGES {
                socket.put(Message::Text(text.clone())).await?;
            }
            Ok::<_, Over>(())
        };
        let dead = shared.settings.timing.dead;
        let over = timeout(dead + Duration::from_secs(1), filled).await;
        assert!(matches!(over, Ok(Err(None))), "{over:?}");
    }
}
