//! Command x role x phase, cell by cell.

use std::collections::BTreeMap;

use palco::meeting::{Act, Actor, Command, ItemId, Meeting, Permit, Phase, Rejection, Role, SeatId};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, every_command};

/// What somebody may do. A word a role, a letter a phase: scheduled, backstage, live, closing, ended.
/// `y` it is done (or so already), `n` not-allowed, `p` wrong-phase, `q` queue-closed, `r` it is about a round and none is on,
/// `o` about a recording and none runs.
#[rustfmt::skip]
const TABLE: &[(&str, [&str; 5])] = &[
    //                  host     cohost   speaker  attendee listener
    ("leave",         ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy"]),
    ("rename",        ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy"]),
    ("auto-open",     ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy"]),
    ("raise",         ["yyyqq", "yyyqq", "yyyqq", "yyyqq", "nnnnn"]),
    ("lower",         ["yyyyp", "yyyyp", "yyyyp", "yyyyp", "nnnnn"]),
    ("support",       ["yyyyp", "yyyyp", "yyyyp", "yyyyp", "yyyyp"]),
    ("next",          ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("call",          ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("done",          ["ppyyp", "ppyyp", "ppnnp", "ppnnp", "nnnnn"]),
    ("drop",          ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("drop-hands",    ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("merge",         ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("restore",       ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("not-there",     ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("interrupt",     ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("move",          ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("reorder",       ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("start-round",   ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("round-done",    ["pprrp", "pprrp", "pprrp", "pprrp", "nnnnn"]),
    ("round-pass",    ["pprrp", "pprrp", "ppnnp", "ppnnp", "nnnnn"]),
    ("round-skip",    ["pprrp", "pprrp", "ppnnp", "ppnnp", "nnnnn"]),
    ("round-move",    ["pprrp", "pprrp", "nnnnn", "nnnnn", "nnnnn"]),
    ("end-round",     ["pprrp", "pprrp", "nnnnn", "nnnnn", "nnnnn"]),
    ("invite",        ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("accept",        ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("decline",       ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("step-up",       ["yyyyy", "yyyyy", "yyyyy", "nnnny", "nnnnn"]),
    ("off-stage",     ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("mute",          ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("unmute",        ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("talk-to",       ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("hold",          ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("release",       ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("set-role",      ["yyyyp", "yyyyp", "nnnnn", "nnnnn", "nnnnn"]),
    ("hand-over",     ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("hold-all",      ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("remove",        ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("ban",           ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("unban",         ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("lock",          ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("rename-other",  ["yyyyy", "yyyyy", "nnnnn", "nnnnn", "nnnnn"]),
    ("prepare",       ["yyppp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("plan-start",    ["yyppp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("set-participation", ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("set-mirror",    ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("start-recording", ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("pause-recording", ["ppoop", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("resume-recording", ["ppoop", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("stop-recording", ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("strike",        ["ppoop", "ppoop", "nnnnn", "nnnnn", "nnnnn"]),
    ("off-record",    ["yyyyp", "yyyyp", "nnnnp", "nnnnp", "nnnnn"]),
    ("consent",       ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "yyyyy"]),
    ("set-record-policy", ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("start",         ["yyypp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("close",         ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("end",           ["yyyyy", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("extend",        ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("propose-extension", ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
    ("vote",          ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "ppyyp"]),
    ("dismiss-proposal", ["ppyyp", "ppnnp", "ppnnp", "ppnnp", "nnnnn"]),
    ("push-limit",    ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("pause",         ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("resume",        ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("add-item",      ["yyyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("borrow",        ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("next-item",     ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
    ("previous-item", ["ppyyp", "nnnnn", "nnnnn", "nnnnn", "nnnnn"]),
];

/// The same for what is asked about oneself or one's own turn, where it differs.
#[rustfmt::skip]
const OWN: &[(&str, [&str; 5])] = &[
    ("done",          ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
    ("off-stage",     ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("dismiss-proposal", ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
    ("off-record",    ["yyyyp", "yyyyp", "yyyyp", "yyyyp", "nnnnn"]),
];

/// The same in a round in which Carla speaks and Ana waits; what is refused because of it is `r`.
#[rustfmt::skip]
const IN_ROUND: &[(&str, [&str; 5])] = &[
    ("next",          ["pprrp", "pprrp", "nnnnn", "nnnnn", "nnnnn"]),
    ("call",          ["pprrp", "pprrp", "nnnnn", "nnnnn", "nnnnn"]),
    ("unmute",        ["rrrrr", "rrrrr", "rrrrr", "rrrrr", "nnnnn"]),
    ("start-round",   ["pprrp", "pprrp", "nnnnn", "nnnnn", "nnnnn"]),
    ("round-done",    ["ppyyp", "ppyyp", "ppnnp", "ppnnp", "nnnnn"]),
    ("round-pass",    ["ppyyp", "ppyyp", "ppnnp", "ppnnp", "nnnnn"]),
    ("round-skip",    ["ppyyp", "ppyyp", "ppnnp", "ppnnp", "nnnnn"]),
    ("end-round",     ["ppyyp", "ppyyp", "nnnnn", "nnnnn", "nnnnn"]),
];

/// What people do with their own time in a round, who speak now.
#[rustfmt::skip]
const OWN_IN_ROUND: &[(&str, [&str; 5])] = &[
    ("unmute",        ["yyyyy", "yyyyy", "yyyyy", "yyyyy", "nnnnn"]),
    ("round-done",    ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
    ("round-pass",    ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
    ("round-skip",    ["ppyyp", "ppyyp", "ppyyp", "ppyyp", "nnnnn"]),
];

/// A meeting in which every command of [`every_command`] makes sense: Ana asks, with a waiting hand and on the stage;
/// Bruno's hand waits first; `speaking` has the turn; Dario's hand was just dropped; two agenda items.
fn staged(speaking: palco::meeting::ParticipantId) -> Hall {
    let mut hall = Hall::live();
    hall.raise(BRUNO, "Fax over T.38");
    hall.give_turn(speaking);
    if speaking != ANA {
        hall.raise(ANA, "SIP trunks");
        hall.ok(HOST, Command::Invite { participant: ANA });
        hall.ok(ANA, Command::Accept);
    }
    let hand = hall.raise(DARIO, "Something else");
    hall.ok(HOST, Command::Drop { hand });
    for title in ["One", "Two"] {
        let item = palco::meeting::Item { title: title.into(), length: palco::meeting::Millis::from_mins(5) };
        hall.ok(HOST, Command::AddItem { item });
    }
    hall.ok(speaking, Command::ProposeExtension { by: palco::meeting::Millis::from_mins(10) });
    hall
}

/// The same meeting with Ana in another role and another phase, whatever way would lead there.
fn bent(meeting: &Meeting, role: Role, phase: Phase, item: ItemId) -> Meeting {
    let mut json = serde_json::to_value(meeting).unwrap();
    json["phase"] = phase.word().into();
    json["item"] = item.0.into();
    json["participants"][ANA.to_string()]["role"] = role.word().into();
    serde_json::from_value(json).unwrap()
}

/// The same meeting where nobody has proposed anything.
fn without_proposal(meeting: &Meeting) -> Meeting {
    let mut json = serde_json::to_value(meeting).unwrap();
    json["proposal"] = serde_json::Value::Null;
    serde_json::from_value(json).unwrap()
}

fn letter(outcome: &Result<Vec<palco::meeting::Event>, Rejection>) -> char {
    match outcome {
        Ok(_) => 'y',
        Err(Rejection::NotAllowed { .. }) => 'n',
        Err(Rejection::WrongPhase { .. }) => 'p',
        Err(Rejection::QueueClosed) => 'q',
        Err(Rejection::NoRound | Rejection::RoundOn) => 'r',
        Err(Rejection::NotRecording) => 'o',
        Err(other) => panic!("{other:?} has no letter"),
    }
}

fn check(table: &[(&str, [&str; 5])], speaking: palco::meeting::ParticipantId) {
    check_in(staged(speaking), table, speaking);
}

fn check_in(hall: Hall, table: &[(&str, [&str; 5])], speaking: palco::meeting::ParticipantId) {
    let commands: BTreeMap<_, _> = every_command(speaking).into_iter().collect();
    for (name, expected) in table {
        let command = &commands[name];
        let item = if *name == "previous-item" { ItemId(2) } else { ItemId(1) };
        for (role, expected) in Role::ALL.iter().zip(expected) {
            let found: String = Phase::ALL
                .iter()
                .map(|phase| {
                    let meeting = bent(&hall.meeting, *role, *phase, item);
                    let command = match command {
                        // While Carla speaks on the stage she can't be invited.
                        Command::Invite { .. } => &Command::Invite { participant: BRUNO },
                        other => other,
                    };
                    let meeting = match command {
                        Command::ProposeExtension { .. } => without_proposal(&meeting),
                        _ => meeting,
                    };
                    letter(&meeting.decide(command, Actor::Participant(ANA), hall.now))
                })
                .collect();
            assert_eq!(&found, expected, "{name} by a {role}");
        }
    }
}

#[test]
fn every_command_role_and_phase() {
    let names: Vec<_> = every_command(CARLA).into_iter().map(|(name, _)| name).collect();
    assert_eq!(TABLE.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "a row each");
    check(TABLE, CARLA);
}

#[test]
fn ones_own_turn_and_place() {
    check(OWN, ANA);
}

/// The staged meeting in a round in which `speaking` speaks; Ana is on the stage, muted.
fn in_round(speaking: palco::meeting::ParticipantId) -> Hall {
    let mut hall = staged(CARLA);
    let each = palco::meeting::Millis::from_mins(1);
    hall.ok(HOST, Command::StartRound { order: palco::meeting::RoundOrder::Arrival, each, seed: None });
    while !hall.meeting.round().unwrap().is_speaker(speaking) {
        let current = hall.meeting.round().unwrap().speaker.map(|s| s.participant);
        hall.ok(HOST, Command::RoundSkip { participant: current.unwrap() });
    }
    if hall.who(ANA).mic() == palco::meeting::Mic::Live {
        hall.ok(ANA, Command::Mute);
    }
    hall
}

#[test]
fn in_a_round() {
    check_in(in_round(CARLA), IN_ROUND, CARLA);
    check_in(in_round(ANA), OWN_IN_ROUND, ANA);
}

#[test]
fn every_command_has_a_row_and_every_row_a_command() {
    let mut acts: Vec<_> = every_command(ANA).iter().map(|(_, c)| c.act().unwrap()).collect();
    acts.sort_unstable();
    acts.dedup();
    assert_eq!(acts, Act::ALL);
}

#[test]
fn a_host_may_do_everything_in_some_phase() {
    for act in Act::ALL {
        assert!(Phase::ALL.iter().any(|p| act.permit(Role::Host, *p) == Permit::Yes), "{act:?}");
    }
}

#[test]
fn outsiders_may_do_nothing() {
    let stranger = super::hall::person(99);
    let mut hall = staged(CARLA);
    hall.ok(BRUNO, Command::Leave);
    for (name, command) in every_command(CARLA) {
        for outsider in [stranger, BRUNO] {
            assert_eq!(hall.no(outsider, command.clone()), Rejection::NotHere, "{name}");
        }
        assert_eq!(hall.ask(Actor::Server, &command), Err(Rejection::NotHere), "{name}");
        assert_eq!(Hall::new().no(HOST, command), Rejection::NotOpen, "{name}");
    }
}

#[test]
fn what_the_server_says_nobody_else_may_say() {
    let mut hall = staged(CARLA);
    for command in [
        Command::CloseSeat { seat: SeatId(1) },
        Command::Expire { participant: ANA },
        Command::RecordSpeech { participant: ANA, spoken: palco::meeting::Millis(20) },
        Command::KeepOut { bans: Vec::new() },
        Command::HaltRecording { why: None },
        Command::Tick,
    ] {
        assert_eq!(command.act(), None);
        for role in Role::ALL {
            let meeting = bent(&hall.meeting, *role, Phase::Live, ItemId(1));
            let outcome = meeting.decide(&command, Actor::Participant(ANA), hall.now);
            assert_eq!(outcome, Err(Rejection::ServerOnly));
        }
        hall.server(command);
    }
}
