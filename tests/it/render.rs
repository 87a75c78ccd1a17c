//! Every screen at every size.

mod paint;
mod scene;
mod screens;
