//! One schema, one loader, one default file.

mod keys;
mod load;
mod memory;
mod paths;
mod schema;

pub use keys::{KeyLine, Keys};
pub use load::{ConfigError, parse};
pub use memory::{MAX_ROOMS, Memory, Played, Room};
pub use paths::{NoHome, Paths};
pub use schema::{Audio, Clock, Config, Hook, Lang, Notify, Server, Symbols, Unencrypted};

/// The sample file, which says what holds without any file.
pub const DEFAULT: &str = include_str!("default.toml");
