//! Speakers' packets to many listeners, and the least that passing them on can cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::audio::FRAME_MS;
use crate::cli::demo::Mouth;
use crate::client::LinkEvent;
use crate::meeting::Command;
use crate::wire::{AudioRecord, Feed};

use super::child::Server;
use super::seat::BenchSeat;
use super::stats::Delays;
use super::{BenchError, Report, floor, mix};

/// Packets that are made before and sent again and again, so that the encoder's work is not measured: two seconds.
const PACKETS: usize = 100;

/// What is still under way may arrive.
pub(super) const LAST: Duration = Duration::from_millis(500);

/// Frame numbers of each speaker, so that one is told from another by them: five minutes' worth, and then again.
const FRAMES: usize = 16_384;

/// When each frame was said.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    start: Instant,
    /// By frame number, in microseconds since the start.
    at: Arc<[AtomicU64]>,
}

impl Spoken {
    /// Nothing was said yet.
    pub(super) fn new() -> Self {
        let at = (0..=u16::MAX).map(|_| AtomicU64::new(0)).collect();
        Self { start: Instant::now(), at }
    }

    /// A speaker says their packet `n` now; tells its frame number.
    pub(super) fn say(&self, speaker: usize, n: usize) -> u16 {
        // Four speakers have numbers of their own.
        let frame = (speaker * FRAMES + n % FRAMES) & usize::from(u16::MAX);
        self.at[frame].store(self.now(), Ordering::Relaxed);
        frame as u16
    }

    /// How long ago a frame was said.
    pub(super) fn since(&self, frame: u16) -> Duration {
        Duration::from_micros(self.now().saturating_sub(self.at[usize::from(frame)].load(Ordering::Relaxed)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// Measures `secs` seconds of `speakers` to `listeners`, and then the same bytes without a meeting.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(speakers: u32, listeners: u32, secs: u32) -> Result<Report, BenchError> {
    let mouths = (1..=u64::from(speakers)).map(speech).collect::<Result<Vec<_>, _>>()?;
    let report = Report::new(format!("forward: {speakers} speaking, {listeners} listeners, {secs} s"));
    let (report, cost) = meeting(report, &mouths, listeners, secs).await?;
    let floor = floor::measure(mouths, listeners, secs).await?;
    let least = each(floor.cpu, floor.heard.len());
    Ok(report
        .figure("floor_cpu_per_delivered_packet", least, "us")
        .figure("floor_delay_p99", floor.heard.percentile_ms(99), "ms")
        .figure("times_the_floor", cost / least.max(f64::MIN_POSITIVE), ""))
}

/// Measures the server; tells its CPU time for a delivered packet in microseconds too.
async fn meeting(
    report: Report,
    mouths: &[Vec<AudioRecord>],
    listeners: u32,
    secs: u32,
) -> Result<(Report, f64), BenchError> {
    let all = listeners + mouths.len() as u32;
    let server = Server::start(all).await?;
    let mut speakers = BenchSeat::fill(&server.url(), all, Feed::Forward, mouths.len() as u32).await?;
    let hearers = speakers.split_off(mouths.len());
    for seat in &speakers {
        seat.link.set_feed(Feed::None);
    }
    mix::take_floor(&mut speakers).await?;
    let spoken = Spoken::new();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for seat in hearers {
        tasks.spawn(hear(seat, spoken.clone(), stopped.clone()));
    }
    let usage = server.watch()?;
    let said = speak(&mut speakers, mouths, secs, &spoken).await;
    sleep(LAST).await;
    let (cpu, took) = usage.read()?;
    stop.send_replace(true);
    let mut delays = Delays::default();
    while let Some(heard) = tasks.join_next().await {
        delays.merge(heard.unwrap_or_default());
    }
    let delivered = delays.len() as f64;
    let cost = each(cpu, delays.len());
    let report = report
        .figure("delivered", delivered, "packets")
        .figure("delivered_per_second", delivered / took.as_secs_f64(), "packets/s")
        .figure("lost", f64::from(said) * f64::from(listeners) - delivered, "packets")
        .figure("server_cpu_per_delivered_packet", cost, "us")
        .figure("server_cpu", cpu.as_secs_f64() / took.as_secs_f64() * 100.0, "% of a core")
        .figure("delay_p50", delays.percentile_ms(50), "ms")
        .figure("delay_p99", delays.percentile_ms(99), "ms");
    Ok((report, cost))
}

/// Microseconds for each of `count`.
fn each(cpu: Duration, count: usize) -> f64 {
    cpu.as_secs_f64() * 1e6 / (count.max(1) as f64)
}

/// The host begins the meeting and opens the microphone.
pub(super) async fn take_floor(host: &mut BenchSeat) -> Result<(), BenchError> {
    host.ask_and_wait(Command::Start).await?;
    host.ask_and_wait(Command::StepUp).await?;
    host.ask_and_wait(Command::Unmute).await
}

/// Packets of a voice without the pauses.
pub(super) fn speech(seed: u64) -> Result<Vec<AudioRecord>, BenchError> {
    let own = |e: crate::audio::CodecError| BenchError::Own(Box::new(e));
    let mut mouth = Mouth::new(seed).map_err(own)?;
    let mut packets = Vec::with_capacity(PACKETS);
    while packets.len() < PACKETS {
        packets.extend(mouth.next(true).map_err(own)?);
    }
    Ok(packets)
}

/// Each says a packet each 20 ms, one after the other in even steps. Tells how many the links took.
async fn speak(speakers: &mut [BenchSeat], mouths: &[Vec<AudioRecord>], secs: u32, spoken: &Spoken) -> u32 {
    let mut tick = interval(Duration::from_millis(FRAME_MS) / mouths.len().max(1) as u32);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = 0;
    for n in 0..secs as usize * 50 {
        for (speaker, (seat, mouth)) in speakers.iter_mut().zip(mouths).enumerate() {
            tick.tick().await;
            let frame = spoken.say(speaker, n);
            let record = AudioRecord { frame, ..mouth[n % mouth.len()].clone() };
            said += u32::from(seat.link.send_audio(record));
            while seat.events.try_recv().is_ok() {}
        }
    }
    said
}

async fn hear(mut seat: BenchSeat, spoken: Spoken, mut stopped: watch::Receiver<bool>) -> Delays {
    let mut delays = Delays::default();
    loop {
        let event = tokio::select! {
            event = seat.events.recv() => event,
            _ = stopped.changed() => return delays,
        };
        let Some(event) = event else { return delays };
        let LinkEvent::Audio(message) = event else { continue };
        for record in message.records {
            delays.add(spoken.since(record.frame));
        }
    }
}
