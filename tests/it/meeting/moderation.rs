//! Keeping order: hold all, remove, ban, lock, confusing names.

use palco::meeting::{
    Actor, Command, Event, HandKind, LeaveReason, MAX_BAN_MINS, MAX_BANS, Mic, Millis, Phase, Rejection,
    Role, Timestamp,
};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person, replay};

fn remove(participant: palco::meeting::ParticipantId) -> Command {
    Command::Remove { participant, why: None }
}

fn ban(participant: palco::meeting::ParticipantId, length: Option<Millis>) -> Command {
    Command::Ban { participant, length, why: None }
}

/// Ana is cohost, Bruno speaker; both and the host stand on the stage with open microphones.
fn open_stage() -> Hall {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Cohost);
    hall.set_role(BRUNO, Role::Speaker);
    for id in [ANA, BRUNO] {
        hall.ok(id, Command::StepUp);
        hall.ok(id, Command::Unmute);
    }
    hall.ok(HOST, Command::Unmute);
    hall
}

#[test]
fn hold_all_holds_who_is_below_a_cohost_and_whoever_steps_up_later() {
    let mut hall = open_stage();
    assert_eq!(
        hall.ok(ANA, Command::HoldAll { on: true }),
        [Event::HoldAllSet { on: true }, Event::Held { participant: BRUNO, all: true }]
    );
    assert_eq!([HOST, ANA, BRUNO].map(|id| hall.who(id).mic()), [Mic::Live, Mic::Live, Mic::Held]);
    assert_eq!(hall.no(BRUNO, Command::Unmute), Rejection::MicHeld);
    hall.give_turn(CARLA);
    assert_eq!(hall.who(CARLA).mic(), Mic::Held, "called later");
    hall.ok(HOST, Command::Invite { participant: DARIO });
    hall.ok(DARIO, Command::Accept);
    assert_eq!(hall.who(DARIO).mic(), Mic::Held, "invited later");
    hall.ok(HOST, Command::Release { participant: DARIO });
    hall.ok(DARIO, Command::Unmute);
    assert_eq!(hall.who(DARIO).mic(), Mic::Live, "one may be let speak");
    hall.ok(HOST, Command::HoldAll { on: false });
    assert_eq!([BRUNO, CARLA].map(|id| hall.who(id).mic()), [Mic::Muted; 2], "nobody is opened by it");
    assert_eq!(hall.who(DARIO).mic(), Mic::Live, "and nobody muted who was let speak");
    assert_eq!(hall.ok(HOST, Command::HoldAll { on: false }), []);
}

#[test]
fn who_was_held_one_by_one_stays_held() {
    let mut hall = open_stage();
    hall.ok(HOST, Command::Invite { participant: CARLA });
    hall.ok(CARLA, Command::Accept);
    hall.ok(HOST, Command::Hold { participant: BRUNO });
    hall.ok(HOST, Command::HoldAll { on: true });
    hall.ok(HOST, Command::Hold { participant: CARLA });
    hall.ok(HOST, Command::HoldAll { on: false });
    assert_eq!([BRUNO, CARLA].map(|id| hall.who(id).mic()), [Mic::Held; 2]);
    assert_eq!(replay(&hall.log), hall.meeting);
}

#[test]
fn stepping_off_sheds_the_hold_of_all_and_stepping_up_meets_it_again() {
    let mut hall = open_stage();
    hall.ok(HOST, Command::HoldAll { on: true });
    hall.ok(BRUNO, Command::OffStage { participant: BRUNO });
    hall.ok(BRUNO, Command::StepUp);
    assert_eq!(hall.who(BRUNO).mic(), Mic::Held);
    hall.ok(BRUNO, Command::OffStage { participant: BRUNO });
    hall.ok(HOST, Command::HoldAll { on: false });
    hall.ok(BRUNO, Command::StepUp);
    assert_eq!(hall.who(BRUNO).mic(), Mic::Muted);
}

#[test]
fn who_comes_to_rule_is_released_and_who_ceases_to_is_held() {
    let mut hall = open_stage();
    hall.ok(HOST, Command::HoldAll { on: true });
    hall.set_role(BRUNO, Role::Cohost);
    hall.set_role(ANA, Role::Speaker);
    assert_eq!([ANA, BRUNO].map(|id| hall.who(id).mic()), [Mic::Held, Mic::Muted]);
}

