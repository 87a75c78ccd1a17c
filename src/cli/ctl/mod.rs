//! `palco ctl`: what the console can do, from a script.

mod act;
mod bans;
mod mirror;
mod pair;
mod round;
mod status;
mod text;
mod watch;

use clap::builder::PossibleValuesParser;

use crate::sync::WORDS;

use super::args::CtlArgs;
use super::context::Context;
use super::output::Failure;

/// What only looks, beside the commands of [`WORDS`].
const LOOKS: [(&str, &str); 4] = [
    ("status", "show phase, clock, stage, queue and people"),
    ("bans", "list who is kept out, until when and by whom"),
    ("watch", "print each event as a line of JSON"),
    ("pair", "print what `palco audio` takes to be your ears and microphone"),
];

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
    match args.command.as_str() {
        "status" | "bans" | "watch" | "pair" if !args.words.is_empty() => {
            Err(Failure::usage(format!("write: {} (nothing follows)", args.command)))
        }
        "status" => status::run(context, args).await,
        "bans" => bans::run(context, args).await,
        "watch" => watch::run(context, args).await,
        "pair" => pair::run(context, args).await,
        _ => act::run(context, args).await,
    }
}
