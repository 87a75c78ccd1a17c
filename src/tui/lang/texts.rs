//! The message table: one field a text, so that a missing one does not compile.

use crate::meeting::{HandKind, Mic, Order, Phase, Role};

/// A plain text.
type Text = &'static str;
/// A text around a word of people: a name, a title.
type About = fn(&str) -> String;
/// A text with a number, which knows its plural.
type Count = fn(u64) -> String;

/// All texts of one language.
#[derive(Debug)]
pub(in crate::tui) struct Texts {
    // panels
    pub(in crate::tui) stage: Text,
    pub(in crate::tui) queue: Text,
    pub(in crate::tui) clock: Text,
    pub(in crate::tui) here: Text,
    pub(in crate::tui) here_count: Count,
    pub(in crate::tui) listening_count: Count,
    pub(in crate::tui) waiting_count: Count,
    pub(in crate::tui) needs: Count,
    pub(in crate::tui) unheard_count: Count,
    pub(in crate::tui) more: Count,
    pub(in crate::tui) nobody_on_stage: Text,
    pub(in crate::tui) nobody_waits: Text,
    pub(in crate::tui) nobody_waits_hint: About,
    pub(in crate::tui) queue_closed: Text,
    pub(in crate::tui) nobody_here: Text,
    pub(in crate::tui) nothing_matches: About,
    pub(in crate::tui) not_started: Text,
    pub(in crate::tui) not_started_host: About,
    pub(in crate::tui) ended: Text,

    // states
    pub(in crate::tui) phase: fn(Phase) -> Text,
    pub(in crate::tui) role: fn(Role) -> Text,
    pub(in crate::tui) kind: fn(HandKind) -> Text,
    pub(in crate::tui) order: fn(Order) -> Text,
    pub(in crate::tui) mic: fn(Mic) -> Text,
    pub(in crate::tui) speaking: Text,
    pub(in crate::tui) invited: Text,
    pub(in crate::tui) called: Text,
    pub(in crate::tui) on_deck: Text,
    pub(in crate::tui) first_time: Text,
    pub(in crate::tui) waits: Count,
    pub(in crate::tui) heard: Text,
    pub(in crate::tui) unheard: Text,
    pub(in crate::tui) away: Text,
    pub(in crate::tui) listening: Text,
    pub(in crate::tui) hand_up: Text,
    pub(in crate::tui) hand_place: Count,
    pub(in crate::tui) on_stage: Text,
    pub(in crate::tui) owner: Text,
    pub(in crate::tui) resembles: About,

    // clock
    pub(in crate::tui) of: About,
    pub(in crate::tui) left: About,
    pub(in crate::tui) over: About,
    pub(in crate::tui) projected: About,
    pub(in crate::tui) plus_minutes: Count,
    pub(in crate::tui) paused: Text,
    pub(in crate::tui) planned: Text,

    // own microphone
    pub(in crate::tui) mic_open: Text,
    pub(in crate::tui) mic_open_hint: About,
    pub(in crate::tui) mic_muted: Text,
    pub(in crate::tui) mic_muted_hint: About,
    pub(in crate::tui) mic_held: Text,
    pub(in crate::tui) mic_held_hint: Text,
    pub(in crate::tui) mic_closed: Text,
    pub(in crate::tui) mic_closed_hint: About,
    pub(in crate::tui) mic_closing: Text,
    pub(in crate::tui) mic_short: fn(Mic) -> Text,
    pub(in crate::tui) no_mic: About,
    pub(in crate::tui) no_speaker: About,
    pub(in crate::tui) no_mic_short: Text,
    pub(in crate::tui) no_speaker_short: Text,
    pub(in crate::tui) help_says_why: fn(&str, &str) -> String,
    pub(in crate::tui) without_sound: Text,
    pub(in crate::tui) join_with: About,
    pub(in crate::tui) observing: Text,

    // link
    pub(in crate::tui) connecting: Text,
    pub(in crate::tui) retry_in: Count,
    pub(in crate::tui) link_over: Text,
    pub(in crate::tui) link_lost: About,
    pub(in crate::tui) link_ended: About,
    pub(in crate::tui) waiting_for_snapshot: Text,

    // happenings
    pub(in crate::tui) your_turn_muted: About,
    pub(in crate::tui) your_turn_open: Text,
    pub(in crate::tui) your_turn_held: Text,
    pub(in crate::tui) turn_over: Text,
    pub(in crate::tui) you_are_invited: fn(&str, &str) -> String,
    pub(in crate::tui) you_are_held: Text,
    pub(in crate::tui) you_are_released: About,
    pub(in crate::tui) taken_off: Text,
    pub(in crate::tui) hand_dropped: Text,
    pub(in crate::tui) new_role: About,
    pub(in crate::tui) meeting_started: Text,
    pub(in crate::tui) meeting_closing: Text,
    pub(in crate::tui) meeting_ended: Text,
    pub(in crate::tui) extended_by: Count,
    pub(in crate::tui) declined: About,
    pub(in crate::tui) invitation_sent: About,
    pub(in crate::tui) press_again_to_leave: About,
    pub(in crate::tui) sound_lost: About,
    /// The sentence for a rejection's code; `None` shows the server's own.
    pub(in crate::tui) rejection: fn(&str) -> Option<Text>,

    // why an action is not possible
    pub(in crate::tui) not_connected: Text,
    pub(in crate::tui) not_joined: Text,
    pub(in crate::tui) needs_hand: Text,
    pub(in crate::tui) needs_turn: Text,
    pub(in crate::tui) needs_person: Text,
    pub(in crate::tui) needs_stage: About,
    pub(in crate::tui) needs_something: Text,
    pub(in crate::tui) needs_release: Text,

    // layers
    pub(in crate::tui) yes: Text,
    pub(in crate::tui) no: Text,
    pub(in crate::tui) ask_drop: fn(&str, &str) -> String,
    pub(in crate::tui) ask_off_stage: About,
    pub(in crate::tui) ask_start: About,
    pub(in crate::tui) ask_close: About,
    pub(in crate::tui) ask_end: About,
    pub(in crate::tui) ask_role: fn(&str, Text) -> String,
    pub(in crate::tui) ask_leave: About,
    pub(in crate::tui) ask_leave_host: About,
    pub(in crate::tui) ask_leave_stage: About,
    pub(in crate::tui) confirm_keys: Text,
    pub(in crate::tui) raise_title: Text,
    pub(in crate::tui) reword_title: Text,
    pub(in crate::tui) raise_hint: Text,
    pub(in crate::tui) raise_empty: Text,
    pub(in crate::tui) rename_title: Text,
    pub(in crate::tui) rename_hint: Text,
    pub(in crate::tui) palette_title: Text,
    pub(in crate::tui) palette_hint: Text,
    pub(in crate::tui) palette_nothing: Text,
    pub(in crate::tui) filter_title: Text,
    pub(in crate::tui) filtered: About,
    pub(in crate::tui) help_title: About,
    pub(in crate::tui) help_hint: Text,
    pub(in crate::tui) help_marks: Text,
    pub(in crate::tui) menu_hint: Text,
    pub(in crate::tui) menu_meeting: Text,
    pub(in crate::tui) order_title: Text,
    pub(in crate::tui) role_title: About,
    pub(in crate::tui) extend_title: Text,
    pub(in crate::tui) minutes: Count,

    // the key table
    pub(in crate::tui) column_key: Text,
    pub(in crate::tui) column_word: Text,
    pub(in crate::tui) column_what: Text,
    pub(in crate::tui) column_who: Text,
    pub(in crate::tui) everybody: Text,
    pub(in crate::tui) group: [Text; 5],
}
