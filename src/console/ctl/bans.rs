//! Who is kept out.

use serde::Serialize;

use crate::meeting::{Meeting, ParticipantId, Timestamp};

use super::mirror::Mirror;
use super::{Ask, Desk, Trouble, print};

/// One ban, as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct BanStatus {
    pub(super) participant: ParticipantId,
    pub(super) name: String,
    pub(super) since: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) by: Option<ParticipantId>,
    pub(super) by_name: Option<String>,
    pub(super) why: Option<String>,
}

impl BanStatus {
    /// The bans that hold at `now`.
    pub(super) fn all(meeting: &Meeting, now: Timestamp) -> Vec<Self> {
        let bans = meeting.moderation().bans.iter().filter(|(_, ban)| ban.holds(now));
        bans.map(|(id, ban)| Self {
            participant: *id,
            name: ban.name.clone(),
            since: ban.since,
            until: ban.until,
            by: ban.by,
            by_name: ban.by.and_then(|by| meeting.participant(by)).map(|p| p.name.clone()),
            why: ban.why.clone(),
        })
        .collect()
    }

    fn line(&self) -> String {
        let mut line = self.participant.to_string();
        if !self.name.is_empty() {
            line = format!("{}  {line}", self.name);
        }
        line += &self.until.map_or_else(|| "  until lifted".to_owned(), |at| format!("  until {}", at.utc()));
        if let Some(by) = &self.by_name {
            line += &format!("  by {by}");
        }
        if let Some(why) = &self.why {
            line += &format!("  ({why})");
        }
        line
    }
}

/// Looks once and prints.
pub(super) async fn run<D: Desk>(desk: &D, ask: &Ask) -> Result<(), Trouble> {
    let mirror = Mirror::open(desk.dial(false).await?).await?;
    let bans = BanStatus::all(mirror.replica().meeting(), mirror.server_now());
    mirror.close().await;
    let shown = match bans.as_slice() {
        bans if ask.json => serde_json::to_string_pretty(bans).map_err(|e| Trouble::refused("output", e))?,
        [] => "nobody is banned".to_owned(),
        bans => bans.iter().map(BanStatus::line).collect::<Vec<_>>().join("\n"),
    };
    print(desk, &shown).await
}
