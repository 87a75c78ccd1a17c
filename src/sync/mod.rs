//! The client's mirror of a meeting: replica, outbox, backoff, clock offset, the feed that a link carries, typed commands.
//! Pure.
//!
//! A connection begins with a welcome; then comes a snapshot or the tail that was missed; then events as they happen.
//! The replica applies them in their order and asks for a snapshot when one is missing. The outbox keeps commands until
//! they are answered, so that they can be sent again, under the same id, when the connection broke in between.

mod agenda;
mod backoff;
mod clock;
mod feed;
mod length;
mod link;
mod outbox;
mod replica;
mod words;

pub use agenda::{AgendaError, AgendaFormat};
pub use backoff::Backoff;
pub use clock::ClockOffset;
pub use feed::{FeedChoice, FeedRule, mix_lateness};
pub use length::{parse_item, parse_length, parse_moment};
pub use link::LinkEvent;
pub use outbox::{Outbox, Refusal, Settled};
pub use replica::{Received, Replica};
pub use words::{CONSENT_TEXT, CONSENT_TRACKS, Typist, WORDS, Word, WordsError, find_person, parse};
