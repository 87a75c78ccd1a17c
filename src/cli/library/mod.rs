//! `palco library`: the meetings that this machine keeps.

mod args;
mod change;
mod show;

pub(crate) use args::LibraryArgs;

use super::context::Context;
use super::kept::{self, unreadable};
use super::output::{Failure, print};

use args::LibraryCommand;

/// Lists what is kept, or does what is asked of it.
pub(super) fn run(context: &Context, args: &LibraryArgs) -> Result<(), Failure> {
    match &args.command {
        None => list(context, args),
        Some(LibraryCommand::Show { which, how }) => {
            let library = kept::open(context, how.at.data.as_ref())?;
            let kept = kept::find(&library, which)?;
            print(&show::one(&library, &kept, how.json)?)
        }
        Some(LibraryCommand::Search { words, how }) => {
            let library = kept::open(context, how.at.data.as_ref())?;
            let hits = library.search(&words.join(" ")).map_err(unreadable)?;
            print(&show::hits(&hits, how.json)?)
        }
        Some(LibraryCommand::Export { which, to, at }) => change::export(context, which, to, at),
        Some(LibraryCommand::Delete { which, yes, at }) => change::delete(context, which, at, *yes),
        Some(LibraryCommand::Hold { which, switch, at }) => change::hold(context, which, at, *switch),
        Some(LibraryCommand::Keep { room, long, at }) => change::keep(context, room, at, *long),
    }
}

fn list(context: &Context, args: &LibraryArgs) -> Result<(), Failure> {
    let library = kept::open(context, args.how.at.data.as_ref())?;
    let all = match &args.room {
        Some(which) if which.number.is_some() => vec![kept::find(&library, which)?],
        Some(which) => {
            // There has to be one.
            kept::find(&library, which)?;
            library.meetings(Some(&which.room)).map_err(unreadable)?
        }
        None => library.meetings(None).map_err(unreadable)?,
    };
    print(&show::all(&library, &all, args.how.json)?)
}
