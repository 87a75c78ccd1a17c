//! What is decided together, committed together, and told only then.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::meeting::{
    Actor, Command, Event, LeaveReason, ParticipantId, Phase, Recorded, Rejection, Role, SeatId, SeatKind,
    Timestamp,
};
use crate::store::{Batch, Cause, DoorChange, Entry};
use crate::wire::{CommandId, NOT_STORED, Notice, PairingCode, Refusal, SOUND_ONLY, Secret, ServerMessage};

use super::book::{Book, text};
use super::ledger::Outcome;
use super::load::Room;
use super::opening::Opening;
use super::port::{Attached, ConnId, Outgoing, Request};

/// Requests of one batch: a flush to disk is shared by all of them, and none waits for long.
const BATCH: usize = 64;

/// Tokens of a [`Bucket`](crate::server::bucket::Bucket) that a snapshot costs: it is a thousand times an event.
const RESYNC_COST: u32 = 5;

/// What is decided and not durable yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) entries: Vec<Entry>,
    /// What is to be told when it is durable, in order.
    pub(super) afters: Vec<After>,
    /// Commands of the server, to be said again when this is not kept.
    server: Vec<Command>,
    pub(super) opening: Option<Opening>,
    /// What changes about the door.
    pub(super) door: Vec<DoorChange>,
}

/// What is told after a commit.
#[derive(Debug)]
pub(super) enum After {
    Settle { conn: ConnId, who: ParticipantId, id: CommandId, outcome: Outcome },
    Seat(Box<NewSeat>),
    Refuse { answer: oneshot::Sender<Result<Attached, Refusal>>, why: Refusal },
    Door { conn: ConnId, id: CommandId, token: Option<Secret> },
    TurnOut { guests: Vec<ParticipantId>, role: Role },
    LockOut,
    Resync(ConnId),
}

/// Somebody who comes in with this batch.
#[derive(Debug)]
pub(super) struct NewSeat {
    pub(super) who: ParticipantId,
    pub(super) seat: Option<(SeatId, SeatKind)>,
    /// Whether it is somebody's sound, brought by another key.
    pub(super) is_leg: bool,
    pub(super) token: String,
    /// The events missed since here are enough; `None` needs a snapshot.
    pub(super) since: Option<crate::meeting::Seq>,
    pub(super) replaces: Option<ConnId>,
    pub(super) place: tokio::sync::OwnedSemaphorePermit,
    pub(super) answer: oneshot::Sender<Result<Attached, Refusal>>,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.afters.is_empty() && self.opening.is_none() && self.door.is_empty()
    }
}

impl Room {
    /// Decides what the server has to say, `first`, and whatever else waits.
    pub(super) fn draft(&mut self, first: Option<Request>, inbox: &mut mpsc::Receiver<Request>) -> Draft {
        let mut draft = Draft::default();
        self.say_due(&mut draft);
        let mut next = first;
        let mut taken = 0;
        while let Some(request) = next {
            if let Request::Attach(attach) = &request
                && self.is_opening(attach)
            {
                // A new meeting begins a new log: it shares no batch with the old one.
                if draft.is_empty() {
                    self.take(&mut draft, request);
                } else {
                    self.held_back = Some(request);
                }
                break;
            }
            self.take(&mut draft, request);
            taken += 1;
            next = if taken < BATCH { inbox.try_recv().ok() } else { None };
        }
        draft
    }

    fn say_due(&mut self, draft: &mut Draft) {
        self.retry_at = None;
        let now = self.shared.wall.now();
        let Some(book) = &mut self.book else {
            self.due.clear();
            return;
        };
        for command in std::mem::take(&mut self.due) {
            match book.decide(&command, Actor::Server, now, &mut draft.entries) {
                Ok(()) => draft.server.push(command),
                Err(why) => debug!(%why, ?command, "the meeting has moved on"),
            }
        }
    }

