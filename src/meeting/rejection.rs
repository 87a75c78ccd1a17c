//! Why a command was refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::text::TextError;
use super::{Phase, Role, Timestamp};

/// A refusal: one variant a reason. Its text says what is wrong and what to do; [`code`](Self::code) is for programs.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rejection {
    /// The role does not allow it.
    #[error("the role {role} does not allow that; ask a host")]
    NotAllowed {
        /// The asker's role.
        role: Role,
    },
    /// Only the server says such things.
    #[error("only the server may do that")]
    ServerOnly,
    /// The phase does not allow it.
    #[error("not possible while the meeting is {phase}")]
    WrongPhase {
        /// The phase.
        phase: Phase,
    },
    /// The queue takes no hands any more.
    #[error("the queue is closed: no new hands")]
    QueueClosed,
    /// The meeting has not been opened.
    #[error("no meeting is open here; a host opens one with `palco host`")]
    NotOpen,
    /// The meeting was opened before.
    #[error("this meeting is open already")]
    AlreadyOpen,
    /// The asker has not joined.
    #[error("you are not in this meeting; join it first")]
    NotHere,
    /// The named person is not in the meeting.
    #[error("that person is not in the meeting (any more)")]
    NobodyThere,
    /// Somebody else has that name.
    #[error("the name “{name}” is taken in this meeting; choose another with --name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A name or topic cannot be shown.
    #[error("{reason}")]
    BadText {
        /// What is wrong with it.
        reason: String,
    },
    /// The meeting is full.
    #[error("the meeting is full ({limit} people); try again when somebody has left")]
    Full {
        /// How many fit.
        limit: usize,
    },
    /// No such hand is waiting.
    #[error("that hand is not waiting (any more)")]
    NoSuchHand,
    /// The asker has no hand raised.
    #[error("your hand is not raised")]
    NoHandRaised,
    /// A hand can't be raised while its owner has the turn.
    #[error("it is your turn now; finish it before you raise your hand again")]
    YourTurn,
    /// One cannot support one's own hand.
    #[error("that is your own hand; others can support it")]
    OwnHand,
    /// A hand cannot be merged into itself.
    #[error("that is one and the same hand; name another one to merge it into")]
    SameHand,
    /// No hands were taken out in the last seconds, or their owners have gone.
    #[error("there is nothing to bring back: hands come back for 10 s after they were taken out")]
    NothingToUndo,
    /// Nobody waits.
    #[error("nobody is waiting in the queue")]
    QueueEmpty,
    /// Another turn is current than the command names.
    #[error("that turn is over already; look at the stage and press again")]
    StaleTurn,
    /// Another agenda item is current than the command names.
    #[error("the agenda has moved on already; look at it and press again")]
    StaleItem,
    /// There is no agenda item to go to.
    #[error("the agenda has no item there")]
    NoSuchItem,
    /// The items after the current one have too few minutes to lend.
    #[error("the items after this one can lend {minutes} min; extend the meeting instead")]
    NothingToBorrow {
        /// How many whole minutes they can lend.
        minutes: u64,
    },
    /// Another proposal is open.
    #[error("a proposal is open already; vote on it first")]
    ProposalOpen,
    /// The named proposal is not open.
    #[error("that proposal is not open (any more)")]
    NoProposal,
    /// The agenda or queue holds no more.
    #[error("no more than {limit} fit there")]
    TooMany {
        /// How many fit.
        limit: usize,
    },
    /// A place in the queue counts from 1.
    #[error("the queue has no place {position}; places count from 1")]
    NoSuchPlace {
        /// The place asked for.
        position: u32,
    },
    /// The person is on the stage already.
    #[error("already on the stage")]
    OnStage,
    /// The person is not on the stage.
    #[error("not on the stage")]
    NotOnStage,
    /// The microphone is muted by a host.
    #[error("a host holds this microphone muted; wait until it is released")]
    MicHeld,
    /// The asker was not invited.
    #[error("you are not invited on the stage")]
    NotInvited,
    /// Listeners stay off the stage.
    #[error("a listener stays off the stage; give them the role attendee first")]
    ListenerOffStage,
    /// The owner of a room is its host for good.
    #[error("the owner of the room stays its host")]
    OwnerStaysHost,
    /// Somebody has to run the meeting.
    #[error("a meeting needs a host; give the role to somebody else first")]
    LastHost,
    /// A round is on.
    #[error("a round is on: one person speaks at a time; wait for your turn, or let a host end it")]
    RoundOn,
    /// No round is on.
    #[error("no round is on")]
    NoRound,
    /// The person neither speaks in the round nor is still to.
    #[error("not in the round (any more)")]
    NotInRound,
    /// The time each is out of bounds.
    #[error("in a round each has between {min_secs} and {max_secs} seconds")]
    BadRoundTime {
        /// The shortest.
        min_secs: u64,
        /// The longest.
        max_secs: u64,
    },
    /// A time is past or too far away.
    #[error("that time is past, or more than a week away")]
    BadTime,
    /// The person has no link.
    #[error("that person is away; try again when they are back")]
    Away,
    /// What is done to others can't be done to oneself.
    #[error("that would be yourself; do it to somebody else")]
    Yourself,
    /// Hosts and the owner can't be sent out.
    #[error("a host and the owner of the room stay in; take a host's role away first")]
    HostStays,
    /// The key is kept out.
    #[error("you are banned from this room {}", ban_end(*until))]
    Banned {
        /// Until when; `None` is until a host lifts it.
        until: Option<Timestamp>,
    },
    /// The door is locked.
    #[error("the room is locked: nobody new comes in; ask a host to unlock it")]
    Locked,
    /// No recording runs.
    #[error("no recording runs; a host starts one with `record start`")]
    NotRecording,
    /// What runs has no tracks, and gets none on the way: people agreed to less.
    #[error("what runs keeps no tracks; end it (record stop) and start one that does (record start tracks)")]
    WithoutTracks,
    /// A recording runs, and the asker has not said whether they agree to be in it.
    #[error(
        "the meeting is recorded: say first whether you agree to be in it (consent yes), or go off the record"
    )]
    ConsentFirst,
    /// The asker declined to be recorded.
    #[error("you declined to be recorded: while the recording runs you listen; `consent yes` changes that")]
    Declined,
    /// Who took themselves off the record comes back by themselves.
    #[error("they took themselves off the record; only they can come back on it")]
    OwnWord,
    /// A length is out of bounds.
    #[error("a length must be between 1 minute and {max_mins} minutes")]
    BadLength {
        /// The longest.
        max_mins: u64,
    },
}

