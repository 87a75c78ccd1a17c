//! Every screen at every size, and every key.

mod any;
mod fits;
mod keys;
mod order;
mod paint;
mod play;
mod record;
pub mod scene;
mod screens;
mod start;
mod talk;
mod taste;
mod time;

pub use screens::reference;
