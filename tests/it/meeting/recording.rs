//! The recording's rules: who is in it, and when it stops.

use palco::meeting::{
    Command, DEFAULT_OVERRUN, Event, HandKind, LANDING_TIME, LAST_WORDS, Mic, Millis, ParticipantId,
    RECORD_GRACE, RecordHalt, RecordPolicy, RecordSign, RecordStop, Rejection, Role,
};

use super::hall::{ANA, BRUNO, CARLA, HOST, Hall, mins, person, replay};

const START: Command = Command::StartRecording { without_host: false, tracks: false };

fn consent(yes: bool) -> Command {
    Command::Consent { yes, text: "Do you agree?".into(), tracks: false }
}

fn off(who: ParticipantId, on: bool) -> Command {
    Command::OffRecord { participant: Some(who), on }
}

fn raise() -> Command {
    Command::Raise { topic: "Me".into(), kind: HandKind::Question }
}

fn recorded() -> Hall {
    let mut hall = Hall::live();
    hall.ok(HOST, START);
    hall
}

fn stopped(events: &[Event]) -> Option<RecordStop> {
    events.iter().find_map(|e| match e {
        Event::RecordStopped { reason } => Some(*reason),
        _ => None,
    })
}

#[test]
fn a_host_starts_pauses_and_stops_it() {
    let mut hall = Hall::live();
    assert_eq!(hall.meeting.recording().sign(), RecordSign::Off);
    let events = hall.ok(HOST, START);
    assert_eq!(events[1], Event::RecordStarted { without_host: false, tracks: false });
    assert!(matches!(&events[0], Event::Consented { participant: HOST, yes: true, .. }));
    assert!(hall.meeting.records(HOST) && !hall.meeting.records(ANA));
    assert_eq!(hall.ok(HOST, START), []);
    hall.ok(HOST, Command::PauseRecording);
    assert_eq!(hall.meeting.recording().sign(), RecordSign::Paused);
    assert!(!hall.meeting.records(HOST) && hall.meeting.recording().is_running());
    assert_eq!(hall.ok(HOST, START), [Event::RecordResumed]);
    assert_eq!(hall.ok(HOST, Command::ResumeRecording), []);
    assert_eq!(stopped(&hall.ok(HOST, Command::StopRecording)), Some(RecordStop::Host));
    assert_eq!(hall.ok(HOST, Command::StopRecording), []);
    assert_eq!(hall.no(HOST, Command::PauseRecording), Rejection::NotRecording);
    assert_eq!(hall.meeting.recording().stopped, Some(RecordStop::Host));
    assert_eq!(replay(&hall.log), hall.meeting);
}

#[test]
fn a_rooms_policy_starts_it_with_the_meeting() {
    let mut hall = Hall::open();
    hall.ok(HOST, Command::SetRecordPolicy { policy: RecordPolicy::AtLive });
    let events = hall.ok(HOST, Command::Start);
    assert!(events.contains(&Event::RecordStarted { without_host: false, tracks: false }), "{events:?}");
    assert!(hall.meeting.records(HOST));
    assert_eq!(Hall::open().ok(HOST, Command::Start), [Event::Started]);
}

#[test]
fn a_yes_to_the_mix_is_none_to_a_track() {
    let tracks = Command::StartRecording { without_host: false, tracks: true };
    let mut hall = recorded();
    hall.ok(ANA, consent(true));
    hall.ok(BRUNO, consent(false));
    hall.ok(HOST, Command::StopRecording);
    let events = hall.ok(HOST, tracks);
    assert!(
        matches!(&events[0], Event::Consented { participant: HOST, yes: true, tracks: true, .. }),
        "{events:?}"
    );
    assert_eq!(events[1], Event::RecordStarted { without_host: false, tracks: true });
    assert!(hall.meeting.recording().tracks && hall.meeting.records(HOST));
    assert!(hall.meeting.asks_consent(ANA) && !hall.meeting.records(ANA), "she agreed to less");
    assert!(hall.meeting.has_declined(BRUNO));
    hall.give_turn(ANA);
    assert_eq!(hall.no(ANA, Command::Unmute), Rejection::ConsentFirst);
    hall.ok(ANA, consent(true));
    assert!(!hall.meeting.records(ANA), "whoever was asked for less has not answered");
    hall.ok(ANA, Command::Consent { yes: true, text: "On a track?".into(), tracks: true });
    assert!(hall.meeting.records(ANA));
    assert_eq!(replay(&hall.log), hall.meeting);
    // Less than what was agreed to is agreed to.
    hall.ok(HOST, Command::StopRecording);
    hall.ok(HOST, START);
    assert!(!hall.meeting.recording().tracks && hall.meeting.records(ANA));
}

