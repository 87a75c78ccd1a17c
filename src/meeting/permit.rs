//! Who may do what: one table, asked by `decide` and by every view that greys an action out.

use super::{Command, Phase, Role};

/// What a command does, without its arguments: the rows of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Leave, rename oneself, set `auto-open`: everybody, always.
    Oneself,
    /// Raise or reword one's hand.
    Raise,
    /// Lower one's hand.
    Lower,
    /// Support a hand, or take support back.
    Support,
    /// Call the next hand or a chosen one; send who has the turn back into the queue.
    Call,
    /// End the turn; everybody their own.
    Done,
    /// Drop, merge, bring back, move and reorder hands.
    Arrange,
    /// Start, arrange and end a round.
    Round,
    /// End one's time in a round, pass, come back later; everybody for themselves.
    RoundTurn,
    /// Invite somebody on the stage.
    Invite,
    /// Accept or decline an invitation, mute and open one's own microphone.
    OwnMic,
    /// Step on the stage: by role, and everybody but listeners after the meeting.
    StepUp,
    /// Take somebody off the stage; everybody themselves.
    OffStage,
    /// Hold and release microphones, one or all.
    Hold,
    /// Remove, ban, lock the door, change a name that confuses.
    Moderate,
    /// Give roles.
    SetRole,
    /// Choose whom one's own microphone reaches.
    Talkback,
    /// Open the backstage, plan the start.
    Prepare,
    /// Hand the host's role over.
    HandOver,
    /// Say what the room expects of people, what they see of each other, and who begins its recordings.
    Policy,
    /// Start, pause, resume and stop the recording.
    Record,
    /// Strike the last seconds of the recording.
    Strike,
    /// Take somebody, or all, off the record; everybody themselves.
    OffRecord,
    /// Begin the meeting.
    Start,
    /// Close the queue.
    Close,
    /// End the meeting.
    End,
    /// Propose to extend the meeting.
    Propose,
    /// Vote on a proposal.
    Vote,
    /// Decline a proposal; everybody takes back their own.
    Dismiss,
    /// Extend the planned length, add agenda items.
    Plan,
    /// Pause and resume the clock, go through the agenda, borrow minutes, push the hard limit away.
    Steer,
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Allowed.
    Yes,
    /// Allowed on the asker's own person or turn only.
    Own,
    /// Not with this role.
    No,
    /// Not in this phase.
    NotNow,
}

const ALWAYS: &[Phase] = Phase::ALL;
const UNTIL_ENDED: &[Phase] = &[Phase::Scheduled, Phase::Backstage, Phase::Live, Phase::Closing];
const UNTIL_CLOSED: &[Phase] = &[Phase::Scheduled, Phase::Backstage, Phase::Live];
const BEFORE_DOORS: &[Phase] = &[Phase::Scheduled, Phase::Backstage];
const UNDER_WAY: &[Phase] = &[Phase::Live, Phase::Closing];

impl Act {
    /// Every row.
    pub const ALL: &'static [Self] = &[
        Self::Oneself,
        Self::Raise,
        Self::Lower,
        Self::Support,
        Self::Call,
        Self::Done,
        Self::Arrange,
        Self::Round,
        Self::RoundTurn,
        Self::Invite,
        Self::OwnMic,
        Self::StepUp,
        Self::OffStage,
        Self::Hold,
        Self::Moderate,
        Self::SetRole,
        Self::Talkback,
        Self::Prepare,
        Self::HandOver,
        Self::Policy,
        Self::Record,
        Self::Strike,
        Self::OffRecord,
        Self::Start,
        Self::Close,
        Self::End,
        Self::Propose,
        Self::Vote,
        Self::Dismiss,
        Self::Plan,
        Self::Steer,
    ];

    /// What somebody with `role` may do in `phase`. The role is looked at first: `No` hides `NotNow`.
    ///
    /// What is so already (starting a live meeting, ending an ended one) is allowed and changes nothing.
    pub fn permit(self, role: Role, phase: Phase) -> Permit {
        let permit = self.by_role(role, phase);
        if permit == Permit::No || self.phases().contains(&phase) { permit } else { Permit::NotNow }
    }

    fn by_role(self, role: Role, phase: Phase) -> Permit {
        use Permit::{No, Own, Yes};
        let [host, cohost, speaker, attendee, listener] = match self {
            Self::Oneself | Self::Support | Self::Vote => [Yes, Yes, Yes, Yes, Yes],
            Self::Raise | Self::Lower | Self::OwnMic | Self::Propose => [Yes, Yes, Yes, Yes, No],
            Self::StepUp if phase == Phase::Ended => [Yes, Yes, Yes, Yes, No],
            Self::StepUp => [Yes, Yes, Yes, No, No],
            Self::Done | Self::RoundTurn | Self::OffStage | Self::OffRecord => [Yes, Yes, Own, Own, No],
            Self::Dismiss => [Yes, Own, Own, Own, No],
            Self::Call
            | Self::Arrange
            | Self::Round
            | Self::Invite
            | Self::Hold
            | Self::Moderate
            | Self::SetRole
            | Self::Strike
            | Self::Talkback => [Yes, Yes, No, No, No],
            Self::HandOver
            | Self::Policy
            | Self::Record
            | Self::Prepare
            | Self::Start
            | Self::Close
            | Self::End
            | Self::Plan
            | Self::Steer => [Yes, No, No, No, No],
        };
        match role {
            Role::Host => host,
            Role::Cohost => cohost,
            Role::Speaker => speaker,
            Role::Attendee => attendee,
            Role::Listener => listener,
        }
    }

    fn phases(self) -> &'static [Phase] {
        match self {
            Self::Oneself
            | Self::Moderate
            | Self::End
            | Self::OwnMic
            | Self::StepUp
            | Self::OffStage
            | Self::Hold => ALWAYS,
            Self::Raise | Self::Start => UNTIL_CLOSED,
            Self::Prepare => BEFORE_DOORS,
            Self::Call
            | Self::Done
            | Self::Round
            | Self::RoundTurn
            | Self::Talkback
            | Self::Close
            | Self::Propose
            | Self::Vote
            | Self::Dismiss
            | Self::Record
            | Self::Strike
            | Self::Steer => UNDER_WAY,
            Self::Lower
            | Self::Support
            | Self::Arrange
            | Self::Invite
            | Self::SetRole
            | Self::HandOver
            | Self::Policy
            | Self::OffRecord
            | Self::Plan => UNTIL_ENDED,
        }
    }
}

