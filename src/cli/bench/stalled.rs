//! Clients of SSH that stop reading: what one holds of the server's memory, and for how long.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use russh::client::Config;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::wire::Feed;

use super::child::Server;
use super::forward::take_floor;
use super::seat::BenchSeat;
use super::shell::{Cells, Shell};
use super::stats::Delays;
use super::{BenchError, Report};

/// What a client lets the server send, in bytes: less than a screen, so that the server is left with the rest.
const WINDOW: u32 = 2_048;

/// Who come in at the same time.
const AT_ONCE: u32 = 10;

/// Between two looks at the server.
const LOOK: Duration = Duration::from_millis(50);

/// How long the last one's end is waited for.
const END: Duration = Duration::from_secs(60);

/// Measures `clients` of them.
///
/// # Errors
/// Why nothing could be measured.
pub(super) async fn run(report: Report, clients: u32, cells: Cells) -> Result<Report, BenchError> {
    let server = Server::start(clients).await?;
    let mut host = BenchSeat::join(server.url(), 0, Feed::None, false).await?;
    take_floor(&mut host).await?;
    let (empty, files) = (server.memory_kib()?, server.open_files()?);
    let config = Arc::new(Config { window_size: WINDOW, channel_buffer_size: 1, ..Config::default() });
    let mut watch = Watch { files, ..Watch::default() };
    let mut kept = Vec::new();
    for first in (1..=clients).step_by(AT_ONCE as usize) {
        let mut opening = JoinSet::new();
        for number in first..(first + AT_ONCE).min(clients + 1) {
            let (at, config) = (server.ssh(), Arc::clone(&config));
            opening.spawn(async move { Shell::open(at, number, cells, &config).await });
        }
        while let Some(shell) = opening.join_next().await {
            kept.push(shell.map_err(|e| BenchError::Own(Box::new(e)))??);
            watch.opened.push_back(Instant::now());
        }
        watch.look(&server)?;
        while host.events.try_recv().is_ok() {}
    }
    let deadline = Instant::now() + END;
    while !watch.opened.is_empty() {
        if Instant::now() > deadline {
            return Err(BenchError::Late { what: "the end of those who do not read", secs: END.as_secs() });
        }
        sleep(LOOK).await;
        watch.look(&server)?;
        while host.events.try_recv().is_ok() {}
    }
    let held = watch.memory.saturating_sub(empty) as f64 / watch.most.max(1) as f64;
    Ok(report
        .figure("not_reading_at_once", watch.most as f64, "clients")
        .figure("not_reading_memory_a_client", held, "KiB")
        .figure("not_reading_cut_p50", watch.lasted.percentile_ms(50), "ms")
        .figure("not_reading_cut_worst", watch.lasted.percentile_ms(100), "ms"))
}

/// The server, seen from without.
#[derive(Default)]
struct Watch {
    /// What it had open before.
    files: usize,
    /// When those came who are still there; who came first is cut first.
    opened: VecDeque<Instant>,
    lasted: Delays,
    most: usize,
    memory: u64,
}

impl Watch {
    fn look(&mut self, server: &Server) -> Result<(), BenchError> {
        let there = server.open_files()?.saturating_sub(self.files);
        self.memory = self.memory.max(server.memory_kib()?);
        self.most = self.most.max(there);
        while self.opened.len() > there {
            self.lasted.add(self.opened.pop_front().unwrap_or_else(Instant::now).elapsed());
        }
        Ok(())
    }
}