    fn take(&mut self, draft: &mut Draft, request: Request) {
        match request {
            Request::Attach(attach) => self.attach(draft, *attach),
            Request::Command { conn, id, command } => self.command(draft, conn, id, &command),
            Request::Notice { answer } => {
                let notice = self.book.as_ref().and_then(|b| Notice::of(&self.name, &b.durable));
                // Who asked has gone: then it is told to nobody.
                let _ = answer.send(notice);
            }
            Request::Door { conn, id, ask } => self.ask_door(draft, conn, id, ask),
            Request::Locked { conn, id, lock } => self.locked(draft, conn, id, lock),
            Request::Knock { who, resume, answer } => {
                // Who asked has gone: then it is told to nobody.
                let _ = answer.send(self.lockset_for(who, resume.as_ref()));
            }
            Request::Resync { conn } => self.resync(draft, conn),
            Request::Hear { who, proof, answer } => {
                // Who asked has gone: then it is told to nobody.
                let _ = answer.send(self.hear(draft, who, &proof));
            }
            Request::Erase { erasure, answer } => self.erasing.push((erasure, answer)),
            Request::Pair { conn } => self.pair(conn),
            Request::Record { halt } => self.due.push(Command::HaltRecording { why: halt }),
        }
    }

    fn command(&mut self, draft: &mut Draft, conn: ConnId, id: CommandId, command: &Command) {
        let Some((who, is_leg)) = self.seats.get(conn).map(|c| (c.who, c.is_leg)) else {
            return;
        };
        if is_leg {
            let text = "this is only the sound of a console; the console steers".to_owned();
            return self.tell(conn, &rejected(id, SOUND_ONLY, text));
        }
        if !self.askers.admit(who, 1, &self.shared.settings.limits, Instant::now()) {
            let too_fast = Refusal::TooFast;
            self.shared.metrics.rejected(too_fast.code());
            self.tell(conn, &rejected(id, too_fast.code(), too_fast.to_string()));
            return;
        }
        let outcome = match self.ledger.get(who, &id) {
            Some(outcome) => outcome.clone(),
            None => {
                let outcome = self.decide(draft, who, &id, command);
                self.ledger.insert(who, id.clone(), outcome.clone());
                outcome
            }
        };
        draft.afters.push(After::Settle { conn, who, id, outcome });
    }

    fn decide(
        &mut self,
        draft: &mut Draft,
        who: ParticipantId,
        id: &CommandId,
        command: &Command,
    ) -> Outcome {
        let now = self.shared.wall.now();
        let Some(book) = &mut self.book else {
            return Outcome::Refused(Rejection::NotOpen);
        };
        let before = draft.entries.len();
        match book.decide(command, Actor::Participant(who), now, &mut draft.entries) {
            Ok(()) => {
                if draft.entries.len() > before
                    && let Some(last) = draft.entries.last_mut()
                {
                    last.cause = Some(Cause { participant: who, command: id.0.clone() });
                }
                Outcome::Done(book.working.seq())
            }
            Err(why) => {
                self.shared.metrics.rejected(why.code());
                Outcome::Refused(why)
            }
        }
    }

    fn resync(&mut self, draft: &mut Draft, conn: ConnId) {
        let Some(who) = self.seats.get(conn).map(|c| c.who) else {
            return;
        };
        if self.askers.admit(who, RESYNC_COST, &self.shared.settings.limits, Instant::now()) {
            draft.afters.push(After::Resync(conn));
        } else {
            self.end(conn, Refusal::TooFast);
        }
    }

    /// Shows a seat's owner a code. Their sound gets none, and who only looks on has none to bring.
    fn pair(&mut self, conn: ConnId) {
        let is_in = |who| self.book.as_ref()?.working.participant(who).filter(|p| p.is_in()).map(|p| p.id);
        let Some(who) = self.seats.get(conn).filter(|c| !c.is_leg).and_then(|c| is_in(c.who)) else {
            return;
        };
        if !self.askers.admit(who, RESYNC_COST, &self.shared.settings.limits, Instant::now()) {
            return self.end(conn, Refusal::TooFast);
        }
        let code = PairingCode::new(&self.name, rand::random());
        let until = self.pairing.offer(&code, who, self.shared.wall.now());
        self.tell(conn, &ServerMessage::Pairing { code: code.to_string(), until });
    }

