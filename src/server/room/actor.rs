//! The task of a room.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tracing::{error, info};

use crate::meeting::{Command, Millis};
use crate::server::shared::Shared;
use crate::store::{Batch, StoreError};
use crate::wire::ServerMessage;

use super::batch::Draft;
use super::book::text;
use super::hearing::Signals;
use super::load::{Doors, Room};
use super::mix::MixDesk;
use super::port::{Departure, INBOX, PACKETS, Request, SPOKEN, Spoken};
use super::rows::Rows;

/// After a batch was not kept: time for somebody to free some disk, and no storm of attempts.
const RETRY: Duration = Duration::from_secs(1);

/// Between two looks at what the meeting has due: a rule that is not done with its deadline can't keep the room busy.
const TICK_APART: Duration = Duration::from_millis(100);

/// When nothing is due: a timer far away costs nothing.
const IDLE: Duration = Duration::from_secs(3600);

/// The room's ends of its queues.
struct Ports {
    inbox: mpsc::Receiver<Request>,
    spoken: mpsc::Receiver<Spoken>,
    departures: mpsc::Receiver<Departure>,
    stopping: watch::Receiver<bool>,
}

/// A commit that is under way.
struct Flight {
    draft: Draft,
    since: Instant,
    outcome: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>,
}

/// Starts the task of the room `name`; it ends by itself when nobody needs it.
pub(in crate::server) fn spawn(name: String, shared: &Arc<Shared>) -> mpsc::Sender<Request> {
    let (requests, inbox) = mpsc::channel(INBOX);
    let (spoken, spoken_rx) = mpsc::channel(SPOKEN);
    // As many places as departures can wait, see `Departure`.
    let places = shared.settings.limits.connections.clamp(1, Semaphore::MAX_PERMITS);
    let (departures, departures_rx) = mpsc::channel(places);
    let packets = broadcast::Sender::new(PACKETS);
    let doors = Doors {
        requests: requests.clone(),
        spoken,
        departures,
        mix: MixDesk::new(packets.clone(), Arc::clone(shared)),
        packets,
        rows: Rows::default(),
        levels: watch::Sender::new(Signals::default()),
        hearing: watch::Sender::default(),
        places: Arc::new(Semaphore::new(places)),
    };
    let ports =
        Ports { inbox, spoken: spoken_rx, departures: departures_rx, stopping: shared.stopping.clone() };
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let _alive = shared.alive();
        match Room::load(name.clone(), Arc::clone(&shared), doors).await {
            Ok(room) => {
                shared.metrics.rooms.inc();
                run(room, ports).await;
                shared.metrics.rooms.dec();
            }
            Err(error) => error!(room = name, %error, "a room cannot be read"),
        }
    });
    requests
}

async fn run(mut room: Room, mut ports: Ports) {
    let mut flight: Option<Flight> = None;
    let mut served = false;
    loop {
        if flight.is_none() {
            if *ports.stopping.borrow_and_update() {
                return stop(room).await;
            }
            room.erase_all().await;
            if room.is_due() {
                let held_back = room.held_back.take();
                flight = room.launch(held_back, &mut ports.inbox);
                continue;
            }
            if served && room.is_idle() {
                // Whoever asked meanwhile sees the queue closed, and asks a new task.
                return info!(room = room.name, "nobody needs the room: it is unloaded");
            }
        }
        tokio::select! {
            outcome = landing(&mut flight) => room.land(flight.take(), outcome).await,
            Some(spoken) = ports.spoken.recv() => room.forward(spoken),
            Some(gone) = ports.departures.recv() => room.depart(&gone),
            Some(request) = ports.inbox.recv(), if flight.is_none() => {
                served = true;
                flight = room.launch(Some(request), &mut ports.inbox);
            }
            () = sleep_until(room.next_wake()) => room.tick(),
            _ = ports.stopping.changed() => {}
        }
    }
}

/// Waits for the commit that is under way; for ever when there is none.
async fn landing(flight: &mut Option<Flight>) -> Result<(), StoreError> {
    match flight {
        Some(flight) => flight.outcome.as_mut().await,
        None => std::future::pending().await,
    }
}

/// Keeps what is not recorded yet and says goodbye to everybody.
async fn stop(mut room: Room) {
    room.due.retain(|c| matches!(c, Command::RecordSpeech { .. }));
    room.record_speech(true);
    let (_, mut nothing) = mpsc::channel(1);
    let draft = room.draft(None, &mut nothing);
    if let Some(batch) = room.batch(&draft) {
        let outcome = room.shared.store.commit(batch).await;
        room.land(Some(Flight::landed(draft)), outcome).await;
    }
    let farewell = room.shared.farewell();
    let _ = room.seats.end_all(&farewell, room.shared.wall.now());
}

impl Flight {
    fn new(draft: Draft, batch: Batch, shared: &Arc<Shared>) -> Self {
        let store = shared.store.clone();
        Self { draft, since: Instant::now(), outcome: Box::pin(async move { store.commit(batch).await }) }
    }

