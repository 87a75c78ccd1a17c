//! One websocket seat: a single task that reads, writes and keeps the time.
//!
//! Whatever waits is put into the socket's buffer and written at once: the kernel's part of a write costs more than all
//! of ours.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};

use crate::meeting::{ParticipantId, Reach};
use crate::wire::{
    AudioMessage, BAD_COMMAND, BadMessage, ClientMessage, Feed, Hello, Refusal, ServerMessage, read_client,
};

use super::handshake::lost;
use super::room::{Attached, MixFeed, MixedMessage, Outgoing, Packet, Request, Spoken};
use super::shared::Shared;

/// A packet that waited longer is not sent any more: the listener is to hear now, not then.
const PACKET_DEADLINE: Duration = Duration::from_millis(400);

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

struct Seat<'a> {
    who: ParticipantId,
    attached: Attached,
    feed: Feed,
    packets: Option<broadcast::Receiver<Packet>>,
    mix: Option<MixFeed>,
    signals: bool,
    /// The levels that it was told last.
    signalled: Utf8Bytes,
    /// A request that the room has no space for yet; nothing is read meanwhile.
    waiting: Option<Request>,
    heard: Instant,
    within_message: bool,
    shared: &'a Shared,
}

/// Serves a seat until it is over.
pub(super) async fn run<S>(
    ws: &mut WebSocketStream<S>,
    (who, attached): (ParticipantId, Attached),
    hello: &Hello,
    shared: &Shared,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut seat = Seat {
        who,
        attached,
        feed: Feed::None,
        packets: None,
        mix: None,
        signals: hello.signals,
        signalled: Utf8Bytes::default(),
        waiting: None,
        heard: Instant::now(),
        within_message: false,
        shared,
    };
    seat.tune(hello.feed);
    let why = seat.serve(ws).await.err().flatten();
    Ending { why, within_message: seat.within_message }
}

