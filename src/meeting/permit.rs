//! Who may do what: one table, asked by `decide` and by every view that greys an action out.

use super::{Command, Phase, Role};

/// What a command does, without its arguments: the rows of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Leave, rename oneself, set `auto-open`: everybody, always.
    Self_,
    /// Raise or reword one's hand.
    Raise,
    /// Lower one's hand.
    Lower,
    /// Support a hand, or take support back.
    Support,
    /// Call the next hand or a chosen one.
    Call,
    /// End the turn; everybody their own.
    Done,
    /// Drop, move, reorder hands.
    Arrange,
    /// Invite somebody on the stage.
    Invite,
    /// Accept or decline an invitation, mute and open one's own microphone.
    OwnMic,
    /// Step on the stage by role.
    StepUp,
    /// Take somebody off the stage; everybody themselves.
    OffStage,
    /// Hold and release microphones.
    Hold,
    /// Give roles.
    SetRole,
    /// Start, close, end the meeting.
    Conduct,
    /// Extend, pause and resume the clock, steer the agenda.
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

impl Act {
    /// What somebody with `role` may do in `phase`.
    pub fn permit(self, _role: Role, _phase: Phase) -> Permit {
        Permit::Yes
    }
}

impl Command {
    /// The row of the table that this command falls under; `None` for what only the server says.
    pub fn act(&self) -> Option<Act> {
        None
    }
}
