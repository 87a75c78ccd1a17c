//! What channels without a terminal have in common: standard error, the end, and who listens already.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::meeting::ParticipantId;
use crate::wire::Refusal;

use super::guarded::STUCK;

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// As somebody wanted.
    Quietly,
    /// The room ended it.
    Refused(Refusal),
}

/// Says something on standard error. Somebody who is gone is told nothing.
pub(super) async fn complain(write: &ChannelWriteHalf<Msg>, text: &str) {
    let said = write.extended_data_bytes(STDERR, text.as_bytes().to_vec());
    let _ = timeout(STUCK, said).await;
}

/// Lines as whoever asked reads them: a terminal in raw mode, as a client's is, goes down with a line feed and no more.
pub(super) fn lines(text: &str, is_terminal: bool) -> String {
    if is_terminal { text.replace('\n', "\r\n") } else { text.to_owned() }
}

/// The stream of standard error (RFC 4254 section 5.2).
const STDERR: u32 = 1;

/// Ends a channel with an exit status, as far as it is still there.
pub(super) async fn end(write: &ChannelWriteHalf<Msg>, status: u32) {
    let _ = write.exit_status(status).await;
    let _ = write.eof().await;
    let _ = write.close().await;
}

/// Who listens to which room, so that a newer stream takes the place of an older one: when a player is closed, its ssh
/// does not tell. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<HashMap<(ParticipantId, String), Arc<Notify>>>);

impl Listeners {
    /// Takes the place of whoever listened before. The future is ready when somebody newer does the same, and gives the
    /// place back when it is dropped.
    pub(super) fn take(&self, who: ParticipantId, room: &str) -> impl Future<Output = ()> + Send + '_ {
        let key = (who, room.to_owned());
        let newer = Arc::new(Notify::new());
        let older = self.lock().insert(key.clone(), Arc::clone(&newer));
        if let Some(older) = older {
            older.notify_one();
        }
        let place = Listener { all: self, key, newer };
        async move { place.newer.notified().await }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(ParticipantId, String), Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Listener<'a> {
    all: &'a Listeners,
    key: (ParticipantId, String),
    newer: Arc<Notify>,
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if all.get(&self.key).is_some_and(|at| Arc::ptr_eq(at, &self.newer)) {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn a_newer_listener_takes_the_place() {
        let all = Listeners::default();
        let ana = ParticipantId([1; 32]);
        let mut first = Box::pin(all.take(ana, "monday"));
        let other = all.take(ana, "tuesday");
        assert!(first.as_mut().now_or_never().is_none());
        let second = all.take(ana, "monday");
        assert!(first.now_or_never().is_some());
        assert_eq!(all.lock().len(), 2, "the older one does not give back what is not its any more");
        drop((second, other));
        assert!(all.lock().is_empty());
    }
}
