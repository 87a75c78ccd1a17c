//! The meeting: a pure state machine that the server runs and every client mirrors.
//!
//! A [`Command`] and its [`Actor`] go into [`Meeting::decide`], which holds every rule and answers with events or a
//! [`Rejection`]; [`Meeting::apply`] folds an event into the state and never refuses. Time arrives as an argument.

mod agenda;
mod apply;
mod clock;
mod command;
mod decide;
mod event;
mod id;
mod permit;
mod queue;
mod rejection;
mod state;
pub mod text;
mod words;

pub use agenda::AgendaItem;
pub use clock::{Clock, Projection};
pub use command::{Actor, Command, Item};
pub use event::{Event, Recorded};
pub use id::{BadFingerprint, HandId, ItemId, Millis, ParticipantId, SeatId, Seq, Source, Timestamp, TurnId};
pub use permit::{Act, Permit};
pub use queue::{Hand, Turn};
pub use rejection::Rejection;
pub use state::{Meeting, Participant, Presence, Seat, StagePlace};
pub use words::{HandKind, HandState, LeaveReason, Mic, Order, Phase, Role, SeatKind, StageReason};

/// How many of the first waiting hands are on deck.
pub const ON_DECK: usize = 2;
