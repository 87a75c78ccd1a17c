//! A seat: what it is told, what it says. A [`socket`](super::socket) is around it, or another part of this process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::audio;
use crate::meeting::{ParticipantId, Reach};
use crate::wire::{
    AudioMessage, BAD_COMMAND, BadMessage, ClientMessage, Feed, Hello, Refusal, Rung, ServerMessage,
    read_client,
};

use super::bucket::Bucket;
use super::outlet::Outlet;
use super::room::{
    Attached, Hears, MixFeed, MixedMessage, Outgoing, PACKET_BURST, PACKET_RATE, Packet, Request, Spoken,
    Spot, Tap,
};
use super::shared::Shared;

/// A packet that waited longer is not sent any more: the listener is to hear now, not then.
pub(super) const PACKET_DEADLINE: Duration = Duration::from_millis(400);

/// One seat's ends in its room. Dropping it is leaving.
#[derive(Debug)]
pub(super) struct Seat {
    who: ParticipantId,
    attached: Attached,
    feed: Feed,
    packets: Option<broadcast::Receiver<Packet>>,
    /// Where packets and levels are written past this seat.
    spot: Option<Spot>,
    mix: Option<MixFeed>,
    /// Limits what goes back with the feed `echo`.
    echoes: Option<Bucket>,
    signals: bool,
    /// The levels that it was told last.
    signalled: Utf8Bytes,
    /// A request that the room has no space for yet; nothing is to be said meanwhile.
    waiting: Option<Request>,
    shared: Arc<Shared>,
}

/// What a seat is told.
#[derive(Debug)]
pub(super) enum Told {
    /// Messages, in order.
    Item(Outgoing),
    /// Sound, of single people or mixed: a binary message.
    Packet(Bytes),
    /// How loud people are.
    Levels(Utf8Bytes),
    /// Nothing; what waited for the room has gone on.
    Free,
}

impl Seat {
    pub(super) fn new(attached: Attached, hello: &Hello, shared: &Arc<Shared>) -> Self {
        let mut seat = Self {
            who: attached.who,
            attached,
            feed: Feed::None,
            packets: None,
            spot: None,
            mix: None,
            echoes: None,
            signals: hello.signals,
            signalled: Utf8Bytes::default(),
            waiting: None,
            shared: Arc::clone(shared),
        };
        seat.tune(hello.feed);
        seat
    }

