//! The soft landing, the hard limit and the after-meeting, in virtual time.

use palco::meeting::{
    Command, DEFAULT_OVERRUN, Event, LANDING_TIME, LAST_WORDS, Meeting, Mic, Millis, PUSH, Phase, Rejection,
    Role,
};

use super::hall::{ANA, BRUNO, CARLA, HOST, Hall, mins, replay};

fn push(by: Millis) -> Command {
    Command::PushLimit { by }
}

fn left(hall: &Hall) -> Millis {
    hall.meeting.projection(hall.now).end.since(hall.now)
}

/// Live until the hard limit is this near.
fn near_limit(by: Millis) -> Hall {
    let mut hall = Hall::live();
    assert_eq!(hall.pass(mins(60).plus(DEFAULT_OVERRUN).minus(by)), []);
    hall
}

#[test]
fn a_landing_hears_whoever_waits_then_the_last_words_then_ends() {
    let mut hall = Hall::live();
    hall.raise(ANA, "One");
    hall.raise(BRUNO, "Two");
    hall.pass(mins(50));
    hall.ok(HOST, Command::Close);
    let raise = Command::Raise { topic: "Late".into(), kind: palco::meeting::HandKind::Question };
    assert_eq!(hall.no(CARLA, raise), Rejection::QueueClosed);
    assert_eq!(left(&hall), mins(4).plus(LAST_WORDS), "two turns and the last words");
    hall.next();
    assert_eq!(hall.pass(mins(3)), [], "somebody has the turn");
    hall.next();
    assert_eq!(hall.pass(mins(1)), []);
    hall.done();
    assert_eq!(hall.pass(Millis::ZERO), [Event::LastWordsBegan { length: LAST_WORDS }]);
    assert_eq!(hall.meeting.last_words_left(hall.now), Some(LAST_WORDS));
    assert_eq!(left(&hall), LAST_WORDS);
    assert!(hall.meeting.is_on_record());
    assert_eq!(hall.pass(LAST_WORDS.minus(Millis(1))), []);
    assert_eq!(hall.pass(Millis(1)).last(), Some(&Event::Ended));
    assert!(!hall.meeting.is_on_record() && hall.meeting.due_at().is_none());
    assert!(
        hall.log
            .iter()
            .rev()
            .take_while(|r| r.event != Event::LastWordsBegan { length: LAST_WORDS })
            .all(|r| r.by.is_none())
    );
    assert_eq!(replay(&hall.log), hall.meeting);
}

#[test]
fn the_host_may_end_earlier_or_put_the_end_off() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Close);
    let mut earlier = hall.clone();
    earlier.ok(HOST, Command::End);
    assert_eq!(earlier.meeting.phase(), Phase::Ended);
    for later in [push(mins(5)), Command::Extend { by: mins(5) }] {
        let mut hall = hall.clone();
        hall.pass(mins(1));
        hall.ok(HOST, later);
        assert_eq!(hall.meeting.last_words_left(hall.now), Some(mins(6)));
        assert_eq!(hall.pass(mins(5)), []);
        assert_eq!(hall.pass(mins(1)).last(), Some(&Event::Ended));
    }
}

#[test]
fn a_pause_holds_a_landing() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Close);
    hall.pass(mins(1));
    hall.ok(HOST, Command::Pause);
    assert_eq!(hall.pass(mins(600)), []);
    hall.ok(HOST, Command::Resume);
    assert_eq!(hall.pass(mins(1)).last(), Some(&Event::Ended));
}

#[test]
fn the_hard_limit_lands_by_itself() {
    let mut hall = near_limit(mins(5));
    assert_eq!(hall.meeting.limit_left(hall.now), Some(mins(5)));
    hall.raise(ANA, "One");
    assert_eq!(hall.pass(mins(5)), [Event::Closed, Event::LimitReached]);
    assert!(hall.meeting.landing().is_some_and(|landing| landing.by_limit));
    assert_eq!((hall.meeting.phase(), hall.meeting.limit_left(hall.now)), (Phase::Closing, None));
    hall.next();
    hall.pass(mins(4));
    hall.done();
    assert_eq!(hall.pass(LAST_WORDS).last(), Some(&Event::Ended), "the hand that waited was heard");
}

#[test]
fn a_landing_that_everybody_forgot_ends_too() {
    let mut hall = near_limit(mins(1));
    hall.raise(BRUNO, "Waits for ever");
    hall.give_turn(ANA);
    assert_eq!(hall.pass(mins(1)), [Event::Closed, Event::LimitReached]);
    assert_eq!(left(&hall), mins(3).plus(LAST_WORDS));
    assert_eq!(hall.pass(LANDING_TIME.minus(Millis(1))), []);
    let end = hall.pass(Millis(1));
    assert!(end.contains(&Event::SteppedDown { participant: ANA }) && end.ends_with(&[Event::Ended]));
    assert_eq!(hall.line(), [BRUNO], "the hand stays in the record");
}

