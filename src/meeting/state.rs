//! The state of a meeting, and the questions it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::queue::Sorted;
use super::text::{NameKey, NameMemo};
use super::{
    AgendaItem, Chair, Clock, Hand, HandId, HandState, ItemId, Landing, Mic, Millis, Moderation, Order,
    ParticipantId, Participation, Phase, Proposal, ProposalId, Reach, Recording, Role, Round, SeatId,
    SeatKind, Seq, Source, StageReason, TakenOut, Terms, Timestamp, Turn, TurnId,
};

/// Everything a meeting is, as folded from its events. It is also the snapshot a seat gets when it joins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    pub(super) seq: Seq,
    pub(super) title: String,
    pub(super) number: u32,
    pub(super) owner: Option<ParticipantId>,
    /// Who opened it: host when they first join.
    pub(super) opener: Option<ParticipantId>,
    pub(super) phase: Phase,
    pub(super) clock: Clock,
    pub(super) agenda: Vec<AgendaItem>,
    pub(super) item: Option<ItemId>,
    /// The proposal to extend that is open.
    #[serde(default)]
    pub(super) proposal: Option<Proposal>,
    #[serde(default)]
    pub(super) last_proposal: ProposalId,
    /// How it lands; `None` before the queue closed.
    #[serde(default)]
    pub(super) landing: Option<Landing>,
    pub(super) participants: BTreeMap<ParticipantId, Participant>,
    /// What the room expects of those who come.
    #[serde(default)]
    pub(super) participation: Participation,
    /// Whether everybody sees everybody's share of talk time.
    #[serde(default)]
    pub(super) mirror: bool,
    pub(super) order: Order,
    /// Hands that wait, by arrival, or as arranged while the order is `manual`.
    pub(super) waiting: Vec<Hand>,
    #[serde(skip)]
    pub(super) sorted: Sorted,
    /// Hands that can be brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) taken_out: Option<TakenOut>,
    /// The turn that is on.
    pub(super) turn: Option<Turn>,
    /// The round that is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) round: Option<Round>,
    /// Turns that are over, first to last; the latest [`MAX_TURNS`](super::MAX_TURNS).
    pub(super) turns: Vec<Turn>,
    pub(super) last_hand: HandId,
    pub(super) last_turn: TurnId,
    pub(super) last_source: Source,
    #[serde(default)]
    pub(super) moderation: Moderation,
    #[serde(default)]
    pub(super) chair: Chair,
    #[serde(default)]
    pub(super) terms: Terms,
    #[serde(default, skip_serializing_if = "Recording::is_untouched")]
    pub(super) recording: Recording,
}

/// One person of a meeting, here or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// Their number in audio packets.
    pub source: Source,
    /// Display name, clean.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether their microphone opens by itself when they are called.
    pub auto_open: bool,
    /// Whether they are here.
    pub presence: Presence,
    /// When they first joined.
    pub joined_at: Timestamp,
    /// Since when they are here without a break; the last time, while they are not.
    #[serde(default)]
    pub here_since: Option<Timestamp>,
    /// Since when they are not here; leaving after a lost link does not begin it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// How long they spoke so far.
    #[serde(rename = "spoken_ms")]
    pub spoken: Millis,
    /// When they were last heard; `None` is never in this meeting.
    pub last_heard: Option<Timestamp>,
    /// How many turns they had.
    pub turns: u32,
    /// Whether the room had meetings before and they were in none.
    #[serde(default)]
    pub newcomer: bool,
    /// Their place on the stage.
    pub stage: Option<StagePlace>,
    /// Whether a host holds their microphone muted; stepping off the stage and on again, or leaving, does not shed it.
    pub held: bool,
    /// When they were invited on the stage, while unanswered.
    pub invited_at: Option<Timestamp>,
    /// Somebody else here whose name looks the same.
    pub resembles: Option<ParticipantId>,
    #[serde(skip)]
    pub(super) memo: NameMemo,
}

/// Whether a participant is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Presence {
    /// Connected through these seats; never empty.
    Here {
        /// The seats, oldest first.
        seats: Vec<Seat>,
    },
    /// No link, expected back.
    Away {
        /// Since when.
        since: Timestamp,
    },
    /// Not in the meeting any more.
    Left {
        /// Since when.
        since: Timestamp,
    },
}

/// One connection of a participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Which.
    pub id: SeatId,
    /// What it is for.
    pub kind: SeatKind,
}

