//! What `host` and `join` share: the first connection, and sitting in the meeting.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use tokio::sync::mpsc;

use crate::client::sound::SoundConfig;
use crate::client::{Identity, Link, LinkConfig, LinkEvent, RoomUrl, connect};
use crate::config::{Memory, Room};
use crate::console::Themes;
use crate::device::DeviceChoice;
use crate::meeting::SeatKind;
use crate::sync::FeedChoice;
use crate::term::Caps;
use crate::tui::{Setup, Symbols, Volume};
use crate::wire::{Feed, JoinRequest, OpenRequest};

use super::args::{self, LookArgs, SoundArgs, WhoArgs};
use super::console::{self, Console, Keep, volumes};
use super::context::{Context, Look};
use super::output::Failure;
use super::secret;

/// A link that is connected, and what it will say.
pub(crate) struct Connected {
    pub(crate) link: Link,
    pub(crate) events: mpsc::Receiver<LinkEvent>,
}

/// Why a link is not connected that only another address or somebody's doing can change.
const TO_CHANGE: [&str; 6] = ["impostor", "needs-tls", "not-tls", "pin-changed", "untrusted", "wrong-pin"];

/// Why somebody is asked for a passcode.
const WANTS_PASSCODE: [&str; 2] = ["need-passcode", "wrong-passcode"];

/// Starts a link and waits until it is connected. The first failure counts: later, a link comes back by itself, but an
/// address that does not work at first is most likely wrong.
///
/// Where the room wants a passcode, the person at the terminal is asked for it.
///
/// [`LinkEvent::Connected`] is taken out of the events; the welcome and what follows are not.
pub(crate) async fn first_connection(mut config: LinkConfig) -> Result<Connected, Failure> {
    for question in ["Passcode: ", "Not that one. Passcode: ", "Not that one. Passcode: "] {
        let failure = match one_connection(config.clone()).await {
            Err(failure) if WANTS_PASSCODE.contains(&failure.code.as_str()) => failure,
            outcome => return outcome,
        };
        let Some(passcode) = secret::ask(question).await else {
            return Err(told_how(failure));
        };
        config.url = config.url.with_passcode(passcode);
    }
    one_connection(config).await
}

/// What a refusal for want of a passcode is answered with where nobody can be asked.
fn told_how(failure: Failure) -> Failure {
    let text = format!("{}; set PALCO_PASSCODE, or run it at a terminal to be asked", failure.text);
    Failure { text, ..failure }
}

