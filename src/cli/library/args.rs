//! What can be typed after `palco library`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::kept::Which;

/// `palco library`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LibraryArgs {
    /// The room [default: all rooms]
    pub(crate) room: Option<Which>,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    /// What to do instead of listing.
    #[command(subcommand)]
    pub(crate) command: Option<LibraryCommand>,
}

impl LibraryArgs {
    /// Whether a program reads the answer.
    pub(crate) fn is_json(&self) -> bool {
        match &self.command {
            None => self.how.json,
            Some(LibraryCommand::Show { how, .. }) => how.json,
        }
    }
}

/// Where to look, and how to tell.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    /// Where the server keeps its meetings [default: palco's data directory]
    #[arg(long, value_name = "DIR", env = "PALCO_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do with meetings that are kept.
#[derive(Debug, Subcommand)]
pub(crate) enum LibraryCommand {
    /// Show one meeting: its people, the chapters of its recording, where its files are
    Show {
        /// One of a room's meetings: monday#28 [default: the latest]
        #[arg(value_name = "ROOM[#N]")]
        which: Which,
        #[command(flatten)]
        how: HowArgs,
    },
}
