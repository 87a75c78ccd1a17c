//! palco: a live meeting in a terminal.

use std::process::ExitCode;

fn main() -> ExitCode {
    palco::cli::run()
}
