//! Coming, going, names and roles.

use palco::meeting::{Command, Event, LeaveReason, Presence, Rejection, Role, SeatId, SeatKind};

use super::hall::{ANA, BRUNO, CARLA, HOST, Hall, mins, person};

fn seat(n: u64, kind: SeatKind, name: &str) -> Command {
    Command::Join {
        seat: SeatId(n),
        kind,
        name: name.into(),
        listener: false,
        auto_open: false,
        newcomer: false,
    }
}

fn listening(n: u64, name: &str) -> Command {
    Command::Join {
        seat: SeatId(n),
        kind: SeatKind::Console,
        name: name.into(),
        listener: true,
        auto_open: false,
        newcomer: false,
    }
}

#[test]
fn the_owner_joins_as_host_muted_on_the_stage() {
    let hall = Hall::open();
    let host = hall.who(HOST);
    assert_eq!(host.role, Role::Host);
    assert_eq!(host.mic(), palco::meeting::Mic::Muted);
    assert_eq!(hall.meeting.owner(), Some(HOST));
    assert_eq!(hall.meeting.number(), 28);
}

#[test]
fn who_opens_somebody_elses_room_is_host_and_so_is_the_owner() {
    let mut hall = Hall::new();
    let open = Command::Open {
        title: "T".into(),
        number: 1,
        owner: ANA,
        length: mins(30),
        agenda: Vec::new(),
        terms: Default::default(),
    };
    hall.ok(BRUNO, open);
    hall.join(BRUNO, "Bruno");
    hall.join(CARLA, "Carla");
    let join = listening(90, "Ana");
    hall.ok(ANA, join);
    let roles = [ANA, BRUNO, CARLA].map(|id| hall.who(id).role);
    assert_eq!(roles, [Role::Host, Role::Host, Role::Attendee]);
    hall.ok(ANA, Command::SetRole { participant: BRUNO, role: Role::Attendee });
    hall.ok(BRUNO, Command::Leave);
    hall.join(BRUNO, "Bruno");
    assert_eq!(hall.who(BRUNO).role, Role::Attendee, "the owner's word counts");
}

#[test]
fn roles_are_remembered_and_listening_is_a_choice() {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, Command::Leave);
    hall.ok(BRUNO, Command::Leave);
    hall.ok(ANA, listening(91, "Ana"));
    hall.ok(BRUNO, listening(92, "Bruno"));
    assert_eq!(hall.who(ANA).role, Role::Speaker);
    assert_eq!(hall.who(BRUNO).role, Role::Listener);
    hall.ok(BRUNO, Command::Leave);
    hall.join(BRUNO, "Bruno");
    assert_eq!(hall.who(BRUNO).role, Role::Attendee);
}

#[test]
fn listeners_without_a_name_are_numbered() {
    let mut hall = Hall::live();
    hall.join(person(20), "Listener 2");
    for n in 30..33 {
        hall.ok(person(n), listening(u64::from(n) + 100, ""));
    }
    let names = [30, 31, 32].map(|n| hall.who(person(n)).name.clone());
    assert_eq!(names, ["listener 1", "listener 3", "listener 4"]);
    assert!([30, 31, 32].iter().all(|n| hall.who(person(*n)).resembles.is_none()));
    // Who comes back is who they were, under a name given meanwhile too.
    hall.ok(HOST, Command::RenameOther { participant: person(31), name: "Elio".into() });
    hall.ok(person(31), Command::Leave);
    hall.ok(person(31), listening(140, ""));
    assert_eq!(hall.who(person(31)).name, "Elio");
    hall.ok(person(33), listening(141, ""));
    assert_eq!(hall.who(person(33)).name, "listener 3");
    // Who shares a place with others before and after has a number whatever the last one was called.
    hall.ok(person(31), Command::Leave);
    hall.ok(person(31), listening(143, "listener"));
    assert_eq!(hall.who(person(31)).name, "listener 5");
    hall.ok(person(31), Command::Leave);
    hall.ok(person(31), listening(144, "listener"));
    assert_eq!(hall.who(person(31)).name, "listener 5");
    let nameless = seat(142, SeatKind::Audio, "");
    assert!(matches!(hall.no(person(34), nameless), Rejection::BadText { .. }), "who speaks has a name");
}

