//! The link to a server: it says hello, keeps the connection, and gets it back by itself.
//!
//! One task a link. While it is connected it reads and writes one websocket; when the other side falls silent it dials
//! afresh beside the old connection (a stalled TCP connection comes back in seconds, a fresh one at once) and
//! takes up the seat with the resume token. It ends when told to, or on a close that does not invite back.

mod dial;
mod dialler;
mod hello;
mod liveness;
mod session;
mod supervise;

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::sync::LinkEvent;
use crate::wire::{
    AudioRecord, ClientMessage, Feed, JoinRequest, MAX_CLIENT_MESSAGE, OpenRequest, PairingCode,
};

use super::{Identity, RoomUrl};

/// Messages waiting to be sent: far more than a person types while a connection stalls. When full, `send` waits.
/// While there is no connection the queue is emptied, since the outbox sends unsettled commands again.
const OUTGOING: usize = 64;

/// Sound waiting to be sent, in records of 20 ms: what is older than [`SOUND_DEADLINE`](session::SOUND_DEADLINE) is
/// useless. When full, the new record is thrown away.
const OUTGOING_SOUND: usize = 16;

/// What waits for the program: a snapshot and a busy second. When full, messages wait (the server ends a seat that
/// reads too slowly) and sound and signals are thrown away.
const INCOMING: usize = 256;

/// How a link connects and what it asks for.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// The room.
    pub url: RoomUrl,
    /// Who says hello.
    pub identity: Identity,
    /// Takes a seat; without it the link only observes and steers.
    pub join: Option<JoinRequest>,
    /// Sits beside somebody as their sound, by the secret of a pairing code.
    pub pair: Option<PairingCode>,
    /// Opens a meeting if none is open; said on the first welcome only, so that a meeting that ended stays ended.
    pub open: Option<OpenRequest>,
    /// What it hears at first.
    pub feed: Feed,
    /// Whether levels come as signals.
    pub signals: bool,
}

impl LinkConfig {
    /// Only looks on: no seat, no sound.
    pub fn new(url: RoomUrl, identity: Identity) -> Self {
        Self { url, identity, join: None, pair: None, open: None, feed: Feed::None, signals: false }
    }
}

/// A message can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The link has ended.
    #[error("the connection has ended; join again")]
    Ended,
    /// It is larger than a server takes.
    #[error("that is too long to send; make it shorter than {MAX_CLIENT_MESSAGE} bytes")]
    TooBig,
}

/// The sending end of a link; clones share it. Dropping the last clone closes the connection.
#[derive(Clone, Debug)]
pub struct Link {
    outgoing: mpsc::Sender<Utf8Bytes>,
    sound: mpsc::Sender<Queued>,
    closing: Arc<watch::Sender<bool>>,
    feed: Arc<watch::Sender<Feed>>,
}

/// A record of sound, and when it was queued.
#[derive(Debug)]
struct Queued {
    at: Instant,
    record: AudioRecord,
}

/// The receiving ends, and where events go: what the link's task owns.
#[derive(Debug)]
struct Ends {
    outgoing: mpsc::Receiver<Utf8Bytes>,
    sound: mpsc::Receiver<Queued>,
    closing: watch::Receiver<bool>,
    feed: watch::Receiver<Feed>,
    events: mpsc::Sender<LinkEvent>,
}

/// Starts a link. Needs a tokio runtime.
pub fn connect(config: LinkConfig) -> (Link, mpsc::Receiver<LinkEvent>) {
    let (outgoing, outgoing_end) = mpsc::channel(OUTGOING);
    let (sound, sound_end) = mpsc::channel(OUTGOING_SOUND);
    let (closing, closing_end) = watch::channel(false);
    let (feed, feed_end) = watch::channel(config.feed);
    let (events, incoming) = mpsc::channel(INCOMING);
    let ends =
        Ends { outgoing: outgoing_end, sound: sound_end, closing: closing_end, feed: feed_end, events };
    tokio::spawn(supervise::run(config, ends));
    (Link { outgoing, sound, closing: Arc::new(closing), feed: Arc::new(feed) }, incoming)
}

impl Link {
    /// Sends a message, waiting for room in the queue. Without a connection it is thrown away: commands belong in an
    /// outbox, which sends them again on [`LinkEvent::Connected`].
    ///
    /// # Errors
    /// The link has ended, or the message is too large.
    pub async fn send(&self, message: ClientMessage) -> Result<(), SendError> {
        let text = serde_json::to_string(&message).map_err(|_| SendError::TooBig)?;
        if text.len() > MAX_CLIENT_MESSAGE {
            return Err(SendError::TooBig);
        }
        self.outgoing.send(text.into()).await.map_err(|_| SendError::Ended)
    }

    /// Sends a record of sound, or throws it away if the link does not keep up. Tells which.
    pub fn send_audio(&self, record: AudioRecord) -> bool {
        self.sound.try_send(Queued { at: Instant::now(), record }).is_ok()
    }

    /// Hears something else from now on, over this connection and those after it. Only the last choice counts.
    pub fn set_feed(&self, feed: Feed) {
        self.feed.send_if_modified(|last| std::mem::replace(last, feed) != feed);
    }

    /// What it hears, or will as soon as the server knows.
    pub fn feed(&self) -> Feed {
        *self.feed.borrow()
    }

    /// Closes the connection after what is queued was sent, or a second. The event channel closes when it is done.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}
