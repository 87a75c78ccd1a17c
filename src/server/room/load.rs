//! A room as it was kept.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio::time::Instant;

use crate::meeting::{Command, Event, ParticipantId, Presence, SeatId};
use crate::server::door::Door;
use crate::server::shared::Shared;
use crate::store::{Entry, StoreError, StoredRoom};
use crate::wire::CommandId;

use super::book::Book;
use super::erase::Erasing;
use super::hearing::{Hearing, Signals};
use super::ledger::{Ledger, Outcome};
use super::mix::MixDesk;
use super::pairing::Pairing;
use super::people::{Absences, Askers};
use super::port::{Departure, Packet, Request, Spoken};
use super::record::Recording;
use super::rows::Rows;
use super::seats::Seats;
use super::voices::Voices;

/// Everything that one room is. Its task owns it; nobody else sees it.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) shared: Arc<Shared>,
    /// `None` until somebody opens a meeting here.
    pub(super) owner: Option<ParticipantId>,
    /// The latest meeting, over or not.
    pub(super) book: Option<Book>,
    /// Who was in a meeting here before the latest one.
    pub(super) visitors: HashSet<ParticipantId>,
    pub(super) door: Door,
    pub(super) seats: Seats,
    pub(super) ledger: Ledger,
    pub(super) voices: Voices,
    pub(super) absences: Absences,
    pub(super) askers: Askers,
    pub(super) pairing: Pairing,
    /// The recorder, while a recording runs.
    pub(super) recording: Option<Recording>,
    pub(super) last_seat: SeatId,
    /// What the server itself has to say, with the next batch.
    pub(super) due: Vec<Command>,
    /// When the meeting was last asked what is due.
    pub(super) ticked_at: Option<Instant>,
    /// When to try again what was not kept.
    pub(super) retry_at: Option<Instant>,
    /// An attachment that has to begin a batch of its own.
    pub(super) held_back: Option<Request>,
    /// Meetings to be deleted, when no commit is under way.
    pub(super) erasing: Vec<Erasing>,
    pub(super) doors: Doors,
    pub(super) people: Share,
    pub(super) connected: Share,
}

/// The room's ends of what seats are given.
#[derive(Debug)]
pub(super) struct Doors {
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) spoken: mpsc::Sender<Spoken>,
    pub(super) departures: mpsc::Sender<Departure>,
    pub(super) packets: broadcast::Sender<Packet>,
    pub(super) rows: Rows,
    pub(super) mix: MixDesk,
    pub(super) levels: watch::Sender<Signals>,
    pub(super) hearing: watch::Sender<Arc<Hearing>>,
    pub(super) places: Arc<Semaphore>,
}

/// This room's share of a number that all rooms add up to; given back when the room is unloaded.
#[derive(Debug)]
pub(super) struct Share {
    gauge: prometheus_client::metrics::gauge::Gauge,
    share: i64,
}

impl Share {
    pub(super) fn of(gauge: &prometheus_client::metrics::gauge::Gauge) -> Self {
        Self { gauge: gauge.clone(), share: 0 }
    }

    pub(super) fn set(&mut self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.gauge.inc_by(count - self.share);
        self.share = count;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.gauge.dec_by(self.share);
    }
}

impl Room {
    /// Reads a room; one that nobody opened yet is empty.
    ///
    /// Nobody is connected to a room that was just read: all seats of the stored state are due to be closed, and the
    /// grace of those who were away starts anew.
    pub(super) async fn load(name: String, shared: Arc<Shared>, doors: Doors) -> Result<Self, StoreError> {
        let stored = shared.store.room(&name).await?;
        let mut room = Self {
            owner: None,
            book: None,
            visitors: HashSet::new(),
            door: Door::default(),
            seats: Seats::default(),
            ledger: Ledger::default(),
            voices: Voices::new(),
            absences: Absences::new(&shared.settings.timing),
            askers: Askers::default(),
            pairing: Pairing::new(Instant::now()),
            recording: None,
            last_seat: SeatId(0),
            due: Vec::new(),
            ticked_at: None,
            retry_at: None,
            held_back: None,
            erasing: Vec::new(),
            people: Share::of(&shared.metrics.people),
            connected: Share::of(&shared.metrics.seats),
            name,
            shared,
            doors,
        };
        if let Some(stored) = stored {
            room.restore(stored);
            room.follow_recording(false);
        }
        Ok(room)
    }

    pub(super) fn restore(&mut self, stored: StoredRoom) {
        self.owner = Some(stored.owner);
        self.visitors = stored.visitors;
        self.door.restore(stored.door);
        let Some(meeting) = stored.meeting else {
            return;
        };
        for Entry { recorded, cause } in &meeting.entries {
            if let Event::SeatOpened { seat, .. } = recorded.event {
                self.last_seat = self.last_seat.max(seat);
            }
            if let Some(cause) = cause {
                let id = CommandId(cause.command.clone());
                self.ledger.insert(cause.participant, id, Outcome::Done(recorded.seq));
            }
        }
        let book = Book::restore(meeting.id, &meeting.entries);
        for person in book.durable.roster() {
            if let Presence::Here { seats } = &person.presence {
                self.due.extend(seats.iter().map(|s| Command::CloseSeat { seat: s.id }));
            }
        }
        self.absences.start(&book.durable, Instant::now());
        self.book = Some(book);
    }
}
