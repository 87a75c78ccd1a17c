//! The agenda.

use serde::{Deserialize, Serialize};

use super::{ItemId, Millis};

/// One item of the agenda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// Its number.
    pub id: ItemId,
    /// What it is about, clean.
    pub title: String,
    /// Planned length.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// The clock's elapsed time when it last began; `None` when it has not.
    #[serde(rename = "started_ms")]
    pub started: Option<Millis>,
}
