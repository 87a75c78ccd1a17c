//! Trying passcodes: limited first, then hashed, a few at a time.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngCore as _;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::warn;

use crate::server::metrics::Metrics;
use crate::store::Lock;
use crate::wire::{Refusal, Secret};

use super::Passcode;
use super::tries::Tries;

/// Memory of one hash in KiB, passes over it, lanes: what OWASP's password storage cheat sheet asks for of argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Hashes that may wait for a core: 3 s of them on two cores. One more is refused as one too many.
const WAITING: usize = 100;

/// What a passcode is compared with.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Lockset {
    pub(super) salt: [u8; 16],
    pub(super) hash: [u8; 32],
}

/// Hashes passcodes of all rooms: as many at once as there are cores, and so many tries by an address at a room.
#[derive(Debug)]
pub(in crate::server) struct Locksmith {
    tries: Mutex<Tries>,
    cores: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Locksmith {
    pub(in crate::server) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            tries: Mutex::default(),
            cores: Arc::new(Semaphore::new(cores)),
            waiting: Semaphore::new(WAITING + cores),
        }
    }

    /// Tries a passcode of somebody at `from`.
    ///
    /// # Errors
    /// Too many were tried: then nothing is hashed.
    pub(in crate::server) async fn try_one(
        &self,
        passcode: &Secret,
        lockset: Lockset,
        (from, room): (IpAddr, &str),
        metrics: &Metrics,
    ) -> Result<Passcode, Refusal> {
        let may_try = |tries: &mut Tries| tries.admit(from, room, Instant::now());
        if !may_try(&mut self.tries.lock().unwrap_or_else(PoisonError::into_inner)) {
            metrics.passcodes_refused.inc();
            return Err(Refusal::TooManyTries);
        }
        let hash = self.hash(passcode.clone(), lockset.salt, metrics).await?;
        if !is_same(&hash, &lockset.hash) {
            return Ok(Passcode::Wrong);
        }
        // An office that comes in at five is no guesser.
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).forgive(from, room);
        Ok(Passcode::Right(lockset.salt))
    }

    /// A lock for a new passcode.
    ///
    /// # Errors
    /// Too many hashes wait, or the system is out of memory.
    pub(in crate::server) async fn lock(&self, passcode: Secret, metrics: &Metrics) -> Result<Lock, Refusal> {
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        let hash = self.hash(passcode, salt, metrics).await?;
        Ok(Lock::Passcode { salt, hash })
    }

    async fn hash(&self, passcode: Secret, salt: [u8; 16], metrics: &Metrics) -> Result<[u8; 32], Refusal> {
        let _waits = self.waiting.try_acquire().map_err(|_| Refusal::TooManyTries)?;
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| Refusal::Internal)?;
        metrics.passcodes_hashed.inc();
        let hashing = tokio::task::spawn_blocking(move || {
            let hash = argon2id(&passcode, &salt);
            // Held to the end: who asked may have gone, and the core is busy all the same.
            drop(core);
            hash
        });
        hashing.await.ok().flatten().ok_or_else(|| {
            warn!("a passcode could not be hashed");
            Refusal::Internal
        })
    }
}

fn argon2id(passcode: &Secret, salt: &[u8; 16]) -> Option<[u8; 32]> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passcode.expose().as_bytes(), salt, &mut hash)
        .ok()?;
    Some(hash)
}

/// Takes as long for any two.
fn is_same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_opens_by_its_passcode_alone_and_no_two_are_the_same() {
        let (smith, metrics) = (Locksmith::new(), Metrics::new());
        let secret = |text: &str| Secret::new(text).unwrap();
        let lock = async || match smith.lock(secret("correct horse"), &metrics).await {
            Ok(Lock::Passcode { salt, hash }) => Lockset { salt, hash },
            other => panic!("{other:?}"),
        };
        let (one, two) = (lock().await, lock().await);
        assert_ne!((one.salt, one.hash), (two.salt, two.hash));
        let from = IpAddr::from([192, 0, 2, 7]);
        let tried = async |text| smith.try_one(&secret(text), one, (from, "monday"), &metrics).await.unwrap();
        assert_eq!(tried("correct horse").await, Passcode::Right(one.salt));
        assert_eq!(tried("correct house").await, Passcode::Wrong);
    }
}
