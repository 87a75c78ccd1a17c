//! Where palco's files are (XDG base directories).

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use etcetera::base_strategy::Xdg;
use thiserror::Error;

/// The folder in each of them.
const OURS: &str = "palco";

/// palco's directories. They are made when something is written to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Settings, identity, own themes: `~/.config/palco`.
    pub config: PathBuf,
    /// Meetings: `~/.local/share/palco`.
    pub data: PathBuf,
    /// Logs, and what is remembered: `~/.local/state/palco`.
    pub state: PathBuf,
}

/// There is no home directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there is no home directory; set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME and XDG_STATE_HOME")]
pub struct NoHome;

impl Paths {
    /// Finds them from the environment.
    ///
    /// # Errors
    /// There is no home directory.
    pub fn find() -> Result<Self, NoHome> {
        let xdg = Xdg::new().map_err(|_| NoHome)?;
        let state = xdg.state_dir().unwrap_or_else(|| xdg.data_dir());
        Ok(Self {
            config: xdg.config_dir().join(OURS),
            data: xdg.data_dir().join(OURS),
            state: state.join(OURS),
        })
    }

    /// The settings file.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// What is remembered from one time to the next.
    pub fn memory(&self) -> PathBuf {
        self.state.join("remembered.toml")
    }

    /// The private key, unless another is named.
    pub fn identity(&self) -> PathBuf {
        self.config.join("identity")
    }

    /// The servers that one has been to, and their pins.
    pub fn known_servers(&self) -> PathBuf {
        self.config.join("known-servers")
    }

    /// Where themes of one's own are.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }
}
