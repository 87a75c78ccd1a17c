//! What a room shows those who have not come in, at `/NAME/status.json` and on its page.

use serde::Serialize;

use crate::meeting::{
    Clock, Hand, HandKind, HandState, Meeting, Mic, Millis, ON_DECK, Reach, Role, Source, Timestamp,
};

use super::{DoorKind, Notice};

/// Hands shown at most: a page is looked at, not worked with.
const MAX_HANDS: usize = 50;

/// A meeting as everybody may see it. While the doors are closed it is the notice alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicStatus {
    /// What hangs at the door.
    #[serde(flatten)]
    pub notice: Notice,
    /// Whether nothing more is shown: the doors are not open yet, or the room is locked.
    pub closed: bool,
    /// What the door wants of who asks, when that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub door: Option<DoorKind>,
    /// The server's time.
    pub now: Timestamp,
    /// How the time goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<PublicClock>,
    /// Who stands on the stage, by when they stepped up.
    pub stage: Vec<PublicSpeaker>,
    /// The turn that is on.
    pub turn: Option<PublicHand>,
    /// The waiting hands, in the order in which they will be called; the first 50.
    pub queue: Vec<PublicHand>,
    /// How many wait.
    pub waiting: usize,
}

/// The clock and where it leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicClock {
    /// The facts.
    #[serde(flatten)]
    pub clock: Clock,
    /// Time since the start, without pauses.
    pub elapsed_ms: Millis,
    /// When the meeting is expected to end.
    pub projected_end: Timestamp,
}

/// Somebody on the stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicSpeaker {
    /// Their number in audio packets and in `speaking`.
    pub source: Source,
    /// Display name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Microphone.
    pub mic: Mic,
}

/// A hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PublicHand {
    /// Whose.
    pub name: String,
    /// One line of topic.
    pub topic: String,
    /// What it asks for.
    pub kind: HandKind,
    /// `called`, `on-deck` or `waiting`.
    pub state: HandState,
    /// How many support it.
    pub supporters: usize,
    /// Since when it waits; of the turn, since when it is on.
    pub since: Timestamp,
}

impl PublicStatus {
    /// What is shown of a meeting at `now`; `None` where none was ever opened.
    pub fn of(room: &str, meeting: &Meeting, now: Timestamp) -> Option<Self> {
        let mut status = Self::closed(Notice::of(room, meeting)?, now);
        if meeting.is_before_doors() || meeting.moderation().locked {
            return Some(status);
        }
        status.closed = false;
        let on_deck = |place| if place < ON_DECK { HandState::OnDeck } else { HandState::Waiting };
        let queue = meeting.queue();
        status.waiting = queue.len();
        let first = queue.iter().take(MAX_HANDS).enumerate();
        status.queue = first.map(|(place, h)| shown(meeting, h, on_deck(place), h.raised_at)).collect();
        status.turn = meeting.turn().map(|t| shown(meeting, &t.hand, HandState::Called, t.started_at));
        status.clock = Some(PublicClock {
            clock: meeting.clock().clone(),
            elapsed_ms: meeting.clock().elapsed(now),
            projected_end: meeting.projection(now).end,
        });
        let stage = meeting.stage().into_iter();
        status.stage = stage
            .map(|p| {
                // Who talks to the backstage alone says nothing to those outside.
                let mic = if meeting.reach_of(p) == Reach::Everybody { p.mic() } else { Mic::Muted };
                PublicSpeaker { source: p.source, name: p.name.clone(), role: p.role, mic }
            })
            .collect();
        Some(status)
    }

    /// What is shown of a room that lets nobody look in.
    pub fn closed(notice: Notice, now: Timestamp) -> Self {
        Self {
            notice,
            closed: true,
            door: None,
            now,
            clock: None,
            stage: Vec::new(),
            turn: None,
            queue: Vec::new(),
            waiting: 0,
        }
    }
}

fn shown(meeting: &Meeting, hand: &Hand, state: HandState, since: Timestamp) -> PublicHand {
    PublicHand {
        name: meeting.participant(hand.participant).map(|p| p.name.clone()).unwrap_or_default(),
        topic: hand.topic.clone(),
        kind: hand.kind,
        state,
        supporters: hand.supporters.len(),
        since,
    }
}
