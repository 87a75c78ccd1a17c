//! Commands typed as words: `palco ctl`, the palette and the plain console read them here.
//!
//! One file a subject: each reads its own verbs and leaves the others alone.

mod conduct;
mod error;
mod more_time;
mod oneself;
mod order;
mod queue;
mod reader;
mod recording;
mod round;
mod stage;

use crate::meeting::{Command, Meeting, ParticipantId, Timestamp};

pub use error::WordsError;
use reader::Reader;

/// What whoever types their consent has agreed to, where no console asks them in its own words.
pub const CONSENT_TEXT: &str =
    "Do you agree that what you say in this meeting is recorded and can be heard later?";

/// The same where each voice is kept on a track of its own too.
pub const CONSENT_TRACKS: &str = "Do you agree that what you say in this meeting is recorded, in the mix and on a track of your voice \
     alone, and can be heard later?";

/// A command as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The first word.
    pub verb: &'static str,
    /// What follows; empty if nothing does.
    pub arguments: &'static str,
    /// What it does.
    pub what: &'static str,
}

const fn word(verb: &'static str, arguments: &'static str, what: &'static str) -> Word {
    Word { verb, arguments, what }
}

/// Every command that can be typed, in the order of the help.
pub const WORDS: &[Word] = &[
    word("raise", "TOPIC [--kind question|reply|point-of-order]", "raise your hand, or change its topic"),
    word("lower", "", "lower your hand"),
    word("support", "HAND [off]", "support a hand, or take support back"),
    word("next", "", "call the next hand"),
    word("call", "NAME|HAND", "call this hand"),
    word("done", "", "end the turn"),
    word("not-there", "", "put who does not answer back in the queue"),
    word("interrupt", "", "end the turn; its hand is first again"),
    word("drop", "HAND [HAND ...]", "take hands out of the queue"),
    word("merge", "HAND [HAND ...] HAND", "same question: the last one stays"),
    word("undo", "", "bring back the hands just dropped or merged (10 s)"),
    word("move", "HAND POSITION", "move a hand in the queue, from 1"),
    word("order", "fair|arrival|support|manual", "order the queue"),
    word(
        "round",
        "start [arrival|name|random|manual] [each 1m] [seed N] | done | pass [NAME] | skip [NAME] | move NAME POSITION | end",
        "give everybody their time, one after the other",
    ),
    word("invite", "NAME", "invite somebody on the stage"),
    word("accept", "", "accept an invitation"),
    word("decline", "", "decline an invitation"),
    word("step-up", "", "step on the stage by role"),
    word("off-stage", "[NAME]", "take somebody off the stage, or step off"),
    word("mute", "", "mute your microphone"),
    word("unmute", "", "open your microphone"),
    word("talk-to", "everybody|stage|backstage", "choose whom your microphone reaches"),
    word("hold", "NAME|all", "mute somebody until released, or everybody below a cohost"),
    word("release", "NAME|all", "end a hold"),
    word("remove", "NAME [WHY]", "send somebody out; they may come back"),
    word("ban", "NAME|KEY [LENGTH] [WHY]", "keep somebody out, for a time or for good"),
    word("unban", "NAME|KEY", "end a ban"),
    word("lock", "", "let nobody new in"),
    word("unlock", "", "let new people in again"),
    word("rename-other", "NAME NEW", "change a name that confuses"),
    word("hand-over", "NAME", "make somebody host instead of you; you stay as cohost"),
    word("role", "NAME host|cohost|speaker|attendee|listener", "give somebody a role"),
    word("mirror", "open|host", "show everybody the shares of talk time, or no longer"),
    word("participation", "expected|open", "say what the room expects of people"),
    word(
        "record",
        "start [alone] [tracks] | pause | resume | stop | at-live | tracks-at-live | by-hand",
        "record the meeting, or say whether its start does",
    ),
    word("strike", "", "take the last 30 s out of the recording for good"),
    word("off-record", "[NAME|all]", "leave yourself, somebody or everybody out of the recording"),
    word("on-record", "[NAME|all]", "take them into the recording again"),
    word("consent", "yes|no", "say whether you agree to be recorded; who does not listens"),
    word("prepare", "", "open the backstage; others wait in the lobby"),
    word("open-at", "TIME|+LENGTH|off", "plan when the doors open (17:00, +15m)"),
    word("start", "", "open the doors: begin the meeting"),
    word("close", "", "land softly: no new hands, last words, the end"),
    word("push", "[LENGTH]", "push the hard limit away (10m)"),
    word("end", "", "end the meeting"),
    word("extend", "LENGTH", "add to the planned length (10m)"),
    word("propose", "LENGTH", "propose to extend the meeting (10m)"),
    word("vote", "yes|no", "vote on the proposal"),
    word("dismiss", "", "decline the proposal, or take yours back"),
    word("pause", "", "stop the clock"),
    word("resume", "", "let the clock run again"),
    word("agenda", "add TITLE=LENGTH | next | back", "add an agenda item, or go to another"),
    word("borrow", "LENGTH", "borrow from the agenda items after this one (5m)"),
    word("rename", "NAME", "change your name"),
    word("auto-open", "on|off", "open your microphone by itself when you are called"),
    word("leave", "", "leave the meeting"),
];

/// Who types, and what their clock shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typist {
    /// Their key; `None` for somebody who is not in the meeting.
    pub me: Option<ParticipantId>,
    /// The server's time, for what is to be at a time of day or in so many minutes.
    pub now: Timestamp,
    /// How far their time of day is ahead of UTC.
    pub utc_offset_secs: i32,
}

/// Reads a command. People are named by their name, or its unique beginning, or their key's fingerprint; hands by their
/// number or their owner.
///
/// # Errors
/// What is wrong with the words.
pub fn parse(words: &[&str], meeting: &Meeting, typist: Typist) -> Result<Command, WordsError> {
    let (verb, rest) = words.split_first().ok_or_else(|| WordsError::NoSuchCommand(String::new()))?;
    let verb = verb.to_lowercase();
    let word =
        WORDS.iter().find(|w| w.verb == verb).ok_or_else(|| WordsError::NoSuchCommand(verb.clone()))?;
    Reader { word: *word, rest, meeting, typist }.read()
}

/// Finds who in the meeting is meant: by key, by name, or by the only name that begins so.
///
/// # Errors
/// Nobody or several people may be.
pub fn find_person(typed: &str, meeting: &Meeting) -> Result<ParticipantId, WordsError> {
    reader::resolve(typed, &meeting.roster())
}

#[cfg(test)]
mod tests;
