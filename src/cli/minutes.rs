//! `palco minutes`: what is kept of a meeting to read.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::minutes::{Form, Minutes, chapters};
use crate::tui::Language;

use super::args::Language as LanguageArg;
use super::context::Context;
use super::kept::{self, Which};
use super::output::{Failure, pretty, print};
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

/// Prints the minutes of a meeting whose events are on this machine.
pub(super) fn run(context: &Context, args: &MinutesArgs) -> Result<(), Failure> {
    let form = form(context, args.lang, args.template.as_deref())?;
    if args.print_template {
        return print(form.source());
    }
    let library = kept::open(context, args.data.as_ref())?;
    let meeting = kept::find(&library, &args.which)?;
    let events = library.events(&meeting).map_err(kept::unreadable)?;
    let timeline = meeting.timeline();
    let minutes = Minutes::of(&args.which.room, &events);
    let minutes =
        minutes.in_recording(&timeline, &chapters(&events, &timeline), context.config.server.url.as_deref());
    if args.json {
        return print(&pretty(&minutes)?);
    }
    print(&form.write(&minutes, utc_offset_secs()).map_err(|e| Failure::refused("template", e))?)
}

/// The template of a file, or palco's own in a language.
pub(crate) fn form(
    context: &Context,
    lang: Option<LanguageArg>,
    template: Option<&Path>,
) -> Result<Form, Failure> {
    let Some(file) = template else {
        return Ok(match context.language(lang) {
            Language::It => Form::italian(),
            Language::En => Form::english(),
        });
    };
    let unreadable = |e| Failure::usage(format!("the template {} cannot be read ({e})", file.display()));
    let source = fs::read_to_string(file).map_err(unreadable)?;
    Ok(Form::new(file.to_string_lossy(), source))
}
