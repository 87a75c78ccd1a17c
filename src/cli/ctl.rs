//! `palco ctl`: what the console can do, from a script.

use std::io::ErrorKind;

use clap::builder::PossibleValuesParser;

use crate::client::LinkConfig;
use crate::console::ctl::{self, Ask, Desk, LOOKS, Trouble};
use crate::meeting::SeatKind;
use crate::sync::WORDS;
use crate::wire::JoinRequest;

use super::args::CtlArgs;
use super::console::Wire;
use super::context::Context;
use super::meet::{Connected, first_connection};
use super::output::{Failure, complain, say};
use super::place::told_to_stop;
use super::zone::utc_offset_secs;

/// The first words that there are.
pub(super) fn verbs() -> PossibleValuesParser {
    PossibleValuesParser::new(LOOKS.iter().map(|(verb, _)| *verb).chain(WORDS.iter().map(|w| w.verb)))
}

/// The list of commands for the help.
pub(super) fn words_help() -> String {
    let looks = LOOKS.iter().map(|(verb, what)| ((*verb).to_owned(), *what));
    let words = WORDS.iter().map(|w| (format!("{} {}", w.verb, w.arguments).trim_end().to_owned(), w.what));
    let lines: Vec<_> = looks.chain(words).map(|(usage, what)| format!("  {usage:<50} {what}")).collect();
    format!(
        "Commands:\n{}\n\nA NAME may be shortened while it is clear who is meant; a HAND is its number or its owner's name.",
        lines.join("\n")
    )
}

/// Does one command.
pub(super) async fn run(context: &Context, args: &CtlArgs) -> Result<(), Failure> {
    let ask = Ask { words: words(args)?, json: args.json };
    let script = Script { context, args, utc_offset_secs: utc_offset_secs() };
    ctl::run(&script, &ask).await.map_err(Failure::from)
}

fn words(args: &CtlArgs) -> Result<Vec<String>, Failure> {
    let mut words = vec![args.command.clone()];
    words.extend(args.words.iter().cloned());
    match &args.kind {
        Some(kind) if args.command == "raise" => words.extend(["--kind".to_owned(), kind.clone()]),
        Some(_) => return Err(Failure::usage("--kind belongs to raise")),
        None => {}
    }
    Ok(words)
}

/// A script at a shell.
struct Script<'a> {
    context: &'a Context,
    args: &'a CtlArgs,
    utc_offset_secs: i32,
}

impl Desk for Script<'_> {
    type Link = Wire;

    fn room(&self) -> &str {
        self.args.url.room()
    }

    fn server(&self) -> String {
        self.args.url.server_to_share()
    }

    fn utc_offset_secs(&self) -> i32 {
        self.utc_offset_secs
    }

    async fn dial(&self, seat: bool) -> Result<Wire, Trouble> {
        let name = if seat { Some(self.context.name(&self.args.who)?) } else { None };
        let join =
            name.map(|name| JoinRequest { name, kind: SeatKind::Control, listener: false, auto_open: false });
        let identity = self.context.identity(&self.args.who)?;
        let config =
            LinkConfig { join, ..LinkConfig::new(self.context.trusted(&self.args.url).await?, identity) };
        let Connected { link, events } = first_connection(config).await?;
        Ok(Wire { link, events })
    }

    async fn print(&self, lines: &str) -> Result<bool, Trouble> {
        match say(lines) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(e) => Err(Trouble::refused("output", format!("standard output cannot be written ({e})"))),
        }
    }

    async fn complain(&self, line: &str) {
        complain(line);
    }

    async fn stopped(&self) {
        told_to_stop().await;
    }
}
