//! How old what waits in a connection is: sound behind it would come later still.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::Duration;

use tokio::time::Instant;

use super::kernel::{Carried, carried, round_trip};

/// How finely time is told: the system is asked so often at most.
const SLOT: Duration = Duration::from_millis(100);

/// Marks that are kept: 1.6 s of writing without an answer, more than the longest [`patience`](Backlog::new). Beyond them
/// what waits counts as old as the oldest of it.
const MARKS: usize = 16;

/// The longest way there and back that is allowed for: a satellite's. A link that is slow because it is full looks longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Follows how old the oldest bytes are that were written and have not reached the other side.
///
/// Over TCP nothing is lost, it is only late: while a link stalls, or carries less than it is given, whatever is written
/// waits in the kernel where it cannot be thrown away any more. So sound is not written while what waits there is old.
/// The kernel counts the bytes, since nobody else knows what TLS and a websocket put around a message.
#[derive(Debug)]
pub struct Backlog {
    /// Marks in what was written, the oldest first: all before the first has arrived, the others are on their way.
    marks: VecDeque<Mark>,
    /// When the system was asked last.
    asked: Option<Instant>,
    patience: Duration,
    behind: bool,
}

/// Whatever is beyond `end` was written later than `at`.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Instant,
    end: u64,
}

impl Backlog {
    /// Nothing waits yet. What waits longer than `patience` beyond the way there and back, as it is now, is behind.
    pub fn new(connection: &impl AsFd, patience: Duration) -> Self {
        let round_trip = round_trip(connection.as_fd()).unwrap_or_default().min(LONGEST);
        Self { marks: VecDeque::new(), asked: None, patience: patience + round_trip, behind: false }
    }

    /// Something is about to be written; without this it would seem to be as old as the silence before it.
    pub fn before_write(&mut self, connection: &impl AsFd) {
        let now = Instant::now();
        if self.asked.is_some_and(|asked| now.saturating_duration_since(asked) < SLOT) {
            return;
        }
        self.asked = Some(now);
        self.behind =
            carried(connection.as_fd()).is_some_and(|carried| self.age(now, carried) > self.patience);
    }

    /// Whether what waits is too old for more to be written behind it.
    pub fn is_behind(&mut self, connection: &impl AsFd) -> bool {
        self.before_write(connection);
        self.behind
    }

    /// Marks what is written by now, and tells how long the oldest of it that has not arrived waits at least.
    fn age(&mut self, now: Instant, carried: Carried) -> Duration {
        let Carried { written, acknowledged } = carried;
        while self.marks.get(1).is_some_and(|mark| mark.end <= acknowledged) {
            self.marks.pop_front();
        }
        if acknowledged >= written {
            self.marks.clear();
        }
        let oldest = self.marks.front().map_or(now, |mark| mark.at + SLOT);
        if self.marks.back().is_some_and(|mark| mark.end == written) {
            self.marks.pop_back();
        }
        if self.marks.len() < MARKS {
            self.marks.push_back(Mark { at: now, end: written });
        }
        now.saturating_duration_since(oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    fn backlog() -> Backlog {
        Backlog { marks: VecDeque::new(), asked: None, patience: Duration::from_millis(400), behind: false }
    }

    /// Bytes that go into a connection which takes in as much as the test says.
    struct Wire(Carried);

    impl Wire {
        fn new() -> Self {
            Self(Carried { written: 700, acknowledged: 700 })
        }

        fn age(&self, backlog: &mut Backlog) -> Duration {
            backlog.age(Instant::now(), self.0)
        }

        /// Asks for the age as before each write, and writes.
        fn write(&mut self, backlog: &mut Backlog, bytes: u64) -> Duration {
            let age = self.age(backlog);
            self.0.written += bytes;
            age
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_grows_old() {
        let (mut backlog, mut wire) = (backlog(), Wire::new());
        for _ in 0..10 {
            wire.write(&mut backlog, 200);
            tokio::time::advance(SLOT).await;
        }
        assert_eq!(
            wire.age(&mut backlog),
            SLOT * 9,
            "nothing has arrived, and what was written first is a second old"
        );
        wire.0.acknowledged += 900;
        assert_eq!(wire.age(&mut backlog), SLOT * 5);
        wire.0.acknowledged += 900;
        assert_eq!(wire.age(&mut backlog), Duration::ZERO);
        tokio::time::advance(SLOT * 4).await;
        assert_eq!(wire.age(&mut backlog), SLOT * 4, "the last of it still waits");
        wire.0.acknowledged += 200;
        assert_eq!(wire.age(&mut backlog), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_through_a_long_stall_is_as_old_as_the_stall() {
        let (mut backlog, mut wire) = (backlog(), Wire::new());
        for _ in 0..MARKS * 4 {
            wire.write(&mut backlog, 200);
            assert!(backlog.marks.len() <= MARKS);
            tokio::time::advance(SLOT).await;
        }
        assert!(wire.age(&mut backlog) >= SLOT * (MARKS as u32 * 4 - 2));
    }

    /// The first word after a pause is as young as it is, whatever was written before and whatever was put around it.
    #[tokio::test(start_paused = true)]
    async fn what_is_written_after_a_silence_is_young() {
        let (mut backlog, mut wire) = (backlog(), Wire::new());
        wire.write(&mut backlog, 5_000);
        wire.0.acknowledged = wire.0.written;
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(wire.write(&mut backlog, 226), Duration::ZERO);
        tokio::time::advance(SLOT / 5).await;
        assert_eq!(wire.age(&mut backlog), Duration::ZERO);
        tokio::time::advance(SLOT * 2).await;
        assert!(wire.age(&mut backlog) <= SLOT * 2);
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
            backlog.before_write(&writer);
            match writer.try_write(&sent) {
                Ok(n) => total += n,
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
