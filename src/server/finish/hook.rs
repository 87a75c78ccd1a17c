//! Telling the operator's own program or server that a meeting is over and everything of it is written.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use thiserror::Error;

use crate::library::{FACTS, FOLDER, MINUTES};
use crate::store::DueMeeting;

use super::command::{self, BadRun};
use super::post::{self, BadPost, Target};
use crate::wire::Secret;

/// What is told.
pub(super) const EVENT: &str = "meeting-finished";

/// Who is told when a meeting is over and everything of it is written.
#[derive(Clone, Debug)]
pub enum Hook {
    /// A program with its arguments. No shell reads them.
    Command(Vec<String>),
    /// A server, by HTTP.
    Post {
        /// Where.
        to: Target,
        /// What signs it; without one it is not signed.
        secret: Option<Secret>,
    },
}

/// Why a hook was not told.
#[derive(Debug, Error)]
pub(super) enum BadHook {
    #[error("its folder cannot be read ({0})")]
    Folder(#[from] io::Error),
    #[error(transparent)]
    Run(#[from] BadRun),
    #[error(transparent)]
    Post(#[from] BadPost),
    #[error("its task was broken off")]
    BrokenOff,
}

/// A meeting that is over, for whoever is told.
#[derive(Debug)]
pub(super) struct News {
    /// The meeting's name for good, by which who is told twice knows it.
    pub(super) id: String,
    /// What a program finds in its environment.
    pub(super) environment: Vec<(&'static str, String)>,
    /// The facts, as JSON.
    pub(super) body: String,
}

impl News {
    /// Reads what was written about a meeting.
    fn read(data: &Path, meeting: &DueMeeting) -> Result<Self, BadHook> {
        let folder = data.join(FOLDER).join(&meeting.id.0);
        let facts: Value =
            serde_json::from_slice(&fs::read(folder.join(FACTS))?).map_err(io::Error::other)?;
        let text = fs::read_to_string(folder.join(MINUTES))?;
        let fact = |name: &str| facts.get(name).cloned().unwrap_or_default();
        let (title, recording) = (fact("title"), fact("recording"));
        let environment = vec![
            ("PALCO_EVENT", EVENT.to_owned()),
            ("PALCO_MEETING", meeting.id.0.clone()),
            ("PALCO_ROOM", meeting.room.clone()),
            ("PALCO_NUMBER", meeting.number.to_string()),
            ("PALCO_TITLE", title.as_str().unwrap_or_default().to_owned()),
            ("PALCO_FOLDER", folder.display().to_string()),
            ("PALCO_URL", recording.get("url").and_then(Value::as_str).unwrap_or_default().to_owned()),
        ];
        let body = json!({
            "event": EVENT,
            "meeting": meeting.id.0,
            "room": meeting.room,
            "number": meeting.number,
            "title": title,
            "recording": recording,
            "minutes": facts,
            "minutes_text": text,
        });
        Ok(Self { id: meeting.id.0.clone(), environment, body: body.to_string() })
    }
}

/// Tells the hook of a meeting.
pub(super) async fn tell(hook: Hook, data: &Path, meeting: DueMeeting) -> Result<(), BadHook> {
    let data = data.to_owned();
    let news = tokio::task::spawn_blocking(move || News::read(&data, &meeting));
    let news = news.await.map_err(|_| BadHook::BrokenOff)??;
    match hook {
        Hook::Command(words) => command::run(&words, &news).await?,
        Hook::Post { to, secret } => post::send(&to, secret.as_ref(), &news).await?,
    }
    Ok(())
}
