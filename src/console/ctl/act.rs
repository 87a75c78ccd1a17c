//! Commands that change the meeting.

use crate::console::Link;
use crate::meeting::{Command, Meeting, ParticipantId, Rejection};
use crate::sync::{Typist, WordsError, parse};

use super::mirror::Mirror;
use super::{Ask, Desk, Trouble};

/// Does what the words say. Who is not in the meeting takes a seat first.
pub(super) async fn run<D: Desk>(desk: &D, ask: &Ask) -> Result<(), Trouble> {
    let words: Vec<&str> = ask.words.iter().map(String::as_str).collect();
    check(&words)?;
    let mut mirror = Mirror::open(desk.dial(false).await?).await?;
    if mirror.me().is_none() {
        // Words that are wrong anyway are not worth a seat.
        let command = read(&words, &mirror, desk.utc_offset_secs())?;
        mirror.close().await;
        if command == Command::Leave {
            return Err(Trouble::refused(Rejection::NotHere.code(), Rejection::NotHere));
        }
        mirror = Mirror::open(desk.dial(true).await?).await?;
    }
    let command = read(&words, &mirror, desk.utc_offset_secs())?;
    let result = mirror.ask(command).await;
    mirror.close().await;
    result
}

/// Refuses what no meeting could make sense of, before there is a connection.
fn check(words: &[&str]) -> Result<(), Trouble> {
    // Anybody: who it is does not make words right or wrong.
    let anybody = Typist { me: Some(ParticipantId([0; 32])), ..Typist::default() };
    match parse(words, &Meeting::new(), anybody) {
        Err(error) if error.is_usage() => Err(Trouble::usage(error)),
        _ => Ok(()),
    }
}

fn read<L: Link>(words: &[&str], mirror: &Mirror<L>, utc_offset_secs: i32) -> Result<Command, Trouble> {
    let replica = mirror.replica();
    let typist = Typist { me: mirror.me(), now: mirror.server_now(), utc_offset_secs };
    parse(words, replica.meeting(), typist).map_err(|error: WordsError| {
        if error.is_usage() { Trouble::usage(error) } else { Trouble::refused(error.code(), error) }
    })
}