#[test]
fn a_removed_person_is_gone_with_turn_and_hand_and_may_come_back() {
    let mut hall = Hall::live();
    hall.give_turn(BRUNO);
    let why = Some(" Too\u{202e} loud ".to_owned());
    assert_eq!(
        hall.ok(HOST, Command::Remove { participant: BRUNO, why }),
        [
            Event::TurnEnded { turn: palco::meeting::TurnId(1) },
            Event::SteppedDown { participant: BRUNO },
            Event::Left { participant: BRUNO, reason: LeaveReason::Removed, why: Some("Too loud".into()) },
        ]
    );
    assert_eq!(hall.log.last().unwrap().by, Some(HOST));
    assert_eq!(hall.no(HOST, remove(BRUNO)), Rejection::NobodyThere);
    hall.raise(ANA, "One");
    hall.ok(HOST, Command::Remove { participant: ANA, why: Some("  ".into()) });
    assert!(hall.line().is_empty());
    assert!(matches!(&hall.log.last().unwrap().event, Event::Left { why: None, .. }), "no reason is none");
    hall.join(BRUNO, "Bruno");
    assert!(hall.who(BRUNO).is_here());
}

#[test]
fn nobody_sends_out_a_host_the_owner_or_themselves() {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Cohost);
    hall.set_role(BRUNO, Role::Host);
    for expel in [remove, |id| ban(id, None)] {
        assert_eq!(hall.no(ANA, expel(HOST)), Rejection::HostStays);
        assert_eq!(hall.no(ANA, expel(BRUNO)), Rejection::HostStays);
        assert_eq!(hall.no(HOST, expel(BRUNO)), Rejection::HostStays);
        assert_eq!(hall.no(ANA, expel(ANA)), Rejection::Yourself);
    }
    hall.ok(HOST, Command::HandOver { participant: BRUNO });
    assert_eq!(hall.no(BRUNO, remove(HOST)), Rejection::HostStays, "the owner, whatever their role");
    hall.ok(ANA, remove(CARLA));
}

#[test]
fn a_ban_keeps_a_key_out_until_it_ends() {
    let mut hall = Hall::live();
    let until = hall.now.plus(mins(10));
    let events = hall.ok(HOST, ban(ANA, Some(mins(10))));
    assert_eq!(
        events,
        [
            Event::Banned { participant: ANA, name: "Ana".into(), until: Some(until), why: None },
            Event::Left { participant: ANA, reason: LeaveReason::Removed, why: None },
        ]
    );
    let by = hall.meeting.moderation().bans[&ANA].by;
    assert_eq!(by, Some(HOST));
    let join = hall.joining("Ana");
    hall.wait(Millis(mins(10).0 - 1));
    assert_eq!(hall.no(ANA, join.clone()), Rejection::Banned { until: Some(until) });
    assert_eq!(hall.meeting.due_at(), Some(until));
    hall.wait(Millis(1));
    hall.ok(ANA, join);
    assert_eq!(hall.server(Command::Tick), [Event::Unbanned { participant: ANA }]);
    assert!(hall.meeting.due_at() > Some(hall.now), "only the hard limit is left");
}

#[test]
fn a_ban_for_good_ends_when_it_is_lifted() {
    let mut hall = Hall::live();
    hall.set_role(BRUNO, Role::Cohost);
    hall.ok(BRUNO, ban(ANA, None));
    hall.pass(Millis::from_mins(MAX_BAN_MINS));
    let join = hall.joining("Ana");
    assert_eq!(hall.no(ANA, join.clone()), Rejection::Banned { until: None });
    hall.ok(HOST, Command::Unban { participant: ANA });
    hall.ok(ANA, join);
    assert_eq!(hall.ok(HOST, Command::Unban { participant: ANA }), []);
}

#[test]
fn a_key_that_never_joined_and_one_that_left_can_be_banned() {
    let mut hall = Hall::live();
    let stranger = person(90);
    hall.ok(HOST, ban(stranger, None));
    assert_eq!(hall.ok(HOST, ban(stranger, None)), [], "so already");
    let join = hall.joining("Elio");
    assert!(matches!(hall.no(stranger, join), Rejection::Banned { .. }));
    hall.ok(ANA, Command::Leave);
    hall.ok(HOST, ban(ANA, Some(mins(1))));
    assert_eq!(hall.meeting.moderation().bans[&ANA].name, "Ana");
    for (length, fits) in [(0, false), (1, true), (MAX_BAN_MINS, true), (MAX_BAN_MINS + 1, false)] {
        let outcome = hall.ask(Actor::Participant(HOST), &ban(BRUNO, Some(mins(length))));
        assert_eq!(outcome.is_ok(), fits, "{length}");
    }
}

