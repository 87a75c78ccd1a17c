//! What happened in a meeting.

use serde::{Deserialize, Serialize};

use super::{
    HandId, HandKind, Item, ItemId, ItemLength, LeaveReason, Millis, Order, ParticipantId, Participation,
    ProposalId, Reach, RecordHalt, RecordPolicy, RecordStop, Role, RoundExit, RoundOrder, SeatId, SeatKind,
    Source, StageReason, Terms, Timestamp, TurnId,
};

/// One thing that happened. Every text in it is clean (see [`text`](super::text)).
///
/// Each event says one fact, so that `apply` needs no rule: who is called from the queue and steps on the stage is two
/// events, `Called` and `SteppedUp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Event {
    /// The meeting exists.
    Opened {
        /// Title.
        title: String,
        /// Number in its room, from 1.
        number: u32,
        /// The room's owner.
        owner: ParticipantId,
        /// Planned length.
        #[serde(rename = "length_ms")]
        length: Millis,
        /// Agenda in order; items count from 1.
        agenda: Vec<Item>,
        /// What else was agreed.
        #[serde(default)]
        terms: Terms,
    },
    /// Somebody is in the meeting for the first time, or again after leaving.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// Their number in audio packets; kept when they come back.
        source: Source,
        /// Display name.
        name: String,
        /// Role.
        role: Role,
        /// Whether their microphone opens by itself when called.
        auto_open: bool,
        /// Somebody else here whose name looks the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resembles: Option<ParticipantId>,
        /// Whether the room had meetings before and they were in none.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        newcomer: bool,
    },
    /// A connection of a participant came up.
    SeatOpened {
        /// Who.
        participant: ParticipantId,
        /// The seat.
        seat: SeatId,
        /// What it is for.
        kind: SeatKind,
    },
    /// A connection of a participant ended; with the last one they are away.
    SeatClosed {
        /// Who.
        participant: ParticipantId,
        /// The seat.
        seat: SeatId,
    },
    /// Somebody is no longer in the meeting. Their talk time is remembered.
    Left {
        /// Who.
        participant: ParticipantId,
        /// How.
        reason: LeaveReason,
        /// Why, when they were sent out and it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A display name changed.
    Renamed {
        /// Who.
        participant: ParticipantId,
        /// The new name.
        name: String,
        /// Somebody else here whose name looks the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resembles: Option<ParticipantId>,
    },
    /// A person's own setting changed.
    AutoOpenSet {
        /// Who.
        participant: ParticipantId,
        /// The setting.
        on: bool,
    },
    /// A role was given.
    RoleSet {
        /// Who.
        participant: ParticipantId,
        /// The role.
        role: Role,
    },

    /// Somebody acts as host until one is here; `None`: a host is, or the seat is free.
    ActingHostSet {
        /// Who.
        participant: Option<ParticipantId>,
    },
    /// All on the stage below a cohost are held from now on, or not any more. Each one is told by `Held` and `Released`.
    HoldAllSet {
        /// Whether they are.
        on: bool,
    },
    /// The door was locked or opened: nobody new joins while it is.
    LockSet {
        /// Whether it is locked.
        on: bool,
    },
    /// A key is kept out from now on.
    Banned {
        /// Who.
        participant: ParticipantId,
        /// What they were called; empty for a key that never joined.
        name: String,
        /// When it ends by itself; `None` lasts until it is lifted.
        #[serde(default)]
        until: Option<Timestamp>,
        /// Why, as far as it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A ban is over.
    Unbanned {
        /// Whose.
        participant: ParticipantId,
    },

    /// A hand went up.
    HandRaised {
        /// The hand.
        hand: HandId,
        /// Whose.
        participant: ParticipantId,
        /// What it asks for.
        kind: HandKind,
        /// Topic line.
        topic: String,
    },
    /// A waiting hand has another topic or kind; its place stays.
    HandReworded {
        /// The hand.
        hand: HandId,
        /// What it asks for.
        kind: HandKind,
        /// Topic line.
        topic: String,
    },
    /// A hand was lowered.
    HandWithdrawn {
        /// The hand.
        hand: HandId,
    },
    /// A hand was taken out by a host.
    HandDropped {
        /// The hand.
        hand: HandId,
    },
    /// Several hands were taken out by a host at once.
    HandsDropped {
        /// The hands.
        hands: Vec<HandId>,
    },
    /// Hands ask the same as another: their owners and supporters support that one.
    HandsMerged {
        /// The hands that are gone.
        hands: Vec<HandId>,
        /// The hand that stays.
        into: HandId,
    },
    /// Hands that were dropped or merged last wait again in their old place.
    HandsRestored {
        /// The hands.
        hands: Vec<HandId>,
    },
    /// Somebody supports a hand.
    HandSupported {
        /// The hand.
        hand: HandId,
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody took their support back.
    SupportWithdrawn {
        /// The hand.
        hand: HandId,
        /// Who.
        participant: ParticipantId,
    },
    /// The queue is ordered another way. `manual` starts from the order that stood.
    OrderSet {
        /// The order.
        order: Order,
        /// For `manual`: the waiting hands, first to last. Empty otherwise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hands: Vec<HandId>,
    },
    /// A turn began.
    Called {
        /// The turn.
        turn: TurnId,
        /// The hand that was called.
        hand: HandId,
        /// Whose turn.
        participant: ParticipantId,
    },
    /// A turn ended; its hand is done.
    TurnEnded {
        /// The turn.
        turn: TurnId,
    },
    /// A turn ended and its hand waits again.
    HandReturned {
        /// The turn.
        turn: TurnId,
        /// How many calls pass before the hand is first.
        returns_in: u32,
        /// Whether it was a turn: an interrupted one was, that of somebody who did not answer was not.
        counts: bool,
    },

    /// The room expects something else of those who come.
    ParticipationSet {
        /// The policy.
        policy: Participation,
    },
    /// Everybody sees everybody's share of talk time, or no longer.
    MirrorSet {
        /// Whether everybody sees it.
        open: bool,
    },
    /// A round began.
    RoundStarted {
        /// How its list was made.
        order: RoundOrder,
        /// What a random order was made from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
        /// The time each has.
        #[serde(rename = "each_ms")]
        each: Millis,
        /// The list, first to last.
        participants: Vec<ParticipantId>,
    },
    /// Somebody has their time in the round.
    RoundTurnStarted {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody's time in the round ended.
    RoundTurnEnded {
        /// Whose.
        participant: ParticipantId,
        /// Why.
        how: RoundExit,
    },
    /// Somebody stands at another place of the round's list, or came into it.
    RoundPlaced {
        /// Who.
        participant: ParticipantId,
        /// The place, from 1; without one it is the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<u32>,
    },
    /// Somebody who was still to speak does not want to.
    RoundPassed {
        /// Who.
        participant: ParticipantId,
    },
    /// The round is over.
    RoundEnded,

    /// Somebody was asked on the stage.
    Invited {
        /// Who.
        participant: ParticipantId,
    },
    /// An invitation was declined, or taken back.
    Declined {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody stands on the stage; a pending invitation is answered by it.
    SteppedUp {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: StageReason,
        /// Whether the microphone is muted by its owner.
        muted: bool,
    },
    /// Somebody left the stage, by themselves or taken off.
    SteppedDown {
        /// Who.
        participant: ParticipantId,
    },
    /// A person muted their own microphone.
    Muted {
        /// Who.
        participant: ParticipantId,
    },
    /// A person opened their own microphone.
    Unmuted {
        /// Who.
        participant: ParticipantId,
    },
    /// A microphone reaches others than before.
    ReachSet {
        /// Whose.
        participant: ParticipantId,
        /// Whom it reaches.
        reach: Reach,
    },
    /// A host muted a microphone.
    Held {
        /// Who.
        participant: ParticipantId,
        /// With all others: shed by stepping off, and released with them.
        #[serde(default, skip_serializing_if = "is_not")]
        all: bool,
    },
    /// A hold ended; the microphone is muted by its owner.
    Released {
        /// Who.
        participant: ParticipantId,
        /// With all others: who was held alone as well stays held.
        #[serde(default, skip_serializing_if = "is_not")]
        all: bool,
    },
    /// Somebody spoke.
    Spoke {
        /// Who.
        participant: ParticipantId,
        /// For how long since the last such event.
        #[serde(rename = "spoken_ms")]
        spoken: Millis,
    },

    /// A recording began.
    RecordStarted {
        /// Whether it goes on when no host is here.
        #[serde(default, skip_serializing_if = "is_not")]
        without_host: bool,
        /// Whether each voice is kept on a track of its own too.
        #[serde(default, skip_serializing_if = "is_not")]
        tracks: bool,
    },
    /// The recording is paused.
    RecordPaused,
    /// The recording goes on.
    RecordResumed,
    /// The recording stopped.
    RecordStopped {
        /// Why.
        reason: RecordStop,
    },
    /// The recording runs, and nothing can be written.
    RecordHalted {
        /// Why.
        why: RecordHalt,
    },
    /// The recording is written again.
    RecordMended,
    /// The last [`STRIKE`](super::STRIKE) before this is not in the recording.
    Struck,
    /// Somebody, or everybody, is left out of the recording, or no longer.
    OffRecordSet {
        /// Who; `None` is everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        participant: Option<ParticipantId>,
        /// `false` ends it.
        on: bool,
    },
    /// Somebody answered whether they agree to be recorded.
    Consented {
        /// Who.
        participant: ParticipantId,
        /// `false` is no.
        yes: bool,
        /// What they were asked.
        text: String,
        /// Whether that was for a track of their own too.
        #[serde(default, skip_serializing_if = "is_not")]
        tracks: bool,
    },
    /// Another rule says who begins the room's recordings.
    RecordPolicySet {
        /// The policy.
        policy: RecordPolicy,
    },

    /// The backstage opened; all others wait in the lobby.
    Prepared,
    /// The start is planned, or not planned any more.
    StartPlanned {
        /// When.
        at: Option<Timestamp>,
    },
    /// The doors opened: the meeting began.
    Started,
    /// The queue closed: the landing begins.
    Closed,
    /// The hard limit closed the queue.
    LimitReached,
    /// The hard limit moved; last words that are on end later by as much.
    LimitPushed {
        /// By how much.
        #[serde(rename = "by_ms")]
        by: Millis,
        /// How far beyond the planned length the meeting may go now.
        #[serde(rename = "overrun_ms")]
        overrun: Millis,
    },
    /// Nobody waits any more: the last words begin.
    LastWordsBegan {
        /// How long they take.
        #[serde(rename = "length_ms")]
        length: Millis,
    },
    /// The meeting ended.
    Ended,
    /// The planned length grew.
    Extended {
        /// By how much.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Somebody proposed to extend the meeting.
    ExtensionProposed {
        /// The proposal.
        proposal: ProposalId,
        /// Whose.
        participant: ParticipantId,
        /// By how much.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Somebody voted on the open proposal, or changed their vote.
    Voted {
        /// The proposal.
        proposal: ProposalId,
        /// Who.
        participant: ParticipantId,
        /// `false` is no.
        yes: bool,
    },
    /// The open proposal was decided on.
    ProposalClosed {
        /// The proposal.
        proposal: ProposalId,
        /// Whether the meeting was extended.
        accepted: bool,
    },
    /// The clock stopped.
    Paused,
    /// The clock runs again.
    Resumed,
    /// An agenda item was added at the end.
    ItemAdded {
        /// Its number.
        item: ItemId,
        /// What it is.
        #[serde(flatten)]
        what: Item,
    },
    /// An item has minutes of those after it.
    Borrowed {
        /// The item that has more.
        item: ItemId,
        /// How much more.
        #[serde(rename = "by_ms")]
        by: Millis,
        /// The new lengths of all items whose length changed.
        lengths: Vec<ItemLength>,
    },
    /// Another agenda item is current; `None` after the last.
    ItemStarted {
        /// Which.
        item: Option<ItemId>,
    },
    /// An event of a newer palco; it changes nothing that this one knows.
    #[serde(other)]
    Unknown,
}

pub(super) fn is_not(all: &bool) -> bool {
    !all
}
