//! `palco minutes`: what is kept of a meeting to read.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::meeting::Recorded;
use crate::minutes::{Form, Minutes};
use crate::store::{Archive, StoreError};
use crate::tui::Language;
use crate::wire::is_room_name;

use super::args::Language as LanguageArg;
use super::context::Context;
use super::output::{Failure, print};
use super::zone::utc_offset_secs;

/// `palco minutes`.
#[derive(Debug, Args)]
pub(crate) struct MinutesArgs {
    /// The room, or one of its meetings: monday, monday#28 [default: the latest]
    #[arg(value_name = "ROOM[#N]")]
    which: Which,
    /// Where the server keeps its meetings [default: palco's data directory]
    #[arg(long, value_name = "DIR", env = "PALCO_DATA", hide_env_values = true)]
    data: Option<PathBuf>,
    /// The language of the minutes
    #[arg(long, env = "PALCO_LANG", hide_env_values = true)]
    lang: Option<LanguageArg>,
    /// Every fact as JSON
    #[arg(long, conflicts_with = "template")]
    json: bool,
    /// A template of your own (Jinja); --print-template shows palco's
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Print the template that would be used
    #[arg(long, conflicts_with_all = ["json", "template"])]
    print_template: bool,
}

/// A meeting: of which room, and which number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Which {
    room: String,
    number: Option<u32>,
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (room, number) = match text.split_once('#') {
            Some((room, number)) => (room, Some(number.parse().map_err(|_| "write ROOM or ROOM#28")?)),
            None => (text, None),
        };
        if !is_room_name(room) {
            return Err("a room is named by small letters, digits and -".to_owned());
        }
        Ok(Self { room: room.to_owned(), number })
    }
}

/// Prints the minutes of a meeting whose events are on this machine.
pub(super) fn run(context: &Context, args: &MinutesArgs) -> Result<(), Failure> {
    let form = match &args.template {
        Some(file) => own(file)?,
        None => match context.language(args.lang) {
            Language::It => Form::italian(),
            Language::En => Form::english(),
        },
    };
    if args.print_template {
        return print(form.source());
    }
    let minutes = Minutes::of(&args.which.room, &events(context, args)?);
    if args.json {
        let json = serde_json::to_string_pretty(&minutes).map_err(|e| Failure::refused("json", e))?;
        return print(&json);
    }
    print(&form.write(&minutes, utc_offset_secs()).map_err(|e| Failure::refused("template", e))?)
}

fn own(file: &Path) -> Result<Form, Failure> {
    let unreadable = |e| Failure::usage(format!("the template {} cannot be read ({e})", file.display()));
    let source = fs::read_to_string(file).map_err(unreadable)?;
    Ok(Form::new(file.to_string_lossy(), source))
}

fn events(context: &Context, args: &MinutesArgs) -> Result<Vec<Recorded>, Failure> {
    let Which { room, number } = &args.which;
    let archive =
        Archive::open(&context.data(args.data.as_ref())).map_err(|e| Failure::refused("data", e))?;
    let failed = |e: StoreError| Failure::refused("data", e);
    if let Some(events) = archive.events(room, *number).map_err(failed)? {
        return Ok(events);
    }
    let numbers = archive.numbers(room).map_err(failed)?;
    let text = match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) => format!("{room} has the meetings {first} to {last}"),
        _ => format!("there was no meeting in {room} here; --data says where the server keeps them"),
    };
    Err(Failure::refused("no-meeting", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_is_named_by_room_and_number() {
        let which = |room: &str, number| Ok(Which { room: room.to_owned(), number });
        assert_eq!("monday".parse(), which("monday", None));
        assert_eq!("monday#28".parse(), which("monday", Some(28)));
        for bad in ["", "#28", "monday#", "monday#x", "../monday"] {
            assert!(bad.parse::<Which>().is_err(), "{bad}");
        }
    }
}
