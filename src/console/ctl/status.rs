//! The state of a meeting, for people and for programs.

use serde::Serialize;

use crate::meeting::{
    AgendaItem, Hand, HandId, HandKind, HandState, ItemClock, ItemId, Meeting, Mic, Millis, ON_DECK, Order,
    Participant, ParticipantId, Participation, Phase, Proposal, ProposalId, Reach, RecordSign, Recording,
    Role, Seq, StageReason, Timestamp, TurnId,
};

use super::bans::BanStatus;
use super::mirror::Mirror;
use super::round::RoundStatus;
use super::{Ask, Desk, Trouble, print, text};

/// Looks once and prints.
pub(super) async fn run<D: Desk>(desk: &D, ask: &Ask) -> Result<(), Trouble> {
    let mirror = Mirror::open(desk.dial(false).await?).await?;
    let status = Status::of(desk.room(), mirror.replica().meeting(), mirror.server_now());
    let shown = if ask.json {
        serde_json::to_string_pretty(&status).map_err(|e| Trouble::refused("output", e))
    } else {
        Ok(text::render(&status))
    };
    mirror.close().await;
    print(desk, &shown?).await
}

/// The state of a meeting at one moment. Lengths are in milliseconds, moments in milliseconds since the Unix epoch.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    pub(super) room: String,
    pub(super) title: String,
    pub(super) number: u32,
    pub(super) owner: Option<ParticipantId>,
    pub(super) phase: Phase,
    pub(super) seq: Seq,
    pub(super) now: Timestamp,
    pub(super) clock: ClockStatus,
    pub(super) agenda: Vec<AgendaItem>,
    pub(super) item: Option<ItemId>,
    pub(super) participation: Participation,
    pub(super) mirror_open: bool,
    /// The recording: its sign, and the facts.
    pub(super) record_sign: RecordSign,
    pub(super) recording: Recording,
    /// How the item that is on stands with its time.
    pub(super) item_clock: Option<ItemStatus>,
    pub(super) proposal: Option<ProposalStatus>,
    pub(super) landing: Option<LandingStatus>,
    pub(super) order: Order,
    pub(super) turn: Option<TurnStatus>,
    pub(super) round: Option<RoundStatus>,
    pub(super) queue: Vec<HandStatus>,
    pub(super) undo: Option<UndoStatus>,
    pub(super) stage: Vec<StageStatus>,
    pub(super) participants: Vec<PersonStatus>,
    /// Who acts as host while none is here.
    pub(super) acting_host: Option<ParticipantId>,
    /// In the order in which they would act.
    pub(super) cohosts: Vec<ParticipantId>,
    pub(super) hold_all: bool,
    pub(super) locked: bool,
    pub(super) bans: Vec<BanStatus>,
}

#[derive(Debug, Serialize)]
pub(super) struct ClockStatus {
    pub(super) planned_ms: Millis,
    pub(super) elapsed_ms: Millis,
    pub(super) remaining_ms: Millis,
    pub(super) overtime_ms: Millis,
    pub(super) paused: bool,
    pub(super) starts_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) projected_end: Timestamp,
    pub(super) projected_over_ms: Millis,
    pub(super) queue_needs_ms: Millis,
    pub(super) overrun_ms: Millis,
    /// Until the landing begins by itself; null when it has begun, or nothing has.
    pub(super) limit_in_ms: Option<Millis>,
}

#[derive(Debug, Serialize)]
pub(super) struct ItemStatus {
    pub(super) spent_ms: Millis,
    pub(super) remaining_ms: Millis,
    pub(super) overtime_ms: Millis,
}

#[derive(Debug, Serialize)]
pub(super) struct ProposalStatus {
    pub(super) proposal: ProposalId,
    pub(super) participant: ParticipantId,
    pub(super) name: String,
    pub(super) by_ms: Millis,
    pub(super) yes: usize,
    pub(super) no: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct LandingStatus {
    pub(super) by_limit: bool,
    /// How many are still to speak.
    pub(super) to_speak: usize,
    /// Null while somebody is.
    pub(super) last_words_left_ms: Option<Millis>,
    /// Until the meeting ends whatever is on.
    pub(super) ends_in_ms: Millis,
}

#[derive(Debug, Serialize)]
pub(super) struct TurnStatus {
    pub(super) turn: TurnId,
    #[serde(flatten)]
    pub(super) hand: HandStatus,
    pub(super) started_at: Timestamp,
    pub(super) elapsed_ms: Millis,
}

#[derive(Debug, Serialize)]
pub(super) struct HandStatus {
    pub(super) hand: HandId,
    pub(super) participant: ParticipantId,
    pub(super) name: String,
    pub(super) kind: HandKind,
    pub(super) topic: String,
    pub(super) state: HandState,
    pub(super) raised_at: Timestamp,
    pub(super) waits_ms: Millis,
    pub(super) supporters: Vec<ParticipantId>,
    /// How many calls pass before it is first, when it came back from a turn.
    pub(super) returns_in: Option<u32>,
}

/// What `undo` would bring back.
#[derive(Debug, Serialize)]
pub(super) struct UndoStatus {
    pub(super) hands: Vec<HandId>,
    pub(super) into: Option<HandId>,
    pub(super) until: Timestamp,
}

#[derive(Debug, Serialize)]
pub(super) struct StageStatus {
    pub(super) participant: ParticipantId,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) mic: Mic,
    pub(super) reach: Reach,
    pub(super) reason: StageReason,
    pub(super) since: Timestamp,
}

