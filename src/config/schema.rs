//! What can be set.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Everything that can be set in a file. Plain data: what the words in it mean is checked where they are used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Display name.
    pub name: Option<String>,
    /// Private key file.
    pub identity: Option<PathBuf>,
    /// Name or path of a theme.
    pub theme: String,
    /// Which signs the console draws with.
    pub symbols: Symbols,
    /// Language of the console.
    pub lang: Lang,
    /// Sound.
    pub audio: Audio,
    /// The server, alone or embedded.
    pub server: Server,
    /// Keys by action, beside the usual ones.
    pub keys: BTreeMap<String, String>,
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

/// Sound.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Audio {
    /// Microphone: `default`, `none`, or a name or ID.
    pub mic: String,
    /// Speaker: `default`, `none`, or a name or ID.
    pub speaker: String,
    /// Whether the microphone opens by itself when its owner is called.
    pub auto_open: bool,
}

/// The server, alone or embedded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// Directory for meetings.
    pub data: Option<PathBuf>,
    /// Who may open rooms that do not exist: fingerprints or public key files. Empty is everybody.
    pub owners: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: None,
            identity: None,
            theme: "dark".to_owned(),
            symbols: Symbols::default(),
            lang: Lang::default(),
            audio: Audio::default(),
            server: Server::default(),
            keys: BTreeMap::new(),
        }
    }
}

impl Default for Audio {
    fn default() -> Self {
        Self { mic: "default".to_owned(), speaker: "default".to_owned(), auto_open: true }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: "0.0.0.0:7780".to_owned(), data: None, owners: Vec::new() }
    }
}
