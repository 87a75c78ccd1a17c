//! Where the mix is listened to.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::kept::{Kept, KeptFrame};
use crate::audio::{Coded, FRAME, FRAME_MS, Quality};
use crate::meeting::ParticipantId;
use crate::server::counts::Counts;
use crate::server::shared::Shared;
use crate::wire::Rung;

use super::super::port::Packet;
use super::mixdown::Mixdown;

/// Messages that a seat may be behind: over half a second of the best rung. When it is further behind it loses the oldest.
const MESSAGES: usize = 32;

/// Packets that a tap may be behind: over a second of the best rung. When it is further behind it loses the oldest.
const TAPPED: usize = 64;

/// The quality of a rung.
pub(super) const fn quality(rung: Rung) -> Quality {
    match rung {
        Rung::Kb32 => Quality::HIGH,
        Rung::Kb16 => Quality::MIDDLE,
        Rung::Kb8 => Quality::LOW,
    }
}

/// Packets in a message to a seat: headers are not to cost more than the sound.
pub(super) const fn packets_a_message(rung: Rung) -> u64 {
    match rung {
        Rung::Kb32 | Rung::Kb16 => 1,
        // The jitter buffer has to hold one back, and 1.5 kB/s under TLS are to be enough.
        Rung::Kb8 => 4,
    }
}

/// A message of the mix to all seats of a rung.
#[derive(Clone, Debug)]
pub(in crate::server) struct MixedMessage {
    /// When it was mixed.
    pub(in crate::server) at: Instant,
    /// Packets in it.
    pub(in crate::server) packets: u64,
    /// For those who are not heard in it; empty in silence.
    pub(super) common: Bytes,
    /// For those who are heard in it, without their own voice; empty when there is nothing else.
    pub(super) minus: Arc<[(ParticipantId, Bytes)]>,
}

impl MixedMessage {
    /// What `who` is sent, if anything.
    pub(in crate::server) fn of(&self, who: ParticipantId) -> Option<&Bytes> {
        let own = self.minus.iter().find(|(id, _)| *id == who).map(|(_, bytes)| bytes);
        Some(own.unwrap_or(&self.common)).filter(|bytes| !bytes.is_empty())
    }
}

/// A packet of the mix to all taps of a rung.
#[derive(Debug)]
pub(super) struct MixedPacket {
    /// The first frame of 20 ms in it.
    pub(super) frame: u64,
    pub(super) common: Coded,
    /// For those who are heard in it; `None` when their own mix has not begun.
    pub(super) minus: Vec<(ParticipantId, Option<Coded>)>,
}

/// One rung's ways out.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) messages: broadcast::Sender<MixedMessage>,
    pub(super) packets: broadcast::Sender<Arc<MixedPacket>>,
}

/// Every rung's ways out. Feeds and taps do not hold it, so that they end with the room.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Moments are counted from here, where a frame begins.
    pub(super) since: Instant,
    /// That frame's number. Frames are counted by the wall clock, whether they are mixed or not, so that who knows the
    /// server's time knows how late they are.
    pub(super) first: u64,
    lanes: [Lane; Rung::ALL.len()],
}

impl Lanes {
    /// When a frame begins.
    pub(super) fn moment(&self, frame: u64) -> Duration {
        Duration::from_millis(frame.saturating_sub(self.first) * FRAME_MS)
    }

    /// The frame that is under way.
    pub(super) fn under_way(&self) -> u64 {
        let frames = self.since.elapsed().as_millis() / u128::from(FRAME_MS);
        self.first + u64::try_from(frames).unwrap_or(u64::MAX)
    }

    pub(super) fn of(&self, rung: Rung) -> &Lane {
        &self.lanes[index(rung)]
    }
}

const fn index(rung: Rung) -> usize {
    match rung {
        Rung::Kb32 => 0,
        Rung::Kb16 => 1,
        Rung::Kb8 => 2,
    }
}

/// A room's mix, for those who want it.
#[derive(Clone, Debug)]
pub(in crate::server) struct MixDesk {
    packets: broadcast::Sender<Packet>,
    lanes: Arc<Lanes>,
    listeners: Arc<Listeners>,
    shared: Arc<Shared>,
    kept: Arc<Kept>,
}

