//! From a raised hand to every other screen.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::LinkEvent;
use crate::meeting::{Command, Event, HandKind, ParticipantId};
use crate::wire::{Feed, ServerMessage};

use super::child::Server;
use super::seat::{BenchSeat, PATIENCE};
use super::stats::Delays;
use super::{BenchError, Report};

/// What one seat saw of somebody's hand.
#[derive(Debug)]
struct Sight {
    owner: ParticipantId,
    up: bool,
    at: Instant,
}

/// What a seat's task is told to ask for.
type Orders = mpsc::Sender<Command>;

/// Measures `rounds` hands in a room of `seats`.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(seats: u32, rounds: u32) -> Result<Report, BenchError> {
    let server = Server::start(seats).await?;
    let mut all = BenchSeat::fill(&server.url(), seats, Feed::None, false).await?;
    if let Some(host) = all.first_mut() {
        host.ask_and_wait(Command::Start).await?;
    }
    // A round's sights, from every seat twice.
    let (sights, mut seen) = mpsc::channel(all.len() * 2);
    let mut tasks = JoinSet::new();
    let mut people: Vec<(ParticipantId, Orders)> = Vec::new();
    for seat in all {
        let (orders, ordered) = mpsc::channel(1);
        people.push((seat.identity.id(), orders));
        tasks.spawn(watch(seat, ordered, sights.clone()));
    }
    let usage = server.watch()?;
    let mut delays = Delays::default();
    let others = people.len() - 1;
    for (owner, orders) in people.iter().cycle().skip(1).take(rounds as usize) {
        let raise = Command::Raise { topic: "How late is this?".to_owned(), kind: HandKind::Question };
        let asked_at = Instant::now();
        order(orders, raise).await?;
        for sight in all_see(&mut seen, *owner, true, others).await? {
            delays.add(sight.saturating_duration_since(asked_at));
        }
        order(orders, Command::Lower).await?;
        all_see(&mut seen, *owner, false, others).await?;
    }
    let (cpu, took) = usage.read()?;
    Ok(Report::new(format!("hands: {seats} seats, {rounds} rounds"))
        .figure("sights", delays.len() as f64, "")
        .figure("p50", delays.percentile_ms(50), "ms")
        .figure("p99", delays.percentile_ms(99), "ms")
        .figure("worst", delays.percentile_ms(100), "ms")
        .figure("server_cpu", cpu.as_secs_f64() / took.as_secs_f64() * 100.0, "% of a core"))
}

async fn order(orders: &Orders, command: Command) -> Result<(), BenchError> {
    orders.send(command).await.map_err(|e| BenchError::Own(Box::new(e)))
}

/// When each of the others saw it.
async fn all_see(
    seen: &mut mpsc::Receiver<Sight>,
    owner: ParticipantId,
    up: bool,
    others: usize,
) -> Result<Vec<Instant>, BenchError> {
    let mut at = Vec::with_capacity(others);
    while at.len() < others {
        match timeout(PATIENCE, seen.recv()).await {
            Ok(Some(sight)) if sight.owner == owner && sight.up == up => at.push(sight.at),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => {
                return Err(BenchError::Late { what: "a hand", secs: PATIENCE.as_secs() });
            }
        }
    }
    Ok(at)
}

async fn watch(mut seat: BenchSeat, mut ordered: mpsc::Receiver<Command>, sights: mpsc::Sender<Sight>) {
    let me = seat.identity.id();
    let mut last = me;
    loop {
        tokio::select! {
            event = seat.events.recv() => {
                let Some(event) = event else { return };
                let LinkEvent::Message(ServerMessage::Event(recorded)) = event else { continue };
                let at = Instant::now();
                let (owner, up) = match recorded.event {
                    Event::HandRaised { participant, .. } => { last = participant; (participant, true) }
                    // One hand is up at a time, so it is the last one's.
                    Event::HandWithdrawn { .. } => (last, false),
                    _ => continue,
                };
                if owner != me && sights.send(Sight { owner, up, at }).await.is_err() {
                    return;
                }
            }
            command = ordered.recv() => {
                let Some(command) = command else { return };
                if seat.ask(command).await.is_err() {
                    return;
                }
            }
        }
    }
}
