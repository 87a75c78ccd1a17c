//! Commands that change the meeting.

use crate::cli::context::Context;
use crate::cli::output::Failure;
use crate::cli::zone::utc_offset_secs;
use crate::client::now;
use crate::meeting::{Command, Meeting, ParticipantId, Rejection};
use crate::sync::{Typist, WordsError, parse};

use super::CtlArgs;
use super::mirror::Mirror;

/// Does what the words say. Who is not in the meeting takes a seat first.
pub(super) async fn run(context: &Context, args: &CtlArgs) -> Result<(), Failure> {
    let words = words(args)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    check(&words)?;
    let mut mirror = Mirror::open(context, args, None).await?;
    if mirror.me().is_none() {
        // Words that are wrong anyway are not worth a seat.
        let command = read(&words, &mirror)?;
        mirror.close().await;
        if command == Command::Leave {
            return Err(Failure::refused(Rejection::NotHere.code(), Rejection::NotHere));
        }
        mirror = Mirror::open(context, args, Some(context.name(&args.who)?)).await?;
    }
    let command = read(&words, &mirror)?;
    let result = mirror.ask(command).await;
    mirror.close().await;
    result
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

/// Refuses what no meeting could make sense of, before there is a connection.
fn check(words: &[&str]) -> Result<(), Failure> {
    // Anybody: who it is does not make words right or wrong.
    let anybody = Typist { me: Some(ParticipantId([0; 32])), ..Typist::default() };
    match parse(words, &Meeting::new(), anybody) {
        Err(error) if error.is_usage() => Err(Failure::usage(error)),
        _ => Ok(()),
    }
}

fn read(words: &[&str], mirror: &Mirror) -> Result<Command, Failure> {
    let replica = mirror.replica();
    let typist =
        Typist { me: mirror.me(), now: replica.server_now(now()), utc_offset_secs: utc_offset_secs() };
    parse(words, replica.meeting(), typist).map_err(|error: WordsError| {
        if error.is_usage() { Failure::usage(error) } else { Failure::refused(error.code(), error) }
    })
}
