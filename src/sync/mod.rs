//! The client's mirror of a meeting: replica, outbox, backoff, clock offset, typed commands. Pure.

mod length;
mod words;

pub use length::{parse_item, parse_length};
pub use words::{WORDS, Word, WordsError, parse};
