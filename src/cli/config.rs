//! `palco config`.

use std::path::PathBuf;

use crate::config::{DEFAULT, Paths};

use super::args::{ConfigCommand, LookArgs};
use super::context::Context;
use super::output::{Failure, print};
use super::place;

/// Prints the sample, the path, or what is wrong with a file.
pub(super) fn run(what: &ConfigCommand, named: Option<PathBuf>) -> Result<(), Failure> {
    match what {
        ConfigCommand::Default => print(DEFAULT.trim_end()),
        ConfigCommand::Path => {
            let path = match named {
                Some(path) => path,
                None => Paths::find().map_err(Failure::usage)?.settings(),
            };
            print(&path.display().to_string())
        }
        ConfigCommand::Check { file } => check(file.clone().or(named)),
    }
}

/// Reads the file as every other subcommand would, and what its words mean too.
fn check(file: Option<PathBuf>) -> Result<(), Failure> {
    let context = Context::load(file)?;
    let of_file = |f: Failure| {
        let place = context.settings.display().to_string();
        if f.text.starts_with(&place) { f } else { Failure::usage(format!("{place}: {}", f.text)) }
    };
    context.look(&LookArgs::default()).map_err(of_file)?;
    place::address(&context.config.server.listen).map_err(of_file)?;
    place::owners(&context.config.server.owners).map_err(of_file)?;
    if context.settings.exists() {
        print(&format!("{} is fine", context.settings.display()))
    } else {
        print(&format!("{} is not there; the defaults hold", context.settings.display()))
    }
}
