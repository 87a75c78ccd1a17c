//! The command line, by the real binary.

mod errors;
mod meeting;
mod order;
mod settings;
mod stopping;
