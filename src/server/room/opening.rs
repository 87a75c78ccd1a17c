//! Coming in: opening a meeting, joining it, taking up a seat again.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;
use tracing::info;

use crate::meeting::{
    Actor, Command, Meeting, ParticipantId, Participation, Rejection, Role, SeatId, SeatKind, Timestamp,
};
use crate::server::door::Way;
use crate::store::{Entry, MeetingId, NewMeeting, NewRoom};
use crate::wire::{JoinRequest, Refusal, ServerMessage};

use super::batch::{After, Draft, NewSeat};
use super::book::{Book, text};
use super::load::Room;
use super::port::{Attach, Attached, ConnId, Guard, Outgoing};
use super::seats::{Conn, Held, Seats, TokenHash};

/// A seat's queue holds at least the welcome, what follows it, and a close.
const LEAST_QUEUE: usize = 4;

/// A meeting that is being opened.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) book: Book,
    pub(super) owner: ParticipantId,
    pub(super) new_room: Option<NewRoom>,
    pub(super) new_meeting: NewMeeting,
}

impl Room {
    /// Whether this attachment would open a meeting.
    pub(super) fn is_opening(&self, attach: &Attach) -> bool {
        attach.open.is_some() && self.is_over()
    }

    /// Decides whether somebody comes in.
    pub(super) fn attach(&mut self, draft: &mut Draft, mut attach: Attach) {
        if attach.answer.is_closed() {
            return;
        }
        let is_leg = attach.pair.is_some();
        if let Err(why) = self.stand_in(&mut attach) {
            return draft.afters.push(After::Refuse { answer: attach.answer, why });
        }
        let place = match self.place_for(attach.who) {
            Ok(place) => place,
            Err(why) => return draft.afters.push(After::Refuse { answer: attach.answer, why }),
        };
        let admitted =
            if self.is_opening(&attach) { self.open(draft, &attach) } else { self.enter(draft, &attach) };
        match admitted {
            Ok((seat, held)) => draft.afters.push(After::Seat(Box::new(NewSeat {
                who: attach.who,
                seat,
                is_leg,
                token: attach.token,
                since: held.and(attach.resume).map(|r| r.seq),
                replaces: held.and_then(|h| h.conn),
                place,
                answer: attach.answer,
            }))),
            Err(why) => draft.afters.push(After::Refuse { answer: attach.answer, why }),
        }
    }

    /// Has the sound of somebody come in as them.
    fn stand_in(&mut self, attach: &mut Attach) -> Result<(), Refusal> {
        let Some(secret) = attach.pair.clone() else {
            return Ok(());
        };
        let owner = self.pairing.owner(attach.who, &secret, self.shared.wall.now(), Instant::now())?;
        let book = self.book.as_ref().ok_or(Refusal::NotPaired)?;
        let person = book.working.participant(owner).filter(|p| p.is_in()).ok_or(Refusal::NotPaired)?;
        attach.who = owner;
        attach.join = Some(JoinRequest {
            name: person.name.clone(),
            kind: SeatKind::Audio,
            listener: person.role == Role::Listener,
            auto_open: person.auto_open,
        });
        Ok(())
    }