    /// What the store has to keep of a draft; `None` when there is nothing.
    pub(super) fn batch(&self, draft: &Draft) -> Option<Batch> {
        if draft.entries.is_empty() && draft.opening.is_none() && draft.door.is_empty() {
            return None;
        }
        let book = draft.opening.as_ref().map(|o| &o.book).or(self.book.as_ref())?;
        let ended = draft.entries.iter().find(|e| matches!(e.recorded.event, Event::Ended));
        Some(Batch {
            room: self.name.clone(),
            new_room: draft.opening.as_ref().and_then(|o| o.new_room.clone()),
            new_meeting: draft.opening.as_ref().map(|o| o.new_meeting.clone()),
            meeting: book.id.clone(),
            entries: draft.entries.clone(),
            ended: ended.map(|e| e.recorded.at),
            door: draft.door.clone(),
        })
    }

    /// Tells everybody about a draft that is durable now.
    pub(super) fn kept(&mut self, draft: Draft) {
        let Draft { entries, afters, opening, .. } = draft;
        if let Some(opening) = opening {
            self.turn_over(opening);
        }
        let now = self.shared.wall.now();
        self.publish(&entries);
        for after in afters {
            match after {
                After::Settle { conn, id, outcome, .. } => self.tell(conn, &settled(id, outcome)),
                After::Seat(new) => self.seat(*new, now),
                After::Refuse { answer, why } => self.refuse(answer, why),
                After::Door { conn, id, token } => self.tell_door(conn, id, token),
                After::TurnOut { guests, role } => self.turn_out(&guests, role),
                After::LockOut => self.lock_out(),
                After::Resync(conn) => {
                    if let Some(snapshot) = self.book.as_mut().map(Book::snapshot) {
                        self.send(conn, Outgoing::Text(snapshot));
                    }
                }
            }
        }
        for entry in &entries {
            if let Some((who, why)) = self.farewell(&entry.recorded) {
                self.dismiss(who, &why);
            }
        }
    }

    /// Applies durable entries, sends them to every seat, and follows what they change around the meeting.
    pub(super) fn publish(&mut self, entries: &[Entry]) {
        let Some(book) = &mut self.book else {
            return;
        };
        if entries.is_empty() {
            return;
        }
        let events = book.settle(entries);
        let now = Instant::now();
        self.shared.metrics.events.inc_by(entries.len() as u64);
        self.absences.follow(entries, &book.durable, now);
        for (participant, spoken) in self.voices.follow(&book.durable, now) {
            self.due.push(Command::RecordSpeech { participant, spoken });
        }
        if entries.iter().any(|e| matches!(e.recorded.event, Event::Ended)) {
            self.shared.bell.ring();
        }
        self.people.set(book.durable.roster().iter().filter(|p| p.is_here()).count());
        self.tell_hearing();
        self.follow_recording(true);
        let may_wait = entries.iter().all(|e| comes_or_goes(&e.recorded.event));
        let slow = self.seats.publish(events, may_wait, self.shared.wall.now());
        slow.iter().for_each(|conn| self.gone(conn));
    }

    /// Sends the events that wait to be told together.
    pub(super) fn tell_all(&mut self) {
        let slow = self.seats.tell_all(self.shared.wall.now());
        slow.iter().for_each(|conn| self.gone(conn));
    }

    /// Lets seats know who may hear what by now, before they are sent the events that changed it.
    fn tell_hearing(&self) {
        self.doors.hearing.send_if_modified(|last| {
            let is_new = last != self.voices.hearing();
            *last = Arc::clone(self.voices.hearing());
            is_new
        });
    }

