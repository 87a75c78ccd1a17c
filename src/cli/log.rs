//! The log: a file a day in the state directory, never the screen.

use std::path::Path;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Which lines are written, as in `debug` or `palco::client=trace`.
const FILTER: &str = "PALCO_LOG";

/// Without [`FILTER`].
const USUAL: &str = "palco=info,warn";

/// Days that are kept: a week tells what happened in the last meeting.
const DAYS: usize = 7;

/// Lines that wait for the disk. When full, new ones are thrown away: a meeting never waits for its log.
const WAITING: usize = 4_096;

/// Writes the log until the guard is dropped. Without a directory to write to there is no log, and nothing else is
/// worse for it.
pub(crate) fn start(state: &Path) -> Option<WorkerGuard> {
    std::fs::create_dir_all(state).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS)
        .filename_prefix("palco")
        .filename_suffix("log")
        .build(state)
        .ok()?;
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true).finish(file);
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new(USUAL));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer);
    subscriber.try_init().ok()?;
    Some(guard)
}
