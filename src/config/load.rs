//! Reading the file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Config;

/// A settings file can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("the settings in {} cannot be read ({cause}); `palco config path` says where they belong", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Its text is wrong somewhere.
    #[error("{}:{line}:{column}: {what}; `palco config default` prints a whole file", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
}

impl Config {
    /// Reads the file at `path`. A missing one is as an empty one, unless it was named by hand.
    ///
    /// # Errors
    /// Where the file is wrong.
    pub fn load(path: &Path, named: bool) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => parse(&text, path),
            Err(e) if e.kind() == ErrorKind::NotFound && !named => Ok(Self::default()),
            Err(cause) => Err(ConfigError::File { path: path.to_owned(), cause }),
        }
    }
}

/// Reads settings; `path` is for the error's sentence.
///
/// # Errors
/// Where the text is wrong.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let config: Result<Config, _> = toml::from_str(text);
    let located = config.map(|mut config| {
        config.keys.locate(text);
        config
    });
    located.map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        ConfigError::Text {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            what: error.message().trim().replace('\n', ", "),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT;

    fn error(text: &str) -> String {
        parse(text, Path::new("c.toml")).unwrap_err().to_string()
    }

    #[test]
    fn the_sample_file_says_what_holds_without_it() {
        assert_eq!(parse(DEFAULT, Path::new("default.toml")).unwrap(), Config::default());
    }

    #[test]
    fn every_line_of_the_sample_that_is_commented_out_can_be_used() {
        let all: String = DEFAULT
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '"') => rest,
                _ => line,
            })
            .fold(String::new(), |all, line| all + line + "\n");
        let config = parse(&all, Path::new("default.toml")).unwrap();
        assert_eq!(config.name.as_deref(), Some("Ana"));
        assert!(config.identity.is_some() && config.server.data.is_some() && !config.keys.0.is_empty());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let text = error("theme = \"dark\"\n\n[audio]\nvolumes = 3\n");
        assert!(text.starts_with("c.toml:4:1: "), "{text}");
        assert!(text.contains("volumes"), "{text}");
    }

    #[test]
    fn wrong_values_and_broken_toml_have_a_place() {
        let text = error("lang = \"klingon\"\n");
        assert!(text.starts_with("c.toml:1:8: ") && text.contains("klingon"), "{text}");
        let text = error("name = \"Ana\ntheme = 1\n");
        assert!(text.starts_with("c.toml:1:"), "{text}");
        let text = error("name = \"è\"\ntheme = 7\n");
        assert!(text.starts_with("c.toml:2:9: "), "{text}");
    }

    #[test]
    fn a_missing_file_is_empty_unless_it_was_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        assert_eq!(Config::load(&path, false).unwrap(), Config::default());
        assert!(matches!(Config::load(&path, true), Err(ConfigError::File { .. })));
    }
}
