//! Rows of seats: sound and levels are written to a whole row by one task, and not by a task for each seat.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use bytes::{BufMut as _, BytesMut};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::audio::FRAME_MS;
use crate::meeting::{ParticipantId, Reach};
use crate::server::outlet::{Outlet, Parcel};
use crate::server::seat::PACKET_DEADLINE;
use crate::server::shared::Shared;

use super::hearing::{Hearing, Signals};
use super::port::{Attached, ConnId, Packet};

/// Seats in a row: writing to all takes half a millisecond, and to wake its task costs a hundredth of that.
const SEATS: usize = 64;

/// Sound and levels wait so long for more that is to be written with them. Who speaks alone waits for nobody.
const TOGETHER: Duration = Duration::from_millis(FRAME_MS);

/// Whoever was heard so lately is waited for: a packet each 20 ms, of which two may be late.
const SPEAKS: Duration = Duration::from_millis(3 * FRAME_MS);

/// Messages written together at most: more than can be followed.
const MESSAGES: usize = 32;

/// Which of the messages a seat hears, a bit for each.
type Heard = u64;

const _: () = assert!(MESSAGES <= Heard::BITS as usize);

/// What a seat hears of single people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Hears {
    /// Nobody.
    Nothing,
    /// What is not said to everybody, as far as it is among those who are reached.
    Inside,
    /// Everybody who reaches it.
    All,
}

/// One seat of a row.
#[derive(Clone, Debug)]
struct Member {
    conn: ConnId,
    who: ParticipantId,
    hears: Hears,
    signals: bool,
    outlet: Arc<Outlet>,
}

type Members = watch::Sender<Vec<Member>>;

/// The rows of a room. A row ends with its last seat. The lock guards the list for a look-up.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Rows(Arc<Mutex<Vec<Weak<Members>>>>);

/// A seat's place in a row; dropping it gives it up.
#[derive(Debug)]
pub(in crate::server) struct Spot {
    conn: ConnId,
    row: Arc<Members>,
}

impl Rows {
    /// Puts a seat that hears nobody yet into a row.
    pub(in crate::server) fn sit(
        &self,
        attached: &Attached,
        outlet: &Arc<Outlet>,
        signals: bool,
        shared: &Arc<Shared>,
    ) -> Spot {
        let conn = attached.conn;
        let member =
            Member { conn, who: attached.who, hears: Hears::Nothing, signals, outlet: Arc::clone(outlet) };
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.retain(|row| row.strong_count() > 0);
        let free = rows.iter().filter_map(Weak::upgrade).find(|row| row.borrow().len() < SEATS);
        let row = free.unwrap_or_else(|| {
            let row = Arc::new(Members::default());
            tokio::spawn(Row::new(attached, row.subscribe(), Arc::clone(shared)).run());
            rows.push(Arc::downgrade(&row));
            row
        });
        row.send_modify(|members| members.push(member));
        Spot { conn, row }
    }
}

impl Spot {
    /// Has the seat hear others from now on.
    pub(in crate::server) fn hear(&self, hears: Hears) {
        self.row.send_if_modified(|members| {
            let own = members.iter_mut().find(|m| m.conn == self.conn);
            own.is_some_and(|own| std::mem::replace(&mut own.hears, hears) != hears)
        });
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        self.row.send_modify(|members| members.retain(|m| m.conn != self.conn));
    }
}

/// The task of a row.
struct Row {
    packets: broadcast::Receiver<Packet>,
    levels: watch::Receiver<Signals>,
    hearing: watch::Receiver<Arc<Hearing>>,
    joining: watch::Receiver<Vec<Member>>,
    members: Vec<Member>,
    shared: Arc<Shared>,
    gathered: Gathered,
    /// When levels are written at the latest, if there are some.
    levels_due: Option<Instant>,
}

impl Row {
    fn new(attached: &Attached, joining: watch::Receiver<Vec<Member>>, shared: Arc<Shared>) -> Self {
        Self {
            packets: attached.packets.subscribe(),
            levels: attached.levels.clone(),
            hearing: attached.hearing.clone(),
            joining,
            members: Vec::new(),
            shared,
            gathered: Gathered::default(),
            levels_due: None,
        }
    }