impl Seat<'_> {
    async fn serve<S>(&mut self, ws: &mut WebSocketStream<S>) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let every = self.shared.settings.timing.ping;
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let requests = self.attached.requests.clone();
        loop {
            tokio::select! {
                message = ws.next(), if self.waiting.is_none() => self.read(ws, message).await?,
                item = self.attached.out.recv() => self.write_items(ws, item).await?,
                packet = next(&mut self.packets) => self.write_packets(ws, packet).await?,
                mixed = next_mixed(&mut self.mix) => self.write_mixed(ws, mixed).await?,
                changed = self.attached.hearing.changed(), if self.mix.is_some() => match changed {
                    Ok(()) => {
                        self.listen();
                        continue;
                    }
                    // The room is gone, and says so by `out`.
                    Err(_) => self.mix = None,
                },
                changed = self.attached.levels.changed(), if self.signals => {
                    // The room is gone when this fails, and says so by `out`.
                    self.signals = changed.is_ok();
                    if let Some(levels) = self.levels() {
                        put(ws, Message::Text(levels)).await?;
                    }
                }
                permit = requests.reserve(), if self.waiting.is_some() => {
                    if let (Ok(permit), Some(request)) = (permit, self.waiting.take()) {
                        permit.send(request);
                    }
                    continue;
                }
                _ = pings.tick() => {
                    let silent = self.heard.elapsed();
                    if silent > self.shared.settings.timing.dead {
                        return Err(None);
                    }
                    if silent >= every {
                        put(ws, Message::Ping(Bytes::new())).await?;
                    }
                }
                why = ended(&mut self.attached.end) => return Err(Some(why)),
            }
            self.flush(ws).await?;
        }
    }

    /// Writes what is gathered. A peer that takes nothing in for as long as a dead one is dead.
    async fn flush<S>(&mut self, ws: &mut WebSocketStream<S>) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let dead = self.shared.settings.timing.dead;
        tokio::select! {
            biased;
            written = ws.flush() => written.map_err(|_| None),
            why = ended(&mut self.attached.end) => Err(Some(why)),
            () = tokio::time::sleep(dead) => Err(None),
        }
    }

    async fn write_items<S>(
        &mut self,
        ws: &mut WebSocketStream<S>,
        first: Option<Outgoing>,
    ) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut item = first.or(Some(Outgoing::Close(Refusal::Internal)));
        let mut count = 0;
        while let Some(some) = item {
            match some {
                Outgoing::Text(text) => self.write_text(ws, text).await?,
                Outgoing::Events(events) => {
                    for some in events.chunks(WRITE_TOGETHER) {
                        for text in some {
                            self.write_text(ws, text.clone()).await?;
                        }
                        self.flush(ws).await?;
                    }
                }
                Outgoing::Close(why) => return Err(Some(why)),
            }
            count += 1;
            item = if count < WRITE_TOGETHER { self.attached.out.try_recv().ok() } else { None };
        }
        Ok(())
    }

    /// Puts a message into the socket's buffer; a large one goes out in fragments (RFC 6455 section 5.4).
    async fn write_text<S>(&mut self, ws: &mut WebSocketStream<S>, text: Utf8Bytes) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if text.len() <= FRAGMENT {
            return put(ws, Message::Text(text)).await;
        }
        let mut rest = Bytes::from(text);
        let mut kind = Data::Text;
        self.within_message = true;
        while !rest.is_empty() {
            let part = rest.split_to(rest.len().min(FRAGMENT));
            let frame = Frame::message(part, OpCode::Data(kind), rest.is_empty());
            put(ws, Message::Frame(frame)).await?;
            self.flush(ws).await?;
            kind = Data::Continue;
        }
        self.within_message = false;
        Ok(())
    }

    async fn write_packets<S>(
        &mut self,
        ws: &mut WebSocketStream<S>,
        first: Result<Packet, broadcast::error::RecvError>,
    ) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut next = match first {
            Ok(packet) => Some(packet),
            Err(broadcast::error::RecvError::Lagged(lost)) => {
                self.shared.metrics.dropped("slow-listener", lost);
                None
            }
            Err(broadcast::error::RecvError::Closed) => {
                self.packets = None;
                None
            }
        };
        let mut count = 0;
        while let Some(packet) = next {
            self.write_packet(ws, packet).await?;
            count += 1;
            next = match &mut self.packets {
                Some(packets) if count < WRITE_TOGETHER => packets.try_recv().ok(),
                _ => None,
            };
        }
        Ok(())
    }

    async fn write_mixed<S>(
        &mut self,
        ws: &mut WebSocketStream<S>,
        mixed: Result<MixedMessage, broadcast::error::RecvError>,
    ) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let metrics = &self.shared.metrics;
        match mixed {
            Ok(message) if message.at.elapsed() > PACKET_DEADLINE => metrics.dropped("late", message.packets),
            Ok(message) => {
                let Some(bytes) = message.of(self.who) else { return Ok(()) };
                metrics.packets_out.inc_by(message.packets);
                return put(ws, Message::Binary(bytes.clone())).await;
            }
            Err(broadcast::error::RecvError::Lagged(lost)) => metrics.dropped("slow-listener", lost),
            Err(broadcast::error::RecvError::Closed) => self.mix = None,
        }
        Ok(())
    }

    /// The levels that this seat may know of, when they are others than it was told last.
    fn levels(&mut self) -> Option<Utf8Bytes> {
        let hearing = self.attached.hearing.borrow();
        let levels = self.attached.levels.borrow_and_update().text_for(self.who, &hearing).clone();
        (self.signalled != levels).then(|| {
            self.signalled = levels.clone();
            levels
        })
    }

    /// Whether this seat was among those reached when it was said, and still is.
    fn may_hear(&self, packet: &Packet) -> bool {
        packet.hearing.has(self.who, packet.reach)
            && self.attached.hearing.borrow().has(self.who, packet.reach)
    }

    async fn write_packet<S>(&mut self, ws: &mut WebSocketStream<S>, packet: Packet) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if packet.from == self.who {
            return Ok(());
        }
        let is_for_all = packet.reach == Reach::Everybody;
        if is_for_all && self.mix.is_some() || !is_for_all && !self.may_hear(&packet) {
            return Ok(());
        }
        if packet.at.elapsed() > PACKET_DEADLINE {
            self.shared.metrics.dropped("late", packet.records);
            return Ok(());
        }
        self.shared.metrics.packets_out.inc_by(packet.records);
        put(ws, Message::Binary(packet.bytes)).await
    }

    async fn read<S>(
        &mut self,
        ws: &mut WebSocketStream<S>,
        message: Option<Result<Message, Error>>,
    ) -> Result<(), Over>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => match self.understand(&text)? {
                Some(answer) => put(ws, Message::Text(answer)).await,
                None => Ok(()),
            },
            Some(Ok(Message::Binary(bytes))) => self.speak(bytes),
            // The library answers pings and closes by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(None),
            Some(Err(error)) => Err(lost(&error)),
        }
    }

    /// Does what a message says, or passes it on to the room; answers what needs no room.
    fn understand(&mut self, text: &Utf8Bytes) -> Result<Option<Utf8Bytes>, Over> {
        let conn = self.attached.conn;
        match read_client(text) {
            Ok(ClientMessage::Command { id, command }) => {
                self.ask(Request::Command { conn, id, command });
                Ok(None)
            }
            Ok(ClientMessage::Resync) => {
                self.ask(Request::Resync { conn });
                Ok(None)
            }
            Ok(ClientMessage::Feed { feed }) => {
                self.tune(feed);
                Ok(None)
            }
            Ok(ClientMessage::Ping { sent }) => {
                Ok(Some(say(&ServerMessage::Pong { sent, now: self.shared.wall.now() })))
            }
            Ok(ClientMessage::Hello(_)) => {
                Err(Some(Refusal::BadMessage { why: "the hello was said already".into() }))
            }
            Err(BadMessage::Command { id, why }) => {
                self.shared.metrics.rejected(BAD_COMMAND);
                let text = BadMessage::Command { id: id.clone(), why }.to_string();
                Ok(Some(say(&ServerMessage::Rejected { id, code: BAD_COMMAND.into(), text })))
            }
            Err(error) => Err(Some(Refusal::BadMessage { why: error.to_string() })),
        }
    }

    fn ask(&mut self, request: Request) {
        if let Err(mpsc::error::TrySendError::Full(request)) = self.attached.requests.try_send(request) {
            self.waiting = Some(request);
        }
    }

    fn tune(&mut self, feed: Feed) {
        self.feed = feed;
        self.mix = match (feed, self.mix.take()) {
            (Feed::Mix(rung), Some(mix)) if mix.rung == rung => Some(mix),
            (Feed::Mix(rung), _) => Some(self.attached.mix.feed(self.who, rung)),
            _ => None,
        };
        self.listen();
    }

    /// Listens to single packets where that is needed: with a mix only for what is not said to everybody, so that those
    /// who may hear that hear it too, and all others are not woken for each packet.
    fn listen(&mut self) {
        let wanted = match self.feed {
            Feed::None => false,
            Feed::Forward => true,
            Feed::Mix(_) => self.attached.hearing.borrow_and_update().is_inside(self.who),
        };
        self.packets =
            wanted.then(|| self.packets.take().unwrap_or_else(|| self.attached.packets.subscribe()));
    }

    fn speak(&mut self, bytes: Bytes) -> Result<(), Over> {
        let message = AudioMessage::decode(bytes)
            .map_err(|error| Some(Refusal::BadMessage { why: error.to_string() }))?;
        let spoken = Spoken { conn: self.attached.conn, who: self.who, at: Instant::now(), message };
        if let Err(mpsc::error::TrySendError::Full(late)) = self.attached.spoken.try_send(spoken) {
            self.shared.metrics.dropped("busy-room", late.message.records.len() as u64);
        }
        Ok(())
    }
}

/// Why the room ends the seat at once. When the room has let go of this end, its last word is in the seat's queue.
async fn ended(end: &mut Option<oneshot::Receiver<Refusal>>) -> Refusal {
    if let Some(waiting) = end {
        if let Ok(why) = waiting.await {
            return why;
        }
        *end = None;
    }
    std::future::pending().await
}

/// The next packet; never one for a seat that hears nothing.
async fn next(
    packets: &mut Option<broadcast::Receiver<Packet>>,
) -> Result<Packet, broadcast::error::RecvError> {
    match packets {
        Some(packets) => packets.recv().await,
        None => std::future::pending().await,
    }
}

/// The next stretch of the mix; never one for a seat on another feed.
async fn next_mixed(mix: &mut Option<MixFeed>) -> Result<MixedMessage, broadcast::error::RecvError> {
    match mix {
        Some(mix) => mix.recv().await,
        None => std::future::pending().await,
    }
}

/// Puts a message into the socket's buffer.
async fn put<S>(ws: &mut WebSocketStream<S>, message: Message) -> Result<(), Over>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    ws.feed(message).await.map_err(|_| None)
}

fn say(message: &ServerMessage) -> Utf8Bytes {
    serde_json::to_string(message).unwrap_or_default().into()
}
