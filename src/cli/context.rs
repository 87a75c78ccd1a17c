//! Flags over environment over settings over defaults.

use std::path::PathBuf;

use crate::client::{Identity, IdentityError};
use crate::config::{Config, Lang, Paths, Symbols};
use crate::term::Caps;
use crate::tui::{Keymap, Language, Theme};

use super::args::{Language as LanguageArg, LookArgs, WhoArgs};
use super::output::Failure;

/// The settings, and where palco's files are.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) paths: Paths,
    pub(crate) config: Config,
    /// The settings file, there or not.
    pub(crate) settings: PathBuf,
}

/// How a console looks: what of its set-up flags and settings say.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) keymap: Keymap,
    pub(crate) language: Language,
    pub(crate) ascii: bool,
}

impl Context {
    /// Reads the settings file: the one named, or the usual one if it is there.
    pub(crate) fn load(named: Option<PathBuf>) -> Result<Self, Failure> {
        let paths = Paths::find().map_err(Failure::usage)?;
        let is_named = named.is_some();
        let settings = named.unwrap_or_else(|| paths.settings());
        let config = Config::load(&settings, is_named).map_err(Failure::usage)?;
        Ok(Self { paths, config, settings })
    }

    /// Reads the key that says who asks, or makes it.
    pub(crate) fn identity(&self, who: &WhoArgs) -> Result<Identity, Failure> {
        let path = who.identity.clone().or_else(|| self.config.identity.clone());
        let path = path.unwrap_or_else(|| self.paths.identity());
        Identity::load_or_create(&path).map_err(unusable)
    }

    /// The display name: flag, environment, settings, login name.
    pub(crate) fn name(&self, who: &WhoArgs) -> Result<String, Failure> {
        let given = who.name.clone().or_else(|| self.config.name.clone());
        given
            .or_else(login_name)
            .filter(|name| !name.trim().is_empty())
            .ok_or_else(|| Failure::usage("nobody knows your name; say it with --name NAME"))
    }

    /// Theme, keys, language and signs.
    pub(crate) fn look(&self, look: &LookArgs) -> Result<Look, Failure> {
        let keys = self.config.keys.iter().map(|(action, key)| (action.as_str(), key.as_str()));
        Ok(Look {
            theme: self.theme(look.theme.as_deref().unwrap_or(&self.config.theme))?,
            keymap: Keymap::with(keys)
                .map_err(|e| Failure::usage(format!("{}: {e}", self.settings.display())))?,
            language: self.language(look.lang),
            ascii: look.ascii || self.config.symbols == Symbols::Ascii,
        })
    }

    /// The language: flag, settings, locale.
    pub(crate) fn language(&self, asked: Option<LanguageArg>) -> Language {
        match (asked, self.config.lang) {
            (Some(LanguageArg::It), _) | (None, Lang::It) => Language::It,
            (Some(LanguageArg::En), _) | (None, Lang::En) => Language::En,
            (None, Lang::Auto) => {
                let locale = Caps::from_env(&|name| std::env::var(name).ok()).language;
                Language::from_locale(locale.as_deref().unwrap_or_default())
            }
        }
    }

    /// A theme by its name, one's own before those that are compiled in, or by its file.
    fn theme(&self, name: &str) -> Result<Theme, Failure> {
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