    async fn run(mut self) {
        loop {
            let due = [self.gathered.due(), self.levels_due].into_iter().flatten().min();
            tokio::select! {
                packet = self.packets.recv() => match packet {
                    Ok(packet) => self.gather(packet),
                    Err(RecvError::Lagged(lost)) => {
                        self.shared.metrics.dropped("busy-room", lost * self.members.len() as u64);
                    }
                    // The room is gone, and so will be its seats.
                    Err(RecvError::Closed) => return,
                },
                told = self.levels.changed() => match told {
                    Ok(()) => self.levels_due = self.levels_due.or(Some(Instant::now() + TOGETHER)),
                    Err(_) => return,
                },
                changed = self.joining.changed() => match changed {
                    Ok(()) => self.members = self.joining.borrow_and_update().clone(),
                    // The last seat is gone.
                    Err(_) => return,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
            let now = Instant::now();
            if self.gathered.is_ready(now) || self.levels_due.is_some_and(|due| due <= now) {
                // One turn for the whole row: a task's budget is not for so many connections.
                unconstrained(std::future::poll_fn(|_| {
                    self.pass_on(now);
                    Poll::Ready(())
                }))
                .await;
            }
        }
    }

    fn gather(&mut self, first: Packet) {
        self.gathered.add(first);
        while !self.gathered.is_full()
            && let Ok(next) = self.packets.try_recv()
        {
            self.gathered.add(next);
        }
    }

    fn pass_on(&mut self, now: Instant) {
        let fresh = self.gathered.take().into_iter().filter(|packet| {
            let is_fresh = now.saturating_duration_since(packet.at) <= PACKET_DEADLINE;
            if !is_fresh {
                self.shared.metrics.dropped("late", packet.records * self.members.len() as u64);
            }
            is_fresh
        });
        let levels = self.levels_due.take().map(|_| self.levels.borrow_and_update().clone());
        let hearing = Arc::clone(&self.hearing.borrow());
        let mut post = Post::new(fresh.collect(), levels, &hearing);
        for member in &self.members {
            if let Some(parcel) = post.parcel(member) {
                member.outlet.offer(parcel);
            }
        }
    }
}

/// Packets that are to be written together.
#[derive(Debug, Default)]
struct Gathered {
    packets: Vec<Packet>,
    /// Who was heard lately, and when.
    speakers: Vec<(ParticipantId, Instant)>,
}

impl Gathered {
    fn add(&mut self, packet: Packet) {
        self.speakers
            .retain(|(who, at)| *who != packet.from && packet.at.saturating_duration_since(*at) < SPEAKS);
        self.speakers.push((packet.from, packet.at));
        self.packets.push(packet);
    }

    fn due(&self) -> Option<Instant> {
        self.packets.first().map(|first| first.at + TOGETHER)
    }

    /// Whether nobody else is to be waited for.
    fn is_ready(&self, now: Instant) -> bool {
        let has = |who: &ParticipantId| self.packets.iter().any(|p| p.from == *who);
        let is_all = self.speakers.iter().all(|(who, _)| has(who));
        let is_twice = self.packets.len() > self.speakers.len();
        let is_enough = is_all || is_twice || self.is_full();
        !self.packets.is_empty() && (is_enough || self.due().is_some_and(|due| due <= now))
    }

    /// Whether nothing more may be added before what is there is written.
    fn is_full(&self) -> bool {
        self.packets.len() >= MESSAGES
    }

    fn take(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.packets)
    }
}

/// What is written to a row, each kind of it made once.
struct Post<'a> {
    packets: Vec<(Packet, Bytes)>,
    levels: Option<Signals>,
    hearing: &'a Hearing,
    /// By what is in them: which packets, and which levels.
    made: Vec<((Heard, Option<*const u8>), Parcel)>,
}

impl<'a> Post<'a> {
    fn new(packets: Vec<Packet>, levels: Option<Signals>, hearing: &'a Hearing) -> Self {
        let framed = packets.into_iter().map(|packet| {
            let bytes = frame(packet.bytes.clone(), Data::Binary);
            (packet, bytes)
        });
        Self { packets: framed.collect(), levels, hearing, made: Vec::new() }
    }

    /// What a seat is to be written; `None` when there is nothing for it.
    fn parcel(&mut self, member: &Member) -> Option<&Parcel> {
        let heard = self.heard(member);
        let levels = self.levels.as_ref().filter(|_| member.signals);
        let levels = levels.map(|levels| levels.text_for(member.who, self.hearing));
        if heard == 0 && levels.is_none() {
            return None;
        }
        let kind = (heard, levels.map(|text| text.as_ptr()));
        let index = match self.made.iter().position(|(made, _)| *made == kind) {
            Some(index) => index,
            None => {
                let levels = levels.map(|text| frame(Bytes::from(text.clone()), Data::Text));
                let sound = self.packets.iter().enumerate().filter(|(n, _)| heard & (1 << n) != 0);
                let (mut frames, mut count, mut at) = (Vec::new(), 0, None);
                for (_, (packet, bytes)) in sound {
                    frames.push(&bytes[..]);
                    count += packet.records;
                    at = at.or(Some(packet.at));
                }
                let said = (at.unwrap_or_else(Instant::now), count);
                self.made.push((kind, Parcel::new(&levels.unwrap_or_default(), &frames, said)));
                self.made.len() - 1
            }
        };
        self.made.get(index).map(|(_, parcel)| parcel)
    }

