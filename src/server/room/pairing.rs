//! Sound from another machine: a second key that sits beside somebody, brought by a code from their console.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use crate::meeting::{Millis, ParticipantId, Timestamp};
use crate::server::bucket::Bucket;
use crate::wire::{PairingCode, Refusal};

use super::seats::TokenHash;

/// How long a code may be used: time to walk to another machine.
const LIVES: Millis = Millis(10 * 60_000);

/// Codes of a room at once: more than consoles that show one at the same time. The oldest goes.
const CODES: usize = 256;

/// Keys that a room remembers as somebody's sound: more than it has people. The oldest has to be paired anew.
const KEYS: usize = 4096;

/// Codes tried a second in a room, by everybody together: a guess among 2^40 takes centuries.
const TRIES: u32 = 5;

/// Codes tried at once.
const TRIES_AT_ONCE: u32 = 20;

/// A code that may be used once.
#[derive(Debug)]
struct Offer {
    secret: TokenHash,
    owner: ParticipantId,
    until: Timestamp,
}

/// Codes that were shown, and keys that came by one.
#[derive(Debug)]
pub(super) struct Pairing {
    offers: VecDeque<Offer>,
    owners: HashMap<ParticipantId, ParticipantId>,
    keys: VecDeque<ParticipantId>,
    tries: Bucket,
}

impl Pairing {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            offers: VecDeque::new(),
            owners: HashMap::new(),
            keys: VecDeque::new(),
            tries: Bucket::new(TRIES, TRIES_AT_ONCE, now),
        }
    }

    /// Takes note of the code that `owner` is shown, in place of the one before. Tells until when it may be used.
    pub(super) fn offer(&mut self, code: &PairingCode, owner: ParticipantId, now: Timestamp) -> Timestamp {
        self.offers.retain(|offer| offer.owner != owner && offer.until > now);
        if self.offers.len() >= CODES {
            self.offers.pop_front();
        }
        let until = now.plus(LIVES);
        self.offers.push_back(Offer { secret: TokenHash::of(code.secret()), owner, until });
        until
    }

    /// Whose sound `key` is: it came by `secret` before, or uses it up now.
    pub(super) fn owner(
        &mut self,
        key: ParticipantId,
        secret: &str,
        now: Timestamp,
        at: Instant,
    ) -> Result<ParticipantId, Refusal> {
        if let Some(owner) = self.owners.get(&key) {
            return Ok(*owner);
        }
        if !self.tries.admit(1, at) {
            return Err(Refusal::TooFast);
        }
        let secret = TokenHash::of(secret);
        let place = self.offers.iter().position(|offer| offer.secret == secret && offer.until > now);
        let offer = place.and_then(|place| self.offers.remove(place)).ok_or(Refusal::BadPairing)?;
        if self.keys.len() >= KEYS
            && let Some(oldest) = self.keys.pop_front()
        {
            self.owners.remove(&oldest);
        }
        self.keys.push_back(key);
        self.owners.insert(key, offer.owner);
        Ok(offer.owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn id(n: u8) -> ParticipantId {
        ParticipantId([n; 32])
    }

    fn pairing() -> Pairing {
        Pairing::new(Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_works_once_and_its_key_from_then_on() {
        let mut pairing = pairing();
        let code = PairingCode::new("monday", [1, 2, 3, 4, 5]);
        let until = pairing.offer(&code, id(1), NOW);
        let at = Instant::now();
        assert_eq!(pairing.owner(id(7), code.secret(), NOW, at), Ok(id(1)));
        assert_eq!(pairing.owner(id(8), code.secret(), NOW, at), Err(Refusal::BadPairing));
        assert_eq!(pairing.owner(id(7), "anything", until.plus(LIVES), at), Ok(id(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_that_is_late_or_replaced_is_refused() {
        let mut pairing = pairing();
        let [first, second, other] = [1, 2, 3].map(|n| PairingCode::new("monday", [n; 5]));
        pairing.offer(&first, id(1), NOW);
        let until = pairing.offer(&second, id(1), NOW);
        pairing.offer(&other, id(2), NOW);
        let at = Instant::now();
        assert_eq!(pairing.owner(id(7), first.secret(), NOW, at), Err(Refusal::BadPairing));
        assert_eq!(pairing.owner(id(7), second.secret(), until, at), Err(Refusal::BadPairing));
        assert_eq!(pairing.owner(id(8), other.secret(), NOW, at), Ok(id(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_guesses_is_slowed_down() {
        let mut pairing = pairing();
        let code = PairingCode::new("monday", [9; 5]);
        pairing.offer(&code, id(1), NOW);
        let guesses = (0..TRIES_AT_ONCE).map(|n| pairing.owner(id(7), &n.to_string(), NOW, Instant::now()));
        assert!(guesses.collect::<Vec<_>>().iter().all(|g| *g == Err(Refusal::BadPairing)));
        assert_eq!(pairing.owner(id(7), code.secret(), NOW, Instant::now()), Err(Refusal::TooFast));
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(pairing.owner(id(7), code.secret(), NOW, Instant::now()), Ok(id(1)));
    }
}
