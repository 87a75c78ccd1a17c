//! What several tests use: servers on a free port, folding clients, terminals.
#![allow(dead_code, reason = "each scenario uses some of it")]

mod client;
pub mod lossy;
mod recorded;
mod server;
pub mod shell;

pub use client::{Client, Closed, Hi};
pub use recorded::{TOPIC, recorded};
pub use server::TestServer;

use std::time::Duration;

/// How long a test waits for something that has to happen; far more than it takes, so that only a defect gets there.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for `what`, and says so when it does not come.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Says why a test does nothing here; under `PALCO_TEST_STRICT=1`, where everything was installed, that is a failure.
#[track_caller]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
    assert!(std::env::var_os("PALCO_TEST_STRICT").is_none(), "skipped: {why}");
}
