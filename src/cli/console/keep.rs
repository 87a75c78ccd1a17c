//! What a console keeps for the next time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::config::{Memory, Room};
use crate::console::Habits;
use crate::meeting::ParticipantId;
use crate::tui::{Taste, Volume};

/// How long a choice waits for others before it is written: a key that is held changes a volume ten times a second.
const GATHER: Duration = Duration::from_secs(1);

/// The file in which palco remembers, and what is to be noted there.
#[derive(Debug)]
pub(crate) struct Keep {
    path: PathBuf,
    /// The room one sits in, unless it is a stage set.
    room: Option<Room>,
    noted: bool,
    tastes: Vec<Taste>,
    write_at: Option<Instant>,
}

impl Keep {
    /// Keeps in the file at `path`; `room` is noted once its title is known.
    pub(crate) fn new(path: PathBuf, room: Option<Room>) -> Self {
        Self { path, room, noted: false, tastes: Vec::new(), write_at: None }
    }
}

impl Habits for Keep {
    fn note(&mut self, taste: Taste, at: Instant) {
        let is_same = |other: &Taste| match (other, &taste) {
            (Taste::VolumeOf(one, _), Taste::VolumeOf(other, _)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        };
        self.tastes.retain(|other| !is_same(other));
        self.tastes.push(taste);
        self.write_at.get_or_insert(at + GATHER);
    }

    fn see(&mut self, title: &str, at: Instant) {
        if let Some(room) = self.room.as_mut().filter(|room| !self.noted && room.title != title) {
            title.clone_into(&mut room.title);
            self.noted = true;
            self.write_at = Some(at);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.write_at
    }

    /// What cannot be written is told to the log alone.
    fn write(&mut self) {
        if self.write_at.take().is_none() {
            return;
        }
        let tastes = std::mem::take(&mut self.tastes);
        let room = self.room.clone().filter(|room| !room.title.is_empty());
        let kept = Memory::update(&self.path, |memory| {
            if let Some(room) = room {
                memory.visit(room);
            }
            tastes.into_iter().for_each(|taste| note(memory, taste));
        });
        if let Err(error) = kept {
            tracing::warn!(path = %self.path.display(), %error, "what was chosen is not remembered");
        }
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        self.write();
    }
}

fn note(memory: &mut Memory, taste: Taste) {
    let percent = |volume: Volume| u16::try_from(volume.percent()).unwrap_or(Volume::MAX);
    match taste {
        Taste::Language(language) => memory.lang = Some(language.code().to_owned()),
        Taste::Theme(name) => memory.theme = Some(name),
        // What a link carries is a matter of the place, not of the person.
        Taste::Feed(_) => {}
        Taste::Volume(volume) => memory.volume = Some(percent(volume)),
        Taste::VolumeOf(who, volume) => memory.set_volume_of(who.to_string(), percent(volume)),
    }
}

/// How loud people are, as far as the fingerprints in the file can be read.
pub(crate) fn volumes(memory: &Memory) -> std::collections::BTreeMap<ParticipantId, Volume> {
    let read = |(who, percent): (&String, &u16)| Some((who.parse().ok()?, Volume::new(*percent)));
    memory.people.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::Language;

    #[test]
    fn choices_gather_and_the_last_one_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("remembered.toml");
        let start = Instant::now();
        let room = Room { url: "ws://h:1/monday".into(), ..Room::default() };
        let mut keep = Keep::new(path.clone(), Some(room));
        let who = ParticipantId([7; 32]);
        for n in [90, 80, 70] {
            keep.note(Taste::VolumeOf(who, Volume::new(n)), start);
            keep.note(Taste::Volume(Volume::new(n)), start);
        }
        assert_eq!(keep.due(), Some(start + GATHER));
        keep.note(Taste::Language(Language::It), start);
        keep.see("", start);
        assert_eq!(keep.due(), Some(start + GATHER), "nothing is known of the meeting yet");
        keep.see("Analog", start);
        keep.write();
        let memory = Memory::load(&path);
        assert_eq!((memory.volume, memory.lang.as_deref()), (Some(70), Some("it")));
        assert_eq!(volumes(&memory), [(who, Volume::new(70))].into());
        assert_eq!(memory.rooms[0].title, "Analog");
        keep.note(Taste::Theme("light".into()), start);
        drop(keep);
        assert_eq!(Memory::load(&path).theme.as_deref(), Some("light"), "leaving writes what waits");
    }
}
