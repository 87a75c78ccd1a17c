//! Which rooms are in memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;

use crate::meeting::ParticipantId;
use crate::wire::{Hello, Notice, Refusal};

use super::door::{self, Passcode, Proof};
use super::room::{self, Attach, Attached, Request};
use super::shared::Shared;

/// A room may be unloaded while somebody asks for it; then another task is asked. It cannot happen often in a row.
const ATTEMPTS: usize = 3;

/// The rooms in memory, by name. The lock guards the list for a look-up, never a room.
#[derive(Debug)]
pub(super) struct Registry {
    rooms: Mutex<HashMap<String, mpsc::Sender<Request>>>,
    askers: Semaphore,
}

/// Who may ask at once what goes on in rooms, in all: each may read a room's log, and nobody has shown a key. One more
/// waits.
const ASKERS: usize = 8;

/// How long one more waits: some commits, which those before may have to wait out.
const PATIENCE: Duration = Duration::from_secs(5);

/// Too many ask what goes on in rooms.
#[derive(Debug)]
pub(super) struct Busy;

impl Default for Registry {
    fn default() -> Self {
        Self { rooms: Mutex::default(), askers: Semaphore::new(ASKERS) }
    }
}

impl Registry {
    /// The queue of a room's task, which is started if it does not run.
    pub(super) fn room(&self, name: &str, shared: &Arc<Shared>) -> mpsc::Sender<Request> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = rooms.get(name).filter(|r| !r.is_closed()) {
            return running.clone();
        }
        // Whoever asks for a new room pays for the tidying.
        rooms.retain(|_, r| !r.is_closed());
        let started = room::spawn(name.to_owned(), shared);
        rooms.insert(name.to_owned(), started.clone());
        started
    }

    /// The names of the rooms in memory, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> =
            rooms.iter().filter(|(_, r)| !r.is_closed()).map(|(n, _)| n.clone()).collect();
        names.sort();
        names
    }

    /// To be held by whoever asks a room something and has shown no key.
    pub(super) async fn asker(&self) -> Result<SemaphorePermit<'_>, Busy> {
        timeout(PATIENCE, self.askers.acquire()).await.map_err(|_| Busy)?.map_err(|_| Busy)
    }

    /// What a room tells those outside who have shown no key; `None` when there is nothing to tell.
    pub(super) async fn notice(&self, name: &str, shared: &Arc<Shared>) -> Result<Option<Notice>, Busy> {
        let _asker = self.asker().await?;
        Ok(self.ask(name, shared).await)
    }

    /// What a room tells those who have not come in; `None` when there is nothing to tell.
    pub(super) async fn ask(&self, name: &str, shared: &Arc<Shared>) -> Option<Notice> {
        let (answer, answered) = oneshot::channel();
        self.room(name, shared).send(Request::Notice { answer }).await.ok()?;
        answered.await.ok().flatten()
    }

    /// Looks at what somebody shows at the door, as far as it can be looked at without the room.
    pub(super) async fn proof(
        &self,
        who: ParticipantId,
        hello: &Hello,
        from: IpAddr,
        shared: &Arc<Shared>,
    ) -> Result<Proof, Refusal> {
        let invite = hello.invite.as_ref().map(|token| door::hash(token.expose()));
        let Some(passcode) = &hello.passcode else {
            return Ok(Proof { invite, ..Proof::default() });
        };
        let (answer, answered) = oneshot::channel();
        let knock = Request::Knock { who, resume: hello.resume.clone(), answer };
        // A room that is gone meanwhile is asked anew when somebody comes in.
        let _ = self.room(&hello.room, shared).send(knock).await;
        let passcode = match answered.await {
            Ok(Some(lockset)) => {
                let at = (from, hello.room.as_str());
                shared.locksmith.try_one(passcode, lockset, at, &shared.metrics).await?
            }
            Ok(None) | Err(_) => Passcode::None,
        };
        Ok(Proof { passcode, invite, is_lent: false })
    }

    /// Brings somebody into a room, by whichever way they come to the server from `from`.
    pub(super) async fn attach(
        &self,
        who: ParticipantId,
        hello: &Hello,
        from: IpAddr,
        shared: &Arc<Shared>,
    ) -> Result<Attached, Refusal> {
        let proof = match self.proof(who, hello, from, shared).await {
            Ok(proof) => proof,
            Err(why) => {
                shared.metrics.rejected(why.code());
                return Err(why);
            }
        };
        self.attach_with(who, hello, &proof, shared).await
    }

    /// Brings somebody into a room who has shown this at its door.
    pub(super) async fn attach_with(
        &self,
        who: ParticipantId,
        hello: &Hello,
        proof: &Proof,
        shared: &Arc<Shared>,
    ) -> Result<Attached, Refusal> {
        for _ in 0..ATTEMPTS {
            let (answer, answered) = oneshot::channel();
            let attach = Attach {
                who,
                join: hello.join.clone(),
                // Somebody's sound opens nothing.
                open: hello.open.clone().filter(|_| hello.pair.is_none()),
                resume: hello.resume.clone(),
                proof: proof.clone(),
                pair: hello.pair.clone(),
                token: super::handshake::secret(),
                answer,
            };
            let room = self.room(&hello.room, shared);
            if room.send(Request::Attach(Box::new(attach))).await.is_err() {
                continue;
            }
            if let Ok(outcome) = answered.await {
                return outcome;
            }
            if shared.is_stopping() {
                return Err(shared.farewell());
            }
        }
        Err(Refusal::Internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_more_who_asks_waits_for_the_others() {
        let (registry, shared) = (Registry::default(), Shared::alone());
        let mut others = Vec::new();
        for _ in 0..ASKERS {
            others.push(registry.asker().await.unwrap());
        }
        let goes = async {
            tokio::time::sleep(PATIENCE / 2).await;
            others.pop();
        };
        let (told, ()) = tokio::join!(registry.notice("monday", &shared), goes);
        assert!(told.unwrap().is_none());
        others.push(registry.asker().await.unwrap());
        assert!(registry.notice("monday", &shared).await.is_err(), "not for ever");
    }
}
