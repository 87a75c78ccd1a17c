//! Before the doors open, and talkback after: who hears whom.

use palco::meeting::{Command, Event, Mic, Millis, Phase, Reach, Rejection, Role, Timestamp};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person};

const STRANGER: palco::meeting::ParticipantId = person(77);

/// Not begun: the host and Ana, a speaker, with open microphones; Bruno, Carla and Dario wait in the lobby.
fn backstage() -> Hall {
    let mut hall = Hall::open();
    for (id, name) in [(ANA, "Ana"), (BRUNO, "Bruno"), (CARLA, "Carla"), (DARIO, "Dario")] {
        hall.join(id, name);
    }
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, Command::StepUp);
    hall.ok(ANA, Command::Unmute);
    hall.ok(HOST, Command::Unmute);
    hall.ok(HOST, Command::Prepare);
    hall
}

/// Who hears `speaker`, of everybody and a stranger.
fn audience(hall: &Hall, speaker: palco::meeting::ParticipantId) -> Vec<palco::meeting::ParticipantId> {
    let all = [HOST, ANA, BRUNO, CARLA, DARIO, STRANGER];
    all.into_iter().filter(|id| *id != speaker && hall.meeting.hears(*id, speaker)).collect()
}

#[test]
fn before_the_doors_open_only_the_backstage_hears() {
    let mut hall = backstage();
    assert_eq!(hall.meeting.phase(), Phase::Backstage);
    assert!(!hall.meeting.is_on_record());
    assert_eq!(audience(&hall, HOST), [ANA]);
    assert_eq!(audience(&hall, ANA), [HOST]);
    assert_eq!(hall.meeting.lobby().iter().map(|p| p.id).collect::<Vec<_>>(), [BRUNO, CARLA, DARIO]);
    assert!(hall.meeting.is_in_lobby(STRANGER) && !hall.meeting.is_in_lobby(ANA));
    hall.set_role(BRUNO, Role::Cohost);
    assert_eq!(audience(&hall, HOST), [ANA, BRUNO]);
    hall.set_role(ANA, Role::Attendee);
    assert_eq!(audience(&hall, HOST), [BRUNO]);
    hall.ok(BRUNO, Command::Leave);
    assert_eq!(audience(&hall, HOST), [], "who left is not there");
}

#[test]
fn it_is_the_same_before_it_is_called_backstage() {
    let mut hall = Hall::open();
    hall.join(ANA, "Ana");
    hall.ok(HOST, Command::Unmute);
    assert_eq!(hall.meeting.phase(), Phase::Scheduled);
    assert_eq!(audience(&hall, HOST), []);
}

#[test]
fn an_attendee_who_is_let_on_the_stage_early_is_heard_and_does_not_hear() {
    let mut hall = backstage();
    hall.ok(HOST, Command::Invite { participant: BRUNO });
    hall.ok(BRUNO, Command::Accept);
    hall.ok(BRUNO, Command::Unmute);
    assert_eq!(audience(&hall, BRUNO), [HOST, ANA]);
    assert_eq!(audience(&hall, HOST), [ANA]);
}

#[test]
fn the_doors_open_on_a_silent_stage() {
    let mut hall = backstage();
    hall.ok(HOST, Command::Hold { participant: ANA });
    let events = hall.ok(HOST, Command::Start);
    assert_eq!(
        events,
        [Event::Muted { participant: HOST }, Event::Muted { participant: ANA }, Event::Started]
    );
    assert!(hall.meeting.is_on_record() && hall.meeting.lobby().is_empty());
    assert_eq!(audience(&hall, HOST), [], "nobody until the microphone is opened anew");
    hall.ok(HOST, Command::Unmute);
    assert_eq!(audience(&hall, HOST), [ANA, BRUNO, CARLA, DARIO, STRANGER]);
    hall.ok(HOST, Command::Release { participant: ANA });
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
}

#[test]
fn what_is_said_backstage_is_no_talk_time() {
    let mut hall = backstage();
    let speech = Command::RecordSpeech { participant: HOST, spoken: Millis(5_000) };
    assert_eq!(hall.server(speech.clone()), []);
    hall.ok(HOST, Command::Start);
    assert_eq!(hall.server(speech).len(), 1);
}

#[test]
fn talkback_reaches_its_audience_until_the_microphone_closes() {
    let mut hall = backstage();
    hall.ok(HOST, Command::Start);
    hall.ok(HOST, Command::TalkTo { reach: Reach::Backstage });
    hall.ok(HOST, Command::Unmute);
    assert_eq!(audience(&hall, HOST), [ANA]);
    hall.give_turn(BRUNO);
    hall.ok(HOST, Command::TalkTo { reach: Reach::Stage });
    assert_eq!(audience(&hall, HOST), [ANA, BRUNO]);
    hall.ok(HOST, Command::Close);
    assert_eq!(audience(&hall, HOST), [ANA, BRUNO], "last words change nothing");
    hall.ok(HOST, Command::Mute);
    assert_eq!(hall.who(HOST).reach(), Reach::Everybody);
    hall.ok(HOST, Command::Unmute);
    assert_eq!(audience(&hall, HOST), [ANA, BRUNO, CARLA, DARIO, STRANGER]);
}

#[test]
fn a_hold_ends_talkback_too() {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Cohost);
    hall.ok(ANA, Command::StepUp);
    hall.ok(ANA, Command::TalkTo { reach: Reach::Stage });
    hall.ok(ANA, Command::Unmute);
    hall.ok(HOST, Command::Hold { participant: ANA });
    assert_eq!(hall.who(ANA).reach(), Reach::Everybody);
    hall.ok(HOST, Command::Release { participant: ANA });
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
}

#[test]
fn talkback_needs_a_place_on_the_stage() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::OffStage { participant: HOST });
    assert_eq!(hall.no(HOST, Command::TalkTo { reach: Reach::Stage }), Rejection::NotOnStage);
}

#[test]
fn a_start_is_planned_for_a_time_to_come_and_taken_back() {
    let mut hall = Hall::open();
    let plan = |at| Command::PlanStart { at };
    let soon = hall.now.plus(mins(15));
    hall.ok(HOST, plan(Some(soon)));
    assert_eq!(hall.meeting.clock().starts_at, Some(soon));
    assert_eq!(hall.ok(HOST, plan(Some(soon))), []);
    for bad in [hall.now, Timestamp(hall.now.0 - 1), hall.now.plus(mins(7 * 24 * 60 + 1))] {
        assert_eq!(hall.no(HOST, plan(Some(bad))), Rejection::BadTime);
    }
    hall.wait(mins(20));
    assert_eq!(hall.server(Command::Tick), [], "a plan opens no doors");
    hall.ok(HOST, plan(None));
    assert_eq!(hall.meeting.clock().starts_at, None);
}

#[test]
fn an_old_place_on_the_stage_reaches_everybody() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Unmute);
    let mut json = serde_json::to_value(&hall.meeting).unwrap();
    json["participants"][HOST.to_string()]["stage"].as_object_mut().unwrap().remove("reach");
    json["clock"].as_object_mut().unwrap().remove("starts_at");
    let old: palco::meeting::Meeting = serde_json::from_value(json).unwrap();
    assert_eq!(old, hall.meeting);
}
