//! The mirror of a meeting.

use crate::meeting::{Meeting, Millis, Participant, ParticipantId, Recorded, SeatId, Timestamp};
use crate::wire::ServerMessage;

use super::ClockOffset;

/// How long a snapshot that was asked for is waited for before it is asked for again: longer than a slow link takes.
const RESYNC_PATIENCE: Millis = Millis::from_secs(5);

/// A meeting as the server tells it. Views read it; only the server's messages change it.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    meeting: Meeting,
    /// Which meeting (a ULID); empty before the first welcome.
    name: String,
    you: Option<ParticipantId>,
    seat: Option<SeatId>,
    clock: ClockOffset,
    /// The connection is new: its snapshot counts, whatever was known before.
    fresh: bool,
    /// Since when a snapshot is awaited after a gap.
    asked_at: Option<Timestamp>,
}

/// What a message did to the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Nothing.
    Nothing,
    /// These events happened.
    Changed(Vec<Recorded>),
    /// The state is another one, by a snapshot or because the meeting is a new one.
    Reset,
    /// Events are missing: send [`ClientMessage::Resync`](crate::wire::ClientMessage::Resync). Told once a gap.
    Gap,
}

impl Replica {
    /// A replica that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A replica of a meeting as it was, for nobody in it.
    pub fn of(meeting: Meeting) -> Self {
        Self { meeting, ..Self::default() }
    }

    /// The meeting as far as it is known.
    pub fn meeting(&self) -> &Meeting {
        &self.meeting
    }