impl MixDesk {
    /// The desk of the room with these packets.
    pub(in crate::server::room) fn new(packets: broadcast::Sender<Packet>, shared: Arc<Shared>) -> Self {
        let lane =
            |_| Lane { messages: broadcast::Sender::new(MESSAGES), packets: broadcast::Sender::new(TAPPED) };
        let (at, now) = (Instant::now(), shared.wall.now().0);
        let since = at.checked_sub(Duration::from_millis(now % FRAME_MS)).unwrap_or(at);
        let lanes = Arc::new(Lanes { since, first: now / FRAME_MS, lanes: Rung::ALL.map(lane) });
        Self { packets, lanes, listeners: Arc::default(), shared, kept: Arc::default() }
    }

    /// Whole messages of a rung, for a seat of `who`.
    pub(in crate::server) fn feed(&self, who: ParticipantId, rung: Rung) -> MixFeed {
        let messages = self.lanes.of(rung).messages.subscribe();
        MixFeed { rung, messages, _listener: self.listen(Some(who), Some(rung)) }
    }

    /// Packets of a rung, for whoever holds a seat of `who` inside this process (`Attached::mix`), or for nobody in
    /// particular. With a name it lacks that person's own voice while they speak.
    pub(in crate::server) fn tap(&self, who: Option<ParticipantId>, rung: Rung) -> Tap {
        let packets = self.lanes.of(rung).packets.subscribe();
        Tap { who, rung, packets, _listener: self.listen(who, Some(rung)) }
    }

    /// The packets of what is recorded: only those who are in [`set_recorded`](Self::set_recorded).
    pub(in crate::server) fn keep(&self) -> KeptTap {
        let packets = self.kept.subscribe();
        KeptTap { packets, _listener: self.listen(None, None) }
    }

    /// Who is in the recording from now on, and whether each on a track of their own too.
    pub(in crate::server) fn set_recorded(&self, people: BTreeSet<ParticipantId>, tracks: bool) {
        self.kept.set_wanted(people, tracks);
    }

    fn listen(&self, who: Option<ParticipantId>, rung: Option<Rung>) -> Listener {
        if self.listeners.add(who, rung) {
            let parts = (Arc::clone(&self.lanes), Arc::clone(&self.listeners), Arc::clone(&self.shared));
            tokio::spawn(Mixdown::new(self.packets.subscribe(), parts, Arc::clone(&self.kept)).run());
        }
        Listener { who, rung, listeners: Arc::clone(&self.listeners) }
    }
}

/// The mix as a websocket seat gets it.
#[derive(Debug)]
pub(in crate::server) struct MixFeed {
    pub(in crate::server) rung: Rung,
    messages: broadcast::Receiver<MixedMessage>,
    _listener: Listener,
}

impl MixFeed {
    /// The next message. Cancelling loses nothing.
    pub(in crate::server) async fn recv(&mut self) -> Result<MixedMessage, RecvError> {
        self.messages.recv().await
    }
}

/// A packet of a room's mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixPacket {
    /// The number of its first frame, in units of 20 ms since the Unix epoch. It goes on with the time: what is missing
    /// between two packets was lost, and may be filled with [`silence`](Self::silence) or skipped.
    pub frame: u64,
    /// Samples at 48 kHz: 960 or 2,880.
    pub samples: u32,
    /// The Opus packet, never empty.
    pub opus: Bytes,
    /// Whether it says only that it is quiet: a stream that must advance carries it, others may leave it out.
    pub silent: bool,
    silence: Bytes,
}

impl MixPacket {
    /// A packet of silence as long as this one.
    pub fn silence(&self) -> Bytes {
        self.silence.clone()
    }
}

/// A room's mix, packet by packet without a gap, silence too; dropping it is listening no more.
#[derive(Debug)]
pub struct Tap {
    who: Option<ParticipantId>,
    rung: Rung,
    packets: broadcast::Receiver<Arc<MixedPacket>>,
    _listener: Listener,
}

impl Tap {
    /// Which rung it is.
    pub fn rung(&self) -> Rung {
        self.rung
    }

