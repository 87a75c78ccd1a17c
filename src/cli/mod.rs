//! The command line: one file a subcommand.

mod after;
mod args;
mod audio;
mod bench;
mod config;
mod console;
mod context;
mod ctl;
mod demo;
mod devices;
mod doctor;
mod door;
mod host;
mod join;
mod kept;
mod keys;
mod leg;
mod library;
mod listen;
mod log;
mod meet;
mod minutes;
mod output;
mod place;
mod play;
mod secret;
mod serve;
mod shell;
mod speak;
mod start;
mod trust;
mod zone;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Subcommands};
use context::Context;
use output::{Failure, print};

use crate::tui::Go;

/// Does what the arguments of this process say.
pub fn run() -> ExitCode {
    if let Err(failure) = secret::hide_invite() {
        return failure.tell(false);
    }
    // While there is one thread, and in this process: what it sets up does not outlive it.
    crate::device::settle_environment();
    let cli = Cli::parse();
    let Some(command) = cli.command else {
        return status(alone(cli.config), false);
    };
    let json = match &command {
        Subcommands::Ctl(ctl) => ctl.json,
        Subcommands::Library(library) => library.is_json(),
        _ => false,
    };
    status(dispatch(cli.config, command), json)
}

/// Without a subcommand: the last rooms to choose from, or as lines where nobody can choose.
fn alone(config: Option<PathBuf>) -> Result<(), Failure> {
    let context = Context::load(config.clone())?;
    if !start::is_shown() {
        if !wait_for(start::list(&context))? {
            print(&Cli::command().render_help().to_string())?;
        }
        return Ok(());
    }
    let chosen = match wait_for(start::choose(&context))? {
        Go::Join(url) => vec!["palco".to_owned(), "join".to_owned(), "--".to_owned(), url],
        Go::Host(room) => vec!["palco".to_owned(), "host".to_owned(), "--".to_owned(), room],
        Go::Demo => vec!["palco".to_owned(), "demo".to_owned()],
        Go::Quit => return Ok(()),
    };
    match Cli::try_parse_from(chosen).map_err(Failure::usage)?.command {
        Some(command) => dispatch(config, command),
        None => Ok(()),
    }
}

fn dispatch(config: Option<PathBuf>, command: Subcommands) -> Result<(), Failure> {
    // These need no settings, so that a broken file stands in nobody's way.
    let command = match command {
        Subcommands::Completions { shell } => return shell::completions(shell),
        Subcommands::Man => return shell::man(),
        Subcommands::Config(what) => return config::run(&what, config),
        other => other,
    };
    let context = Context::load(config)?;
    let _log = log::start(&context.paths.state);
    match command {
        Subcommands::Host(args) => wait_for(host::run(&context, &args)),
        Subcommands::Join(args) => wait_for(join::run(&context, &args)),
        Subcommands::Room(args) => wait_for(door::room(&context, &args)),
        Subcommands::Invite(args) => wait_for(door::invite(&context, &args)),
        Subcommands::Listen(args) => wait_for(listen::run(&context, &args)),
        Subcommands::Speak(args) => wait_for(speak::run(&context, &args)),
        Subcommands::Serve(args) => wait_for(serve::run(&context, &args)),
        Subcommands::Ctl(args) => wait_for(ctl::run(&context, &args)),
        Subcommands::Demo(args) => wait_for(demo::run(&context, &args)),
        Subcommands::Audio(args) => wait_for(audio::run(&context, &args)),
        Subcommands::Devices => devices::run(),
        Subcommands::Library(args) => library::run(&context, &args),
        Subcommands::Play(args) => wait_for(play::run(&context, &args)),
        Subcommands::Minutes(args) => minutes::run(&context, &args),
        Subcommands::Doctor(args) => wait_for(doctor::run(&context, &args)),
        Subcommands::Bench(args) => wait_for(bench::run(&args)),
        Subcommands::Keys(args) => keys::run(&context, &args),
        Subcommands::Completions { .. } | Subcommands::Man | Subcommands::Config(_) => Ok(()),
    }
}

/// Runs something that waits for the network, on as many threads as there are cores.
fn wait_for<T>(what: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::refused("threads", format!("the system gives no threads ({e})")))?;
    runtime.block_on(what)
}

fn status(result: Result<(), Failure>, json: bool) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(json),
    }
}
