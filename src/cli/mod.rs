//! The command line: one file a subcommand.

#[allow(dead_code, reason = "the subcommand that plays the script comes with the link")]
mod demo;

#[allow(dead_code, reason = "the subcommand is wired up with the others")]
mod bench;
