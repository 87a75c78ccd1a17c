//! What can be typed after `palco`.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::client::{RoomUrl, now};
use crate::meeting::{Item, Millis, Participation, Timestamp};
use crate::sync::{FeedChoice, parse_item, parse_length, parse_moment};

use super::zone::utc_offset_secs;

/// A live meeting in your terminal: stage, question queue, clock and sound.
#[derive(Debug, Parser)]
#[command(name = "palco", version, styles = STYLES, disable_help_subcommand = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done, 1 refused or failed, 2 wrong usage or settings, 3 no connection."
)]
pub(crate) struct Cli {
    /// Settings file [default: see `palco config path`]
    #[arg(long, value_name = "FILE", env = "PALCO_CONFIG", global = true, hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Subcommands>,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    /// Open a meeting, here or on a server, and run it
    Host(Box<HostArgs>),
    /// Join a meeting
    Join(Box<JoinArgs>),
    /// Listen to a meeting without a console: play it, or write it as Ogg Opus
    Listen(ListenArgs),
    /// Speak in a meeting from a file or a pipe
    Speak(SpeakArgs),
    /// Run a server alone
    Serve(ServeArgs),
    /// Show or change whom a room lets in
    Room(super::door::RoomArgs),
    /// Make an invite to a room, list them, take one back
    Invite(super::door::InviteArgs),
    /// Act in a meeting from a script
    Ctl(CtlArgs),
    /// List the meetings that this machine keeps, with their recordings
    Library(super::library::LibraryArgs),
    /// Play a recording: the console as it was, in step with the sound
    Play(Box<super::play::PlayArgs>),
    /// Print the minutes of a meeting that this machine keeps
    Minutes(super::minutes::MinutesArgs),
    /// Stage a meeting with scripted people, and sit in as its host
    Demo(DemoArgs),
    /// Be the ears and the microphone of a console on another machine
    Audio(super::audio::AudioArgs),
    /// List sound devices
    Devices,
    /// Look at sound, terminal and link, and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Measure a server of its own on this machine
    Bench(super::bench::BenchArgs),
    /// List the console's keys and words
    Keys(KeysArgs),
    /// Print or check settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Who connects.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WhoArgs {
    /// Display name [default: settings, then your login name]
    #[arg(long, env = "PALCO_NAME", hide_env_values = true)]
    pub(crate) name: Option<String>,
    /// OpenSSH ed25519 private key; made when it is missing [default: in the settings directory]
    #[arg(long, value_name = "FILE", env = "PALCO_IDENTITY", hide_env_values = true)]
    pub(crate) identity: Option<PathBuf>,
}

/// Sound.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Sound")]
pub(crate) struct SoundArgs {
    /// Neither microphone nor speaker
    #[arg(long)]
    pub(crate) no_audio: bool,
    /// Microphone: default, none, or what `palco devices` prints
    #[arg(long, value_name = "ID", env = "PALCO_MIC", hide_env_values = true)]
    pub(crate) mic: Option<String>,
    /// Speaker: default, none, or what `palco devices` prints
    #[arg(long, value_name = "ID", env = "PALCO_SPEAKER", hide_env_values = true)]
    pub(crate) speaker: Option<String>,
    /// What you hear: auto, forward (every voice by itself), mix-32, mix-16 or mix-8 (everybody in one, in so many kb/s)
    #[arg(long, value_parser = feed, env = "PALCO_FEED", hide_env_values = true)]
    pub(crate) feed: Option<FeedChoice>,
    /// Whether your microphone opens by itself when you are called
    #[arg(long, value_name = "BOOL", env = "PALCO_AUTO_OPEN", hide_env_values = true)]
    pub(crate) auto_open: Option<bool>,
}

/// How the console looks.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Console")]
pub(crate) struct LookArgs {
    /// Theme: dark, light, contrast, mono, ansi16, a name in the settings directory, or a file
    #[arg(long, env = "PALCO_THEME", hide_env_values = true)]
    pub(crate) theme: Option<String>,
    /// Draw with ASCII signs alone
    #[arg(long)]
    pub(crate) ascii: bool,
    /// No screen: a line for each happening, commands typed as words; by itself where there is no terminal, or a dumb one
    #[arg(long)]
    pub(crate) plain: bool,
    /// Nothing moves by itself: words in place of level meters
    #[arg(long)]
    pub(crate) reduced_motion: bool,
    /// Language
    #[arg(long, env = "PALCO_LANG", hide_env_values = true)]
    pub(crate) lang: Option<Language>,
}

/// Language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// Italian
    It,
}