    fn place_for(&self, who: ParticipantId) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.seats.of(who).count() >= self.shared.settings.limits.per_participant {
            return Err(Refusal::NoSeat);
        }
        Arc::clone(&self.doors.places).try_acquire_owned().map_err(|_| Refusal::NoSeat)
    }

    /// Opens the room's next meeting, and the room itself when it is new.
    fn open(&mut self, draft: &mut Draft, attach: &Attach) -> Result<Admitted, Refusal> {
        let Some(request) = &attach.open else {
            return Err(Refusal::Internal);
        };
        let who = attach.who;
        let now = self.shared.wall.now();
        let owner = self.owner.unwrap_or(who);
        let new_room = match self.owner {
            Some(_) if !self.is_host(who) => return Err(Refusal::NotOwner),
            Some(_) => None,
            None if self.may_own(who) => Some(NewRoom { owner, created: now }),
            None => return Err(Refusal::MayNotOpen),
        };
        let id = MeetingId(ulid::Ulid::new().to_string());
        let number = self.book.as_ref().map_or(0, |b| b.working.number()) + 1;
        let mut book = Book::new(id.clone());
        let open = Command::Open {
            title: request.title.clone(),
            number,
            owner,
            length: request.length,
            agenda: request.agenda.clone(),
            terms: request.terms,
        };
        let newcomer = self.is_new(who) && self.book.as_ref().is_some_and(|b| !was_in(b, who));
        let policies = self.policies(request.participation);
        let mut entries = Vec::new();
        book.decide(&open, Actor::Participant(who), now, &mut entries)?;
        book.decide(&self.kept_out(), Actor::Server, now, &mut entries)?;
        let mut seat = None;
        if let Some(join) = &attach.join {
            self.last_seat = SeatId(self.last_seat.0 + 1);
            seat = Some(join_as(&mut book, who, self.last_seat, join, newcomer, (now, &mut entries))?);
        }
        for policy in &policies {
            // Who opens without joining sets nothing: the room's policies are a host's in the meeting.
            let _ = book.decide(policy, Actor::Participant(who), now, &mut entries);
        }
        if let Some(at) = request.starts_at {
            let plan = Command::PlanStart { at: Some(at) };
            book.decide(&plan, Actor::Participant(who), now, &mut entries)?;
        }
        draft.entries = entries;
        let new_meeting = NewMeeting { id, number, opened: now };
        draft.opening = Some(Opening { book, owner, new_room, new_meeting });
        Ok((seat, None))
    }

    /// Whom the last meeting keeps out: a ban is the room's, and outlasts the meeting.
    fn kept_out(&self) -> Command {
        let bans = self.book.iter().flat_map(|b| b.working.moderation().bans.clone()).collect();
        Command::KeepOut { bans }
    }

    /// Whether somebody was in no meeting here before the latest one.
    fn is_new(&self, who: ParticipantId) -> bool {
        !self.visitors.contains(&who)
    }

    /// What the room expects is kept from one meeting to the next; `asked` counts more.
    fn policies(&self, asked: Option<Participation>) -> [Command; 3] {
        let before = self.book.as_ref().map(|b| &b.working);
        let kept = before.map(Meeting::participation).unwrap_or_default();
        let open = before.is_some_and(Meeting::mirror_open);
        let policy = before.map(|m| m.recording().policy).unwrap_or_default();
        [
            Command::SetParticipation { policy: asked.unwrap_or(kept) },
            Command::SetMirror { open },
            Command::SetRecordPolicy { policy },
        ]
    }

    fn may_own(&self, who: ParticipantId) -> bool {
        self.shared.settings.owners.as_ref().is_none_or(|list| list.contains(&who))
    }

    pub(super) fn is_host(&self, who: ParticipantId) -> bool {
        let has_role = |b: &Book| b.working.participant(who).is_some_and(|p| p.role == Role::Host);
        self.owner == Some(who) || self.book.as_ref().is_some_and(has_role)
    }

    /// Enters the meeting that is there.
    fn enter(&mut self, draft: &mut Draft, attach: &Attach) -> Result<Admitted, Refusal> {
        let who = attach.who;
        if attach.open.is_some() && !self.is_host(who) {
            return Err(Refusal::NotOwner);
        }
        let now = self.shared.wall.now();
        let is_new = self.is_new(who);
        let Some(book) = &mut self.book else {
            return Err(Refusal::NoSuchRoom { name: self.name.clone() });
        };
        if book.working.moderation().locked && attach.proof.is_anybody() {
            // Who had this person before is somebody else.
            return Err(Rejection::Locked.into());
        }
        if !book.working.participant(who).is_some_and(|p| p.is_in()) {
            // Looking on is coming in: who is kept out does not listen at the door.
            book.working.admits(who, now)?;
        }
        let held = attach.resume.as_ref().and_then(|r| self.seats.held(&r.token, who));
        // Somebody's sound comes in by the door that they came by.
        let way = self.way_in(who, &attach.proof, held.is_some())?;
        let Some(book) = &mut self.book else {
            return Err(Refusal::Internal);
        };
        let was_in = book.working.participant(who).is_some_and(|p| p.is_in());
        let Some(mut join) = join_request(book, who, attach, held) else {
            self.came_in(draft, who, way);
            return Ok((None, held));
        };
        join.listener |= matches!(way, Way::Invite { role: Role::Listener, .. });
        self.last_seat = SeatId(self.last_seat.0 + 1);
        // In a room's first meeting everybody is new, which says nothing of anybody.
        let newcomer = is_new && book.working.number() > 1;
        let seat = join_as(book, who, self.last_seat, &join, newcomer, (now, &mut draft.entries))?;
        if let Way::Invite { role, .. } = way
            && !was_in
            && !attach.proof.is_lent
        {
            appoint(book, who, role, (now, &mut draft.entries));
        }
        // The new seat is there before the old one closes, so that nobody sees its owner go.
        if let Some((old, _)) = held.and_then(|h| h.conn).and_then(|c| self.seats.get(c)).and_then(|c| c.seat)
        {
            let close = Command::CloseSeat { seat: old };
            // A seat that is closed by now needs no closing.
            let _ = book.decide(&close, Actor::Server, now, &mut draft.entries);
        }
        self.came_in(draft, who, way);
        Ok((Some(seat), held))
    }

    /// Begins the next meeting. Whoever sits in the last one is sent to come in again.
    pub(super) fn turn_over(&mut self, opening: Opening) {
        let Opening { book, owner, new_meeting, .. } = opening;
        info!(room = self.name, number = new_meeting.number, meeting = %new_meeting.id, "a meeting is opened");
        self.owner = Some(owner);
        if let Some(last) = &self.book {
            self.visitors.extend(last.durable.everybody().map(|p| p.id));
        }
        // Their seats belong to a meeting that is over: nothing is left to close.
        let _ = self.seats.end_all(&Refusal::NextMeeting, self.shared.wall.now());
        self.seats = Seats::following(&self.seats);
        self.absences.start(&book.durable, Instant::now());
        self.book = Some(book);
    }

    /// Gives somebody their ends, now that their coming is durable.
    pub(super) fn seat(&mut self, new: NewSeat, now: Timestamp) {
        let NewSeat { who, seat, is_leg, token, since, replaces, place, answer } = new;
        if let Some(old) = replaces {
            // The meeting has closed the old seat already.
            let _ = self.seats.end(old, Refusal::Replaced, now);
        }
        let Some(book) = &mut self.book else {
            return;
        };
        let (out, receiver) = mpsc::channel(self.shared.settings.limits.seat_queue.max(LEAST_QUEUE));
        let welcome = ServerMessage::Welcome {
            you: who,
            seat: seat.map(|(id, _)| id),
            meeting: book.id.to_string(),
            resume: token.clone(),
            now,
        };
        let state = match since.and_then(|seq| book.tail_after(seq)) {
            Some(tail) => Outgoing::Events(tail.into()),
            None => Outgoing::Text(book.snapshot()),
        };
        // The queue was made for at least this much.
        let _ = out.try_send(Outgoing::Text(text(&welcome)));
        let _ = out.try_send(state);
        let id = self.seats.next_id();
        let (end, ended) = oneshot::channel();
        self.seats.insert(id, Conn { who, seat, is_leg, token: TokenHash::of(&token), out, end });
        self.connected.set(self.seats.len());
        let attached = self.ends((id, who), receiver, ended, place);
        // Dropping what was not received tells us that they are gone.
        let _ = answer.send(Ok(attached));
    }

    fn ends(
        &self,
        (conn, who): (ConnId, ParticipantId),
        out: mpsc::Receiver<Outgoing>,
        end: oneshot::Receiver<Refusal>,
        place: OwnedSemaphorePermit,
    ) -> Attached {
        Attached {
            conn,
            who,
            out,
            end: Some(end),
            requests: self.doors.requests.clone(),
            spoken: self.doors.spoken.clone(),
            packets: self.doors.packets.clone(),
            rows: self.doors.rows.clone(),
            mix: self.doors.mix.clone(),
            levels: self.doors.levels.subscribe(),
            hearing: self.doors.hearing.subscribe(),
            _guard: Guard::new(conn, self.doors.departures.clone(), place),
        }
    }

    /// Ends a connection for a reason of its own.
    pub(super) fn end(&mut self, id: ConnId, why: Refusal) {
        let ended = self.seats.end(id, why, self.shared.wall.now());
        if let Some(conn) = ended {
            self.gone(&conn);
        }
    }

    /// Follows a connection that is out of the room's list.
    pub(super) fn gone(&mut self, conn: &Conn) {
        if let Some((seat, _)) = conn.seat {
            self.due.push(Command::CloseSeat { seat });
        }
        if self.seats.of(conn.who).next().is_none() {
            self.askers.forget(conn.who);
        }
        self.connected.set(self.seats.len());
    }
}