#[test]
fn a_second_seat_is_the_same_person() {
    let mut hall = Hall::live();
    let source = hall.who(ANA).source;
    let second = seat(50, SeatKind::Audio, "Whatever");
    assert_eq!(hall.ok(ANA, second.clone()).len(), 1);
    assert_eq!(hall.ok(ANA, second), [], "the same seat again");
    assert_eq!((hall.who(ANA).seats().len(), hall.who(ANA).name.as_str()), (2, "Ana"));
    hall.server(Command::CloseSeat { seat: SeatId(50) });
    assert!(hall.who(ANA).is_here());
    let first = hall.who(ANA).seats()[0].id;
    hall.server(Command::CloseSeat { seat: first });
    assert_eq!(hall.who(ANA).presence, Presence::Away { since: hall.now });
    assert!(hall.who(ANA).is_in());
    hall.ok(ANA, seat(51, SeatKind::Console, "Ana"));
    assert!(hall.who(ANA).is_here());
    assert_eq!(hall.who(ANA).source, source);
}

#[test]
fn a_script_leaves_no_trace_while_its_owner_is_here() {
    let mut hall = Hall::live();
    assert_eq!(hall.ok(ANA, seat(60, SeatKind::Control, "Ana")), []);
    assert_eq!(hall.server(Command::CloseSeat { seat: SeatId(60) }), []);
    let stranger = person(70);
    assert_eq!(hall.ok(stranger, seat(61, SeatKind::Control, "Script")).len(), 2);
    hall.server(Command::CloseSeat { seat: SeatId(61) });
    assert!(!hall.who(stranger).is_here());
}

#[test]
fn a_lost_link_loses_nothing_until_its_grace_runs_out() {
    let mut hall = Hall::live();
    let hand = hall.raise(ANA, "One");
    hall.give_turn(BRUNO);
    for id in [ANA, BRUNO] {
        let seat = hall.who(id).seats()[0].id;
        hall.server(Command::CloseSeat { seat });
    }
    assert_eq!(hall.line(), [ANA]);
    assert_eq!(hall.meeting.turn().unwrap().hand.participant, BRUNO);
    assert_eq!(hall.who(BRUNO).mic(), palco::meeting::Mic::Live);
    hall.join(ANA, "Ana");
    assert_eq!(hall.server(Command::Expire { participant: ANA }), [], "back in time");
    assert_eq!(
        hall.server(Command::Expire { participant: BRUNO }),
        [
            Event::TurnEnded { turn: palco::meeting::TurnId(1) },
            Event::SteppedDown { participant: BRUNO },
            Event::Left { participant: BRUNO, reason: LeaveReason::Gone, why: None },
        ]
    );
    assert_eq!(
        hall.ok(ANA, Command::Leave),
        [
            Event::HandWithdrawn { hand },
            Event::Left { participant: ANA, reason: LeaveReason::Left, why: None }
        ]
    );
    assert_eq!(hall.server(Command::Expire { participant: ANA }), []);
    assert_eq!(hall.no(ANA, Command::Leave), Rejection::NotHere);
}

#[test]
fn talk_time_outlives_leaving() {
    let mut hall = Hall::live();
    hall.server(Command::RecordSpeech { participant: ANA, spoken: mins(3) });
    hall.ok(ANA, Command::Leave);
    hall.join(ANA, "Ana again");
    let ana = hall.who(ANA);
    assert_eq!((ana.spoken, ana.is_heard(), ana.name.as_str()), (mins(3), true, "Ana again"));
    hall.ok(ANA, Command::Leave);
    assert_eq!(hall.server(Command::RecordSpeech { participant: ANA, spoken: mins(3) }), []);
}

#[test]
fn a_name_is_one_persons_even_after_they_left() {
    let mut hall = Hall::live();
    hall.ok(ANA, Command::Leave);
    for name in ["ana", " ANA ", "A\u{200B}na", "Ａｎａ"] {
        let join = hall.joining(name);
        assert!(matches!(hall.no(person(80), join), Rejection::NameTaken { .. }), "{name}");
    }
    assert!(matches!(hall.no(BRUNO, Command::Rename { name: "ana".into() }), Rejection::NameTaken { .. }));
    hall.join(ANA, "ANA");
    assert_eq!(hall.who(ANA).name, "ANA");
}

#[test]
fn a_name_that_only_looks_the_same_is_flagged() {
    let mut hall = Hall::live();
    hall.join(person(80), "\u{410}na");
    assert_eq!(hall.who(person(80)).resembles, Some(ANA));
    hall.ok(person(80), Command::Rename { name: "Anna".into() });
    assert_eq!(hall.who(person(80)).resembles, None);
    hall.join(person(81), "Car1a");
    assert_eq!(hall.who(person(81)).resembles, Some(CARLA), "a digit for a letter");
}

