//! The command line, by the real binary.

mod errors;
mod meeting;
mod settings;
mod stopping;
