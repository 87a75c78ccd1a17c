//! Names for things: who, which seat, which hand, when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since the Unix epoch.
///
/// The pure folders never read a clock: every moment arrives as an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment `span` later.
    pub fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

/// Samples of a millisecond of sound: it has 48 kHz everywhere but in a device.
const SAMPLES_PER_MS: u64 = 48;

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length given in whole seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// A length given in whole minutes.
    pub const fn from_mins(mins: u64) -> Self {
        Self(mins.saturating_mul(60_000))
    }

    /// The whole seconds in this length, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// How long so many samples of sound are at 48 kHz, rounded down.
    pub const fn of_samples(samples: u64) -> Self {
        Self(samples / SAMPLES_PER_MS)
    }

    /// How many samples of sound at 48 kHz are as long, at most `u64::MAX`.
    pub const fn samples(self) -> u64 {
        self.0.saturating_mul(SAMPLES_PER_MS)
    }

    /// The sum, at most `u64::MAX`.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This length `n` times, at most `u64::MAX`.
    pub const fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl From<Duration> for Millis {
    fn from(d: Duration) -> Self {
        Self(u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<Millis> for Duration {
    fn from(m: Millis) -> Self {
        Self::from_millis(m.0)
    }
}

/// A person: the SHA-256 fingerprint of their OpenSSH public key.
///
/// Its text is what `ssh-keygen -l` prints: `SHA256:` and 43 characters of unpadded base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ParticipantId(pub [u8; 32]);

const FINGERPRINT_PREFIX: &str = "SHA256:";

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FINGERPRINT_PREFIX}{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is not a key's fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key fingerprint; it looks like SHA256: and 43 letters, as `ssh-keygen -l` prints it")]
pub struct BadFingerprint;

impl FromStr for ParticipantId {
    type Err = BadFingerprint;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let digest = s.strip_prefix(FINGERPRINT_PREFIX).ok_or(BadFingerprint)?;
        let bytes = STANDARD_NO_PAD.decode(digest).map_err(|_| BadFingerprint)?;
        Ok(Self(bytes.try_into().map_err(|_| BadFingerprint)?))
    }
}

impl TryFrom<String> for ParticipantId {
    type Error = BadFingerprint;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<ParticipantId> for String {
    fn from(id: ParticipantId) -> Self {
        id.to_string()
    }
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

number_id! {
    /// One live connection of a participant; never used twice in a room.
    SeatId(u64);
    /// One entry of the queue, counted from 1 in each meeting.
    HandId(u64);
    /// One turn, counted from 1 in each meeting.
    TurnId(u64);
    /// One agenda item, counted from 1 in each meeting.
    ItemId(u64);
    /// One proposal to extend, counted from 1 in each meeting.
    ProposalId(u64);
    /// The place of an event in its meeting, counted from 1; 0 is before the first.
    Seq(u64);
    /// A participant's short number in audio packets, counted from 1 in each meeting.
    Source(u16);
}
