//! The library: the meetings that a data directory keeps, with their recordings.
//!
//! [`Library`] is read beside a server that runs, or without one. A [`Kept`] meeting has its events and the parts of its
//! recording; when it has ended there is a folder with everything made of them: [`FOLDER`] says where, [`MEETING`] and
//! the names beside it what is in there. Then the parts go, so that the sound is kept once; how long each was stays known. What is kept is changed by a [`Keeper`], which the server has while it runs, and by
//! what is [asked](Ask) of it.

mod about;
mod ask;
mod index;
mod keeper;
mod kept;
mod making;
mod remains;
mod shelf;
mod thin;

pub use about::About;
pub use ask::{Answer, Ask, Refused, SOCKET};
pub use keeper::{Eraser, Keeper};
pub use kept::{Kept, numbered};
pub use making::{BadMaking, Made, Making};
pub use shelf::Library;
pub use thin::{NotThinned, is_struck};

/// Where recordings lie in the data directory.
pub const FOLDER: &str = "recordings";

/// The whole recording, in a meeting's folder.
pub const MEETING: &str = "meeting.opus";

/// The folder of each voice by itself, in a meeting's folder, when it was recorded so.
pub const TRACKS: &str = "tracks";

/// Its chapters as podcast players read them.
pub const CHAPTERS: &str = "chapters.json";

/// Its chapters as browsers read them.
pub const CHAPTERS_VTT: &str = "chapters.vtt";

/// The minutes to read.
pub const MINUTES: &str = "minutes.md";

/// The facts of the minutes.
pub const FACTS: &str = "minutes.json";
