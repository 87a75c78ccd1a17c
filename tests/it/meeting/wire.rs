//! What is stored and sent, as JSON.

use palco::meeting::{Command, Event, Recorded, Seq, Timestamp};
use palco::sync::{Received, Replica};
use palco::wire::ServerMessage;
use serde_json::json;

use super::hall::{ANA, HOST, Hall, every_command};

#[test]
fn an_event_of_a_newer_palco_changes_nothing_and_stops_nothing() {
    let mut hall = Hall::live();
    let mut replica = Replica::new();
    for recorded in &hall.log {
        replica.receive(&ServerMessage::Event(Box::new(recorded.clone())), Timestamp(0));
    }
    let before = hall.meeting.clone();
    let seq = before.seq().0 + 1;
    let newer = json!({
        "type": "event", "seq": seq, "at": 7, "by": HOST.to_string(), "mood": "new",
        "event": { "type": "confetti", "participant": ANA.to_string(), "colours": [1, { "deep": null }] }
    });
    let message: ServerMessage = serde_json::from_value(newer).unwrap();
    let ServerMessage::Event(recorded) = &message else { panic!("{message:?}") };
    assert_eq!(recorded.event, Event::Unknown);
    assert!(matches!(replica.receive(&message, Timestamp(0)), Received::Changed(_)));
    assert_eq!(replica.meeting().seq(), Seq(seq));
    assert_eq!(replica.meeting().roster(), before.roster());

    hall.meeting.apply(recorded);
    hall.raise(ANA, "Goes on");
    assert_eq!(
        replica.receive(&ServerMessage::Event(Box::new(hall.log.last().unwrap().clone())), Timestamp(0)),
        Received::Changed(vec![hall.log.last().unwrap().clone()])
    );
    assert_eq!(replica.meeting(), &hall.meeting);
}

#[test]
fn unknown_fields_are_ignored_and_unknown_commands_refused() {
    let known: Command =
        serde_json::from_value(json!({ "type": "raise", "topic": "T", "colour": 3 })).unwrap();
    assert_eq!(known, Command::Raise { topic: "T".into(), kind: palco::meeting::HandKind::Question });
    assert!(serde_json::from_value::<Command>(json!({ "type": "confetti" })).is_err());
}

#[test]
fn every_command_goes_over_the_wire_and_comes_back() {
    for (name, command) in every_command(ANA) {
        let json = serde_json::to_value(&command).unwrap();
        assert_eq!(json["type"], name);
        assert_eq!(serde_json::from_value::<Command>(json).unwrap(), command);
    }
}

#[test]
fn nobody_can_send_what_the_server_says() {
    for name in
        ["open", "join", "close-seat", "expire", "record-speech", "keep-out", "halt-recording", "tick"]
    {
        let json = json!({
            "type": name, "seat": 1, "kind": "console", "name": "X", "listener": false, "auto_open": true,
            "participant": ANA.to_string(), "spoken": 1, "title": "T", "number": 1, "owner": ANA.to_string(),
            "length": 60_000, "agenda": [], "bans": []
        });
        assert!(serde_json::from_value::<Command>(json).is_err(), "{name}");
    }
}

#[test]
fn the_forms_that_the_protocol_page_tells() {
    let mut hall = Hall::new();
    hall.now = Timestamp(1_000);
    let open = Command::Open {
        title: "Old lines".into(),
        number: 28,
        owner: HOST,
        length: palco::meeting::Millis::from_mins(60),
        agenda: vec![palco::meeting::Item {
            title: "Why".into(),
            length: palco::meeting::Millis::from_mins(10),
        }],
        terms: Default::default(),
    };
    hall.ok(HOST, open);
    hall.join(HOST, "Stefano");
    hall.ok(HOST, Command::Start);
    hall.wait(palco::meeting::Millis::from_secs(1));
    hall.join(ANA, "Ana");
    hall.give_turn(ANA);
    let events: Vec<_> = hall.log.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("meeting_events", events.join("\n"));
        insta::assert_snapshot!("meeting_snapshot", serde_json::to_string_pretty(&hall.meeting).unwrap());
    });
    let back: Vec<Recorded> = events.iter().map(|e| serde_json::from_str(e).unwrap()).collect();
    assert_eq!(super::hall::replay(&back), hall.meeting);
}

#[test]
fn a_snapshot_of_a_full_meeting_fits_into_a_message() {
    let mut hall = Hall::open();
    for n in 1..palco::meeting::MAX_HERE {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        let id = palco::meeting::ParticipantId(key);
        hall.join(id, &format!("Somebody with a rather long name {n}")[14..]);
        let topic = "x".repeat(200);
        hall.ok(id, Command::Raise { topic, kind: palco::meeting::HandKind::Question });
    }
    let message = ServerMessage::Snapshot { meeting: Box::new(hall.meeting.clone()) };
    let json = serde_json::to_string(&message).unwrap();
    assert!(json.len() < palco::wire::MAX_SERVER_MESSAGE / 2, "{} bytes", json.len());
    assert_eq!(serde_json::from_str::<ServerMessage>(&json).unwrap(), message);
}