/// What `--agenda` names.
#[derive(Clone, Debug)]
pub(crate) enum Agenda {
    /// One item.
    Item(Item),
    /// A file with items.
    File(PathBuf),
}

/// `palco host`.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// The room's name: a-z, 0-9 and -
    pub(crate) room: String,
    /// The meeting's title [default: the room's name]
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Planned length
    #[arg(long, value_parser = length, default_value = "60m")]
    pub(crate) length: Millis,
    /// An agenda item with its length, once for each item; or a file with the agenda, TOML or Markdown
    #[arg(long, value_name = "ITEM=LENGTH|FILE", value_parser = agenda)]
    pub(crate) agenda: Vec<Agenda>,
    /// What the room expects: everybody heard at some time (expected), or silence is welcome too (open) [default: as the
    /// room's last meeting]
    #[arg(long, value_name = "expected|open", value_parser = participation)]
    pub(crate) participation: Option<Participation>,
    /// When the doors are planned to open, shown to those who wait: 17:00 or +15m
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
    /// How long the meeting goes on when nobody is left who could run it
    #[arg(long, value_parser = length, default_value = "10m")]
    pub(crate) unattended: Millis,
    /// How far beyond its length the meeting may go before it lands by itself
    #[arg(long, value_name = "LENGTH", value_parser = length, default_value = "45m")]
    pub(crate) overrun: Millis,
    /// Run it on this server instead of here
    #[arg(long, value_name = "URL", conflicts_with_all = ["listen", "ssh", "data", "tls", "tls_cert", "unencrypted"])]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// `palco join`.
#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// The room's address: ws://HOST:PORT/ROOM, or wss:// with the `#pin=` of a join line
    pub(crate) url: RoomUrl,
    /// Only listen
    #[arg(long)]
    pub(crate) listen_only: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// `palco listen`.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// The room's address: ws://HOST:PORT/ROOM, or wss:// with the `#pin=` of a join line
    pub(crate) url: RoomUrl,
    /// Write the sound as Ogg Opus into this file instead of playing it; - is standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "speaker")]
    pub(crate) output: Option<PathBuf>,
    /// What to hear: the server's mix at 8, 16 or 32 kb/s, every voice by itself (forward), or what the link carries
    /// (auto); 32 is written with -o
    #[arg(long, value_name = "8|16|32|forward|auto", default_value = "auto", value_parser = rung)]
    pub(crate) rung: FeedChoice,
    /// No status line
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Display name [default: listener and a number]
    #[arg(long, env = "PALCO_NAME", hide_env_values = true)]
    pub(crate) name: Option<String>,
    /// OpenSSH ed25519 private key; made when it is missing [default: in the settings directory]
    #[arg(long, value_name = "FILE", env = "PALCO_IDENTITY", hide_env_values = true)]
    pub(crate) identity: Option<PathBuf>,
    /// Speaker: default, none, or what `palco devices` prints
    #[arg(long, value_name = "ID", env = "PALCO_SPEAKER", hide_env_values = true)]
    pub(crate) speaker: Option<String>,
    /// Language
    #[arg(long, env = "PALCO_LANG", hide_env_values = true)]
    pub(crate) lang: Option<Language>,
}

impl ListenArgs {
    /// Who connects.
    pub(crate) fn who(&self) -> WhoArgs {
        WhoArgs { name: self.name.clone(), identity: self.identity.clone() }
    }
}

/// `palco speak`.
#[derive(Debug, Args)]
pub(crate) struct SpeakArgs {
    /// The room's address: ws://HOST:PORT/ROOM, or wss:// with the `#pin=` of a join line
    pub(crate) url: RoomUrl,
    /// Ogg Opus or WAV: a file, which waits until you are heard, or - for standard input, which does not
    #[arg(short, long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// The input is bare samples, signed 16 bits, mono, so many a second
    #[arg(long, value_name = "RATE")]
    pub(crate) pcm: Option<u32>,
    /// No status line
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// Language
    #[arg(long, env = "PALCO_LANG", hide_env_values = true)]
    pub(crate) lang: Option<Language>,
}

/// Where a server listens and keeps its meetings.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct PlaceArgs {
    /// Address and port to listen on; port 0 takes a free one [default: 0.0.0.0:7780]
    #[arg(long, value_name = "ADDR", env = "PALCO_LISTEN", hide_env_values = true)]
    pub(crate) listen: Option<String>,
    /// Address and port for SSH too, so that a stock ssh client is enough: 0.0.0.0:7722 [default: none]
    #[arg(long, value_name = "ADDR", env = "PALCO_SSH", hide_env_values = true)]
    pub(crate) ssh: Option<String>,
    /// Directory for meetings [default: palco's data directory]
    #[arg(long, value_name = "DIR", env = "PALCO_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
}