fn ban_end(end: Option<Timestamp>) -> String {
    end.map_or_else(|| "until a host lifts it".to_owned(), |end| format!("until {}", end.utc()))
}

impl From<TextError> for Rejection {
    fn from(error: TextError) -> Self {
        Self::BadText { reason: error.to_string() }
    }
}

impl Rejection {
    /// Every code.
    pub const CODES: &'static [&'static str] = &[
        "not-allowed",
        "server-only",
        "wrong-phase",
        "queue-closed",
        "not-open",
        "already-open",
        "not-here",
        "nobody-there",
        "name-taken",
        "bad-text",
        "full",
        "no-such-hand",
        "no-hand-raised",
        "your-turn",
        "own-hand",
        "same-hand",
        "nothing-to-undo",
        "queue-empty",
        "stale-turn",
        "stale-item",
        "no-such-item",
        "nothing-to-borrow",
        "proposal-open",
        "no-proposal",
        "too-many",
        "no-such-place",
        "on-stage",
        "not-on-stage",
        "mic-held",
        "not-invited",
        "listener-off-stage",
        "owner-stays-host",
        "last-host",
        "round-on",
        "no-round",
        "not-in-round",
        "bad-round-time",
        "bad-time",
        "away",
        "yourself",
        "host-stays",
        "banned",
        "locked",
        "not-recording",
        "without-tracks",
        "consent-first",
        "declined",
        "own-word",
        "bad-length",
    ];

    /// The stable code, the same word as on the wire (`not-allowed`, `stale-turn`, …).
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "not-allowed",
            Self::ServerOnly => "server-only",
            Self::WrongPhase { .. } => "wrong-phase",
            Self::QueueClosed => "queue-closed",
            Self::NotOpen => "not-open",
            Self::AlreadyOpen => "already-open",
            Self::NotHere => "not-here",
            Self::NobodyThere => "nobody-there",
            Self::NameTaken { .. } => "name-taken",
            Self::BadText { .. } => "bad-text",
            Self::Full { .. } => "full",
            Self::NoSuchHand => "no-such-hand",
            Self::NoHandRaised => "no-hand-raised",
            Self::YourTurn => "your-turn",
            Self::OwnHand => "own-hand",
            Self::SameHand => "same-hand",
            Self::NothingToUndo => "nothing-to-undo",
            Self::QueueEmpty => "queue-empty",
            Self::StaleTurn => "stale-turn",
            Self::StaleItem => "stale-item",
            Self::NoSuchItem => "no-such-item",
            Self::NothingToBorrow { .. } => "nothing-to-borrow",
            Self::ProposalOpen => "proposal-open",
            Self::NoProposal => "no-proposal",
            Self::TooMany { .. } => "too-many",
            Self::NoSuchPlace { .. } => "no-such-place",
            Self::OnStage => "on-stage",
            Self::NotOnStage => "not-on-stage",
            Self::MicHeld => "mic-held",
            Self::NotInvited => "not-invited",
            Self::ListenerOffStage => "listener-off-stage",
            Self::OwnerStaysHost => "owner-stays-host",
            Self::LastHost => "last-host",
            Self::RoundOn => "round-on",
            Self::NoRound => "no-round",
            Self::NotInRound => "not-in-round",
            Self::BadRoundTime { .. } => "bad-round-time",
            Self::BadTime => "bad-time",
            Self::Away => "away",
            Self::Yourself => "yourself",
            Self::HostStays => "host-stays",
            Self::Banned { .. } => "banned",
            Self::Locked => "locked",
            Self::NotRecording => "not-recording",
            Self::WithoutTracks => "without-tracks",
            Self::ConsentFirst => "consent-first",
            Self::Declined => "declined",
            Self::OwnWord => "own-word",
            Self::BadLength { .. } => "bad-length",
        }
    }
}
