//! One speaker's packets to many listeners.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::audio::FRAME_MS;
use crate::cli::demo::Mouth;
use crate::client::{Link, LinkEvent};
use crate::meeting::Command;
use crate::wire::{AudioRecord, Feed};

use super::child::Server;
use super::seat::BenchSeat;
use super::stats::Delays;
use super::{BenchError, Report};

/// Packets that are made before and sent again and again, so that the encoder's work is not measured: two seconds.
const PACKETS: usize = 100;

/// What is still under way may arrive.
const LAST: Duration = Duration::from_millis(500);

/// When each frame was sent, by frame number, since the start.
type Sent = Arc<Vec<std::sync::atomic::AtomicU64>>;

/// Measures `secs` seconds of speech to `listeners`.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(listeners: u32, secs: u32) -> Result<Report, BenchError> {
    let server = Server::start(listeners + 1).await?;
    let mut seats = BenchSeat::fill(&server.url(), listeners + 1, Feed::Forward, true).await?;
    let mut speaker = seats.remove(0);
    take_floor(&mut speaker).await?;
    let packets = speech(1)?;
    let frames = secs as usize * 50;
    let sent: Sent = Arc::new((0..frames).map(|_| std::sync::atomic::AtomicU64::new(0)).collect());
    let start = Instant::now();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for seat in seats {
        tasks.spawn(hear(seat, start, Arc::clone(&sent), stopped.clone()));
    }
    let usage = server.watch()?;
    let said = speak(&speaker.link, &packets, start, &sent).await;
    sleep(LAST).await;
    let (cpu, took) = usage.read()?;
    stop.send_replace(true);
    let mut delays = Delays::default();
    while let Some(heard) = tasks.join_next().await {
        delays.merge(heard.unwrap_or_default());
    }
    let delivered = delays.len() as f64;
    let expected = f64::from(said) * f64::from(listeners);
    Ok(Report::new(format!("forward: one speaker, {listeners} listeners, {secs} s"))
        .figure("delivered", delivered, "packets")
        .figure("delivered_per_second", delivered / took.as_secs_f64(), "packets/s")
        .figure("lost", expected - delivered, "packets")
        .figure("server_cpu_per_delivered_packet", cpu.as_secs_f64() * 1e6 / delivered.max(1.0), "us")
        .figure("server_cpu", cpu.as_secs_f64() / took.as_secs_f64() * 100.0, "% of a core")
        .figure("delay_p50", delays.percentile_ms(50), "ms")
        .figure("delay_p99", delays.percentile_ms(99), "ms"))
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

/// Sends a packet each 20 ms, one for each place in `sent`. Tells how many the link took.
async fn speak(link: &Link, packets: &[AudioRecord], start: Instant, sent: &Sent) -> u32 {
    let mut tick = interval(Duration::from_millis(FRAME_MS));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = 0;
    for ((frame, at), packet) in sent.iter().enumerate().zip(packets.iter().cycle()) {
        tick.tick().await;
        at.store(micros(start), std::sync::atomic::Ordering::Relaxed);
        let frame = u16::try_from(frame & usize::from(u16::MAX)).unwrap_or(0);
        said += u32::from(link.send_audio(AudioRecord { frame, ..packet.clone() }));
    }
    said
}

async fn hear(mut seat: BenchSeat, start: Instant, sent: Sent, mut stopped: watch::Receiver<bool>) -> Delays {
    let mut delays = Delays::default();
    loop {
        let event = tokio::select! {
            event = seat.events.recv() => event,
            _ = stopped.changed() => return delays,
        };
        let Some(event) = event else { return delays };
        let LinkEvent::Audio(message) = event else { continue };
        let now = micros(start);
        for record in message.records {
            if let Some(at) = sent.get(usize::from(record.frame)) {
                let at = at.load(std::sync::atomic::Ordering::Relaxed);
                delays.add(Duration::from_micros(now.saturating_sub(at)));
            }
        }
    }
}

fn micros(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}