/// A participant's place on the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlace {
    /// Why they stand there.
    pub reason: StageReason,
    /// Since when.
    pub since: Timestamp,
    /// Muted by themselves.
    pub muted: bool,
    /// Whom their microphone reaches; everybody again whenever it closes.
    #[serde(default)]
    pub reach: Reach,
    /// Held with all others; shed by stepping off.
    #[serde(default)]
    pub held: bool,
}

impl Participant {
    /// What their microphone is, as others see it.
    pub fn mic(&self) -> Mic {
        match &self.stage {
            None => Mic::Closed,
            Some(place) if self.held || place.held => Mic::Held,
            Some(place) if place.muted => Mic::Muted,
            Some(_) => Mic::Live,
        }
    }

    /// Their name in the forms that are compared.
    pub(super) fn name_key(&self) -> &NameKey {
        self.memo.key(&self.name)
    }

    /// Their seats; none while they are away.
    pub fn seats(&self) -> &[Seat] {
        match &self.presence {
            Presence::Here { seats } => seats,
            Presence::Away { .. } | Presence::Left { .. } => &[],
        }
    }

    /// Whether they are connected.
    pub fn is_here(&self) -> bool {
        matches!(self.presence, Presence::Here { .. })
    }

    /// Whether they are in the meeting: here, or expected back.
    pub fn is_in(&self) -> bool {
        !matches!(self.presence, Presence::Left { .. })
    }

    /// Whether they have been heard in this meeting.
    pub fn is_heard(&self) -> bool {
        self.last_heard.is_some()
    }
}

impl Meeting {
    /// A meeting before its first event.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of the last event applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The title; empty before the meeting is opened.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its number in the room, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether it has been opened.
    pub fn is_open(&self) -> bool {
        self.owner.is_some()
    }

    /// The owner of the room.
    pub fn owner(&self) -> Option<ParticipantId> {
        self.owner
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The agenda, in order.
    pub fn agenda(&self) -> &[AgendaItem] {
        &self.agenda
    }

    /// The agenda item that is on.
    pub fn item(&self) -> Option<&AgendaItem> {
        self.item.and_then(|id| self.agenda.iter().find(|i| i.id == id))
    }

    /// The person with this key, in the meeting or gone from it.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(&id)
    }

    /// Everybody who ever was in the meeting.
    pub fn known(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values()
    }

    /// The person whose packets bear this number.
    pub fn by_source(&self, source: Source) -> Option<&Participant> {
        self.participants.values().find(|p| p.source == source)
    }

    /// Everybody in the meeting, by arrival.
    pub fn roster(&self) -> Vec<&Participant> {
        let mut all: Vec<_> = self.participants.values().filter(|p| p.is_in()).collect();
        all.sort_by_key(|p| p.source);
        all
    }

    /// Everybody who ever joined, gone or not.
    pub fn everybody(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values()
    }

    /// Everybody on the stage, by when they stepped up.
    pub fn stage(&self) -> Vec<&Participant> {
        let mut all: Vec<_> = self.participants.values().filter(|p| p.stage.is_some()).collect();
        all.sort_by_key(|p| (p.stage.as_ref().map(|s| s.since), p.source));
        all
    }

    /// What the room expects of those who come.
    pub fn participation(&self) -> Participation {
        self.participation
    }

    /// Whether everybody sees everybody's share of talk time.
    pub fn mirror_open(&self) -> bool {
        self.mirror
    }

    /// How long all people together spoke, those who left included.
    pub fn talk_time(&self) -> Millis {
        self.participants.values().fold(Millis::ZERO, |sum, p| sum.plus(p.spoken))
    }

    /// How the queue is ordered.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The turn that is on.
    pub fn turn(&self) -> Option<&Turn> {
        self.turn.as_ref()
    }

    /// The turns that are over, first to last; the latest [`MAX_TURNS`](super::MAX_TURNS), without their supporters.
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The waiting hand with this number.
    pub fn hand(&self, id: HandId) -> Option<&Hand> {
        self.waiting.iter().find(|h| h.id == id)
    }

    /// The waiting hand of this person.
    pub fn hand_of(&self, participant: ParticipantId) -> Option<&Hand> {
        self.waiting.iter().find(|h| h.participant == participant)
    }

    /// The state of a waiting or called hand; `None` when it is over.
    pub fn hand_state(&self, id: HandId) -> Option<HandState> {
        if self.turn.as_ref().is_some_and(|t| t.hand.id == id) {
            return Some(HandState::Called);
        }
        let place = self.queue().iter().position(|h| h.id == id)?;
        Some(if place < super::ON_DECK { HandState::OnDeck } else { HandState::Waiting })
    }
}
