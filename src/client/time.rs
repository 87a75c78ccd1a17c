//! This machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::meeting::Timestamp;

/// The moment that this machine's clock shows; a clock before 1970 shows zero.
///
/// The wall clock and not a monotonic one: it goes on while a laptop sleeps, and the offset to the server is measured
/// every few seconds anyway.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
