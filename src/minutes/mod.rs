//! The minutes of a meeting, made from its events: who was there, who spoke, what was asked, and when.
//!
//! [`Minutes`] gathers the facts, [`Form`] writes them down: in English or Italian Markdown, or by a template of the
//! community's own. [`Timeline`] says where a moment is in the meeting's recording,
//! [`chapters`] what begins where in it, and [`credits`] who is heard.

mod chapter_files;
mod chapters;
mod credits;
mod form;
mod gather;
mod markdown;
mod place;
mod timeline;

pub use chapter_files::{chapter_tags, chapters_json, chapters_vtt};
pub use chapters::{Chapter, ChapterKind, chapters};
pub use credits::credits;
pub use form::{BadForm, Form, span};
pub use gather::{Asked, Minutes, Person, Section, Vote};
pub use place::{Place, Recording};
pub use timeline::Timeline;
