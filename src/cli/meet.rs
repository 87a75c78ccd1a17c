//! What `host` and `join` share: the first connection, and sitting in the meeting.

use std::fs::File;
use std::path::PathBuf;

use tokio::sync::mpsc;

use crate::client::sound::SoundConfig;
use crate::client::{Identity, Link, LinkConfig, LinkEvent, RoomUrl, connect};
use crate::device::DeviceChoice;
use crate::meeting::SeatKind;
use crate::tui::{Setup, Symbols};
use crate::wire::{Feed, JoinRequest, OpenRequest};

use super::args::{LookArgs, SoundArgs, WhoArgs};
use super::console::{self, Console};
use super::context::{Context, Look};
use super::output::Failure;

/// A link that is connected, and what it will say.
pub(crate) struct Connected {
    pub(crate) link: Link,
    pub(crate) events: mpsc::Receiver<LinkEvent>,
}

/// Starts a link and waits until it is connected. The first failure counts: later, a link comes back by itself, but an
/// address that does not work at first is most likely wrong.
///
/// [`LinkEvent::Connected`] is taken out of the events; the welcome and what follows are not.
pub(crate) async fn first_connection(config: LinkConfig) -> Result<Connected, Failure> {
    let (link, mut events) = connect(config);
    loop {
        match events.recv().await {
            Some(LinkEvent::Connected) => return Ok(Connected { link, events }),
            Some(LinkEvent::Lost { why, .. }) => return Err(Failure::no_connection(why)),
            Some(LinkEvent::Ended { code, text }) => return Err(Failure::refused(code, text)),
            Some(_) => {}
            None => return Err(Failure::no_connection("the connection ended before it began")),
        }
    }
}

/// What one person brings to a meeting: key, looks, sound.
#[derive(Debug)]
pub(crate) struct Sitting {
    pub(crate) url: RoomUrl,
    pub(crate) identity: Identity,
    pub(crate) look: Look,
    pub(crate) sound: SoundConfig,
    /// Whether the microphone opens by itself when its owner is called; never without a microphone.
    pub(crate) auto_open: bool,
    /// What others type to join, for hosts.
    pub(crate) join_line: Option<String>,
    /// Where standard error goes while the screen is up.
    pub(crate) stray: PathBuf,
}

/// What libraries print on standard error while the screen is up, in the state directory.
const STRAY: &str = "stderr.log";

impl Sitting {
    /// Puts it together from flags and settings.
    pub(crate) fn new(
        context: &Context,
        who: &WhoArgs,
        sound: &SoundArgs,
        look: &LookArgs,
        url: &RoomUrl,
    ) -> Result<Self, Failure> {
        let audio = &context.config.audio;
        let device = |flag: &Option<String>, setting: &String| match sound.no_audio {
            true => DeviceChoice::None,
            false => flag.as_ref().unwrap_or(setting).parse().unwrap_or_default(),
        };
        let mic = device(&sound.mic, &audio.mic);
        Ok(Self {
            url: url.clone(),
            identity: context.identity(who)?,
            look: context.look(look)?,
            auto_open: sound.auto_open.unwrap_or(audio.auto_open) && mic != DeviceChoice::None,
            sound: SoundConfig { mic, speaker: device(&sound.speaker, &audio.speaker) },
            join_line: None,
            stray: context.paths.state.join(STRAY),
        })
    }

    /// What to hear: nothing without a speaker.
    pub(crate) fn feed(&self) -> Feed {
        if self.sound.speaker == DeviceChoice::None { Feed::None } else { Feed::Forward }
    }

    /// What the console is told about it.
    fn setup(&self) -> Setup {
        Setup {
            room: self.url.room().to_owned(),
            join_line: self.join_line.clone(),
            language: self.look.language,
            theme: self.look.theme.clone(),
            symbols: if self.look.ascii { Symbols::Ascii } else { Symbols::Unicode },
            keymap: self.look.keymap.clone(),
            ..Setup::default()
        }
    }

    /// How to join with it, as `name`.
    pub(crate) fn link(&self, name: String, listener: bool, open: Option<OpenRequest>) -> LinkConfig {
        let auto_open = self.auto_open && !listener;
        LinkConfig {
            url: self.url.clone(),
            identity: self.identity.clone(),
            join: Some(JoinRequest { name, kind: SeatKind::Console, listener, auto_open }),
            open,
            feed: self.feed(),
            // With a feed, levels are read from the packets.
            signals: self.feed() == Feed::None,
        }
    }
}

/// Keeps a seat without a console: the meeting is run by `palco ctl`. Ends when the server says so.
pub(crate) async fn keep_seat(connected: Connected) -> Result<(), Failure> {
    let Connected { link: _link, mut events } = connected;
    while let Some(event) = events.recv().await {
        match event {
            LinkEvent::Ended { code, text } if code != "left" => return Err(Failure::refused(code, text)),
            LinkEvent::Lost { why, .. } => tracing::warn!(why, "connection lost"),
            _ => {}
        }
    }
    Ok(())
}

/// Shows the meeting until the person leaves, or until told to stop.
pub(crate) async fn sit(sitting: Sitting, connected: Connected) -> Result<(), Failure> {
    let Connected { link, events } = connected;
    let (setup, hears) = (sitting.setup(), sitting.feed() != Feed::None);
    let log = File::options().create(true).append(true).open(&sitting.stray).ok();
    let sound = sitting.sound;
    console::run(Console { link, events, setup, sound, hears, log }, std::future::pending()).await
}
