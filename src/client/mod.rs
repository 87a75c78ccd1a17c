//! The link to a server, identity, and the sound engine.

mod fetch;
mod identity;
mod known;
mod link;
mod notice;
mod reach;
pub mod sound;
mod time;
mod url;

pub use crate::sync::LinkEvent;
pub use fetch::fetch;
pub use identity::{Identity, IdentityError};
pub use known::KnownServers;
pub use link::{Link, LinkConfig, SendError, connect};
pub use notice::{NoNotice, notice};
pub use reach::{ReachError, reach};
pub use time::now;
pub use url::{BadRoomUrl, INVITE, RoomUrl};