async fn one_connection(config: LinkConfig) -> Result<Connected, Failure> {
    let (link, mut events) = connect(config);
    loop {
        match events.recv().await {
            Some(LinkEvent::Connected) => return Ok(Connected { link, events }),
            Some(LinkEvent::Lost { code, why, .. }) if TO_CHANGE.contains(&code.as_str()) => {
                return Err(Failure::refused(code, why));
            }
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
    /// What is heard, with a speaker.
    pub(crate) feed: FeedChoice,
    /// What others type to join, for hosts.
    pub(crate) join_line: Option<String>,
    /// Where standard error goes while the screen is up.
    pub(crate) stray: PathBuf,
    /// The room as it is remembered; `None` for one that is not worth it.
    pub(crate) kept: Option<Room>,
    /// What was said by flags, to be remembered.
    given: Memory,
    context: Context,
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
        let devices = context.sound(sound);
        Ok(Self {
            url: url.clone(),
            identity: context.identity(who)?,
            look: context.look(look)?,
            feed: chosen_feed(sound, context)?,
            auto_open: sound.auto_open.unwrap_or(audio.auto_open) && devices.mic != DeviceChoice::None,
            sound: devices,
            kept: Some(Room { url: url.to_string(), ..Room::default() }),
            given: given(who, sound, look),
            context: context.clone(),
            join_line: None,
            stray: context.paths.state.join(STRAY),
        })
    }

    /// What to hear: nothing without a speaker.
    pub(crate) fn feed(&self) -> Feed {
        if self.sound.speaker == DeviceChoice::None { Feed::None } else { self.feed.first() }
    }

    /// Whether there is no grid: because it is so wanted, or cannot be drawn here.
    pub(crate) fn is_plain(&self) -> bool {
        self.look.plain || !has_grid()
    }

    /// What the console is told about it.
    fn setup(&self) -> Setup {
        let (audio, memory) = (&self.context.config.audio, &self.context.memory);
        Setup {
            room: self.url.room().to_owned(),
            join_line: self.join_line.clone(),
            serves: self.kept.as_ref().is_some_and(|room| room.own),
            server: self.url.server_to_share(),
            language: self.look.language,
            theme: self.look.theme.clone(),
            symbols: if self.look.ascii { Symbols::Ascii } else { Symbols::Unicode },
            keymap: self.look.keymap.clone(),
            mouse: self.look.mouse,
            volume: audio.volume.or(memory.volume).map(Volume::new).unwrap_or_default(),
            volumes: volumes(memory),
            reduced_motion: self.look.reduced_motion,
            feed: self.feed,
            ..Setup::default()
        }
    }

    /// How to join with it, as `name`.
    pub(crate) fn link(&self, name: String, listener: bool, open: Option<OpenRequest>) -> LinkConfig {
        let auto_open = self.auto_open && !listener;
        LinkConfig {
            join: Some(JoinRequest { name, kind: SeatKind::Console, listener, auto_open }),
            open,
            feed: self.feed(),
            // With a feed, levels are read from the packets.
            signals: self.feed() == Feed::None,
            ..LinkConfig::new(self.url.clone(), self.identity.clone())
        }
    }
}

/// Shows the meeting until the person leaves, or until told to stop.
pub(crate) async fn sit(sitting: Sitting, connected: Connected) -> Result<(), Failure> {
    let Connected { link, events } = connected;
    let (setup, hears) = (sitting.setup(), sitting.feed() != Feed::None);
    let log = File::options().create(true).append(true).open(&sitting.stray).ok();
    let (asked, plain) = (sitting.look.plain, sitting.is_plain());
    let (context, given) = (sitting.context, sitting.given);
    let path = context.paths.memory();
    // a script says each time what it wants; what it once said is no choice of a person's
    let person = io::stdin().is_terminal();
    if person && let Err(error) = Memory::update(&path, |memory| memory.adopt(given)) {
        tracing::warn!(path = %path.display(), %error, "what was said by flags is not remembered");
    }
    let keep = Keep::new(path, sitting.kept.filter(|_| person));
    let themes = Themes(Box::new(move |name| context.theme(name).map_err(|failure| failure.text)));
    let (sound, notify) = (sitting.sound, sitting.look.notify);
    let console = Console { link, events, setup, sound, hears, keep, themes, log, notify };
    let shutdown = std::future::pending();
    if plain {
        return console::plain::run(console, !asked, shutdown).await;
    }
    console::run(console, shutdown).await
}

/// What is worth remembering of flags and the environment. That there is to be no sound holds for once.
fn given(who: &WhoArgs, sound: &SoundArgs, look: &LookArgs) -> Memory {
    let device = |flag: &Option<String>| flag.clone().filter(|name| name != "none" && !sound.no_audio);
    let theme = look.theme.as_ref().map(|name| {
        let path = std::path::absolute(name).ok().filter(|_| name.contains('/') || name.ends_with(".toml"));
        path.map_or_else(|| name.clone(), |path| path.display().to_string())
    });
    let lang = look.lang.map(|lang| match lang {
        args::Language::En => "en".to_owned(),
        args::Language::It => "it".to_owned(),
    });
    Memory {
        name: who.name.clone(),
        theme,
        lang,
        mic: device(&sound.mic),
        speaker: device(&sound.speaker),
        ..Memory::default()
    }
}

/// What is to be heard: flag, settings, as the link carries.
pub(crate) fn chosen_feed(sound: &SoundArgs, context: &Context) -> Result<FeedChoice, Failure> {
    let said = context.config.audio.feed.as_str();
    let unknown = || {
        let settings = context.settings.display();
        Failure::usage(format!("{settings}: there is no feed “{said}”; use {}", args::feed_words()))
    };
    sound.feed.or_else(|| FeedChoice::parse(said)).ok_or_else(unknown)
}

/// Whether the grid can be drawn here.
fn has_grid() -> bool {
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    io::stdin().is_terminal() && io::stdout().is_terminal() && !caps.dumb
}