#[test]
fn a_rooms_policy_keeps_tracks() {
    let mut hall = Hall::open();
    hall.ok(HOST, Command::SetRecordPolicy { policy: RecordPolicy::TracksAtLive });
    assert!(hall.meeting.recording().asks_for_tracks());
    hall.ok(HOST, Command::Start);
    assert!(hall.meeting.recording().tracks);
}

#[test]
fn a_microphone_waits_for_an_answer_and_only_a_yes_is_recorded() {
    let mut hall = recorded();
    assert!(hall.meeting.asks_consent(ANA) && !hall.meeting.asks_consent(HOST));
    hall.give_turn(ANA);
    assert_eq!(hall.who(ANA).mic(), Mic::Muted, "it does not open by itself");
    assert_eq!(hall.no(ANA, Command::Unmute), Rejection::ConsentFirst);
    hall.ok(ANA, consent(true));
    assert_eq!(hall.ok(ANA, consent(true)), []);
    hall.ok(ANA, Command::Unmute);
    assert!(hall.meeting.records(ANA) && !hall.meeting.asks_consent(ANA));
    hall.done();
    hall.give_turn(ANA);
    assert_eq!(hall.who(ANA).mic(), Mic::Live);
    // Off the record nobody has to answer.
    hall.ok(BRUNO, off(BRUNO, true));
    hall.give_turn(BRUNO);
    assert_eq!(hall.who(BRUNO).mic(), Mic::Live);
    assert!(!hall.meeting.records(BRUNO));
}

#[test]
fn nobody_is_cut_off_by_a_recording_that_begins() {
    let mut hall = Hall::live();
    hall.give_turn(ANA);
    hall.ok(HOST, START);
    assert_eq!(hall.who(ANA).mic(), Mic::Live);
    assert!(!hall.meeting.records(ANA), "heard, and not recorded before a yes");
    hall.ok(ANA, consent(true));
    assert!(hall.meeting.records(ANA));
}

#[test]
fn whoever_declines_listens_while_it_runs() {
    let mut hall = recorded();
    hall.ok(BRUNO, raise());
    hall.give_turn(ANA);
    for who in [ANA, BRUNO] {
        hall.ok(who, consent(false));
        assert!(hall.who(who).stage.is_none() && hall.meeting.hand_of(who).is_none());
        for command in [raise(), Command::StepUp, Command::Accept] {
            let why = hall.no(who, command);
            assert!(matches!(why, Rejection::Declined | Rejection::NotAllowed { .. }), "{why}");
        }
    }
    assert!(hall.meeting.turn().is_none() && hall.meeting.has_declined(ANA));
    assert_eq!(hall.no(HOST, Command::Invite { participant: ANA }), Rejection::Declined);
    assert_eq!(hall.no(HOST, Command::Restore), Rejection::NothingToUndo);
    hall.ok(ANA, consent(true));
    hall.ok(ANA, raise());
    hall.ok(HOST, Command::StopRecording);
    hall.ok(BRUNO, raise());
    // It is remembered for the next one.
    hall.ok(HOST, START);
    assert!(hall.meeting.hand_of(BRUNO).is_none() && hall.meeting.has_declined(BRUNO));
}

