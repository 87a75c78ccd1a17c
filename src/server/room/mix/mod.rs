//! The mix of a room: everybody who is heard by everybody in one stream, encoded once a rung.
//!
//! A *desk* belongs to each room and costs nothing. Whoever wants the mix takes a *feed* (whole messages, for websocket
//! seats) or a *tap* (packet by packet, for HTTP, SSH and recordings) from it. The first one starts the mixdown, a task
//! that hears the room's packets; when the last one is gone it ends.

mod desk;
mod kept;
mod mixdown;
mod track;
mod voices;

pub(in crate::server) use desk::{KeptTap, MixDesk, MixFeed, MixedMessage};
pub use desk::{MixPacket, Tap};
pub(in crate::server::room) use kept::KeptFrame;

#[cfg(test)]
mod tests;