#[test]
fn bans_have_a_limit() {
    let mut hall = Hall::live();
    for n in 0..MAX_BANS {
        let mut key = [7; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        hall.ok(HOST, ban(palco::meeting::ParticipantId(key), None));
    }
    assert_eq!(hall.no(HOST, ban(ANA, None)), Rejection::TooMany { limit: MAX_BANS });
}

#[test]
fn a_locked_room_lets_in_who_was_there_and_its_owner() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Lock { on: true });
    hall.ok(HOST, Command::Leave);
    hall.ok(ANA, Command::Leave);
    let join = hall.joining("Elio");
    assert_eq!(hall.no(person(90), join), Rejection::Locked);
    assert_eq!(hall.meeting.admits(person(90), hall.now), Err(Rejection::Locked), "nor to look on");
    hall.join(HOST, "Stefano");
    hall.join(ANA, "Ana");
    hall.ok(HOST, Command::Lock { on: false });
    hall.join(person(90), "Elio");
    assert_eq!(hall.ok(HOST, Command::Lock { on: false }), []);
}

#[test]
fn a_confusing_name_is_changed_by_who_may() {
    let mut hall = Hall::live();
    hall.set_role(CARLA, Role::Cohost);
    hall.join(person(80), "\u{410}na");
    let rename = |participant, name: &str| Command::RenameOther { participant, name: name.into() };
    hall.ok(CARLA, rename(person(80), "Anna with two n"));
    assert_eq!(
        (hall.who(person(80)).name.as_str(), hall.who(person(80)).resembles),
        ("Anna with two n", None)
    );
    assert_eq!(hall.log.last().unwrap().by, Some(CARLA));
    assert!(matches!(hall.no(CARLA, rename(person(80), "ana")), Rejection::NameTaken { .. }));
    assert_eq!(hall.no(CARLA, rename(HOST, "Boss")), Rejection::NotAllowed { role: Role::Cohost });
    assert_eq!(hall.ok(CARLA, rename(person(80), "Anna with two n")), []);
}

#[test]
fn order_is_kept_after_the_end_too() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::End);
    assert_eq!(hall.meeting.phase(), Phase::Ended);
    hall.ok(HOST, remove(ANA));
    hall.ok(HOST, ban(BRUNO, None));
    hall.ok(HOST, Command::Lock { on: true });
}

#[test]
fn the_next_meeting_keeps_out_whom_the_last_one_did() {
    let mut last = Hall::live();
    last.ok(HOST, ban(ANA, None));
    last.ok(HOST, ban(BRUNO, Some(mins(10))));
    last.ok(HOST, ban(CARLA, Some(mins(1_000))));
    let bans: Vec<_> = last.meeting.moderation().bans.clone().into_iter().collect();
    let mut next = Hall::open();
    next.now = last.now.plus(mins(60));
    let events = next.server(Command::KeepOut { bans });
    assert_eq!(events.len(), 2, "the one for ten minutes is over: {events:?}");
    for id in [ANA, CARLA] {
        let join = next.joining("Somebody");
        assert!(matches!(next.no(id, join), Rejection::Banned { .. }));
    }
    assert_eq!(next.meeting.moderation().bans[&ANA].name, "Ana");
    next.join(BRUNO, "Bruno");
}

#[test]
fn a_banned_person_reads_until_when() {
    let until = Some(Timestamp(1_763_398_800_000));
    assert_eq!(
        Rejection::Banned { until }.to_string(),
        "you are banned from this room until 2025-11-17 17:00 UTC"
    );
}

#[test]
fn a_hand_raised_before_does_not_outlive_a_ban() {
    let mut hall = Hall::live();
    hall.ok(ANA, Command::Raise { topic: "One".into(), kind: HandKind::Question });
    hall.ok(HOST, ban(ANA, None));
    assert!(hall.line().is_empty());
}