    /// The next packet, one each 20 ms (rung 32) or 60 ms; `None` when the room is gone. Who takes them too slowly loses the
    /// oldest, which the frame numbers tell. Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<MixPacket> {
        let packet = oldest_left(&mut self.packets).await?;
        Some(self.own(&packet))
    }

    fn own(&self, packet: &MixedPacket) -> MixPacket {
        let quality = quality(self.rung);
        let silence = quality.silence();
        let quiet = Coded { opus: silence.clone(), silent: true };
        let minus = packet.minus.iter().find(|(id, _)| Some(*id) == self.who);
        let Coded { opus, silent } = match minus {
            Some((_, own)) => own.clone().unwrap_or(quiet),
            None => packet.common.clone(),
        };
        // At most 2,880.
        let samples = (quality.frames() * FRAME) as u32;
        MixPacket { frame: packet.frame, samples, opus, silent, silence }
    }
}

/// What is recorded, packet by packet; dropping it ends the encoding.
#[derive(Debug)]
pub(in crate::server) struct KeptTap {
    packets: broadcast::Receiver<KeptFrame>,
    _listener: Listener,
}

impl KeptTap {
    /// The next 20 ms; `None` when the room is gone. Who takes them too slowly loses the oldest, which the numbers tell.
    /// Cancelling loses nothing.
    pub(in crate::server::room) async fn recv(&mut self) -> Option<KeptFrame> {
        oldest_left(&mut self.packets).await
    }
}

/// The next one that is left for a receiver who may have lost some.
async fn oldest_left<T: Clone>(packets: &mut broadcast::Receiver<T>) -> Option<T> {
    loop {
        match packets.recv().await {
            Ok(packet) => return Some(packet),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// Who listens to which rung. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<Listening>);

#[derive(Debug, Default)]
struct Listening {
    /// Whether a mixdown runs.
    runs: bool,
    rungs: [usize; Rung::ALL.len()],
    /// Who records.
    kept: usize,
    people: Counts<(ParticipantId, Rung)>,
}

impl Listening {
    fn count(&mut self, rung: Option<Rung>) -> &mut usize {
        match rung {
            Some(rung) => &mut self.rungs[index(rung)],
            None => &mut self.kept,
        }
    }
}

impl Listeners {
    fn with<T>(&self, look: impl FnOnce(&mut Listening) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes one more; tells whether a mixdown has to be started.
    fn add(&self, who: Option<ParticipantId>, rung: Option<Rung>) -> bool {
        self.with(|all| {
            *all.count(rung) += 1;
            if let Some(key) = who.zip(rung) {
                all.people.add(key);
            }
            !std::mem::replace(&mut all.runs, true)
        })
    }

    fn remove(&self, who: Option<ParticipantId>, rung: Option<Rung>) {
        self.with(|all| {
            *all.count(rung) -= 1;
            if let Some(key) = who.zip(rung) {
                all.people.remove(&key);
            }
        });
    }

    /// Whether anybody listens to a rung.
    pub(super) fn want(&self, rung: Rung) -> bool {
        self.with(|all| all.rungs[index(rung)] > 0)
    }

    /// Whether anybody records.
    pub(super) fn want_kept(&self) -> bool {
        self.with(|all| all.kept > 0)
    }

    /// Whether `who` listens to a rung.
    pub(super) fn have(&self, who: ParticipantId, rung: Rung) -> bool {
        self.with(|all| all.people.of(&(who, rung)) > 0)
    }

    /// Whether the mixdown may end: then the next listener starts another.
    pub(super) fn may_end(&self) -> bool {
        self.with(|all| {
            let nobody = all.rungs == [0; Rung::ALL.len()] && all.kept == 0;
            all.runs &= !nobody;
            nobody
        })
    }

    /// The mixdown is gone, whatever the reason.
    pub(super) fn gone(&self) {
        self.with(|all| all.runs = false);
    }
}

/// One listener's place; dropping it gives it back.
#[derive(Debug)]
struct Listener {
    who: Option<ParticipantId>,
    /// `None` records.
    rung: Option<Rung>,
    listeners: Arc<Listeners>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.listeners.remove(self.who, self.rung);
    }
}
