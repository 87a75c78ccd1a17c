//! What stays of a meeting that is deleted.

use crate::meeting::{Event, Meeting, Recorded, Seq, Terms, Timestamp};

/// The events that stay: that there was a meeting of this number, when, and what is the room's and holds for its next
/// meeting: its owner, its rules, and whom it keeps out, by key alone. No name, no topic and no word of the agenda.
pub(super) fn remains(room: &str, events: &[Recorded]) -> Vec<Recorded> {
    let mut meeting = Meeting::new();
    events.iter().for_each(|recorded| meeting.apply(recorded));
    let opened = events.first().map(|recorded| recorded.at).unwrap_or_default();
    let mut kept = Vec::new();
    let mut stays = |at: Timestamp, event: Event| {
        let seq = Seq(kept.len() as u64 + 1);
        kept.push(Recorded { seq, at, by: None, event });
    };
    let Some(owner) = meeting.owner() else { return kept };
    stays(
        opened,
        Event::Opened {
            title: room.to_owned(),
            number: meeting.number(),
            owner,
            length: meeting.clock().planned,
            agenda: Vec::new(),
            terms: Terms::default(),
        },
    );
    for (participant, ban) in &meeting.moderation().bans {
        let (participant, until) = (*participant, ban.until);
        stays(ban.since, Event::Banned { participant, name: String::new(), until, why: None });
    }
    stays(opened, Event::ParticipationSet { policy: meeting.participation() });
    stays(opened, Event::MirrorSet { open: meeting.mirror_open() });
    stays(opened, Event::RecordPolicySet { policy: meeting.recording().policy });
    if let Some(at) = meeting.clock().started_at {
        stays(at, Event::Started);
    }
    stays(meeting.clock().ended_at.unwrap_or(opened), Event::Ended);
    kept
}