#[test]
fn the_limit_is_pushed_away_before_and_after_it_is_reached() {
    let mut hall = near_limit(mins(3));
    assert_eq!(hall.ok(HOST, push(PUSH)), [Event::LimitPushed { by: PUSH, overrun: mins(55) }]);
    assert_eq!(hall.meeting.limit_left(hall.now), Some(mins(13)));
    hall.raise(ANA, "One");
    hall.pass(mins(13).plus(LANDING_TIME).minus(mins(1)));
    assert_eq!(hall.meeting.phase(), Phase::Closing);
    hall.ok(HOST, push(PUSH));
    assert_eq!(hall.pass(mins(20)), [], "ten minutes from now, and then the time of a landing");
    assert_eq!(hall.pass(mins(5)).last(), Some(&Event::Ended));
    assert_eq!(hall.no(HOST, push(PUSH)), Rejection::WrongPhase { phase: Phase::Ended });
}

#[test]
fn a_longer_meeting_has_a_later_limit() {
    let mut hall = near_limit(mins(1));
    hall.ok(HOST, Command::Extend { by: mins(20) });
    assert_eq!(hall.meeting.limit_left(hall.now), Some(mins(21)));
}

#[test]
fn a_server_that_was_away_lands_late_and_gives_the_whole_time_then() {
    let mut hall = near_limit(mins(30));
    hall.raise(ANA, "One");
    let restarted = replay(&hall.log);
    assert_eq!(restarted, hall.meeting);
    hall.meeting = restarted;
    hall.wait(mins(180));
    assert!(hall.meeting.due_at().is_some_and(|due| due < hall.now));
    assert_eq!(hall.server(Command::Tick), [Event::Closed, Event::LimitReached]);
    assert_eq!(hall.server(Command::Tick), [], "the limit is long past, the landing is not");
    assert_eq!(hall.pass(LANDING_TIME).last(), Some(&Event::Ended));
}

#[test]
fn each_deadline_survives_a_restart() {
    let mut hall = near_limit(mins(2));
    let mut reloaded = hall.clone();
    for _ in 0..8 {
        assert_eq!(reloaded.pass(mins(1)), hall.pass(mins(1)));
        reloaded.meeting = replay(&reloaded.log);
        let json = serde_json::to_string(&reloaded.meeting).unwrap();
        assert_eq!(serde_json::from_str::<Meeting>(&json).unwrap(), hall.meeting);
    }
    assert_eq!(hall.meeting.phase(), Phase::Ended);
}

#[test]
fn logs_of_before_the_limit_have_the_usual_one() {
    let opened = r#"{"type":"opened","title":"T","number":1,"owner":"SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","length_ms":60000,"agenda":[]}"#;
    let Ok(Event::Opened { terms, .. }) = serde_json::from_str(opened) else { panic!("an old event") };
    assert_eq!(terms.overrun, DEFAULT_OVERRUN);
}

#[test]
fn after_the_meeting_the_floor_is_open() {
    let mut hall = Hall::live();
    hall.set_role(CARLA, Role::Listener);
    hall.give_turn(ANA);
    hall.ok(HOST, Command::End);
    assert!(
        hall.meeting.stage().is_empty() && hall.meeting.is_open_floor(),
        "nobody's microphone stays open"
    );
    hall.ok(BRUNO, Command::StepUp);
    hall.ok(BRUNO, Command::Unmute);
    assert_eq!(hall.who(BRUNO).mic(), Mic::Live);
    assert_eq!(hall.no(CARLA, Command::StepUp), Rejection::NotAllowed { role: Role::Listener });
    let raise = Command::Raise { topic: "Why?".into(), kind: palco::meeting::HandKind::Question };
    assert_eq!(hall.no(ANA, raise), Rejection::QueueClosed);
    hall.ok(HOST, Command::Hold { participant: BRUNO });
    assert_eq!(hall.no(BRUNO, Command::Unmute), Rejection::MicHeld);
    hall.ok(BRUNO, Command::OffStage { participant: BRUNO });
    assert!(hall.meeting.stage().is_empty() && !hall.meeting.is_on_record());
    let speech = Command::RecordSpeech { participant: BRUNO, spoken: mins(1) };
    assert_eq!(hall.server(speech), [], "talk time is the meeting's");
}
