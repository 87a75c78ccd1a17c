//! What can be typed after `palco library`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

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
            Some(LibraryCommand::Show { how, .. } | LibraryCommand::Search { how, .. }) => how.json,
            Some(_) => false,
        }
    }
}

/// Where to look, and how to tell.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    #[command(flatten)]
    pub(crate) at: WhereArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where to look.
#[derive(Debug, Args)]
pub(crate) struct WhereArgs {
    /// Where the server keeps its meetings [default: palco's data directory]
    #[arg(long, value_name = "DIR", env = "PALCO_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// From now on
    On,
    /// No longer
    Off,
}

/// How long a room keeps its meetings: so many days, 0 for good; `None` as the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HowLong(pub(crate) Option<u32>);

impl FromStr for HowLong {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "forever" => Ok(Self(Some(0))),
            "default" => Ok(Self(None)),
            days => match days.trim_end_matches('d').parse() {
                Ok(days) if days > 0 => Ok(Self(Some(days))),
                _ => Err("write a number of days, forever, or default".to_owned()),
            },
        }
    }
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
    /// Find words in titles, topics and names
    Search {
        /// The words, all of which have to be there
        #[arg(required = true)]
        words: Vec<String>,
        #[command(flatten)]
        how: HowArgs,
    },
    /// Write everything of a meeting into a folder: the recording, chapters, minutes; of one that goes on what there is
    Export {
        /// One of a room's meetings: monday#28 [default: the latest]
        #[arg(value_name = "ROOM[#N]")]
        which: Which,
        /// Where the folder is made, which is called after the meeting: monday-28
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        #[command(flatten)]
        at: WhereArgs,
    },
    /// Delete a meeting for good: what was said, its recording, and the exports that palco knows of
    Delete {
        /// Which meeting: monday#28
        #[arg(value_name = "ROOM#N")]
        which: Which,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        at: WhereArgs,
    },
    /// Keep a meeting from being deleted, by anybody and when its days are over
    Hold {
        /// Which meeting: monday#28
        #[arg(value_name = "ROOM#N")]
        which: Which,
        /// on or off
        switch: Switch,
        #[command(flatten)]
        at: WhereArgs,
    },
    /// Say for how many days after its end a room keeps a meeting; then the server deletes it
    Keep {
        /// The room
        room: Which,
        /// A number of days, forever, or default: as the server's settings say
        #[arg(value_name = "DAYS|forever|default")]
        long: HowLong,
        #[command(flatten)]
        at: WhereArgs,
    },
}
