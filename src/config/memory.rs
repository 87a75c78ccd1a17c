//! What palco remembers by itself from one time to the next. It never beats a settings file, and never stops anything:
//! what cannot be read is forgotten, what cannot be written is not kept.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Rooms that are kept: as many as a start screen lists, one digit each.
pub const MAX_ROOMS: usize = 9;

/// People whose volume is kept; one more and nobody new is added.
const MAX_PEOPLE: usize = 1_000;

/// Recordings whose place is kept: more than anybody hears at once.
const MAX_PLAYED: usize = 100;

/// The largest file that is read, in bytes: ten times what a full one has.
const MAX_FILE: u64 = 1_000_000;

/// What palco remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Memory {
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Language: `en` or `it`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Microphone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mic: Option<String>,
    /// Speaker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// How loud everybody together is, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<u16>,
    /// The rooms one was in, the last one first.
    pub rooms: Vec<Room>,
    /// How loud single people are, in percent, by their key's fingerprint.
    pub people: BTreeMap<String, u16>,
    /// Recordings that were not heard to their end, the last one first.
    pub played: Vec<Played>,
}

/// A recording that was not heard to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Played {
    /// The meeting's name for good, or where the file lies.
    pub what: String,
    /// Where it stopped, in milliseconds.
    pub position: u64,
}

/// A room one was in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Room {
    /// Its address, `ws://HOST:PORT/ROOM`.
    pub url: String,
    /// The title of its last meeting.
    pub title: String,
    /// Whether the server ran in one's own console: it is there only while one hosts.
    pub own: bool,
}

impl Memory {
    /// Reads the file; what is missing or broken is nothing.
    pub fn load(path: &Path) -> Self {
        let small = fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= MAX_FILE);
        let text = if small { fs::read_to_string(path).ok() } else { None };
        let mut memory: Self = text.and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
        memory.rooms.truncate(MAX_ROOMS);
        memory
    }

    /// Changes what is in the file and nothing beside it, so that two consoles at once lose little. The file is
    /// replaced whole, for its owner alone (0600).
    ///
    /// # Errors
    /// Why it was not kept.
    pub fn update(path: &Path, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        let before = Self::load(path);
        let mut memory = before.clone();
        change(&mut memory);
        if memory == before {
            return Ok(());
        }
        let text = toml::to_string(&memory).map_err(io::Error::other)?;
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            // The name beside it has no other use.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Takes over what `given` knows of name, theme, language and devices.
    pub fn adopt(&mut self, given: Self) {
        let take = |own: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *own = new;
            }
        };
        take(&mut self.name, given.name);
        take(&mut self.theme, given.theme);
        take(&mut self.lang, given.lang);
        take(&mut self.mic, given.mic);
        take(&mut self.speaker, given.speaker);
    }

    /// Puts a room first. One's own room is known by its name: its address is another each time.
    pub fn visit(&mut self, room: Room) {
        let name = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let is_same = |other: &Room| {
            other.own == room.own
                && if room.own { name(&other.url) == name(&room.url) } else { other.url == room.url }
        };
        self.rooms.retain(|other| !is_same(other));
        self.rooms.insert(0, room);
        self.rooms.truncate(MAX_ROOMS);
    }

    /// Where a recording stopped, in milliseconds.
    pub fn played(&self, what: &str) -> Option<u64> {
        self.played.iter().find(|played| played.what == what).map(|played| played.position)
    }

    /// Notes where a recording stopped, in milliseconds; `None` was at its end.
    pub fn set_played(&mut self, what: String, position: Option<u64>) {
        self.played.retain(|played| played.what != what);
        if let Some(position) = position {
            self.played.insert(0, Played { what, position });
            self.played.truncate(MAX_PLAYED);
        }
    }

    /// Notes how loud somebody is; as they come is nothing to note.
    pub fn set_volume_of(&mut self, who: String, percent: u16) {
        if percent == 100 {
            self.people.remove(&who);
        } else if self.people.len() < MAX_PEOPLE || self.people.contains_key(&who) {
            self.people.insert(who, percent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(url: &str, own: bool) -> Room {
        Room { url: url.into(), title: "Monday".into(), own }
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/remembered.toml");
        assert_eq!(Memory::load(&path), Memory::default());
        let fill = |m: &mut Memory| {
            m.name = Some("Ana".into());
            m.volume = Some(80);
            m.set_volume_of("SHA256:abc".into(), 50);
            m.visit(room("ws://h:1/monday", false));
        };
        Memory::update(&path, fill).unwrap();
        let mut expected = Memory::default();
        fill(&mut expected);
        assert_eq!(Memory::load(&path), expected);
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_broken_file_is_forgotten_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("remembered.toml");
        for broken in ["name = ", "rooms = 7\n", "\u{0}\u{1}"] {
            fs::write(&path, broken).unwrap();
            assert_eq!(Memory::load(&path), Memory::default(), "{broken:?}");
        }
        fs::write(&path, "later = true\nname = \"Ana\"\n").unwrap();
        assert_eq!(Memory::load(&path).name.as_deref(), Some("Ana"), "what a newer palco keeps is no harm");
        Memory::update(&path, |m| m.lang = Some("it".into())).unwrap();
        assert_eq!(Memory::load(&path).lang.as_deref(), Some("it"));
        assert!(Memory::update(&dir.path().join("remembered.toml/x"), |m| m.lang = None).is_ok());
        assert!(Memory::update(&dir.path().join("remembered.toml/x"), |m| m.volume = Some(1)).is_err());
    }

    #[test]
    fn rooms_stand_in_the_order_of_the_last_visit_and_few_are_kept() {
        let mut memory = Memory::default();
        for n in 0..20 {
            memory.visit(room(&format!("ws://h:1/r{n}"), false));
        }
        memory.visit(room("ws://h:1/r15", false));
        assert_eq!(memory.rooms.len(), MAX_ROOMS);
        assert_eq!(
            (memory.rooms[0].url.as_str(), memory.rooms[1].url.as_str()),
            ("ws://h:1/r15", "ws://h:1/r19")
        );
        memory.visit(room("ws://127.0.0.1:1/monday", true));
        memory.visit(room("ws://127.0.0.1:2/monday", true));
        assert_eq!(
            memory.rooms.iter().filter(|r| r.own).count(),
            1,
            "one's own room has another port each time"
        );
        memory.set_volume_of("a".into(), 50);
        memory.set_volume_of("a".into(), 100);
        assert!(memory.people.is_empty());
    }
}