#[test]
fn ones_own_settings_change_once() {
    let mut hall = Hall::live();
    assert_eq!(hall.ok(ANA, Command::Rename { name: " Ana ".into() }), []);
    assert_eq!(hall.ok(ANA, Command::AutoOpen { on: true }), []);
    assert_eq!(hall.ok(ANA, Command::AutoOpen { on: false }).len(), 1);
    assert!(!hall.who(ANA).auto_open);
}

#[test]
fn a_cohost_gives_small_roles_and_leaves_hosts_alone() {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Cohost);
    let give = |participant, role| Command::SetRole { participant, role };
    let refused = Rejection::NotAllowed { role: Role::Cohost };
    for role in [Role::Host, Role::Cohost] {
        assert_eq!(hall.no(ANA, give(BRUNO, role)), refused);
    }
    for role in [Role::Speaker, Role::Listener, Role::Attendee] {
        hall.ok(ANA, give(BRUNO, role));
        assert_eq!(hall.who(BRUNO).role, role);
    }
    for command in [
        give(HOST, Role::Attendee),
        Command::Hold { participant: HOST },
        Command::Release { participant: HOST },
        Command::OffStage { participant: HOST },
    ] {
        assert_eq!(hall.no(ANA, command), refused);
    }
}

#[test]
fn somebody_stays_host() {
    let mut hall = Hall::live();
    let demote = |participant| Command::SetRole { participant, role: Role::Speaker };
    assert_eq!(hall.no(HOST, demote(HOST)), Rejection::OwnerStaysHost);
    hall.set_role(ANA, Role::Host);
    hall.set_role(BRUNO, Role::Host);
    assert_eq!(hall.no(ANA, demote(HOST)), Rejection::OwnerStaysHost);
    hall.ok(HOST, Command::Leave);
    hall.ok(ANA, demote(BRUNO));
    assert_eq!(hall.no(ANA, demote(ANA)), Rejection::LastHost);
    assert_eq!(hall.ok(ANA, Command::SetRole { participant: BRUNO, role: Role::Speaker }), []);
}

#[test]
fn a_listener_gives_up_stage_hand_and_invitation() {
    let mut hall = Hall::live();
    hall.raise(ANA, "One");
    hall.give_turn(BRUNO);
    hall.ok(HOST, Command::Invite { participant: CARLA });
    for id in [ANA, BRUNO, CARLA] {
        hall.set_role(id, Role::Listener);
        assert_eq!((hall.who(id).invited_at, &hall.who(id).stage), (None, &None));
    }
    assert!(hall.meeting.turn().is_none() && hall.line().is_empty());
}

#[test]
fn who_loses_the_role_loses_the_place_it_gave() {
    let mut hall = Hall::live();
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, Command::StepUp);
    hall.set_role(ANA, Role::Attendee);
    assert!(hall.who(ANA).stage.is_none());
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, Command::StepUp);
    hall.give_turn(ANA);
    hall.set_role(ANA, Role::Attendee);
    assert_eq!(hall.who(ANA).mic(), palco::meeting::Mic::Live, "the turn goes on");
    hall.done();
    assert!(hall.who(ANA).stage.is_none());
}

#[test]
fn a_meeting_that_is_over_can_be_looked_at() {
    let mut hall = Hall::live();
    hall.raise(ANA, "Never called");
    hall.ok(HOST, Command::End);
    hall.ok(HOST, Command::Leave);
    hall.join(HOST, "Stefano");
    assert!(hall.who(HOST).stage.is_none());
    hall.ok(ANA, Command::Leave);
    assert_eq!(hall.line(), [ANA], "it stays in the record");
}

#[test]
fn whose_console_goes_is_muted_although_their_sound_stays() {
    let mut hall = Hall::live();
    let console = hall.who(ANA).seats()[0].id;
    hall.set_role(ANA, Role::Speaker);
    hall.ok(ANA, seat(70, SeatKind::Audio, "Ana"));
    hall.ok(ANA, seat(71, SeatKind::Console, "Ana"));
    hall.ok(ANA, Command::StepUp);
    hall.ok(ANA, Command::Unmute);
    let closed = hall.server(Command::CloseSeat { seat: console });
    assert_eq!(closed.len(), 1, "another console is there: {closed:?}");
    assert_eq!(
        hall.server(Command::CloseSeat { seat: SeatId(71) }),
        [Event::SeatClosed { participant: ANA, seat: SeatId(71) }, Event::Muted { participant: ANA },]
    );
    assert!(hall.who(ANA).is_here());
}
