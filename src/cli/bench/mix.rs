//! Three speakers in one stream, on three rungs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::audio::FRAME_MS;
use crate::client::LinkEvent;
use crate::meeting::{Command, Role};
use crate::wire::{AudioRecord, Feed, Rung};

use super::child::Server;
use super::forward::speech;
use super::seat::BenchSeat;
use super::stats::Delays;
use super::{BenchError, Report};

/// Who speaks at once.
pub(super) const SPEAKERS: usize = 3;

/// Before the mix is measured all decoders and encoders are there.
const SETTLE: Duration = Duration::from_secs(1);

/// What the server counts of its mixing; the rest of its CPU time is taking packets in and handing the mix out.
const MIX_CPU: &str = "palco_mix_cpu_seconds_total";

/// Measures `secs` seconds of three people who speak, to seats on the three rungs in turn; nobody who speaks listens.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(seats: u32, secs: u32) -> Result<Report, BenchError> {
    let server = Server::start(seats).await?;
    let mut all = BenchSeat::fill(&server.url(), seats, Feed::None, seats).await?;
    let hearers = all.split_off(SPEAKERS);
    let mut speakers = all;
    take_floor(&mut speakers).await?;
    let mut mouths = Vec::new();
    for seed in 1..=SPEAKERS as u64 {
        mouths.push(speech(seed)?);
    }
    let (stop, stopped) = watch::channel(false);
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for (seat, rung) in hearers.into_iter().zip(Rung::ALL.into_iter().cycle()) {
        seat.link.set_feed(Feed::Mix(rung));
        let stopped = stopped.clone();
        tasks.spawn(async move { (rung, hear(seat, start, stopped).await) });
    }
    speak(&mut speakers, &mouths, SETTLE).await;
    let (usage, mixed_before) = (server.watch()?, server.metric(MIX_CPU).await?);
    speak(&mut speakers, &mouths, Duration::from_secs(secs.into())).await;
    let (cpu, took) = usage.read()?;
    let mixed = (server.metric(MIX_CPU).await? - mixed_before) / took.as_secs_f64();
    stop.send_replace(true);
    let mut rungs = BTreeMap::<Rung, (u32, Delays)>::new();
    while let Some(Ok((rung, (count, delays)))) = tasks.join_next().await {
        let (messages, late) = rungs.entry(rung).or_default();
        *messages += count;
        late.merge(delays);
    }
    let a_second = cpu.as_secs_f64() / took.as_secs_f64();
    let mut report = Report::new(format!("mix: {SPEAKERS} speakers, 3 rungs, {seats} seats, {secs} s"))
        .figure("server_cpu", a_second * 100.0, "% of a core")
        .figure("mix_cpu", mixed * 100.0, "% of a core")
        .figure("delivery_cpu", (a_second - mixed) * 100.0, "% of a core")
        .figure("server_cpu_a_seat", a_second * 1_000.0 / f64::from(seats), "ms/s");
    for (rung, (messages, late)) in rungs.iter_mut().rev() {
        let [count, p50, p99] = names(*rung);
        report = report
            .figure(count, f64::from(*messages), "messages")
            .figure(p50, late.percentile_ms(50), "ms")
            .figure(p99, late.percentile_ms(99), "ms");
    }
    Ok(report)
}

/// What a rung's figures are called: messages, and how late they are against the earliest of its own.
const fn names(rung: Rung) -> [&'static str; 3] {
    match rung {
        Rung::Kb32 => ["mix_32", "mix_32_late_p50", "mix_32_late_p99"],
        Rung::Kb16 => ["mix_16", "mix_16_late_p50", "mix_16_late_p99"],
        Rung::Kb8 => ["mix_8", "mix_8_late_p50", "mix_8_late_p99"],
    }
}

/// The host begins, and the first three open their microphones.
pub(super) async fn take_floor(speakers: &mut [BenchSeat]) -> Result<(), BenchError> {
    let Some((host, others)) = speakers.split_first_mut() else { return Ok(()) };
    host.ask_and_wait(Command::Start).await?;
    for seat in others.iter_mut() {
        let participant = seat.identity.id();
        host.ask_and_wait(Command::SetRole { participant, role: Role::Speaker }).await?;
    }
    for seat in speakers {
        seat.ask_and_wait(Command::StepUp).await?;
        seat.ask_and_wait(Command::Unmute).await?;
    }
    Ok(())
}

/// Everybody says a packet each 20 ms.
pub(super) async fn speak(speakers: &mut [BenchSeat], mouths: &[Vec<AudioRecord>], length: Duration) {
    let mut tick = interval(Duration::from_millis(FRAME_MS));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let frames = length.as_millis() as usize / FRAME_MS as usize;
    for n in 0..frames {
        tick.tick().await;
        for (seat, mouth) in speakers.iter_mut().zip(mouths) {
            // Modulo 65,536, as the protocol has it.
            let frame = (n & usize::from(u16::MAX)) as u16;
            seat.link.send_audio(AudioRecord { frame, ..mouth[n % mouth.len()].clone() });
            while seat.events.try_recv().is_ok() {}
        }
    }
}

/// Counts messages, and how much later they come than the earliest, by their frames.
async fn hear(mut seat: BenchSeat, start: Instant, mut stopped: watch::Receiver<bool>) -> (u32, Delays) {
    let (mut count, mut gaps) = (0, Delays::default());
    let (mut fastest, mut at): (Option<i64>, Option<(i64, u16)>) = (None, None);
    loop {
        let event = tokio::select! {
            event = seat.events.recv() => event,
            _ = stopped.changed() => break,
        };
        let Some(event) = event else { break };
        let LinkEvent::Mix(message) = event else { continue };
        count += 1;
        // Numbers wrap after 65,536.
        let (index, last) = at.get_or_insert((0, message.frame));
        *index += i64::from(message.frame.wrapping_sub(*last).cast_signed());
        *last = message.frame;
        let transit =
            i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX) - *index * FRAME_MS as i64 * 1_000;
        let least = *fastest.get_or_insert(transit);
        fastest = Some(least.min(transit));
        gaps.add(Duration::from_micros(u64::try_from(transit - least.min(transit)).unwrap_or(0)));
    }
    (count, gaps)
}
