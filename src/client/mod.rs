//! The link to a server, identity, and the sound engine.

mod identity;
mod link;
mod notice;
pub mod sound;
mod time;
mod url;

pub use identity::{Identity, IdentityError};
pub use link::{Link, LinkConfig, LinkEvent, SendError, connect};
pub use notice::{NoNotice, notice};
pub use time::now;
pub use url::{BadRoomUrl, RoomUrl};
