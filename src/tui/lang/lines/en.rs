//! English.

use crate::meeting::HandKind;

use super::Lines;

pub(in crate::tui::lang) const EN: Lines = Lines {
    by_itself: "Plain mode: this is no terminal that the grid can be drawn on.",
    welcome: |room, title| format!("{room}: {title}"),
    help_hint: "Type help for the words.",
    link_back: "Connected again.",
    left_out: |n| format!("{n} lines are left out: they were not read fast enough."),
    already_so: "It is so already.",
    grid_only: |word| format!("“{word}” is for the grid; type help for the words."),
    yes_or_no: |question| format!("{question} Type yes or no."),
    not_done: "Nothing is done.",
    word: |word| format!("“{word}”"),
    help_words: "A name may be shortened while it is clear who is meant; a hand is its number or its owner's name.",
    verb: |_| None,
    question: |word| match word {
        "who" => "who is here; a part of a name may follow",
        "queue" => "who waits, with what; a part of it may follow",
        "stage" => "who is on the stage",
        "time" => "the clock, and when it ends",
        "agenda" => "the agenda",
        "next" => "who is next",
        "me" => "who and where you are",
        "round" => "who speaks in the round, and who is next",
        "mirror" => "who was heard, and who was not yet",
        "bans" => "who is kept out",
        "talk" => "open your microphone, or mute it again",
        _ => "these words",
    },

    opened: |title| format!("The meeting is open: {title}"),
    joined: |name, role| format!("{name} joins, {role}."),
    you_joined: |role| format!("You are in the meeting, {role}."),
    left: |name| format!("{name} leaves the meeting."),
    gone: |name| format!("{name} is gone: the link did not come back."),
    removed: |name| format!("{name} is removed from the meeting."),
    unbanned: |name| format!("{name} may come in again."),
    mirror: |open| {
        if open {
            "Everybody sees the shares of talk time."
        } else {
            "Hosts alone see the shares of talk time."
        }
    },
    away: |name| format!("{name} has lost the link."),
    back: |name| format!("{name} is back."),
    renamed: |before, name| format!("{before} is called {name} now."),
    you_renamed: |name| format!("You are called {name} now."),
    role_of: |name, role| format!("{name} is {role} now."),
    auto_open: |on| {
        if on {
            "Your microphone opens by itself when you are called."
        } else {
            "Your microphone stays muted when you are called."
        }
    },

    raised: |name, place, topic| format!("{name} raises a hand, number {place}: {topic}"),
    your_hand: |place, topic| format!("Your hand is up, number {place}: {topic}"),
    topic: |kind, topic| match kind {
        HandKind::Question => topic.to_owned(),
        HandKind::Reply => format!("reply, {topic}"),
        HandKind::PointOfOrder => format!("point of order, {topic}"),
    },
    reworded: |name, topic| format!("{name} changes the topic: {topic}"),
    lowered: |name| format!("{name} lowers the hand."),
    you_lowered: "Your hand is down.",
    dropped: |name| format!("The hand of {name} is taken out of the queue."),
    hands_dropped: |names| format!("Taken out of the queue: the hands of {names}."),
    hands_merged: |names, into| format!("Same question as {into}: {names}."),
    hands_restored: |names| format!("Back in the queue: the hands of {names}."),
    interrupted: |name| format!("{name} is interrupted and first again."),
    not_there: |name| format!("{name} does not answer; the hand waits again."),
    supported: |name, owner, n| format!("{name} supports the hand of {owner}, {n} so far."),
    unsupported: |name, owner, n| format!("{name} no longer supports the hand of {owner}, {n} left."),
    ordered: |order| format!("The queue has another order: {order}."),
    called: |name, topic| format!("{name} has the turn: {topic}"),
    turn_over: |name, time| format!("The turn of {name} is over after {time}."),

    you_declined: "You decline the invitation.",
    your_invitation_back: "Your invitation is taken back.",
    invitation_back: |name| format!("The invitation of {name} is taken back."),
    stepped_up: |name| format!("{name} is on the stage."),
    you_stepped_up: "You are on the stage.",
    stepped_down: |name| format!("{name} is off the stage."),
    muted: |name| format!("{name} is muted."),
    you_muted: "Your microphone is muted.",
    unmuted: |name| format!("{name} opens the microphone."),
    you_unmuted: "Your microphone is open: everybody hears you.",
    talks_to: |name, whom| format!("{name} talks to {whom}."),
    held: |name| format!("{name} is held muted."),
    released: |name| format!("{name} is no longer held muted."),
    you_are_invited: |accept, decline| format!("You are invited on the stage: type {accept} or {decline}."),
    your_turn_muted: |unmute| format!("It is your turn: type {unmute} to open your microphone."),

    you_consented: |yes| {
        if yes {
            "You agree to be recorded."
        } else {
            "You are not recorded: while the recording runs you listen."
        }
    },
    refuses_recording: |name| format!("{name} is not recorded and listens."),

    you_proposed: |n| format!("You propose {n} more minutes."),
    you_voted: |word| format!("Your vote: {word}."),
    vote_call: |name, more| format!("{name} proposes {more}: type “vote yes” or “vote no”."),
    round_speaks: |name| format!("In the round {name} speaks."),
    round_time_up: |name| format!("The time of {name} in the round is up."),
    round_placed: |name, n| format!("{name} is number {n} in the round."),
    paused: "The clock is stopped.",
    resumed: "The clock runs again.",
    item_added: |title, length| format!("New on the agenda: {title}, {length}."),
    item_started: |place, title, length| format!("Agenda item {place}: {title}, {length}."),
    agenda_over: "The agenda is done.",

    nothing_matches: |part| format!("Nothing matches “{part}”."),
    no_agenda: "There is no agenda.",
    now: "now",
    next_is: |hand| format!("Next: {hand}"),
    then_comes: |hand| format!("Then: {hand}"),
    hand_number: |n| format!("hand {n}"),
    turn_of: |name, time| format!("The turn of {name} is on, {time} so far."),
    spoken: |time| format!("spoke {time}"),
    you_are: |about| format!("You are {about}."),
};
