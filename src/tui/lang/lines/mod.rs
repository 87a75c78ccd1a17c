//! What the plain console says beside what both consoles say.

mod en;
mod it;

use crate::meeting::HandKind;

pub(super) use en::EN;
pub(super) use it::IT;

type Text = &'static str;
type About = fn(&str) -> String;
type Pair = fn(&str, &str) -> String;

/// The lines of one language. Each is whole: it is read aloud, or alone in a log.
#[derive(Debug)]
pub(in crate::tui) struct Lines {
    // the console itself
    pub(in crate::tui) by_itself: Text,
    pub(in crate::tui) welcome: Pair,
    pub(in crate::tui) help_hint: Text,
    pub(in crate::tui) link_back: Text,
    pub(in crate::tui) left_out: fn(u64) -> String,
    pub(in crate::tui) already_so: Text,
    pub(in crate::tui) grid_only: About,
    pub(in crate::tui) yes_or_no: About,
    pub(in crate::tui) not_done: Text,
    /// A word that is typed, as it is shown within a sentence.
    pub(in crate::tui) word: About,
    pub(in crate::tui) help_words: Text,
    /// What a verb does; `None` is what its own row says, in English.
    pub(in crate::tui) verb: fn(&str) -> Option<Text>,
    /// What a question is about, by its word.
    pub(in crate::tui) question: fn(&str) -> Text,

    // people
    pub(in crate::tui) opened: About,
    pub(in crate::tui) joined: Pair,
    pub(in crate::tui) you_joined: About,
    pub(in crate::tui) left: About,
    pub(in crate::tui) gone: About,
    pub(in crate::tui) removed: About,
    pub(in crate::tui) unbanned: About,
    pub(in crate::tui) mirror: fn(bool) -> Text,
    pub(in crate::tui) away: About,
    pub(in crate::tui) back: About,
    pub(in crate::tui) renamed: Pair,
    pub(in crate::tui) you_renamed: About,
    pub(in crate::tui) role_of: Pair,
    pub(in crate::tui) auto_open: fn(bool) -> Text,

    // queue
    pub(in crate::tui) raised: fn(&str, u64, &str) -> String,
    pub(in crate::tui) your_hand: fn(u64, &str) -> String,
    pub(in crate::tui) topic: fn(HandKind, &str) -> String,
    pub(in crate::tui) reworded: Pair,
    pub(in crate::tui) lowered: About,
    pub(in crate::tui) you_lowered: Text,
    pub(in crate::tui) dropped: About,
    pub(in crate::tui) hands_dropped: About,
    pub(in crate::tui) hands_merged: Pair,
    pub(in crate::tui) hands_restored: About,
    pub(in crate::tui) interrupted: About,
    pub(in crate::tui) not_there: About,
    pub(in crate::tui) supported: fn(&str, &str, u64) -> String,
    pub(in crate::tui) unsupported: fn(&str, &str, u64) -> String,
    pub(in crate::tui) ordered: About,
    pub(in crate::tui) called: Pair,
    pub(in crate::tui) turn_over: Pair,

    // stage
    pub(in crate::tui) you_declined: Text,
    pub(in crate::tui) your_invitation_back: Text,
    pub(in crate::tui) invitation_back: About,
    pub(in crate::tui) stepped_up: About,
    pub(in crate::tui) you_stepped_up: Text,
    pub(in crate::tui) stepped_down: About,
    pub(in crate::tui) muted: About,
    pub(in crate::tui) you_muted: Text,
    pub(in crate::tui) unmuted: About,
    pub(in crate::tui) you_unmuted: Text,
    pub(in crate::tui) talks_to: Pair,
    pub(in crate::tui) held: About,
    pub(in crate::tui) released: About,
    pub(in crate::tui) you_are_invited: Pair,
    pub(in crate::tui) your_turn_muted: About,

    // recording
    pub(in crate::tui) you_consented: fn(bool) -> Text,
    pub(in crate::tui) refuses_recording: About,

    // conduct
    pub(in crate::tui) you_proposed: fn(u64) -> String,
    pub(in crate::tui) you_voted: About,
    pub(in crate::tui) vote_call: Pair,
    pub(in crate::tui) round_speaks: About,
    pub(in crate::tui) round_time_up: About,
    pub(in crate::tui) round_placed: fn(&str, u64) -> String,
    pub(in crate::tui) paused: Text,
    pub(in crate::tui) resumed: Text,
    pub(in crate::tui) item_added: Pair,
    pub(in crate::tui) item_started: fn(u64, &str, &str) -> String,
    pub(in crate::tui) agenda_over: Text,

    // answers
    pub(in crate::tui) nothing_matches: About,
    pub(in crate::tui) no_agenda: Text,
    pub(in crate::tui) now: Text,
    pub(in crate::tui) next_is: About,
    pub(in crate::tui) then_comes: About,
    pub(in crate::tui) hand_number: fn(u64) -> String,
    pub(in crate::tui) turn_of: Pair,
    pub(in crate::tui) spoken: About,
    pub(in crate::tui) you_are: About,
}