#[test]
fn off_the_record_for_one_and_for_all() {
    let mut hall = recorded();
    for who in [ANA, BRUNO] {
        hall.ok(who, consent(true));
    }
    hall.ok(ANA, off(ANA, true));
    assert_eq!(hall.no(HOST, off(ANA, false)), Rejection::OwnWord);
    hall.ok(HOST, off(BRUNO, true));
    assert!(matches!(hall.no(BRUNO, off(BRUNO, false)), Rejection::NotAllowed { .. }));
    assert!(matches!(hall.no(BRUNO, off(ANA, true)), Rejection::NotAllowed { .. }));
    assert!(!hall.meeting.records(ANA) && !hall.meeting.records(BRUNO) && hall.meeting.records(HOST));
    hall.ok(ANA, off(ANA, false));
    hall.ok(HOST, off(BRUNO, false));
    hall.set_role(CARLA, Role::Cohost);
    hall.ok(CARLA, Command::OffRecord { participant: None, on: true });
    assert!(![HOST, ANA, BRUNO].iter().any(|who| hall.meeting.records(*who)));
    assert_eq!(hall.meeting.recording().sign(), RecordSign::OffRecord);
    let all = Command::OffRecord { participant: None, on: false };
    assert!(matches!(hall.no(ANA, all.clone()), Rejection::NotAllowed { .. }));
    hall.ok(HOST, all);
    assert!([HOST, ANA, BRUNO].iter().all(|who| hall.meeting.records(*who)));
}

#[test]
fn it_stops_where_the_meeting_does() {
    let mut hall = recorded();
    hall.ok(HOST, Command::Close);
    assert_eq!(stopped(&hall.pass(LAST_WORDS.minus(Millis(1)))), None, "last words are in it");
    assert_eq!(stopped(&hall.pass(Millis(1))), Some(RecordStop::Landing));

    let mut hall = recorded();
    let events = hall.pass(mins(60).plus(DEFAULT_OVERRUN).plus(LANDING_TIME));
    assert_eq!(stopped(&events), Some(RecordStop::Limit));
    let place = |e: &Event| events.iter().position(|x| x == e);
    assert!(place(&Event::RecordStopped { reason: RecordStop::Limit }) < place(&Event::Ended));

    let mut hall = recorded();
    assert_eq!(stopped(&hall.ok(HOST, Command::End)), Some(RecordStop::Ended));
    assert!(hall.meeting.due_at().is_none());
}

#[test]
fn it_stops_a_minute_after_the_last_host_unless_told_otherwise() {
    for (without_host, left) in [(false, false), (false, true), (true, true)] {
        let mut hall = Hall::live();
        hall.ok(HOST, Command::StartRecording { without_host, tracks: false });
        hall.pass(mins(2));
        if left {
            hall.ok(HOST, Command::Leave);
        } else {
            hall.lose(HOST);
        }
        assert_eq!(stopped(&hall.pass(RECORD_GRACE.minus(Millis(1)))), None);
        let reason = (!without_host).then_some(RecordStop::NoHost);
        assert_eq!(stopped(&hall.pass(Millis(1))), reason);
    }
    // Who comes back in time, or takes the seat, watches over it.
    let mut hall = recorded();
    hall.lose(HOST);
    hall.pass(Millis::from_secs(50));
    hall.join(HOST, "Stefano");
    assert_eq!(stopped(&hall.pass(mins(5))), None);
    hall.set_role(CARLA, Role::Cohost);
    hall.lose(HOST);
    assert_eq!(stopped(&hall.pass(mins(5))), None);
    assert!(hall.meeting.is_acting(CARLA));
    hall.lose(CARLA);
    assert_eq!(stopped(&hall.pass(mins(2))), Some(RecordStop::NoHost));
}

#[test]
fn a_full_disk_is_said_and_strikes_are_remembered() {
    let mut hall = recorded();
    let why = Some(RecordHalt::DiskFull);
    hall.server(Command::HaltRecording { why });
    assert_eq!(hall.server(Command::HaltRecording { why }), []);
    assert_eq!(hall.meeting.recording().sign(), RecordSign::Halted);
    assert_eq!(hall.server(Command::HaltRecording { why: None }), [Event::RecordMended]);
    hall.wait(mins(1));
    assert_eq!(hall.ok(HOST, Command::Strike), [Event::Struck]);
    assert_eq!(hall.meeting.recording().struck, [hall.now]);
    assert!(matches!(hall.no(BRUNO, Command::Strike), Rejection::NotAllowed { .. }));
    hall.ok(HOST, Command::StopRecording);
    assert_eq!(hall.server(Command::HaltRecording { why }), []);
}

#[test]
fn listeners_are_not_asked_and_strangers_not_recorded() {
    let mut hall = recorded();
    hall.set_role(ANA, Role::Listener);
    assert!(!hall.meeting.asks_consent(ANA) && !hall.meeting.asks_consent(person(77)));
    assert!(!hall.meeting.records(person(77)));
}
