//! The minutes of a meeting, made from its events: who was there, who spoke, what was asked, and when.
//!
//! [`Minutes`] gathers the facts, [`Form`] writes them down: in English or Italian Markdown, or by a template of the
//! community's own. [`Timeline`] says where a moment is in the meeting's recording,
//! and [`chapters`] what begins where in it.

mod chapters;
mod form;
mod gather;
mod markdown;
mod timeline;

pub use chapters::{Chapter, ChapterKind, chapters};
pub use form::{BadForm, Form, span};
pub use gather::{Asked, Minutes, Person, Section, Vote};
pub use timeline::Timeline;
