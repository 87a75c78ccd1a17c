//! The command line, by the real binary.

mod doctor;
mod errors;
mod library;
mod meeting;
mod minutes;
mod order;
mod settings;
mod stopping;