    /// Which meeting it is (a ULID); `None` before the first welcome.
    pub fn name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|n| !n.is_empty())
    }

    /// Who the server says this client is; `None` before the first welcome.
    pub fn you(&self) -> Option<ParticipantId> {
        self.you
    }

    /// The seat taken; `None` for an observer.
    pub fn seat(&self) -> Option<SeatId> {
        self.seat
    }

    /// This client's own person; `None` when they are not in the meeting and never were.
    pub fn me(&self) -> Option<&Participant> {
        self.meeting.participant(self.you?)
    }

    /// The server's time, which the meeting's clock goes by.
    pub fn server_now(&self, now: Timestamp) -> Timestamp {
        self.clock.server_now(now)
    }

    /// The quickest recent round trip; `None` before the first answered ping.
    pub fn round_trip(&self) -> Option<Millis> {
        self.clock.round_trip()
    }

    /// Takes in what the server says; `now` is the own clock.
    pub fn receive(&mut self, message: &ServerMessage, now: Timestamp) -> Received {
        match message {
            ServerMessage::Welcome { you, seat, meeting, now: server, .. } => {
                self.clock.hint(*server, now);
                self.you = Some(*you);
                self.seat = *seat;
                self.welcome(meeting)
            }
            ServerMessage::Snapshot { meeting } => self.snapshot(meeting),
            ServerMessage::Event(recorded) => self.event(recorded, now),
            ServerMessage::Pong { sent, now: server } => {
                self.clock.sample(*sent, *server, now);
                Received::Nothing
            }
            ServerMessage::Challenge { .. }
            | ServerMessage::Accepted { .. }
            | ServerMessage::Rejected { .. }
            | ServerMessage::Door { .. }
            | ServerMessage::Signals { .. }
            | ServerMessage::Pairing { .. }
            | ServerMessage::Refused { .. }
            | ServerMessage::Unknown => Received::Nothing,
        }
    }

    /// A connection begins. Another meeting than before begins with nothing known.
    fn welcome(&mut self, name: &str) -> Received {
        self.fresh = true;
        self.asked_at = None;
        if self.name == name {
            return Received::Nothing;
        }
        let was_known = !self.name.is_empty();
        name.clone_into(&mut self.name);
        self.meeting = Meeting::new();
        if was_known { Received::Reset } else { Received::Nothing }
    }

    /// An older snapshot than what is known comes late and counts for nothing, except as the first of a connection.
    fn snapshot(&mut self, meeting: &Meeting) -> Received {
        if meeting.seq() < self.meeting.seq() && !self.fresh {
            return Received::Nothing;
        }
        self.fresh = false;
        self.asked_at = None;
        self.meeting = meeting.clone();
        Received::Reset
    }

    fn event(&mut self, recorded: &Recorded, now: Timestamp) -> Received {
        let last = self.meeting.seq().0;
        if recorded.seq.0 <= last {
            return Received::Nothing;
        }
        if recorded.seq.0 == last.saturating_add(1) {
            self.fresh = false;
            self.asked_at = None;
            self.meeting.apply(recorded);
            return Received::Changed(vec![recorded.clone()]);
        }
        if self.asked_at.is_some_and(|asked| now.since(asked) < RESYNC_PATIENCE) {
            return Received::Nothing;
        }
        self.asked_at = Some(now);
        Received::Gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::{Event, Seq};

    const ME: ParticipantId = ParticipantId([7; 32]);

    fn welcome(meeting: &str) -> ServerMessage {
        ServerMessage::Welcome {
            you: ME,
            seat: Some(SeatId(3)),
            meeting: meeting.into(),
            resume: "token".into(),
            now: Timestamp(90_000),
        }
    }

    fn opened(seq: u64) -> Recorded {
        let event = Event::Opened {
            title: "T".into(),
            number: 1,
            owner: ME,
            length: Millis(1),
            agenda: Vec::new(),
            terms: Default::default(),
        };
        Recorded { seq: Seq(seq), at: Timestamp(0), by: None, event }
    }

    fn unknown(seq: u64) -> Recorded {
        Recorded { event: Event::Unknown, ..opened(seq) }
    }

    fn event(recorded: Recorded) -> ServerMessage {
        ServerMessage::Event(Box::new(recorded))
    }

    fn snapshot(seq: u64) -> ServerMessage {
        let mut meeting = Meeting::new();
        meeting.apply(&opened(seq));
        ServerMessage::Snapshot { meeting: Box::new(meeting) }
    }

    #[test]
    fn events_apply_in_order_and_once() {
        let mut replica = Replica::new();
        assert_eq!(replica.receive(&welcome("a"), Timestamp(0)), Received::Nothing);
        assert_eq!(replica.you(), Some(ME));
        assert_eq!(replica.server_now(Timestamp(1)), Timestamp(90_001));
        let first = opened(1);
        assert_eq!(
            replica.receive(&event(first.clone()), Timestamp(0)),
            Received::Changed(vec![first.clone()])
        );
        assert_eq!(replica.receive(&event(first), Timestamp(0)), Received::Nothing);
        assert_eq!(replica.meeting().title(), "T");
    }

    #[test]
    fn a_gap_is_told_once_and_healed_by_a_snapshot() {
        let mut replica = Replica::new();
        replica.receive(&welcome("a"), Timestamp(0));
        replica.receive(&event(opened(1)), Timestamp(0));
        assert_eq!(replica.receive(&event(unknown(3)), Timestamp(10)), Received::Gap);
        assert_eq!(replica.receive(&event(unknown(4)), Timestamp(20)), Received::Nothing);
        assert_eq!(replica.meeting().seq(), Seq(1));
        assert_eq!(replica.receive(&event(unknown(5)), Timestamp(5_010)), Received::Gap);
        assert_eq!(replica.receive(&snapshot(4), Timestamp(30)), Received::Reset);
        let Received::Changed(_) = replica.receive(&event(unknown(5)), Timestamp(40)) else {
            panic!("the tail goes on after the snapshot");
        };
    }

    #[test]
    fn a_late_snapshot_does_not_turn_back_time() {
        let mut replica = Replica::new();
        replica.receive(&welcome("a"), Timestamp(0));
        replica.receive(&snapshot(5), Timestamp(0));
        replica.receive(&event(unknown(6)), Timestamp(0));
        assert_eq!(replica.receive(&snapshot(5), Timestamp(0)), Received::Nothing);
        assert_eq!(replica.meeting().seq(), Seq(6));
        replica.receive(&welcome("a"), Timestamp(0));
        assert_eq!(replica.receive(&snapshot(4), Timestamp(0)), Received::Reset, "the server knows better");
    }

    #[test]
    fn another_meeting_starts_anew() {
        let mut replica = Replica::new();
        replica.receive(&welcome("a"), Timestamp(0));
        replica.receive(&snapshot(5), Timestamp(0));
        assert_eq!(replica.receive(&welcome("a"), Timestamp(0)), Received::Nothing);
        assert_eq!(replica.meeting().seq(), Seq(5), "the tail follows");
        assert_eq!(replica.receive(&welcome("b"), Timestamp(0)), Received::Reset);
        assert_eq!(replica.meeting(), &Meeting::new());
        assert_eq!(replica.me(), None);
    }
}
