//! From a raised hand to every other screen.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::client::LinkEvent;
use crate::meeting::{Command, Event, HandKind, TurnId};
use crate::wire::{Feed, ServerMessage};

use super::child::Server;
use super::seat::{BenchSeat, PATIENCE};
use super::stats::Delays;
use super::{BenchError, Report};

/// From one round to the next: the host calls in each, and a server takes 20 commands a second of one person.
const ROUND: Duration = Duration::from_millis(60);

/// What a seat can see of a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Raised,
    Called(TurnId),
}

/// What one seat saw.
#[derive(Debug)]
struct Sight {
    what: What,
    at: Instant,
}

/// What a seat's task is told to ask for.
type Orders = mpsc::Sender<Command>;

/// Measures `rounds` hands in a room of `seats`: raised by one after the other, and called by the host.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(seats: u32, rounds: u32) -> Result<Report, BenchError> {
    let server = Server::start(seats).await?;
    let mut all = BenchSeat::fill(&server.url(), seats, Feed::None, seats).await?;
    if let Some(host) = all.first_mut() {
        host.ask_and_wait(Command::Start).await?;
    }
    // A round's sights: a raise and a call from every seat.
    let (sights, seen) = mpsc::channel(all.len() * 2);
    let mut tasks = JoinSet::new();
    let mut people: Vec<Orders> = Vec::new();
    for seat in all {
        let (orders, ordered) = mpsc::channel(1);
        people.push(orders);
        tasks.spawn(watch(seat, ordered, sights.clone()));
    }
    let usage = server.watch()?;
    let mut others = Others { seen, count: people.len().saturating_sub(1) };
    let (mut hands, mut calls) = (Delays::default(), Delays::default());
    let mut attendees = people.iter().skip(1).cycle();
    let mut current = None;
    let mut paced = interval(ROUND);
    paced.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..rounds {
        paced.tick().await;
        let (Some(host), Some(owner)) = (people.first(), attendees.next()) else { break };
        let raise = Command::Raise { topic: "How late is this?".to_owned(), kind: HandKind::Question };
        others.time(owner, raise, |what| what == What::Raised, &mut hands).await?;
        let is_call = |what| matches!(what, What::Called(turn) if Some(turn) != current);
        let called = others.time(host, Command::Next { current }, is_call, &mut calls).await?;
        current = match called {
            What::Called(turn) => Some(turn),
            _ => current,
        };
    }
    let (cpu, took) = usage.read()?;
    Ok(Report::new(format!("hands: {seats} seats, {rounds} rounds"))
        .figure("sights", hands.len() as f64, "")
        .figure("p50", hands.percentile_ms(50), "ms")
        .figure("p99", hands.percentile_ms(99), "ms")
        .figure("worst", hands.percentile_ms(100), "ms")
        .figure("call_p50", calls.percentile_ms(50), "ms")
        .figure("call_p99", calls.percentile_ms(99), "ms")
        .figure("call_worst", calls.percentile_ms(100), "ms")
        .figure("server_cpu", cpu.as_secs_f64() / took.as_secs_f64() * 100.0, "% of a core"))
}

/// Where the seats' sights come in.
#[derive(Debug)]
struct Others {
    seen: mpsc::Receiver<Sight>,
    /// How many see what one of them does.
    count: usize,
}

impl Others {
    /// Has somebody ask for something, and adds how long each of the others took to see it. Tells what they saw.
    async fn time(
        &mut self,
        orders: &Orders,
        command: Command,
        is_it: impl Fn(What) -> bool,
        delays: &mut Delays,
    ) -> Result<What, BenchError> {
        let asked_at = Instant::now();
        orders.send(command).await.map_err(|e| BenchError::Own(Box::new(e)))?;
        let mut left = self.count;
        loop {
            let seen = timeout(PATIENCE, self.seen.recv()).await.ok().flatten();
            let sight = seen.ok_or(BenchError::Late { what: "a hand", secs: PATIENCE.as_secs() })?;
            if !is_it(sight.what) {
                continue;
            }
            delays.add(sight.at.saturating_duration_since(asked_at));
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(sight.what);
            }
        }
    }
}

async fn watch(mut seat: BenchSeat, mut ordered: mpsc::Receiver<Command>, sights: mpsc::Sender<Sight>) {
    let me = Some(seat.identity.id());
    loop {
        tokio::select! {
            event = seat.events.recv() => {
                let Some(event) = event else { return };
                let LinkEvent::Message(ServerMessage::Event(recorded)) = event else { continue };
                let at = Instant::now();
                let what = match recorded.event {
                    Event::HandRaised { .. } => What::Raised,
                    Event::Called { turn, .. } => What::Called(turn),
                    _ => continue,
                };
                if recorded.by != me && sights.send(Sight { what, at }).await.is_err() {
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