    /// Which packets a seat hears: those of others, of whom it was among those reached when it was said, and still is.
    fn heard(&self, member: &Member) -> Heard {
        let Member { who, hears, .. } = *member;
        let is_heard = |packet: &Packet| {
            let is_for_all = packet.reach == Reach::Everybody;
            let is_wanted = match hears {
                Hears::Nothing => false,
                Hears::Inside => !is_for_all,
                Hears::All => true,
            };
            is_wanted
                && packet.from != who
                && (is_for_all
                    || packet.hearing.has(who, packet.reach) && self.hearing.has(who, packet.reach))
        };
        let all = self.packets.iter().enumerate();
        all.filter(|(_, (packet, _))| is_heard(packet)).fold(0, |heard, (n, _)| heard | 1 << n)
    }
}

/// A whole message as a frame of the websocket's (RFC 6455 section 5.2); a server's are not masked.
fn frame(payload: Bytes, kind: Data) -> Bytes {
    let frame = Frame::message(payload, OpCode::Data(kind), true);
    let mut bytes = BytesMut::with_capacity(frame.len()).writer();
    // Memory takes everything.
    let _ = frame.format(&mut bytes);
    bytes.into_inner().freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ParticipantId = ParticipantId([1; 32]);
    const BRUNO: ParticipantId = ParticipantId([2; 32]);
    const CARLA: ParticipantId = ParticipantId([3; 32]);

    fn said(from: ParticipantId, at: Instant) -> Packet {
        let (reach, hearing) = (Reach::Everybody, Arc::default());
        Packet { from, reach, hearing, at, records: 1, bytes: Bytes::from_static(&[1]) }
    }

    /// At which milliseconds what was said by then is written.
    fn writes(said_at: &[(ParticipantId, u64)]) -> Vec<(u64, usize)> {
        let start = Instant::now();
        let mut gathered = Gathered::default();
        let mut written = Vec::new();
        let end = said_at.last().map_or(0, |(_, at)| at + 100);
        for ms in 0..=end {
            let now = start + Duration::from_millis(ms);
            for (who, _) in said_at.iter().filter(|(_, at)| *at == ms) {
                gathered.add(said(*who, now));
            }
            if gathered.is_ready(now) {
                written.push((ms, gathered.take().len()));
            }
        }
        written
    }

    #[test]
    fn who_speaks_alone_waits_for_nobody() {
        let said: Vec<_> = (0..50).map(|n| (ANA, n * 20)).collect();
        let expected: Vec<_> = (0..50).map(|n| (n * 20, 1)).collect();
        assert_eq!(writes(&said), expected);
    }

    #[test]
    fn who_speak_at_once_are_written_together_and_late_by_less_than_a_frame() {
        let turn = |n: u64| [(ANA, n * 20), (BRUNO, n * 20 + 7), (CARLA, n * 20 + 13)];
        let said: Vec<_> = (0..50).flat_map(turn).collect();
        let written = writes(&said);
        assert_eq!(written[..2], [(0, 1), (20, 3)], "who spoke first is not made to wait");
        assert!(written[1..50].iter().all(|(_, count)| *count == 3), "{written:?}");
        assert!(written.windows(2).all(|pair| pair[1].0 - pair[0].0 == 20 || pair[1].0 > 980), "{written:?}");
    }

    #[test]
    fn who_falls_silent_is_not_waited_for() {
        let said = [(ANA, 0), (BRUNO, 5), (ANA, 20), (ANA, 40), (ANA, 60), (ANA, 80), (ANA, 100)];
        let written = writes(&said);
        assert_eq!(written[..2], [(0, 1), (20, 2)]);
        assert!(written[2..].iter().all(|(_, count)| *count <= 2), "{written:?}");
        assert_eq!(written.last(), Some(&(100, 1)));
        assert_eq!(written.iter().map(|(_, count)| count).sum::<usize>(), said.len());
    }

    #[test]
    fn however_many_speak_no_more_is_written_together_than_is_told_apart() {
        let (start, mut gathered) = (Instant::now(), Gathered::default());
        // Who has just spoken is waited for.
        for ms in [0, 30] {
            let now = start + Duration::from_millis(ms);
            for who in 1..=40 {
                gathered.add(said(ParticipantId([who; 32]), now));
                assert!(gathered.packets.len() <= MESSAGES, "of {who} speakers");
                if gathered.is_ready(now) {
                    gathered.take();
                }
            }
            gathered.take();
        }
    }
}