    /// Takes back a draft that was not kept, and tells those who asked.
    pub(super) fn not_kept(&mut self, draft: Draft, why: &crate::store::StoreError) {
        warn!(room = self.name, %why, events = draft.entries.len(), "a batch was not kept");
        if let Some(book) = &mut self.book {
            book.roll_back();
        }
        for after in &draft.afters {
            if let After::Settle { who, id, .. } = after {
                self.ledger.forget(*who, id);
            }
        }
        for after in draft.afters {
            match after {
                After::TurnOut { .. } | After::LockOut => {}
                After::Settle { conn, id, .. } | After::Door { conn, id, .. } => {
                    self.shared.metrics.rejected(NOT_STORED);
                    self.tell(conn, &rejected(id, NOT_STORED, format!("nothing was changed: {why}")));
                }
                After::Seat(new) => self.refuse(new.answer, Refusal::Internal),
                After::Refuse { answer, why } => self.refuse(answer, why),
                After::Resync(conn) => self.end(conn, Refusal::Internal),
            }
        }
        self.due.extend(draft.server);
    }

    /// Whether the meeting is over, or none ever was.
    pub(super) fn is_over(&self) -> bool {
        self.book.as_ref().is_none_or(|b| b.working.phase() == Phase::Ended)
    }

    pub(super) fn tell(&mut self, conn: ConnId, message: &ServerMessage) {
        self.send(conn, Outgoing::Text(text(message)));
    }

    /// Sends to one, behind all that happened before.
    pub(super) fn send(&mut self, conn: ConnId, item: Outgoing) {
        self.tell_all();
        let slow = self.seats.send(conn, item, self.shared.wall.now());
        if let Some(slow) = slow {
            self.gone(&slow);
        }
    }

    pub(super) fn refuse(&self, answer: oneshot::Sender<Result<Attached, Refusal>>, why: Refusal) {
        self.shared.metrics.rejected(why.code());
        // Who asked may be gone by now.
        let _ = answer.send(Err(why));
    }

    /// Whose connections an event ends, and what they are told.
    fn farewell(&self, recorded: &Recorded) -> Option<(ParticipantId, Refusal)> {
        let meeting = &self.book.as_ref()?.durable;
        let by = || {
            let name = recorded.by.and_then(|by| meeting.participant(by)).map(|p| p.name.clone());
            name.unwrap_or_else(|| "the server".to_owned())
        };
        Some(match &recorded.event {
            Event::Left { participant, reason: LeaveReason::Removed, why } => {
                (*participant, Refusal::Removed { by: by(), why: why.clone() })
            }
            Event::Left { participant, .. } => (*participant, Refusal::Left),
            Event::Banned { participant, until, why, .. } => {
                (*participant, Refusal::Banned { by: by(), until: *until, why: why.clone() })
            }
            _ => return None,
        })
    }

    /// Ends the seats of somebody who left the meeting; of who was sent out, the other connections too.
    fn dismiss(&mut self, who: ParticipantId, why: &Refusal) {
        let is_back =
            self.book.as_ref().and_then(|b| b.durable.participant(who)).is_some_and(|p| p.is_here());
        if is_back {
            return;
        }
        let seats: Vec<ConnId> = self
            .seats
            .of(who)
            .filter(|(_, c)| c.seat.is_some() || *why != Refusal::Left)
            .map(|(id, _)| id)
            .collect();
        let now: Timestamp = self.shared.wall.now();
        for id in seats {
            // The meeting has closed the seat already.
            let _ = self.seats.end(id, why.clone(), now);
        }
        self.connected.set(self.seats.len());
    }
}

/// Whether an event changes nothing that anybody waits for.
fn comes_or_goes(event: &Event) -> bool {
    matches!(event, Event::Joined { .. } | Event::SeatOpened { .. } | Event::SeatClosed { .. })
}

fn settled(id: CommandId, outcome: Outcome) -> ServerMessage {
    match outcome {
        Outcome::Done(seq) => ServerMessage::Accepted { id, seq },
        Outcome::Refused(why) => rejected(id, why.code(), why.to_string()),
    }
}

pub(super) fn rejected(id: CommandId, code: &str, text: String) -> ServerMessage {
    ServerMessage::Rejected { id, code: code.to_owned(), text }
}
