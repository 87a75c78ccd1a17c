//! How long rooms wait while a meeting is deleted out of a large database.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use crate::cli::demo::Scratch;
use crate::meeting::{Event, Millis, Recorded, Role, Seq, Source, Timestamp};
use crate::store::{Batch, Entry, Erasure, IndexEntry, MeetingId, NewMeeting, NewRoom, ShelfChange, Store};

use super::kept::{own, person};
use super::stats::Delays;
use super::{BenchError, Report};

/// Events of a meeting, with what can be searched of it about 100 KiB.
const EVENTS: u64 = 400;

/// How many people join one, each with a name that is searched.
const PEOPLE: u32 = 40;

/// Topics that can be searched of one.
const TOPICS: usize = 60;

/// How long a room commits while nothing is deleted.
const QUIET: Duration = Duration::from_secs(2);

/// Between two commits of a room.
const PAUSE: Duration = Duration::from_millis(2);

/// Deletes two of so many meetings, one after the other, while a room commits: the first finds what years have left.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(meetings: u32) -> Result<Report, BenchError> {
    let scratch = Scratch::new("bench").map_err(own)?;
    let store = Store::open(scratch.path()).map_err(own)?;
    let mut chance = rand::random::<u64>() | 1;
    for number in 1..=meetings {
        fill(&store, number, &mut chance).await?;
    }
    store.commit(batch("live", 1, opened(1))).await.map_err(own)?;
    store.flush().await.map_err(own)?;
    let size = std::fs::metadata(scratch.path().join("palco.db")).map_err(own)?.len();
    let report = Report::new(format!("delete: 2 of {meetings} meetings, while a room commits")).figure(
        "database",
        size as f64 / 1e6,
        "MB",
    );
    let nothing = async {
        sleep(QUIET).await;
        Ok(())
    };
    let quiet = beside(&store, 1_000, nothing).await?;
    let mut report = report.figure("commit_p50", quiet.percentile_ms(50), "ms").figure(
        "commit_worst",
        quiet.percentile_ms(100),
        "ms",
    );
    let names = [
        ("first_deletion", "commit_worst_during_the_first"),
        ("second_deletion", "commit_worst_during_the_second"),
    ];
    for (n, (took, worst)) in (1_u32..).zip(names) {
        let began = Instant::now();
        let delays =
            beside(&store, u64::from(n + 1) * 1_000_000, delete(&store, meetings * n / 3 + 1)).await?;
        report = report.figure(took, began.elapsed().as_secs_f64() * 1_000.0, "ms").figure(
            worst,
            delays.percentile_ms(100),
            "ms",
        );
    }
    Ok(report)
}

/// What commits of a room take, numbered from `seq` on, until something is done.
async fn beside(
    store: &Store,
    mut seq: u64,
    work: impl Future<Output = Result<(), BenchError>>,
) -> Result<Delays, BenchError> {
    let (done, is_done) = watch::channel(false);
    let commits = async {
        let mut delays = Delays::default();
        while !*is_done.borrow() {
            let began = Instant::now();
            seq += 1;
            let event = recorded(seq, Event::Extended { by: Millis(seq) });
            let batch = Batch { new_room: None, new_meeting: None, ..batch("live", 1, vec![event]) };
            store.commit(batch).await.map_err(own)?;
            delays.add(began.elapsed());
            sleep(PAUSE).await;
        }
        Ok(delays)
    };
    let work = async {
        let outcome = work.await;
        done.send_replace(true);
        outcome
    };
    let (delays, outcome) = tokio::join!(commits, work);
    outcome.and(delays)
}

async fn delete(store: &Store, number: u32) -> Result<(), BenchError> {
    let erasure = Erasure { meeting: id("bench", number), at: Timestamp(1), remains: Vec::new() };
    store.change_shelf(ShelfChange::Erase(erasure)).await.map_err(own)?;
    store.scrub().await.map_err(own)
}

/// Keeps a meeting with what can be searched of it.
async fn fill(store: &Store, number: u32, chance: &mut u64) -> Result<(), BenchError> {
    let mut events = opened(number);
    for n in 0..PEOPLE {
        let name = words(chance, 2);
        let event = Event::Joined {
            participant: person(number * PEOPLE + n),
            source: Source(1),
            name,
            role: Role::Attendee,
            auto_open: true,
            resembles: None,
            newcomer: false,
        };
        events.push(recorded(events.len() as u64 + 1, event));
    }
    while (events.len() as u64) < EVENTS {
        let (participant, spoken) = (person(number), Millis(*chance >> 44));
        events.push(recorded(events.len() as u64 + 1, Event::Spoke { participant, spoken }));
    }
    let mut batch = batch("bench", number, events);
    batch.new_room = batch.new_room.filter(|_| number == 1);
    batch.ended = Some(Timestamp(1));
    store.commit(batch).await.map_err(own)?;
    let entry =
        |_| IndexEntry { text: words(chance, 6), who: words(chance, 2), kind: "turn".to_owned(), at: None };
    let entries = (0..TOPICS).map(entry).collect();
    store.change_shelf(ShelfChange::Index { meeting: id("bench", number), entries }).await.map_err(own)
}

fn id(room: &str, number: u32) -> MeetingId {
    MeetingId(format!("{room}-{number:020}"))
}

fn batch(room: &str, number: u32, events: Vec<Recorded>) -> Batch {
    let opened = Timestamp(1);
    Batch {
        room: room.to_owned(),
        new_room: Some(NewRoom { owner: person(0), created: opened }),
        new_meeting: Some(NewMeeting { id: id(room, number), number, opened }),
        meeting: id(room, number),
        entries: events.into_iter().map(|recorded| Entry { recorded, cause: None }).collect(),
        ended: None,
        door: Vec::new(),
    }
}

fn recorded(seq: u64, event: Event) -> Recorded {
    Recorded { seq: Seq(seq), at: Timestamp(seq), by: None, event }
}

fn opened(number: u32) -> Vec<Recorded> {
    vec![recorded(1, super::record::opened(number))]
}

/// So many of twenty thousand words.
fn words(chance: &mut u64, count: usize) -> String {
    let mut word = || {
        // Xorshift (Marsaglia 2003).
        *chance ^= *chance << 13;
        *chance ^= *chance >> 7;
        *chance ^= *chance << 17;
        format!("w{:x}", (*chance % 20_000) * 7_919)
    };
    (0..count).map(|_| word()).collect::<Vec<_>>().join(" ")
}