    /// Who sits there, or whose sound it is.
    pub(super) fn who(&self) -> ParticipantId {
        self.who
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What the seat is told next. Cancel-safe.
    ///
    /// # Errors
    /// The room ends the seat.
    pub(super) async fn next(&mut self) -> Result<Told, Refusal> {
        loop {
            let Attached { out, end, requests, levels, hearing, .. } = &mut self.attached;
            tokio::select! {
                item = out.recv() => {
                    return item.map(Told::Item).ok_or(Refusal::Internal);
                }
                packet = next(&mut self.packets) => {
                    if let Some(bytes) = self.received(packet) {
                        return Ok(Told::Packet(bytes));
                    }
                }
                mixed = next_mixed(&mut self.mix) => {
                    if let Some(bytes) = self.mixed(mixed) {
                        return Ok(Told::Packet(bytes));
                    }
                }
                // The room is gone when these fail, and says so by `out`.
                told = changed(hearing), if self.mix.is_some() && self.spot.is_none() => match told {
                    true => self.listen(),
                    false => self.mix = None,
                },
                told = changed(levels), if self.signals => {
                    self.signals = told;
                    if let Some(levels) = self.levels() {
                        return Ok(Told::Levels(levels));
                    }
                }
                () = pass_on(&mut self.waiting, requests) => return Ok(Told::Free),
                why = ended(end) => return Err(why),
            }
        }
    }

    /// Another item that is there already.
    pub(super) fn more_items(&mut self) -> Option<Outgoing> {
        self.attached.out.try_recv().ok()
    }

    /// Has packets of single people, and levels, written to an outlet from now on: the seat tells them no more.
    pub(super) fn hear_by(&mut self, outlet: &Arc<Outlet>) {
        let rows = self.attached.rows.clone();
        self.spot = Some(rows.sit(&self.attached, outlet, self.signals, &self.shared));
        self.signals = false;
        self.listen();
    }

    /// Waits until the room ends the seat at once, whatever waits for it. Cancel-safe.
    pub(super) async fn ended(&mut self) -> Refusal {
        ended(&mut self.attached.end).await
    }

    fn received(&mut self, packet: Result<Packet, broadcast::error::RecvError>) -> Option<Bytes> {
        match packet {
            Ok(packet) => self.audible(packet),
            Err(broadcast::error::RecvError::Lagged(lost)) => {
                self.shared.metrics.dropped("slow-listener", lost);
                None
            }
            Err(broadcast::error::RecvError::Closed) => {
                self.packets = None;
                None
            }
        }
    }

    fn mixed(&mut self, mixed: Result<MixedMessage, broadcast::error::RecvError>) -> Option<Bytes> {
        let metrics = &self.shared.metrics;
        match mixed {
            Ok(message) if message.at.elapsed() > PACKET_DEADLINE => metrics.dropped("late", message.packets),
            Ok(message) => {
                let bytes = message.of(self.who)?;
                metrics.packets_out.inc_by(message.packets);
                return Some(bytes.clone());
            }
            Err(broadcast::error::RecvError::Lagged(lost)) => metrics.dropped("slow-listener", lost),
            Err(broadcast::error::RecvError::Closed) => self.mix = None,
        }
        None
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

    fn audible(&self, packet: Packet) -> Option<Bytes> {
        if packet.from == self.who {
            return None;
        }
        let is_for_all = packet.reach == Reach::Everybody;
        if is_for_all && self.mix.is_some() || !is_for_all && !self.may_hear(&packet) {
            return None;
        }
        if packet.at.elapsed() > PACKET_DEADLINE {
            self.shared.metrics.dropped("late", packet.records);
            return None;
        }
        self.shared.metrics.packets_out.inc_by(packet.records);
        Some(packet.bytes)
    }

    /// Whether the seat may say something: whatever it said before has gone on.
    pub(super) fn is_free(&self) -> bool {
        self.waiting.is_none()
    }

    /// Does what a text says, or passes it on to the room; answers what needs no room.
    ///
    /// # Errors
    /// It ends the seat.
    pub(super) fn read(&mut self, text: &str) -> Result<Option<ServerMessage>, Refusal> {
        match read_client(text) {
            Ok(message) => self.say(message),
            Err(BadMessage::Command { id, why }) => {
                self.shared.metrics.rejected(BAD_COMMAND);
                let text = BadMessage::Command { id: id.clone(), why }.to_string();
                Ok(Some(ServerMessage::Rejected { id, code: BAD_COMMAND.into(), text }))
            }
            Err(error) => Err(Refusal::BadMessage { why: error.to_string() }),
        }
    }

    /// Does what a message says, or passes it on to the room; answers what needs no room. Only while the seat
    /// [is free](Self::is_free).
    ///
    /// # Errors
    /// It ends the seat.
    pub(super) fn say(&mut self, message: ClientMessage) -> Result<Option<ServerMessage>, Refusal> {
        let conn = self.attached.conn;
        match message {
            ClientMessage::Command { id, command } => self.ask(Request::Command { conn, id, command }),
            ClientMessage::Door { id, ask } => self.ask(Request::Door { conn, id, ask }),
            ClientMessage::Resync => self.ask(Request::Resync { conn }),
            ClientMessage::Pair => self.ask(Request::Pair { conn }),
            ClientMessage::Feed { feed } => self.tune(feed),
            ClientMessage::Ping { sent } => {
                return Ok(Some(ServerMessage::Pong { sent, now: self.shared.wall.now() }));
            }
            ClientMessage::Hello(_) => {
                return Err(Refusal::BadMessage { why: "the hello was said already".into() });
            }
        }
        Ok(None)
    }

    fn ask(&mut self, request: Request) {
        if let Err(mpsc::error::TrySendError::Full(request)) = self.attached.requests.try_send(request) {
            self.waiting = Some(request);
        }
    }

    /// The room's mix, packet by packet.
    pub(super) fn tap(&self, rung: Rung) -> Tap {
        self.attached.mix.tap(Some(self.who), rung)
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
            Feed::None | Feed::Echo => Hears::Nothing,
            Feed::Forward => Hears::All,
            Feed::Mix(_) => Hears::Inside,
        };
        if let Some(spot) = &self.spot {
            self.packets = None;
            return spot.hear(wanted);
        }
        let is_wanted = match wanted {
            Hears::Nothing => false,
            Hears::Inside => self.attached.hearing.borrow_and_update().is_inside(self.who),
            Hears::All => true,
        };
        self.packets =
            is_wanted.then(|| self.packets.take().unwrap_or_else(|| self.attached.packets.subscribe()));
    }

    /// Sends sound to the room, or drops it when the room is busy. With the feed `echo` it goes nowhere but back: then
    /// it is returned.
    pub(super) fn speak(&mut self, message: AudioMessage) -> Option<Bytes> {
        if self.feed == Feed::Echo {
            return self.echo(message);
        }
        let spoken = Spoken { conn: self.attached.conn, who: self.who, at: Instant::now(), message };
        if let Err(mpsc::error::TrySendError::Full(late)) = self.attached.spoken.try_send(spoken) {
            self.shared.metrics.dropped("busy-room", late.message.records.len() as u64);
        }
        None
    }

    /// What may go back of what was said: the same as would be forwarded.
    fn echo(&mut self, mut message: AudioMessage) -> Option<Bytes> {
        let now = Instant::now();
        let echoes = self.echoes.get_or_insert_with(|| Bucket::new(PACKET_RATE, PACKET_BURST, now));
        message
            .records
            .retain(|record| audio::Packet::check_live(&record.opus).is_ok() && echoes.admit(1, now));
        (!message.records.is_empty()).then(|| message.encode())
    }
}

/// Why the room ends the seat at once. When the room has let go of this end, its last word is in the seat's queue.
pub(super) async fn ended(end: &mut Option<oneshot::Receiver<Refusal>>) -> Refusal {
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

/// Waits for a change; tells whether there will ever be others.
async fn changed<T>(watched: &mut watch::Receiver<T>) -> bool {
    watched.changed().await.is_ok()
}

/// Passes on what waits for the room; never done when nothing waits. A room that is gone needs no word.
async fn pass_on(waiting: &mut Option<Request>, requests: &mpsc::Sender<Request>) {
    if waiting.is_none() {
        return std::future::pending().await;
    }
    let permit = requests.reserve().await;
    if let (Ok(permit), Some(request)) = (permit, waiting.take()) {
        permit.send(request);
    }
}