#[derive(Debug, Serialize)]
pub(super) struct PersonStatus {
    pub(super) participant: ParticipantId,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) here: bool,
    /// Waits in the lobby.
    pub(super) lobby: bool,
    pub(super) seats: usize,
    pub(super) mic: Mic,
    pub(super) talk_ms: Millis,
    pub(super) heard: bool,
    pub(super) last_heard: Option<Timestamp>,
    pub(super) turns: u32,
    /// In no earlier meeting of the room.
    pub(super) newcomer: bool,
    pub(super) auto_open: bool,
    pub(super) invited: bool,
    pub(super) resembles: Option<ParticipantId>,
}

impl Status {
    fn of(room: &str, meeting: &Meeting, now: Timestamp) -> Self {
        let hand = |hand: &Hand, state| hand_status(meeting, hand, state, now);
        let state = |place| if place < ON_DECK { HandState::OnDeck } else { HandState::Waiting };
        Self {
            room: room.to_owned(),
            title: meeting.title().to_owned(),
            number: meeting.number(),
            owner: meeting.owner(),
            phase: meeting.phase(),
            seq: meeting.seq(),
            now,
            clock: ClockStatus::of(meeting, now),
            agenda: meeting.agenda().to_vec(),
            item: meeting.item().map(|i| i.id),
            participation: meeting.participation(),
            mirror_open: meeting.mirror_open(),
            record_sign: meeting.recording().sign(),
            recording: meeting.recording().clone(),
            item_clock: meeting.item_clock(now).map(ItemStatus::of),
            proposal: meeting.proposal().map(|open| ProposalStatus::of(meeting, open)),
            landing: LandingStatus::of(meeting, now),
            order: meeting.order(),
            turn: meeting.turn().map(|turn| TurnStatus {
                turn: turn.id,
                hand: hand(&turn.hand, HandState::Called),
                started_at: turn.started_at,
                elapsed_ms: now.since(turn.started_at),
            }),
            round: RoundStatus::of(meeting, now),
            queue: meeting.queue().into_iter().enumerate().map(|(n, h)| hand(h, state(n))).collect(),
            undo: meeting.undo(now).map(|(taken, until)| UndoStatus {
                hands: taken.hands.iter().map(|t| t.hand.id).collect(),
                into: taken.into,
                until,
            }),
            stage: meeting.stage().into_iter().filter_map(|p| stage_status(meeting, p)).collect(),
            participants: meeting.roster().into_iter().map(|p| PersonStatus::of(meeting, p)).collect(),
            acting_host: meeting.chair().acting,
            cohosts: meeting.chair().cohosts.clone(),
            hold_all: meeting.moderation().hold_all,
            locked: meeting.moderation().locked,
            bans: BanStatus::all(meeting, now),
        }
    }
}

impl ClockStatus {
    fn of(meeting: &Meeting, now: Timestamp) -> Self {
        let clock = meeting.clock();
        let projection = meeting.projection(now);
        Self {
            planned_ms: clock.planned,
            elapsed_ms: clock.elapsed(now),
            remaining_ms: clock.remaining(now),
            overtime_ms: clock.overtime(now),
            paused: clock.is_paused(),
            starts_at: clock.starts_at,
            started_at: clock.started_at,
            ended_at: clock.ended_at,
            projected_end: projection.end,
            projected_over_ms: projection.over,
            queue_needs_ms: projection.queue,
            overrun_ms: clock.overrun,
            limit_in_ms: meeting.limit_left(now),
        }
    }
}

impl ItemStatus {
    fn of(clock: ItemClock) -> Self {
        Self { spent_ms: clock.spent, remaining_ms: clock.remaining, overtime_ms: clock.overtime }
    }
}

impl ProposalStatus {
    fn of(meeting: &Meeting, open: &Proposal) -> Self {
        let (yes, no) = open.tally();
        let name = meeting.participant(open.participant).map(|p| p.name.clone()).unwrap_or_default();
        Self { proposal: open.id, participant: open.participant, name, by_ms: open.by, yes, no }
    }
}

impl LandingStatus {
    fn of(meeting: &Meeting, now: Timestamp) -> Option<Self> {
        let bound = meeting.landing_bound()?;
        Some(Self {
            by_limit: meeting.landing()?.by_limit,
            to_speak: meeting.queue().len() + usize::from(meeting.turn().is_some()),
            last_words_left_ms: meeting.last_words_left(now),
            ends_in_ms: bound.minus(meeting.clock().elapsed(now)),
        })
    }
}

impl PersonStatus {
    fn of(meeting: &Meeting, person: &Participant) -> Self {
        Self {
            participant: person.id,
            name: person.name.clone(),
            role: person.role,
            here: person.is_here(),
            lobby: meeting.is_in_lobby(person.id),
            seats: person.seats().len(),
            mic: person.mic(),
            talk_ms: person.spoken,
            heard: person.is_heard(),
            last_heard: person.last_heard,
            turns: person.turns,
            newcomer: person.newcomer,
            auto_open: person.auto_open,
            invited: person.invited_at.is_some(),
            resembles: person.resembles,
        }
    }
}

fn hand_status(meeting: &Meeting, hand: &Hand, state: HandState, now: Timestamp) -> HandStatus {
    let name = meeting.participant(hand.participant).map(|p| p.name.clone()).unwrap_or_default();
    HandStatus {
        hand: hand.id,
        participant: hand.participant,
        name,
        kind: hand.kind,
        topic: hand.topic.clone(),
        state,
        raised_at: hand.raised_at,
        waits_ms: now.since(hand.raised_at),
        supporters: hand.supporters.iter().copied().collect(),
        returns_in: hand.returns_in,
    }
}

fn stage_status(meeting: &Meeting, person: &Participant) -> Option<StageStatus> {
    let place = person.stage.as_ref()?;
    Some(StageStatus {
        participant: person.id,
        name: person.name.clone(),
        role: person.role,
        mic: person.mic(),
        reach: meeting.reach_of(person),
        reason: place.reason,
        since: place.since,
    })
}
