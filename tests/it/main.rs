//! Integration tests, one binary so that two cores link once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "tests say what broke by panicking"
)]

mod architecture;
mod browser;
mod bytes;
mod cli;
mod console;
mod demo;
mod doors;
mod listening;
mod meeting;
mod outside;
mod plain;
mod protocol;
mod pty;
mod readme;
mod recording;
mod recovery;
mod render;
mod server;
mod sound;
mod ssh;
mod support;
mod terminal;
