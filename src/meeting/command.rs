//! What may be asked of a meeting.

use serde::{Deserialize, Serialize};

use super::event::is_not;
use super::{
    Ban, HandId, HandKind, ItemId, Millis, Order, ParticipantId, Participation, ProposalId, ROUND_EACH,
    Reach, RecordHalt, RecordPolicy, Role, RoundOrder, SeatId, SeatKind, Terms, Timestamp, TurnId,
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, proven by their key.
    Participant(ParticipantId),
    /// The server itself: a link died, a grace ran out, speech was measured.
    Server,
}

/// An agenda item as it is given, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is about.
    pub title: String,
    /// Planned length.
    #[serde(rename = "length_ms")]
    pub length: Millis,
}

/// A request to change a meeting. `decide` answers it with events or a rejection.
///
/// Commands that act on "the current" of something name what they believe is current, so that two hosts who press the
/// same key at once do one thing and not two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum Command {
    /// Opens the meeting; the asker is its host. Server: sent for the hello that opens a room.
    #[serde(skip)]
    Open {
        /// The meeting's title.
        title: String,
        /// The meeting's number in its room, from 1.
        number: u32,
        /// Who owns the room; host by right in every meeting of it.
        owner: ParticipantId,
        /// Planned length.
        length: Millis,
        /// Agenda, in order.
        agenda: Vec<Item>,
        /// What else is agreed.
        terms: Terms,
    },
    /// Keeps out whom the meeting before kept out. Server only.
    #[serde(skip)]
    KeepOut {
        /// Who, by key.
        bans: Vec<(ParticipantId, Ban)>,
    },
    /// Takes a seat, and joins if the asker is not here yet. Server: sent for a hello with `join`.
    #[serde(skip)]
    Join {
        /// The seat taken.
        seat: SeatId,
        /// What the seat is for.
        kind: SeatKind,
        /// Display name, as typed.
        name: String,
        /// Whether the person only listens.
        listener: bool,
        /// Whether their microphone opens by itself when they are called.
        auto_open: bool,
        /// Whether the room had meetings before and they were in none.
        newcomer: bool,
    },
    /// A seat's link ended. Server only.
    #[serde(skip)]
    CloseSeat {
        /// The seat.
        seat: SeatId,
    },
    /// A participant without a seat did not come back in time. Server only.
    #[serde(skip)]
    Expire {
        /// Who.
        participant: ParticipantId,
    },
    /// Speech was heard from a live microphone. Server only.
    #[serde(skip)]
    RecordSpeech {
        /// Who spoke.
        participant: ParticipantId,
        /// For how long since the last record.
        spoken: Millis,
    },

    /// Gives somebody a role without anybody's asking: that of the invite they came in by, or none when it is taken back.
    /// Server only.
    #[serde(skip)]
    Appoint {
        /// Who.
        participant: ParticipantId,
        /// The role.
        role: Role,
    },
    /// The recording cannot be written, or can again. Server only.
    #[serde(skip)]
    HaltRecording {
        /// Why not; `None` when it can.
        why: Option<RecordHalt>,
    },
    /// Time passed: what [`Meeting::due_at`](super::Meeting::due_at) announced is due. Server only.
    #[serde(skip)]
    Tick,

    /// Leaves the meeting with all seats.
    Leave,
    /// Changes the asker's own display name.
    Rename {
        /// The new name, as typed.
        name: String,
    },
    /// Says whether the asker's microphone opens by itself when they are called.
    AutoOpen {
        /// The setting.
        on: bool,
    },

    /// Raises the asker's hand; with a hand raised already, changes its topic and keeps its place.
    Raise {
        /// One line of topic.
        topic: String,
        /// What it asks for.
        #[serde(default = "question")]
        kind: HandKind,
    },
    /// Lowers the asker's waiting hand.
    Lower,
    /// Adds the asker's support to a waiting hand, or takes it back.
    Support {
        /// Whose hand.
        hand: HandId,
        /// `false` takes support back.
        #[serde(default = "yes")]
        on: bool,
    },
    /// Ends the current turn, if any, and calls the first waiting hand.
    Next {
        /// The turn believed current.
        current: Option<TurnId>,
    },
    /// Ends the current turn, if any, and calls this hand.
    Call {
        /// The hand.
        hand: HandId,
        /// The turn believed current.
        current: Option<TurnId>,
    },
    /// Ends the turn.
    Done {
        /// The turn believed current.
        turn: TurnId,
    },
    /// Takes a waiting hand out of the queue.
    Drop {
        /// The hand.
        hand: HandId,
    },
    /// Takes several waiting hands out at once; those that wait no more are passed over.
    DropHands {
        /// The hands.
        hands: Vec<HandId>,
    },
    /// Says that hands ask the same: their owners and supporters support `into`, and the hands are gone.
    ///
    /// Several at once, so that one [`Restore`](Self::Restore) brings all of them back.
    Merge {
        /// The hands that go.
        hands: Vec<HandId>,
        /// The hand that stays.
        into: HandId,
    },
    /// Brings back the hands that were dropped or merged last, for [`UNDO_WINDOW`](super::UNDO_WINDOW).
    Restore,
    /// Says that who was called does not answer: the turn does not count, and the hand waits again for
    /// [`RETURNS_IN`](super::RETURNS_IN) calls.
    NotThere {
        /// The turn believed current.
        turn: TurnId,
    },
    /// Ends the turn, and its hand is first again.
    Interrupt {
        /// The turn believed current.
        turn: TurnId,
    },
    /// Moves a waiting hand; the order becomes `manual`.
    Move {
        /// The hand.
        hand: HandId,
        /// Its new place in the queue, from 1.
        position: u32,
    },
    /// Changes how the queue is ordered.
    Reorder {
        /// The order.
        order: Order,
    },

    /// Says what the room expects of those who come.
    SetParticipation {
        /// The policy.
        policy: Participation,
    },
    /// Shows everybody's share of talk time to everybody, or to the hosts only.
    SetMirror {
        /// Whether everybody sees it.
        open: bool,
    },
    /// Begins a round: everybody but listeners in turn, one open microphone at a time.
    StartRound {
        /// How the list is made.
        order: RoundOrder,
        /// The time each has.
        #[serde(rename = "each_ms", default = "round_each")]
        each: Millis,
        /// What a random order is made from; left out, the moment it is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
    },
    /// Ends the time of the round's speaker, and gives the next theirs.
    RoundDone {
        /// The speaker believed current; with `None` a round arranged by hand begins.
        current: Option<ParticipantId>,
    },
    /// Takes somebody out of the round who does not want to speak.
    RoundPass {
        /// Who.
        participant: ParticipantId,
    },
    /// Puts somebody at the end of the round: they come back later.
    RoundSkip {
        /// Who.
        participant: ParticipantId,
    },
    /// Moves somebody who is still to speak, or brings somebody back into the round.
    RoundMove {
        /// Who.
        participant: ParticipantId,
        /// Their new place in the list, from 1.
        position: u32,
    },
    /// Ends the round.
    EndRound,

    /// Invites somebody on the stage.
    Invite {
        /// Who.
        participant: ParticipantId,
    },
    /// Accepts an invitation: on the stage, muted.
    Accept,
    /// Declines an invitation.
    Decline,
    /// Steps on the stage by role: on the stage, muted.
    StepUp,
    /// Takes somebody off the stage, or their invitation back; anybody may step off themselves. A turn ends with it.
    OffStage {
        /// Who.
        participant: ParticipantId,
    },
    /// Mutes the asker's own microphone.
    Mute,
    /// Opens the asker's own microphone.
    Unmute,
    /// Chooses whom the asker's own microphone reaches, until it closes.
    TalkTo {
        /// Whom.
        reach: Reach,
    },
    /// Mutes somebody until released.
    Hold {
        /// Who.
        participant: ParticipantId,
    },
    /// Ends a hold; the person opens their microphone themselves.
    Release {
        /// Who.
        participant: ParticipantId,
    },
    /// Gives somebody a role.
    SetRole {
        /// Who.
        participant: ParticipantId,
        /// The role.
        role: Role,
    },

    /// Hands the host's role over and stays as cohost; an acting host passes on the seat.
    HandOver {
        /// To whom.
        participant: ParticipantId,
    },

    /// Holds everybody on the stage below a cohost, and whoever steps up later; off releases them.
    HoldAll {
        /// `false` ends it.
        on: bool,
    },
    /// Sends somebody out of the meeting; they may come back.
    Remove {
        /// Who.
        participant: ParticipantId,
        /// Why; they see it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Keeps a key out, and sends its owner out if they are there.
    Ban {
        /// Who.
        participant: ParticipantId,
        /// For how long; without it until it is lifted.
        #[serde(rename = "length_ms", default, skip_serializing_if = "Option::is_none")]
        length: Option<Millis>,
        /// Why; they see it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Ends a ban.
    Unban {
        /// Who.
        participant: ParticipantId,
    },
    /// Lets nobody new in.
    Lock {
        /// `false` opens the door again.
        on: bool,
    },
    /// Changes a name that confuses.
    RenameOther {
        /// Whose.
        participant: ParticipantId,
        /// The new name, as typed.
        name: String,
    },

    /// Starts a recording of the meeting, or resumes it. Who starts it agrees to be in it.
    StartRecording {
        /// Whether it goes on when no host is here.
        #[serde(default)]
        without_host: bool,
        /// Whether each voice is kept on a track of its own too.
        #[serde(default, skip_serializing_if = "is_not")]
        tracks: bool,
    },
    /// Pauses the recording.
    PauseRecording,
    /// Goes on with a recording that was paused.
    ResumeRecording,
    /// Stops the recording.
    StopRecording,
    /// Takes the last [`STRIKE`](super::STRIKE) out of the recording for good.
    Strike,
    /// Leaves somebody, or everybody, out of the recording.
    OffRecord {
        /// Who; without it everybody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        participant: Option<ParticipantId>,
        /// `false` ends it.
        #[serde(default = "yes")]
        on: bool,
    },
    /// Says whether the asker agrees to be recorded.
    Consent {
        /// `false` is no: while a recording runs they listen.
        yes: bool,
        /// What they were asked, as they read it.
        text: String,
        /// Whether they were asked for a track of their own too.
        #[serde(default, skip_serializing_if = "is_not")]
        tracks: bool,
    },
    /// Says who begins the room's recordings.
    SetRecordPolicy {
        /// The policy.
        policy: RecordPolicy,
    },

    /// Opens the backstage: phase `backstage`.
    Prepare,
    /// Says when the doors are planned to open.
    PlanStart {
        /// When; `None` takes the plan back.
        at: Option<Timestamp>,
    },
    /// Opens the doors: phase `live`, the clock runs. Open microphones are muted first.
    Start,
    /// Begins the landing: no new hands, phase `closing`; last words when nobody waits any more, then the end.
    Close,
    /// Ends the meeting: phase `ended`.
    End,
    /// Adds to the planned length, and accepts the proposal that is open.
    Extend {
        /// By how much.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Proposes to extend the meeting; others vote, a host decides.
    ProposeExtension {
        /// By how much.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Votes on the open proposal, or changes one's vote.
    Vote {
        /// The proposal believed open.
        proposal: ProposalId,
        /// `false` is no.
        yes: bool,
    },
    /// Declines the open proposal; its proposer takes it back.
    DismissProposal {
        /// The proposal believed open.
        proposal: ProposalId,
    },
    /// Pushes the hard limit away, and the end of last words that are on.
    PushLimit {
        /// By how much; a limit that has passed already is counted from now.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Stops the clock.
    Pause,
    /// Lets the clock run again.
    Resume,
    /// Adds an agenda item at the end.
    AddItem {
        /// The item.
        item: Item,
    },
    /// Gives the current item minutes of those after it, the nearest first.
    Borrow {
        /// The item believed current.
        current: ItemId,
        /// How much.
        #[serde(rename = "by_ms")]
        by: Millis,
    },
    /// Goes to the next agenda item.
    NextItem {
        /// The item believed current.
        current: Option<ItemId>,
    },
    /// Goes back to the previous agenda item.
    PreviousItem {
        /// The item believed current.
        current: Option<ItemId>,
    },
}

fn round_each() -> Millis {
    ROUND_EACH
}

fn question() -> HandKind {
    HandKind::Question
}

fn yes() -> bool {
    true
}
