//! How old what waits in a connection is: sound behind it would come later still.

use std::os::fd::AsFd;
use std::time::Duration;

use tokio::time::Instant;

use super::kernel::{round_trip, unacknowledged};

/// How finely time is told: an answer is asked of the system so often at most.
const SLOT: Duration = Duration::from_millis(100);

/// What is remembered: 1.6 s, more than the longest [`patience`](Backlog::new).
const SLOTS: usize = 16;

/// The longest way there and back that is allowed for: a satellite's. A link that is slow because it is full looks longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Follows how old the oldest bytes are that were written and have not reached the other side.
///
/// Over TCP nothing is lost, it is only late: while a link stalls, or carries less than it is given, whatever is written
/// waits in the kernel where it cannot be thrown away any more. So sound is not written while what waits there is old.
#[derive(Clone, Debug)]
pub struct Backlog {
    /// Bytes written, by slot of time, the newest first.
    written: [u32; SLOTS],
    /// When the newest slot began.
    since: Instant,
    patience: Duration,
    behind: bool,
}

impl Backlog {
    /// Nothing is written yet. What waits longer than `patience` beyond the way there and back, as it is now, is behind.
    pub fn new(connection: &impl AsFd, patience: Duration) -> Self {
        let round_trip = round_trip(connection.as_fd()).unwrap_or_default().min(LONGEST);
        Self { written: [0; SLOTS], since: Instant::now(), patience: patience + round_trip, behind: false }
    }

    /// So many bytes were written, or a few more for headers.
    pub fn wrote(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.written[0] = self.written[0].saturating_add(bytes);
    }

    /// Whether what waits is too old for more to be written behind it.
    pub fn is_behind(&mut self, connection: &impl AsFd) -> bool {
        let now = Instant::now();
        if now.saturating_duration_since(self.since) >= SLOT {
            let waits = unacknowledged(connection.as_fd()).unwrap_or(0);
            self.turn(now);
            self.behind = self.age(waits) > self.patience;
        }
        self.behind
    }

    fn turn(&mut self, now: Instant) {
        let gone = now.saturating_duration_since(self.since).as_millis() / SLOT.as_millis();
        let gone = usize::try_from(gone).unwrap_or(SLOTS);
        self.written.rotate_right(gone.min(SLOTS) % SLOTS);
        self.written[..gone.min(SLOTS)].fill(0);
        self.since += SLOT * u32::try_from(gone).unwrap_or(u32::MAX);
    }

    /// How long ago the oldest of the last `waits` bytes was written, to a slot.
    fn age(&self, waits: usize) -> Duration {
        let mut left = waits;
        for (slot, written) in (0..).zip(&self.written) {
            if left == 0 {
                return SLOT * slot;
            }
            left = left.saturating_sub(usize::try_from(*written).unwrap_or(usize::MAX));
        }
        if left == 0 { SLOT * SLOTS as u32 } else { Duration::MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test(start_paused = true)]
    async fn what_waits_grows_old() {
        let patience = Duration::from_millis(400);
        let mut backlog = Backlog { written: [0; SLOTS], since: Instant::now(), patience, behind: false };
        for _ in 0..10 {
            backlog.wrote(200);
            tokio::time::advance(SLOT).await;
            backlog.turn(Instant::now());
        }
        assert_eq!(backlog.age(0), Duration::ZERO);
        assert_eq!(backlog.age(200), SLOT * 2);
        assert_eq!(backlog.age(900), SLOT * 6);
        assert_eq!(backlog.age(2_001), Duration::MAX, "more than was written in all that time");
        tokio::time::advance(SLOT * 4).await;
        backlog.turn(Instant::now());
        assert_eq!(backlog.age(200), SLOT * 6);
        tokio::time::advance(SLOT * 400).await;
        backlog.turn(Instant::now());
        assert_eq!(backlog.age(1), Duration::MAX);
    }

    /// A peer that reads nothing is behind as soon as its buffers are full, and no more once it has read.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_peer_that_does_not_read_is_behind_until_it_does() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut writer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut reader, _) = listener.accept().await.unwrap();
        let mut backlog = Backlog::new(&writer, Duration::from_millis(150));
        let sent = vec![7; 16 * 1024];
        let mut total = 0;
        let deadline = Instant::now() + Duration::from_secs(20);
        while !backlog.is_behind(&writer) {
            assert!(Instant::now() < deadline, "it is never behind");
            match writer.try_write(&sent) {
                Ok(n) => {
                    backlog.wrote(n);
                    total += n;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        let mut all = vec![0; total];
        reader.read_exact(&mut all).await.unwrap();
        while backlog.is_behind(&writer) {
            assert!(Instant::now() < deadline, "it is behind for ever");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        writer.shutdown().await.unwrap();
    }
}
