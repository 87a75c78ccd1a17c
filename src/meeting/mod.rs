//! The meeting: a pure state machine that the server runs and every client mirrors.
//!
//! A [`Command`] and its [`Actor`] go into [`Meeting::decide`], which holds every rule and answers with events or a
//! [`Rejection`]; [`Meeting::apply`] folds an event into the state and never refuses. Time arrives as an argument.

mod agenda;
mod apply;
mod apply_clock;
mod backstage;
mod chair;
mod clock;
mod command;
mod date;
mod decide;
mod event;
mod hands;
mod id;
mod landing;
mod moderation;
mod permit;
mod proposal;
mod queue;
mod recorded;
mod recording;
mod rejection;
mod round;
mod state;
pub mod text;
mod words;

pub use agenda::{AgendaItem, ItemClock, ItemLength, LEAST_ITEM};
pub use chair::{Chair, HOST_GRACE, Terms};
pub use clock::{Clock, Projection};
pub use command::{Actor, Command, Item};
pub use event::Event;
pub use hands::{TakenHand, TakenOut};
pub use id::{
    BadFingerprint, HandId, ItemId, Millis, ParticipantId, ProposalId, SeatId, Seq, Source, Timestamp, TurnId,
};
pub use landing::{DEFAULT_OVERRUN, LANDING_TIME, LAST_WORDS, LIMIT_NOTICE, Landing, PUSH};
pub use moderation::{Ban, Moderation};
pub use permit::{Act, Permit};
pub use proposal::Proposal;
pub use queue::{Hand, Turn};
pub use recorded::Recorded;
pub use recording::{Consent, MAX_STRIKES, RECORD_GRACE, Recording, STARTED_IT, STARTED_TRACKS, STRIKE};
pub use rejection::Rejection;
pub use round::{Round, RoundSpeaker};
pub use state::{Meeting, Participant, Presence, Seat, StagePlace};
pub use words::{
    Audience, HandKind, HandState, LeaveReason, Mic, Order, Participation, Phase, Reach, RecordHalt,
    RecordPolicy, RecordSign, RecordState, RecordStop, Role, RoundExit, RoundOrder, SeatKind, StageReason,
};

/// How many of the first waiting hands are on deck.
pub const ON_DECK: usize = 2;

/// How many calls pass before somebody who did not answer is first again: time to come back from the door, and two
/// others are not kept waiting by an empty chair.
pub const RETURNS_IN: u32 = 2;

/// How long hands that were taken out can be brought back: a mistake is seen at once, and after that their owners have
/// gone on.
pub const UNDO_WINDOW: Millis = Millis::from_secs(10);

/// How many hands one command takes out at most: more than the longest queue that was met, and it bounds what is kept
/// for undo.
pub const MAX_AT_ONCE: usize = 500;

/// How many waiting hands one person supports at most: who supports everything says nothing, and nobody can use up
/// [`MAX_SUPPORTS`] alone.
pub const MAX_SUPPORTED: usize = 20;

/// How many supporters all waiting hands have together at most: a snapshot names each of them.
pub const MAX_SUPPORTS: usize = 20_000;

/// How many turns that are over are remembered, the latest ones: an average needs no more, the log keeps them all, and a
/// snapshot carries each.
pub const MAX_TURNS: usize = 500;

/// The time a turn is meant to take; for display, nobody is cut off.
pub const TURN_LENGTH: Millis = Millis::from_mins(2);

/// How many people are in a meeting at most: a snapshot of them stays well under the largest message.
pub const MAX_HERE: usize = 2_000;

/// How many people a meeting remembers at most, those who left included: bounds memory against keys made on the fly.
pub const MAX_KNOWN: usize = 10_000;

/// How many agenda items fit: more can't be gone through in a day.
pub const MAX_AGENDA: usize = 64;

/// How many keys a meeting keeps out at most: more is a crowd, against which the door is locked.
pub const MAX_BANS: usize = 256;

/// The longest ban with an end, in minutes: a year. A longer one is for good.
pub const MAX_BAN_MINS: u64 = 366 * 24 * 60;
/// The time each has in a round unless told otherwise.
pub const ROUND_EACH: Millis = Millis::from_mins(1);

/// The longest planned length, agenda item or overrun, in minutes: a day.
pub const MAX_LENGTH_MINS: u64 = 24 * 60;

/// The longest extension at once, in minutes.
pub const MAX_EXTENSION_MINS: u64 = 180;
