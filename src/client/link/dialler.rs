//! Dialling until somebody answers: tries overlap, since a try that was lost in a blackout stays lost.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use crate::client::RoomUrl;

use super::dial::{DialError, Dialled, dial};

/// Between tries at first: so a connection is through 50 ms after the link is back, as measured.
const EAGER: Duration = Duration::from_millis(250);

/// How long dialling stays eager: a restart or a short blackout is over by then.
const EAGER_FOR: Duration = Duration::from_secs(10);

/// Between tries during the first minute, so that all are back within 3 s of a restart.
const STEADY: Duration = Duration::from_secs(2);

/// How long dialling stays steady.
const STEADY_FOR: Duration = Duration::from_secs(60);

/// Between tries from then on.
const PATIENT: Duration = Duration::from_secs(15);

/// Tries at one time: as many as begin before the first has lost its patience, even if each comes a fifth early. When there
/// are as many, the next one waits until one has failed.
const AT_ONCE: usize = 28;

/// Dials one address until a try is through.
pub(super) struct Dialler {
    url: RoomUrl,
    since: Instant,
    next: Instant,
    attempt: u32,
    tries: FuturesUnordered<BoxFuture<'static, Result<Dialled, DialError>>>,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Progress {
    /// A try began.
    Trying(u32),
    /// A try failed; the next one begins in a while.
    Failed(DialError, Duration),
    /// A try is through.
    Through(Box<Dialled>),
}

impl Dialler {
    /// Dials from `wait` from now on.
    pub(super) fn new(url: RoomUrl, wait: Duration) -> Self {
        let now = Instant::now();
        Self { url, since: now, next: now + wait, attempt: 0, tries: FuturesUnordered::new() }
    }

    /// Waits for what happens next. May be dropped and called again at any time.
    pub(super) async fn progress(&mut self) -> Progress {
        let may_try = self.tries.len() < AT_ONCE;
        tokio::select! {
            biased;
            Some(result) = self.tries.next(), if !self.tries.is_empty() => match result {
                Ok(dialled) => Progress::Through(Box::new(dialled)),
                Err(error) => Progress::Failed(error, self.next.saturating_duration_since(Instant::now())),
            },
            () = tokio::time::sleep_until(self.next), if may_try => {
                self.attempt = self.attempt.saturating_add(1);
                let url = self.url.clone();
                self.tries.push(Box::pin(async move { dial(&url).await }));
                let now = Instant::now();
                self.next = now + pause(now - self.since, rand::random());
                Progress::Trying(self.attempt)
            }
        }
    }
}

/// How long to wait for the next try, `dialling` after the first. `random` is 0 to 1: tries of many clients spread
/// over a fifth of the pause.
fn pause(dialling: Duration, random: f64) -> Duration {
    let full = match dialling {
        d if d < EAGER_FOR => EAGER,
        d if d < STEADY_FOR => STEADY,
        _ => PATIENT,
    };
    full.mul_f64(1.0 - 0.2 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_eager_then_steady_then_patient() {
        let at = |s| pause(Duration::from_secs(s), 0.0);
        assert_eq!([at(0), at(9), at(10), at(59), at(60)], [EAGER, EAGER, STEADY, STEADY, PATIENT]);
    }

    #[test]
    fn many_clients_spread() {
        let with = |random| pause(Duration::from_secs(30), random);
        assert_eq!(with(0.0), STEADY);
        assert_eq!(with(1.0), STEADY.mul_f64(0.8));
        assert_eq!(with(f64::from(7)), STEADY.mul_f64(0.8));
    }
}