fn was_in(book: &Book, who: ParticipantId) -> bool {
    book.working.participant(who).is_some()
}

type Admitted = (Option<(SeatId, SeatKind)>, Option<Held>);

fn join_as(
    book: &mut Book,
    who: ParticipantId,
    seat: SeatId,
    join: &JoinRequest,
    newcomer: bool,
    (now, entries): (Timestamp, &mut Vec<Entry>),
) -> Result<(SeatId, SeatKind), Refusal> {
    let command = Command::Join {
        seat,
        kind: join.kind,
        name: join.name.clone(),
        listener: join.listener,
        auto_open: join.auto_open,
        newcomer,
    };
    book.decide(&command, Actor::Participant(who), now, entries)?;
    Ok((seat, join.kind))
}

/// Makes of somebody who just joined what their invite says; it takes nothing from who is more.
fn appoint(book: &mut Book, who: ParticipantId, role: Role, (now, entries): (Timestamp, &mut Vec<Entry>)) {
    if book.working.participant(who).is_some_and(|p| role < p.role) {
        let appoint = Command::Appoint { participant: who, role };
        // They have just joined: nothing speaks against it.
        let _ = book.decide(&appoint, Actor::Server, now, entries);
    }
}

/// How somebody joins: who takes up a seat is who they are by now, and not who they were when they first came.
fn join_request(book: &Book, who: ParticipantId, attach: &Attach, held: Option<Held>) -> Option<JoinRequest> {
    let resumed = held.and_then(|h| h.kind).and_then(|kind| {
        let person = book.working.participant(who).filter(|p| p.is_in())?;
        Some(JoinRequest {
            name: person.name.clone(),
            kind,
            listener: person.role == Role::Listener,
            auto_open: person.auto_open,
        })
    });
    resumed.or_else(|| attach.join.clone())
}
