//! The console without a terminal: model, update, view. Pure.

mod keymap;
mod lang;
mod model;
mod msg;
mod setup;
mod theme;

pub use keymap::{Keymap, KeymapError};
pub use lang::Language;
pub use model::Model;
pub use msg::{Connection, Device, Effect, Msg, Sound};
pub use setup::{Depth, Setup, Symbols};
pub use theme::{Theme, ThemeError};

/// The table of keys and words, for `palco keys` and the README.
pub fn key_table(_language: Language) -> String {
    String::new()
}
