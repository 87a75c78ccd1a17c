//! A recording played: from its files to whatever takes the sound.
//!
//! A [`Reel`] is the files of a recording as one stretch of sound, a [`Deck`] the thread that plays it into an
//! [`Outlet`], or by the clock where there is none. [`Loaded`] has both a reel and the meeting that belongs to it.

mod copy;
mod deck;
mod load;
mod reel;

pub use copy::{Format, Pages, copy};
pub use deck::{Deck, Outlet, Silent, Taking};
pub use load::{CannotLoad, Loaded};
pub use reel::Reel;
