//! One task owns one room.
//!
//! Requests come in by a bounded queue; the task decides and applies them on a working copy, commits them together, and
//! only then publishes events and answers. Packets come in by a queue of their own and are forwarded while a commit is
//! under way.

mod actor;
mod batch;
mod book;
mod doorway;
mod erase;
mod hearing;
mod ledger;
mod load;
mod mix;
mod opening;
mod pairing;
mod people;
mod port;
mod record;
mod rows;
mod seats;
mod voices;

pub(super) use actor::spawn;
pub(super) use mix::{MixFeed, MixedMessage};
pub use mix::{MixPacket, Tap};
pub(super) use port::{Attach, Attached, Outgoing, PACKETS, Packet, Request, Spoken};
pub(super) use record::{Turns, mend_left};
pub(super) use rows::{Hears, Spot};
pub(super) use voices::{PACKET_BURST, PACKET_RATE};
