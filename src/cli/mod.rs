//! The command line: one file a subcommand.

#[allow(dead_code, reason = "the subcommand is wired up with the others")]
mod bench;
#[allow(dead_code, reason = "the subcommands that sit in a meeting come with the link")]
mod console;
#[allow(dead_code, reason = "the subcommand that plays the script comes with the link")]
mod demo;
