//! What a kept meeting was about.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::meeting::{Millis, Timestamp};
use crate::minutes::Minutes;
use crate::store::StoreError;

use super::{FACTS, Kept, Library};

/// What a kept meeting was about: from the facts in its folder, which are read quickly, or from its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Title.
    pub title: String,
    /// When the doors opened; `None` when they never did.
    pub started_at: Option<Timestamp>,
    /// How long the meeting was, recorded or not.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Everybody who was there, who spoke longest first.
    pub people: Vec<Heard>,
}

/// Somebody who was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The last name they had.
    pub name: String,
    /// How long they spoke.
    #[serde(rename = "spoken_ms")]
    pub spoken: Millis,
}

impl About {
    /// Those who spoke, longest first.
    pub fn spoke(&self) -> Vec<&str> {
        let heard = self.people.iter().filter(|person| person.spoken > Millis::ZERO);
        heard.map(|person| person.name.as_str()).collect()
    }
}

impl From<Minutes> for About {
    fn from(minutes: Minutes) -> Self {
        let people = minutes.people.into_iter().map(|p| Heard { name: p.name, spoken: p.spoken });
        Self {
            title: minutes.title,
            started_at: minutes.started_at,
            length: minutes.length,
            people: people.collect(),
        }
    }
}

impl Library {
    /// What a meeting was about.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn about(&self, kept: &Kept) -> Result<About, StoreError> {
        if let Some(about) = kept.folder.as_deref().and_then(facts) {
            return Ok(about);
        }
        Ok(Minutes::of(&kept.row.room, &self.events(kept)?).into())
    }
}

/// The facts in a folder; `None` when they cannot be read.
fn facts(folder: &Path) -> Option<About> {
    serde_json::from_slice(&fs::read(folder.join(FACTS)).ok()?).ok()
}