    fn landed(draft: Draft) -> Self {
        Self { draft, since: Instant::now(), outcome: Box::pin(std::future::ready(Ok(()))) }
    }
}

impl Room {
    /// Decides a batch and starts to commit it; one that changes nothing is answered at once.
    fn launch(&mut self, first: Option<Request>, inbox: &mut mpsc::Receiver<Request>) -> Option<Flight> {
        let draft = self.draft(first, inbox);
        match self.batch(&draft) {
            Some(batch) => Some(Flight::new(draft, batch, &self.shared)),
            None => {
                self.kept(draft);
                None
            }
        }
    }

    async fn land(&mut self, flight: Option<Flight>, outcome: Result<(), StoreError>) {
        let Some(Flight { draft, since, .. }) = flight else {
            return;
        };
        let metrics = &self.shared.metrics;
        match outcome {
            Ok(()) => {
                metrics.commits.inc();
                metrics.commit_seconds.observe(since.elapsed().as_secs_f64());
                self.kept(draft);
            }
            Err(why) => {
                metrics.commits_failed.inc();
                self.not_kept(draft, &why);
                self.reload().await;
                self.retry_at = Some(Instant::now() + RETRY);
            }
        }
    }

    /// Reads what is durable after a commit failed: whether it failed before or after the disk had it is not known.
    async fn reload(&mut self) {
        let stored = match self.shared.store.room(&self.name).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return,
            Err(error) => return error!(room = self.name, %error, "the log cannot be read after a failure"),
        };
        self.door.restore(stored.door);
        let Some((book, meeting)) = self.book.as_mut().zip(stored.meeting) else {
            return;
        };
        if book.id != meeting.id {
            return;
        }
        let known = book.durable.seq();
        let missed: Vec<_> = meeting.entries.into_iter().filter(|e| e.recorded.seq > known).collect();
        for entry in &missed {
            book.working.apply(&entry.recorded);
        }
        self.publish(&missed);
    }

    /// Whether a batch has to begin although nobody asks.
    fn is_due(&self) -> bool {
        let is_time = self.retry_at.is_none_or(|at| at <= Instant::now());
        self.held_back.is_some() || (!self.due.is_empty() && is_time)
    }

    fn is_idle(&self) -> bool {
        let is_left = self.seats.is_empty() && self.absences.is_empty();
        is_left && self.due.is_empty() && self.is_over() && self.erasing.is_empty()
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let tick = self.next_tick(now);
        let told = self.seats.due_at();
        let wakes = [self.absences.next_wake(), self.voices.next_wake(), self.retry_at, tick, told];
        wakes.into_iter().flatten().min().unwrap_or(now + IDLE)
    }

    /// When the meeting has something due next.
    fn next_tick(&self, now: Instant) -> Option<Instant> {
        let due = self.book.as_ref()?.due_at()?;
        let wait = Duration::from_millis(due.since(self.shared.wall.now()).0);
        let at = now + wait;
        Some(self.ticked_at.map_or(at, |last| at.max(last + TICK_APART)))
    }

    fn tick(&mut self) {
        let now = Instant::now();
        if self.next_tick(now).is_some_and(|at| at <= now) {
            self.ticked_at = Some(now);
            self.due.push(Command::Tick);
        }
        if let Some(book) = &self.book {
            let expired = self.absences.expired(&book.durable, now);
            self.due.extend(expired.into_iter().map(|participant| Command::Expire { participant }));
        }
        if self.seats.due_at().is_some_and(|at| at <= now) {
            self.tell_all();
        }
        self.record_speech(false);
        if let Some(levels) = self.voices.levels(now) {
            let signals = Signals::new(Arc::clone(self.voices.hearing()), |may_read| {
                let levels = levels.iter().filter(|(reach, _)| may_read(*reach)).map(|(_, level)| *level);
                text(&ServerMessage::Signals { levels: levels.collect() })
            });
            self.doors.levels.send_if_modified(|last| {
                let is_new = !last.is_same(&signals);
                *last = signals;
                is_new
            });
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
        }
    }

    fn record_speech(&mut self, at_once: bool) {
        for (participant, spoken) in self.voices.speech(Instant::now(), at_once) {
            self.due.push(Command::RecordSpeech { participant, spoken });
        }
    }

    fn forward(&mut self, spoken: Spoken) {
        if let Some(packet) = self.voices.admit(spoken, &self.shared.metrics, Instant::now()) {
            // Nobody listens: then it is silence.
            let _ = self.doors.packets.send(packet);
        }
    }

    fn depart(&mut self, departure: &Departure) {
        let now = self.shared.wall.now();
        if let Some(conn) = self.seats.remove(departure.conn, now) {
            self.gone(&conn);
        }
        let grace = Millis::from(self.shared.settings.timing.grace);
        self.seats.forget_before(crate::meeting::Timestamp(now.0.saturating_sub(grace.0)));
    }
}