/// Encryption of a server.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct TlsArgs {
    /// Encrypt links (wss://, https://) with a certificate made here, which the join line pins
    #[arg(long)]
    pub(crate) tls: bool,
    /// Encrypt links with this certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Whose links may go unencrypted: everybody's, those of this machine and private networks, or nobody's
    /// [default: near]
    #[arg(long, value_name = "WHO")]
    pub(crate) unencrypted: Option<Unencrypted>,
}

/// Whose links may go unencrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unencrypted {
    /// Nobody's
    Nobody,
    /// Those of this machine and of private networks
    Near,
    /// Everybody's
    Everybody,
}

/// `palco serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Who may open rooms: a key's fingerprint or a public key file; once for each [default: everybody]
    #[arg(long, value_name = "KEY")]
    pub(crate) owner: Vec<String>,
    /// A browser origin to let in (https://example.org); once for each
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Vec<String>,
    /// Tell seats on shutdown that the server comes back at once
    #[arg(long)]
    pub(crate) restarts: bool,
    /// Connections at once from one address [default: 256]
    #[arg(long, value_name = "N")]
    pub(crate) max_per_address: Option<usize>,
}

/// `palco ctl`.
#[derive(Debug, Args)]
#[command(after_help = super::ctl::words_help())]
pub(crate) struct CtlArgs {
    /// The room's address: ws://HOST:PORT/ROOM, or wss:// with the `#pin=` of a join line
    pub(crate) url: RoomUrl,
    /// What to do
    #[arg(value_parser = super::ctl::verbs())]
    pub(crate) command: String,
    /// What it needs; after `--`, words may begin with a hyphen
    pub(crate) words: Vec<String>,
    /// For `raise`: question, reply or point-of-order
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Print status and refusals as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// `palco doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// A room's address, to look at the way to its server too
    pub(crate) url: Option<RoomUrl>,
    /// Record 5 s and play them back as others would hear them: by way of the server, with an address
    #[arg(long)]
    pub(crate) echo: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
}

/// `palco demo`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// The same number stages the same meeting [default: by chance]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How many times faster than life, 0.1 to 20; sound stays as it is
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub(crate) speed: f64,
    /// How many scripted people
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u8).range(super::demo::PEOPLE))]
    pub(crate) people: u8,
    /// The port on 127.0.0.1, for joining from another shell; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// `palco keys`.
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    /// Language
    #[arg(long, env = "PALCO_LANG", hide_env_values = true)]
    pub(crate) lang: Option<Language>,
}

/// `palco config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a whole settings file: what holds without one
    Default,
    /// Print where the settings file belongs
    Path,
    /// Check a settings file
    Check {
        /// The file [default: the one in use]
        file: Option<PathBuf>,
    },
}

fn feed(text: &str) -> Result<FeedChoice, String> {
    FeedChoice::parse(text).ok_or_else(|| format!("write {}", feed_words()))
}

/// The words for a feed, for people.
pub(crate) fn feed_words() -> String {
    let words = FeedChoice::ALL.map(FeedChoice::word);
    format!("{} or {}", words[..words.len() - 1].join(", "), words[words.len() - 1])
}

fn length(text: &str) -> Result<Millis, String> {
    parse_length(text).ok_or_else(|| "write a length such as 60m, 1h30m or 90s".to_owned())
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let at = parse_moment(text, now(), utc_offset_secs());
    at.ok_or_else(|| "write a time such as 17:00, or +15m".to_owned())
}

fn rung(text: &str) -> Result<FeedChoice, String> {
    FeedChoice::parse(text).ok_or_else(|| "write 8, 16, 32, forward or auto".to_owned())
}

fn participation(text: &str) -> Result<Participation, String> {
    Participation::from_word(text).ok_or_else(|| "write expected or open".to_owned())
}

/// What has a length at its end is an item; everything else has to be a file.
fn agenda(text: &str) -> Result<Agenda, String> {
    if let Some(item) = parse_item(text) {
        return Ok(Agenda::Item(item));
    }
    let path = PathBuf::from(text);
    if path.is_file() {
        return Ok(Agenda::File(path));
    }
    Err("write an item and its length, such as Introductions=10m, or the name of a file with the agenda"
        .to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.1..=20.0).contains(&speed) => Ok(speed),
        _ => Err("write a number from 0.1 to 20".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }
}
