//! Flags over environment over settings over defaults.

use std::path::PathBuf;

use crate::client::sound::SoundConfig;
use crate::client::{Identity, IdentityError};
use crate::config::{self, Config, Lang, Memory, Paths, Symbols};
use crate::device::{DeviceChoice, Direction};
use crate::term::{self, Caps};
use crate::tui::{Binding, Keymap, Language, Theme};

use super::args::{Language as LanguageArg, LookArgs, SoundArgs, WhoArgs};
use super::output::Failure;

/// The settings, and where palco's files are.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) paths: Paths,
    pub(crate) config: Config,
    /// The settings file, there or not.
    pub(crate) settings: PathBuf,
    /// What was remembered when this began.
    pub(crate) memory: Memory,
}

/// How a console looks: what of its set-up flags and settings say.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) keymap: Keymap,
    pub(crate) language: Language,
    pub(crate) ascii: bool,
    pub(crate) mouse: bool,
    pub(crate) notify: term::Notify,
    pub(crate) plain: bool,
    pub(crate) reduced_motion: bool,
}

impl Context {
    /// Reads the settings file: the one named, or the usual one if it is there.
    pub(crate) fn load(named: Option<PathBuf>) -> Result<Self, Failure> {
        let paths = Paths::find().map_err(Failure::usage)?;
        let is_named = named.is_some();
        let settings = named.unwrap_or_else(|| paths.settings());
        let config = Config::load(&settings, is_named).map_err(Failure::usage)?;
        let memory = Memory::load(&paths.memory());
        Ok(Self { paths, config, settings, memory })
    }

    /// Reads the key that says who asks, or makes it.
    pub(crate) fn identity(&self, who: &WhoArgs) -> Result<Identity, Failure> {
        let path = who.identity.clone().or_else(|| self.config.identity.clone());
        let path = path.unwrap_or_else(|| self.paths.identity());
        Identity::load_or_create(&path).map_err(unusable)
    }

    /// The display name: flag, environment, settings, the last one, login name.
    pub(crate) fn name(&self, who: &WhoArgs) -> Result<String, Failure> {
        let given =
            who.name.clone().or_else(|| self.config.name.clone()).or_else(|| self.memory.name.clone());
        given
            .or_else(login_name)
            .filter(|name| !name.trim().is_empty())
            .ok_or_else(|| Failure::usage("nobody knows your name; say it with --name NAME"))
    }

    /// Microphone and speaker.
    pub(crate) fn sound(&self, args: &SoundArgs) -> SoundConfig {
        if args.no_audio {
            return SoundConfig { mic: DeviceChoice::None, speaker: DeviceChoice::None };
        }
        SoundConfig {
            mic: self.device(Direction::Capture, args.mic.as_ref()),
            speaker: self.device(Direction::Playback, args.speaker.as_ref()),
        }
    }

    /// A device: flag, settings, the last one, the machine's own choice.
    pub(crate) fn device(&self, way: Direction, flag: Option<&String>) -> DeviceChoice {
        let (audio, memory) = (&self.config.audio, &self.memory);
        let (setting, last) = match way {
            Direction::Capture => (&audio.mic, &memory.mic),
            Direction::Playback => (&audio.speaker, &memory.speaker),
        };
        let named = flag.or(setting.as_ref()).or(last.as_ref());
        named.and_then(|name| name.parse().ok()).unwrap_or_default()
    }

    /// Where meetings are kept: flag, settings, the usual place.
    pub(crate) fn data(&self, flag: Option<&PathBuf>) -> PathBuf {
        flag.or(self.config.server.data.as_ref()).unwrap_or(&self.paths.data).clone()
    }

    /// Theme, keys, language and signs.
    pub(crate) fn look(&self, look: &LookArgs) -> Result<Look, Failure> {
        Ok(Look {
            theme: self.chosen_theme(look)?,
            keymap: self.keymap()?,
            language: self.language(look.lang),
            mouse: self.config.mouse,
            ascii: look.ascii || self.config.symbols == Symbols::Ascii,
            notify: match self.config.clock.notify {
                config::Notify::Off => term::Notify::Off,
                config::Notify::Bell => term::Notify::Bell,
                config::Notify::Osc9 => term::Notify::Osc9,
                config::Notify::Osc777 => term::Notify::Osc777,
            },
            plain: look.plain || self.config.plain,
            reduced_motion: look.reduced_motion || self.config.reduced_motion,
        })
    }

    /// The usual keys with those of the settings; every line that cannot be used is told with its place.
    pub(crate) fn keymap(&self) -> Result<Keymap, Failure> {
        let lines = &self.config.keys.0;
        let bindings: Vec<_> = lines
            .iter()
            .map(|l| Binding { panel: l.panel.as_deref(), action: &l.action, keys: &l.keys })
            .collect();
        Keymap::with(&bindings).map_err(|errors| {
            let place = |nth: usize| lines.get(nth).map_or(0, |l| l.line);
            let told = errors.iter().map(|e| format!("{}:{}: {e}", self.settings.display(), place(e.nth)));
            Failure::usage(told.collect::<Vec<_>>().join("\n"))
        })
    }

    /// The language: flag, settings, the last one chosen, locale.
    pub(crate) fn language(&self, asked: Option<LanguageArg>) -> Language {
        match (asked, self.config.lang) {
            (Some(LanguageArg::It), _) | (None, Some(Lang::It)) => return Language::It,
            (Some(LanguageArg::En), _) | (None, Some(Lang::En)) => return Language::En,
            (None, Some(Lang::Auto) | None) => {}
        }
        let last = self.memory.lang.as_deref().filter(|_| self.config.lang.is_none());
        if let Some(last) = Language::ALL.into_iter().find(|l| Some(l.code()) == last) {
            return last;
        }
        let locale = Caps::from_env(&|name| std::env::var(name).ok()).language;
        Language::from_locale(locale.as_deref().unwrap_or_default())
    }

    /// The theme: flag, settings, the last one while it can be read, the usual one.
    fn chosen_theme(&self, look: &LookArgs) -> Result<Theme, Failure> {
        if let Some(name) = look.theme.as_ref().or(self.config.theme.as_ref()) {
            return self.theme(name);
        }
        let last = self.memory.theme.as_ref().and_then(|name| self.theme(name).ok());
        Ok(last.unwrap_or_default())
    }

    /// A theme by its name, one's own before those that are compiled in, or by its file.
    pub(crate) fn theme(&self, name: &str) -> Result<Theme, Failure> {
        let by_path = name.contains('/') || name.ends_with(".toml");
        let path =
            if by_path { PathBuf::from(name) } else { self.paths.themes().join(format!("{name}.toml")) };
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                Theme::from_toml(&text).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
            }
            Err(e) if by_path || e.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::usage(format!("the theme {} cannot be read ({e})", path.display())))
            }
            Err(_) => Theme::named(name).ok_or_else(|| {
                Failure::usage(format!(
                    "there is no theme “{name}”; choose {}, or write {}",
                    Theme::NAMES.join(", "),
                    path.display()
                ))
            }),
        }
    }
}

/// The login name: from the environment, which containers leave empty, or from the system.
fn login_name() -> Option<String> {
    let named =
        ["USER", "LOGNAME"].iter().find_map(|v| std::env::var(v).ok().filter(|name| !name.is_empty()));
    named.or_else(|| {
        let said = std::process::Command::new("id").arg("-un").output().ok()?;
        String::from_utf8(said.stdout).ok().map(|name| name.trim().to_owned())
    })
}

fn unusable(error: IdentityError) -> Failure {
    Failure::refused("identity", error)
}
