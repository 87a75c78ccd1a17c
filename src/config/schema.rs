//! What can be set.

use std::path::PathBuf;

use serde::Deserialize;

use super::Keys;

/// Everything that can be set in a file. Plain data: what the words in it mean is checked where they are used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Display name.
    pub name: Option<String>,
    /// Private key file.
    pub identity: Option<PathBuf>,
    /// Name or path of a theme; without it the last one, `dark` at first.
    pub theme: Option<String>,
    /// Which signs the console draws with.
    pub symbols: Symbols,
    /// Whether the console is plain: lines and no screen.
    pub plain: bool,
    /// Whether nothing moves by itself.
    pub reduced_motion: bool,
    /// Language of the console; without it the last one chosen, as the environment says at first.
    pub lang: Option<Lang>,
    /// Whether the console takes the mouse, for the TALK button.
    pub mouse: bool,
    /// The clock.
    pub clock: Clock,
    /// Sound.
    pub audio: Audio,
    /// The server, alone or embedded.
    pub server: Server,
    /// Who is told when a meeting is over.
    pub hook: Hook,
    /// Keys by action, beside the usual ones.
    pub keys: Keys,
}

/// Which signs the console draws with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbols {
    /// Lines and blocks.
    #[default]
    Unicode,
    /// Letters and punctuation.
    Ascii,
}

/// Language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// As the environment says.
    #[default]
    Auto,
    /// English.
    En,
    /// Italian.
    It,
}

/// The clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Clock {
    /// How the terminal tells that time runs out, beside the message on the screen.
    pub notify: Notify,
}

/// How a terminal tells its user something while they look elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notify {
    /// Not at all.
    #[default]
    Off,
    /// By its bell.
    Bell,
    /// By a message on the desktop, OSC 9.
    Osc9,
    /// By a message on the desktop, OSC 777.
    Osc777,
}

/// Sound.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Audio {
    /// Microphone: `default`, `none`, or a name or ID; without it the last one chosen.
    pub mic: Option<String>,
    /// Speaker: `default`, `none`, or a name or ID; without it the last one chosen.
    pub speaker: Option<String>,
    /// How loud everybody together is, in percent, at most 200; without it as it was the last time.
    pub volume: Option<u16>,
    /// What is heard: `auto`, `forward`, `mix-32`, `mix-16` or `mix-8`.
    pub feed: String,
    /// Whether the microphone opens by itself when its owner is called.
    pub auto_open: bool,
}

/// The server, alone or embedded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Address and port for SSH; none is no SSH.
    pub ssh: Option<String>,
    /// Directory for meetings.
    pub data: Option<PathBuf>,
    /// The address that everybody reaches the server under, for links.
    pub url: Option<String>,
    /// Template file of the minutes that are written when a meeting has ended.
    pub minutes_template: Option<PathBuf>,
    /// For how many days meetings are kept; 0 is for good.
    pub keep_days: u32,
    /// Whether there is TLS with a certificate of the server's own making.
    pub tls: bool,
    /// Certificate chain file, PEM; with it there is TLS.
    pub tls_cert: Option<PathBuf>,
    /// Its key's file, PEM.
    pub tls_key: Option<PathBuf>,
    /// Whose links may go unencrypted.
    pub unencrypted: Unencrypted,
    /// Who may open rooms that do not exist: fingerprints or public key files. Empty is everybody.
    pub owners: Vec<String>,
}

/// Who is told when a meeting is over and everything of it is written: a program or a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hook {
    /// A program with its arguments.
    pub command: Vec<String>,
    /// The address of a server.
    pub url: Option<String>,
    /// A file with what signs what the server is told.
    pub secret_file: Option<PathBuf>,
}

/// Whose links may go unencrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unencrypted {
    /// Nobody's.
    Nobody,
    /// Those of this machine and of private networks.
    #[default]
    Near,
    /// Everybody's.
    Everybody,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: None,
            identity: None,
            theme: None,
            symbols: Symbols::default(),
            plain: false,
            reduced_motion: false,
            lang: None,
            mouse: true,
            clock: Clock::default(),
            audio: Audio::default(),
            server: Server::default(),
            hook: Hook::default(),
            keys: Keys::default(),
        }
    }
}

impl Default for Audio {
    fn default() -> Self {
        Self { mic: None, speaker: None, volume: None, feed: "auto".to_owned(), auto_open: true }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "0.0.0.0:7780".to_owned(),
            ssh: None,
            data: None,
            url: None,
            minutes_template: None,
            keep_days: 0,
            tls: false,
            tls_cert: None,
            tls_key: None,
            unencrypted: Unencrypted::default(),
            owners: Vec::new(),
        }
    }
}
