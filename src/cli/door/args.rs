//! What can be typed after `palco room` and `palco invite`.

use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use crate::cli::args::WhoArgs;
use crate::client::{BadRoomUrl, RoomUrl};
use crate::meeting::{Audience, Millis, Role};
use crate::sync::parse_length;

/// A room's address, or its name alone.
#[derive(Clone, Debug)]
pub(crate) enum Where {
    /// Its address.
    Url(Box<RoomUrl>),
    /// Its name.
    Name(String),
}

impl FromStr for Where {
    type Err = BadRoomUrl;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if s.contains('/') {
            return s.parse().map(|url| Self::Url(Box::new(url)));
        }
        RoomUrl::new("localhost", 1, s).map(|url| Self::Name(url.room().to_owned()))
    }
}

/// `palco room`.
#[derive(Debug, Args)]
pub(crate) struct RoomArgs {
    /// The room's address; or its name, if you were there lately or it is on this machine
    pub(crate) room: Where,
    /// What to do [default: show the door]
    #[command(subcommand)]
    pub(crate) command: Option<RoomCommand>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// What to do with a room.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// Change whom the room lets in; its owner and hosts always come in
    Door {
        /// Whom.
        #[command(subcommand)]
        door: DoorCommand,
    },
    /// Change who may hear the room's recordings; its owner and hosts always may
    Recordings {
        /// public: everybody; members: who was in a meeting there, or shows the passcode or an invite; hosts: nobody else
        #[arg(value_parser = audiences())]
        audience: String,
    },
}

/// Whom a room lets in.
#[derive(Debug, Subcommand)]
pub(crate) enum DoorCommand {
    /// Everybody
    Open,
    /// Who knows the passcode: asked for, or PALCO_PASSCODE
    Passcode,
    /// Those with these keys: fingerprints, or public key files
    Keys {
        /// A fingerprint (`ssh-keygen -lf FILE`) or a public key's file
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Nobody without an invite
    Invite,
}

/// `palco invite`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InviteArgs {
    /// The room's address; or its name, if you were there lately or it is on this machine
    pub(crate) room: Option<Where>,
    /// What it makes of who comes in by it for the first time
    #[arg(long, default_value = "attendee", value_parser = roles())]
    pub(crate) role: String,
    /// For how many people
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) uses: u32,
    /// For how long: 90m, 12h, 2d
    #[arg(long = "for", value_name = "LENGTH", default_value = "7d", value_parser = long_length)]
    pub(crate) length: Millis,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// What to do instead of making one.
    #[command(subcommand)]
    pub(crate) command: Option<InviteCommand>,
}

/// What to do with invites that there are.
#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// List them
    List {
        /// The room's address or name
        room: Where,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Take one back, and end the seats of those who came in by it
    Revoke {
        /// The room's address or name
        room: Where,
        /// Its name, as `palco invite list` prints it
        invite: String,
        #[command(flatten)]
        who: WhoArgs,
    },
}

fn roles() -> PossibleValuesParser {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.word()))
}

fn audiences() -> PossibleValuesParser {
    PossibleValuesParser::new(Audience::ALL.iter().map(|audience| audience.word()))
}

/// A length that may have days.
fn long_length(text: &str) -> Result<Millis, String> {
    const DAY: u64 = 24 * 60;
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let length = match days {
        Some(days) => days.checked_mul(DAY).map(Millis::from_mins),
        None => parse_length(text),
    };
    length.ok_or_else(|| "write a length such as 2d, 12h or 90m".to_owned())
}