impl Command {
    /// The row of the table that this command falls under; `None` for what the server says, or says on behalf of a hello.
    pub fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Open { .. }
            | Self::Join { .. }
            | Self::CloseSeat { .. }
            | Self::Expire { .. }
            | Self::RecordSpeech { .. }
            | Self::KeepOut { .. }
            | Self::Appoint { .. }
            | Self::HaltRecording { .. }
            | Self::Tick => return None,
            Self::Leave | Self::Rename { .. } | Self::AutoOpen { .. } | Self::Consent { .. } => Act::Oneself,
            Self::Raise { .. } => Act::Raise,
            Self::Lower => Act::Lower,
            Self::Support { .. } => Act::Support,
            Self::Next { .. } | Self::Call { .. } | Self::NotThere { .. } | Self::Interrupt { .. } => {
                Act::Call
            }
            Self::Done { .. } => Act::Done,
            Self::Drop { .. }
            | Self::DropHands { .. }
            | Self::Merge { .. }
            | Self::Restore
            | Self::Move { .. }
            | Self::Reorder { .. } => Act::Arrange,
            Self::SetParticipation { .. } | Self::SetMirror { .. } | Self::SetRecordPolicy { .. } => {
                Act::Policy
            }
            Self::StartRound { .. } | Self::RoundMove { .. } | Self::EndRound => Act::Round,
            Self::RoundDone { .. } | Self::RoundPass { .. } | Self::RoundSkip { .. } => Act::RoundTurn,
            Self::Invite { .. } => Act::Invite,
            Self::Accept | Self::Decline | Self::Mute | Self::Unmute => Act::OwnMic,
            Self::StepUp => Act::StepUp,
            Self::OffStage { .. } => Act::OffStage,
            Self::Hold { .. } | Self::Release { .. } | Self::HoldAll { .. } => Act::Hold,
            Self::Remove { .. }
            | Self::Ban { .. }
            | Self::Unban { .. }
            | Self::Lock { .. }
            | Self::RenameOther { .. } => Act::Moderate,
            Self::SetRole { .. } => Act::SetRole,
            Self::TalkTo { .. } => Act::Talkback,
            Self::Prepare | Self::PlanStart { .. } => Act::Prepare,
            Self::HandOver { .. } => Act::HandOver,
            Self::Start => Act::Start,
            Self::Close => Act::Close,
            Self::End => Act::End,
            Self::ProposeExtension { .. } => Act::Propose,
            Self::Vote { .. } => Act::Vote,
            Self::DismissProposal { .. } => Act::Dismiss,
            Self::Extend { .. } | Self::AddItem { .. } => Act::Plan,
            Self::Pause
            | Self::Resume
            | Self::PushLimit { .. }
            | Self::Borrow { .. }
            | Self::NextItem { .. }
            | Self::PreviousItem { .. } => Act::Steer,
            other => return other.act_of_recording(),
        })
    }

    /// The same for what is asked about the recording.
    fn act_of_recording(&self) -> Option<Act> {
        Some(match self {
            Self::StartRecording { .. }
            | Self::PauseRecording
            | Self::ResumeRecording
            | Self::StopRecording => Act::Record,
            Self::Strike => Act::Strike,
            Self::OffRecord { .. } => Act::OffRecord,
            _ => return None,
        })
    }
}
