//! Consoles over SSH: the whole screen for a stock client, made in the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use russh::client::Config;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::wire::Feed;

use super::child::Server;
use super::forward::{speech, take_floor};
use super::seat::BenchSeat;
use super::seats::{SETTLE, say};
use super::shell::{Cells, Shell};
use super::stats::Delays;
use super::{BenchError, Report, stalled};

/// Measures `consoles` of them for `secs` while only the clock runs, for as long while somebody speaks, and then as many
/// that read nothing.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(consoles: u32, secs: u32, cells: Cells) -> Result<Report, BenchError> {
    let (columns, rows) = cells;
    let report = Report::new(format!("ssh: {consoles} consoles of {columns}x{rows}, {secs} s each"));
    let report = reading(report, consoles, secs, cells).await?;
    stalled::run(report, consoles, cells).await
}

async fn reading(report: Report, consoles: u32, secs: u32, cells: Cells) -> Result<Report, BenchError> {
    let server = Server::start(consoles).await?;
    let mut host = BenchSeat::join(server.url(), 0, Feed::None, false).await?;
    take_floor(&mut host).await?;
    let empty = server.memory_kib()?;
    let config = Arc::new(Config::default());
    let mut starts = Delays::default();
    let mut counters = Vec::new();
    let mut seats = JoinSet::new();
    let joining = server.watch()?;
    for number in 1..=consoles {
        let began = Instant::now();
        let mut shell = Shell::open(server.ssh(), number, cells, &config).await?;
        shell.frame().await?;
        starts.add(began.elapsed());
        counters.push(shell.bytes());
        seats.spawn(shell.watch());
        while host.events.try_recv().is_ok() {}
    }
    let (join_cpu, _) = joining.read()?;
    sleep(SETTLE).await;
    let terminals = Terminals(counters);
    let full = server.memory_kib()?;
    let (idle, before) = (server.watch()?, terminals.bytes());
    sleep(Duration::from_secs(secs.into())).await;
    let (idle_cpu, idle_took) = idle.read()?;
    let idle_bytes = terminals.bytes() - before;
    let (speaking, before) = (server.watch()?, terminals.bytes());
    say(&mut host, &speech(1)?, secs).await;
    let (speaking_cpu, speaking_took) = speaking.read()?;
    let speaking_bytes = terminals.bytes() - before;
    let spoken = server.memory_kib()?;
    let all = f64::from(consoles);
    let a_seat = |memory: u64| memory.saturating_sub(empty) as f64 / all;
    let of_ten = |cpu: Duration, took: Duration| cpu.as_secs_f64() / took.as_secs_f64() * 1_000.0 / all;
    let a_second = |bytes: u64, took: Duration| bytes as f64 / took.as_secs_f64() / all;
    Ok(report
        .figure("start_p50", starts.percentile_ms(50), "ms")
        .figure("start_p99", starts.percentile_ms(99), "ms")
        .figure("cpu_a_start", join_cpu.as_secs_f64() * 1_000.0 / all, "ms")
        .figure("memory_empty", empty as f64, "KiB")
        .figure("memory", full as f64, "KiB")
        .figure("memory_a_seat", a_seat(full), "KiB")
        .figure("memory_a_seat_after_speech", a_seat(spoken), "KiB")
        .figure("cpu_of_ten_idle", of_ten(idle_cpu, idle_took), "% of a core")
        .figure("cpu_of_ten_while_somebody_speaks", of_ten(speaking_cpu, speaking_took), "% of a core")
        .figure("bytes_idle", a_second(idle_bytes, idle_took), "B/s")
        .figure("bytes_while_somebody_speaks", a_second(speaking_bytes, speaking_took), "B/s"))
}

/// What all terminals were sent.
struct Terminals(Vec<Arc<AtomicU64>>);

impl Terminals {
    fn bytes(&self) -> u64 {
        self.0.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum()
    }
}
