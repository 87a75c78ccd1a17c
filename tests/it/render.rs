//! Every screen at every size, and every key.

mod any;
mod keys;
mod paint;
mod scene;
mod screens;

pub use screens::reference;
