//! The console without a terminal: model, update, view. Pure.
//!
//! A [`Model`] takes [`Msg`]s in and answers with [`Effect`]s; [`Model::view`] draws it. One table of actions feeds the
//! keymap, the footer, the help, the palette, the menus and the key table.

mod action;
mod backstage;
mod cut;
mod field;
mod happen;
mod happen_time;
mod input;
mod key_table;
mod keymap;
mod lang;
mod layer;
mod layer_input;
mod lent;
mod marks;
mod meter;
mod mic;
mod mirror;
mod model;
mod moderate;
mod mouse;
mod msg;
mod on_deck;
mod pairing;
mod palette;
mod plain;
mod player;
mod possible;
mod possible_time;
mod recording;
mod round;
mod select;
mod setup;
mod standing;
mod start;
mod strip;
mod taste;
mod theme;
mod toast;
mod view;
mod volume;
mod warning;

pub use key_table::{key_table, key_table_of};
pub use keymap::{Binding, Keymap, KeymapError};
pub use lang::Language;
pub use model::Model;
pub use msg::{Connection, Device, Effect, Msg, Sound};
pub use plain::{Completion, Edit, Editor, Plain, Said, Trouble};
pub use player::{PlainPlayer, Player, PlayerEffect, player_keys};
pub use setup::{Depth, Setup, Symbols};
pub use start::{Go, KnownRoom, RoomState, Start};
pub use strip::{Heard, Spoken, Strip, fitted};
pub use taste::{Taste, Volumes};
pub use theme::{Scope, Theme, ThemeError};
pub use volume::Volume;
