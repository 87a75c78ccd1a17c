//! Acting in a meeting from a script: the words of the palette, over any link.

mod act;
mod bans;
mod mirror;
mod pair;
mod round;
mod status;
mod text;
mod watch;

use crate::sync::WORDS;

use super::Link;

/// What only looks, beside the commands of [`WORDS`]: each word, and what it does.
pub const LOOKS: [(&str, &str); 4] = [
    ("status", "show phase, clock, stage, queue and people"),
    ("bans", "list who is kept out, until when and by whom"),
    ("watch", "print each event as a line of JSON"),
    ("pair", "print what `palco audio` takes to be your ears and microphone"),
];

/// What a script asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The words, the command first.
    pub words: Vec<String>,
    /// Whether what is printed is JSON.
    pub json: bool,
}

/// What a script has around it: a way to the room, and somebody who reads.
pub trait Desk: Send + Sync {
    /// The link to the room.
    type Link: Link;

    /// The room's name.
    fn room(&self) -> &str;

    /// The server as `palco audio` takes it after the @; empty when it is not known.
    fn server(&self) -> String;

    /// Seconds east of UTC, for times of day.
    fn utc_offset_secs(&self) -> i32;

    /// Connects, with a seat for a script or without one. What the link tells first is the welcome.
    fn dial(&self, seat: bool) -> impl Future<Output = Result<Self::Link, Trouble>> + Send;

    /// Prints lines; tells whether anybody still reads.
    fn print(&self, lines: &str) -> impl Future<Output = Result<bool, Trouble>> + Send;

    /// Says something that is no result.
    fn complain(&self, line: &str) -> impl Future<Output = ()> + Send;

    /// Waits until the script is to stop.
    fn stopped(&self) -> impl Future<Output = ()> + Send;
}

/// Why a script's command did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whose doing it is.
    pub kind: Kind,
    /// Stable word, for programs.
    pub code: String,
    /// Sentence, for people.
    pub text: String,
}

/// Whose doing a trouble is; the numbers are exit statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The meeting or the server refuses.
    Refused = 1,
    /// The words are wrong.
    Usage = 2,
    /// There is no connection.
    NoConnection = 3,
}

impl Trouble {
    /// The meeting or the server refuses.
    pub fn refused(code: impl Into<String>, text: impl ToString) -> Self {
        Self { kind: Kind::Refused, code: code.into(), text: text.to_string() }
    }

    /// The words are wrong.
    pub fn usage(text: impl ToString) -> Self {
        Self { kind: Kind::Usage, code: "usage".into(), text: text.to_string() }
    }

    /// There is no connection.
    pub fn no_connection(text: impl ToString) -> Self {
        Self { kind: Kind::NoConnection, code: "no-connection".into(), text: text.to_string() }
    }
}

/// Does what is asked.
///
/// # Errors
/// Why it did not work.
pub async fn run<D: Desk>(desk: &D, ask: &Ask) -> Result<(), Trouble> {
    let Some(verb) = ask.words.first() else {
        return Err(Trouble::usage("say what to do, such as status"));
    };
    let is_look = LOOKS.iter().any(|(look, _)| look == verb);
    if is_look && ask.words.len() > 1 {
        return Err(Trouble::usage(format!("write: {verb} (nothing follows)")));
    }
    if !is_look && WORDS.iter().all(|word| word.verb != verb) {
        return Err(Trouble::usage(format!("“{}” is no command", verb.escape_debug())));
    }
    match verb.as_str() {
        "status" => status::run(desk, ask).await,
        "bans" => bans::run(desk, ask).await,
        "watch" => watch::run(desk).await,
        "pair" => pair::run(desk).await,
        _ => act::run(desk, ask).await,
    }
}

/// Prints a result; who has stopped reading is content.
async fn print<D: Desk>(desk: &D, lines: &str) -> Result<(), Trouble> {
    desk.print(lines).await.map(drop)
}
