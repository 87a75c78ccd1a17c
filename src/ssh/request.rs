//! What a client says about a channel before something runs on it: terminal, size, environment.

use std::collections::BTreeMap;

use ratatui::layout::Size;
use russh::server::Msg;
use russh::{ChannelReadHalf, ChannelWriteHalf, Pty};
use tokio::sync::OwnedSemaphorePermit;

use crate::term::Caps;
use crate::wire::Secret;

use super::seat::Keys;

/// Longer values of the environment are nobody's locale.
const MAX_VALUE: usize = 256;

/// Variables that are kept at most: those known here, with every `LC_`.
const MAX_VARIABLES: usize = 16;

/// The size of a terminal that does not tell its own.
const USUAL_SIZE: Size = Size { width: 80, height: 24 };

/// A channel on which nothing runs yet.
pub(super) struct Request {
    pub(super) read: ChannelReadHalf,
    pub(super) write: ChannelWriteHalf<Msg>,
    /// The size of its terminal, if it has one.
    pub(super) size: Option<Size>,
    env: BTreeMap<String, String>,
    utf8: bool,
    /// The channel's place among those that a connection may have.
    pub(super) place: OwnedSemaphorePermit,
}

impl Request {
    pub(super) fn new(
        (read, write): (ChannelReadHalf, ChannelWriteHalf<Msg>),
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { read, write, size: None, env: BTreeMap::new(), utf8: false, place }
    }

    /// The client has a terminal.
    pub(super) fn pty(&mut self, term: &str, (columns, rows): (u32, u32), modes: &[(Pty, u32)]) {
        self.set("TERM", term);
        self.size = Some(size(columns, rows));
        self.utf8 = modes.contains(&(Pty::IUTF8, 1));
    }

    /// The client tells of its environment; answers whether that is of interest.
    pub(super) fn env(&mut self, name: &str, value: &str) -> bool {
        let known = matches!(name, "TERM" | "COLORTERM" | "NO_COLOR" | "LANG") || name.starts_with("LC_");
        let known = known || matches!(name, "PALCO_PASSCODE" | "PALCO_INVITE");
        known && self.set(name, value)
    }

    fn set(&mut self, name: &str, value: &str) -> bool {
        let fits = value.len() <= MAX_VALUE && name.len() <= MAX_VALUE;
        let fits = fits && (self.env.len() < MAX_VARIABLES || self.env.contains_key(name));
        if fits {
            self.env.insert(name.to_owned(), value.to_owned());
        }
        fits
    }

    /// What opens a door, from the environment (`ssh -o SendEnv=PALCO_PASSCODE`).
    pub(super) fn keys(&self) -> Keys {
        let secret = |name| self.env.get(name).and_then(|value| Secret::new(value));
        Keys { passcode: secret("PALCO_PASSCODE"), invite: secret("PALCO_INVITE"), told: None }
    }

    /// What the terminal can do. One that tells no locale but reads UTF-8 shows it too.
    pub(super) fn caps(&self) -> Caps {
        let told = ["LC_ALL", "LC_CTYPE", "LANG"].iter().any(|name| self.env.contains_key(*name));
        Caps::from_env(&|name| match name {
            "LC_CTYPE" if !told && self.utf8 => Some("C.UTF-8".to_owned()),
            _ => self.env.get(name).cloned(),
        })
    }
}

/// The size as a terminal tells it; one without rows or columns does not know its own.
pub(super) fn size(columns: u32, rows: u32) -> Size {
    let cut = |cells: u32| u16::try_from(cells).unwrap_or(u16::MAX);
    match (cut(columns), cut(rows)) {
        (0, _) | (_, 0) => USUAL_SIZE,
        (width, height) => Size { width, height },
    }
}
