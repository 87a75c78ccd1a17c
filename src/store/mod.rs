//! The event log in SQLite: one writer, commits in groups.
//!
//! A [`Batch`] is acknowledged when it is durable. One thread owns the connection; whatever waits when a transaction
//! ends goes into the next one, so that a busy server pays for one disk flush and not for one an event.

mod archive;
mod door;
mod due;
mod error;
mod kept;
mod lock;
mod record;
mod recording;
mod schema;
mod scrub;
mod shelf;
mod slack;
mod sql;
mod writer;

pub use archive::Archive;
pub use due::{Due, DueMeeting};
pub use error::{OpenError, StoreError};
pub use kept::{Hit, KeptMeeting};
pub use record::{
    Batch, Cause, DoorChange, Entry, Lock, MeetingId, NewMeeting, NewRoom, StoredDoor, StoredInvite,
    StoredMeeting, StoredRoom,
};
pub use recording::{PartChange, StoredPart};
pub use shelf::{Erasure, IndexEntry, ShelfChange};
pub use writer::Store;
