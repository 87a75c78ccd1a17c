//! A room full of seats.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::audio::FRAME_MS;
use crate::wire::{AudioRecord, Feed};

use super::child::Server;
use super::forward::{speech, take_floor};
use super::seat::BenchSeat;
use super::{BenchError, Report};

/// After the last seat joined: the server's own work for it is done.
pub(super) const SETTLE: Duration = Duration::from_secs(1);

/// Measures `seats` for `secs` while nothing happens, and for as long while one of them speaks.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(seats: u32, secs: u32) -> Result<Report, BenchError> {
    let server = Server::start(seats).await?;
    let empty = server.memory_kib()?;
    let joining = server.watch()?;
    let mut all = BenchSeat::fill(&server.url(), seats, Feed::Forward, seats).await?;
    let (join_cpu, join_took) = joining.read()?;
    let mut host = all.remove(0);
    take_floor(&mut host).await?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for seat in all {
        tasks.spawn(attend(seat, stopped.clone()));
    }
    sleep(SETTLE).await;
    let full = server.memory_kib()?;
    let idle = server.watch()?;
    sleep(Duration::from_secs(u64::from(secs))).await;
    let (idle_cpu, idle_took) = idle.read()?;

    let packets = speech(1)?;
    let speaking = server.watch()?;
    say(&mut host, &packets, secs).await;
    let (speaking_cpu, speaking_took) = speaking.read()?;
    let spoken = server.memory_kib()?;
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
    let share = |cpu: Duration, took: Duration| cpu.as_secs_f64() / took.as_secs_f64() * 100.0;
    Ok(Report::new(format!("seats: {seats}, {secs} s idle, {secs} s of speech"))
        .figure("memory_empty", empty as f64, "KiB")
        .figure("memory", full as f64, "KiB")
        .figure("memory_after_speech", spoken as f64, "KiB")
        .figure("memory_a_seat", full.saturating_sub(empty) as f64 / f64::from(seats), "KiB")
        .figure("cpu_a_join", join_cpu.as_secs_f64() * 1_000.0 / f64::from(seats), "ms")
        .figure("time_a_join", join_took.as_secs_f64() * 1_000.0 / f64::from(seats), "ms")
        .figure("cpu_idle", share(idle_cpu, idle_took), "% of a core")
        .figure("cpu_speaking", share(speaking_cpu, speaking_took), "% of a core"))
}

/// Keeps a seat, and takes in what it is told.
async fn attend(mut seat: BenchSeat, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            event = seat.events.recv() => if event.is_none() { return },
            _ = stopped.changed() => return,
        }
    }
}

/// Says a packet each 20 ms.
pub(super) async fn say(speaker: &mut BenchSeat, packets: &[AudioRecord], secs: u32) {
    let mut tick = interval(Duration::from_millis(FRAME_MS));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for (frame, packet) in (0..=u16::MAX).cycle().zip(packets.iter().cycle()).take(secs as usize * 50) {
        tick.tick().await;
        speaker.link.send_audio(AudioRecord { frame, ..packet.clone() });
        while speaker.events.try_recv().is_ok() {}
    }
}
