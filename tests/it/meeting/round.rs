//! The round in virtual time: who speaks, who is next, and who is never lost.

use palco::meeting::{
    Command, Event, LeaveReason, Mic, Millis, ParticipantId, Reach, Rejection, Role, Round, RoundExit,
    RoundOrder, SeatId, StageReason,
};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person};

const MINUTE: Millis = Millis::from_mins(1);

fn start(order: RoundOrder) -> Command {
    Command::StartRound { order, each: MINUTE, seed: None }
}

/// Live, with the host, Ana, Bruno, Carla and Dario, in a round by arrival: the host speaks.
fn round() -> Hall {
    let mut hall = Hall::live();
    hall.ok(HOST, start(RoundOrder::Arrival));
    hall
}

impl Hall {
    #[track_caller]
    fn round(&self) -> &Round {
        self.meeting.round().expect("a round")
    }

    fn speaker(&self) -> Option<ParticipantId> {
        self.meeting.round()?.speaker.map(|s| s.participant)
    }

    /// The host moves on.
    #[track_caller]
    fn move_on(&mut self) {
        let current = self.speaker();
        self.ok(HOST, Command::RoundDone { current });
    }

    fn gone(&mut self, id: ParticipantId) {
        let seats: Vec<SeatId> = self.who(id).seats().iter().map(|s| s.id).collect();
        seats.into_iter().for_each(|seat| drop(self.server(Command::CloseSeat { seat })));
    }

    fn back(&mut self, id: ParticipantId) {
        let name = self.who(id).name.clone();
        self.join(id, &name);
    }

    /// Who is heard by everybody.
    fn heard(&self) -> Vec<ParticipantId> {
        let live = |p: &&palco::meeting::Participant| p.mic() == Mic::Live && p.reach() == Reach::Everybody;
        self.meeting.stage().into_iter().filter(live).map(|p| p.id).collect()
    }
}

#[test]
fn everybody_has_a_minute_and_the_microphone_moves_by_itself() {
    let mut hall = Hall::live();
    hall.set_role(DARIO, Role::Listener);
    hall.ok(HOST, Command::Unmute);
    let events = hall.ok(HOST, start(RoundOrder::Arrival));
    assert_eq!(
        events,
        [
            Event::Muted { participant: HOST },
            Event::RoundStarted {
                order: RoundOrder::Arrival,
                seed: None,
                each: MINUTE,
                participants: vec![HOST, ANA, BRUNO, CARLA]
            },
            Event::RoundTurnStarted { participant: HOST },
            Event::Unmuted { participant: HOST },
        ]
    );
    assert_eq!(hall.heard(), [HOST]);
    let mut order = vec![HOST];
    for _ in 0..3 {
        hall.pass(Millis(59_999));
        assert_eq!(hall.speaker(), order.last().copied(), "not a moment early");
        hall.pass(Millis(1));
        order.extend(hall.speaker());
        assert_eq!(hall.heard(), [*order.last().unwrap()]);
    }
    assert_eq!(order, [HOST, ANA, BRUNO, CARLA]);
    hall.pass(MINUTE);
    assert_eq!(hall.meeting.round(), None);
    assert_eq!(hall.heard(), []);
    assert!([HOST, ANA, BRUNO, CARLA].iter().all(|id| hall.who(*id).is_heard()));
    assert_eq!(hall.meeting.stage().iter().map(|p| p.id).collect::<Vec<_>>(), [HOST]);
    assert!(hall.meeting.due_at() > Some(hall.now.plus(mins(10))), "nothing of the round is due");
}

#[test]
fn the_microphone_stays_closed_without_auto_open_and_no_one_elses_opens() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::AutoOpen { on: false });
    hall.ok(HOST, start(RoundOrder::Arrival));
    assert_eq!(hall.heard(), []);
    hall.ok(HOST, Command::Unmute);
    hall.ok(HOST, Command::Invite { participant: ANA });
    hall.ok(ANA, Command::Accept);
    assert_eq!(hall.no(ANA, Command::Unmute), Rejection::RoundOn);
    hall.move_on();
    assert_eq!(hall.heard(), [ANA]);
    assert_eq!(hall.no(HOST, Command::Unmute), Rejection::RoundOn);
    hall.move_on();
    assert_eq!(hall.who(ANA).mic(), Mic::Muted, "invited people stay on the stage");
    assert_eq!(hall.who(BRUNO).stage.as_ref().unwrap().reason, StageReason::Round);
    hall.move_on();
    assert_eq!(hall.who(BRUNO).stage, None, "others step down");
}

#[test]
fn a_host_may_whisper_into_a_round_and_no_more() {
    let mut hall = round();
    hall.move_on();
    hall.ok(HOST, Command::TalkTo { reach: Reach::Stage });
    hall.ok(HOST, Command::Unmute);
    assert_eq!(hall.heard(), [ANA]);
    assert!(hall.meeting.hears(ANA, HOST) && !hall.meeting.hears(BRUNO, HOST));
    let events = hall.ok(HOST, Command::TalkTo { reach: Reach::Everybody });
    assert_eq!(events, [Event::Muted { participant: HOST }]);
    assert_eq!(hall.heard(), [ANA]);
}

#[test]
fn done_pass_and_later_are_the_speakers_and_the_hosts() {
    let mut hall = round();
    hall.move_on();
    assert_eq!(hall.no(HOST, Command::RoundDone { current: Some(HOST) }), Rejection::StaleTurn);
    assert!(matches!(
        hall.no(BRUNO, Command::RoundDone { current: Some(ANA) }),
        Rejection::NotAllowed { .. }
    ));
    hall.ok(ANA, Command::RoundSkip { participant: ANA });
    assert_eq!(hall.speaker(), Some(BRUNO));
    assert_eq!(hall.round().waiting, [CARLA, DARIO, ANA]);
    hall.ok(DARIO, Command::RoundPass { participant: DARIO });
    hall.ok(BRUNO, Command::RoundPass { participant: BRUNO });
    assert_eq!(hall.speaker(), Some(CARLA));
    assert_eq!(hall.round().passed, [DARIO, BRUNO]);
    hall.ok(CARLA, Command::RoundDone { current: Some(CARLA) });
    assert_eq!(hall.speaker(), Some(ANA));
    assert!(!hall.who(BRUNO).is_heard() && hall.who(CARLA).is_heard());
    hall.ok(HOST, Command::RoundMove { participant: BRUNO, position: 1 });
    assert_eq!(hall.round().waiting, [BRUNO], "a host brings somebody back");
    assert!(hall.round().passed == [DARIO]);
}

#[test]
fn later_with_nobody_else_comes_at_once() {
    let mut hall = Hall::open();
    hall.ok(HOST, Command::Start);
    hall.ok(HOST, start(RoundOrder::Arrival));
    hall.wait(Millis(30_000));
    hall.ok(HOST, Command::RoundSkip { participant: HOST });
    assert_eq!((hall.speaker(), hall.heard()), (Some(HOST), vec![HOST]));
    assert_eq!(hall.meeting.round_left(hall.now), Some(MINUTE));
}

#[test]
fn a_host_moves_people_within_the_list() {
    let mut hall = round();
    hall.ok(HOST, Command::RoundMove { participant: DARIO, position: 1 });
    assert_eq!(hall.round().waiting, [DARIO, ANA, BRUNO, CARLA]);
    assert_eq!(hall.ok(HOST, Command::RoundMove { participant: DARIO, position: 1 }), []);
    for position in [0, 5] {
        let refused = hall.no(HOST, Command::RoundMove { participant: ANA, position });
        assert_eq!(refused, Rejection::NoSuchPlace { position });
    }
    assert_eq!(
        hall.no(HOST, Command::RoundMove { participant: HOST, position: 1 }),
        Rejection::NotInRound,
        "who speaks does not wait"
    );
}

#[test]
fn late_joiners_come_last_and_listeners_not_at_all() {
    let mut hall = round();
    hall.join(person(6), "Elio");
    let mut listening = hall.joining("Franca");
    if let Command::Join { listener, .. } = &mut listening {
        *listener = true;
    }
    hall.ok(person(7), listening);
    assert_eq!(hall.round().waiting, [ANA, BRUNO, CARLA, DARIO, person(6)]);
    hall.set_role(person(7), Role::Attendee);
    assert_eq!(hall.round().waiting.last(), Some(&person(7)));
    let mut given = hall.clone();
    let mut listening = given.joining("Gina");
    if let Command::Join { listener, .. } = &mut listening {
        *listener = true;
    }
    given.ok(person(8), listening);
    given.ok(HOST, Command::HandOver { participant: person(8) });
    assert_eq!(given.round().waiting.last(), Some(&person(8)), "a host takes part as well");
    hall.set_role(ANA, Role::Listener);
    assert_eq!(hall.round().waiting.first(), Some(&BRUNO));
    hall.move_on();
    hall.ok(BRUNO, Command::Leave);
    assert_eq!(hall.speaker(), Some(CARLA), "who leaves ends their time");
    hall.back(BRUNO);
    assert!(!hall.round().has(BRUNO), "and has had it");
}

#[test]
fn somebody_absent_is_put_at_the_end_and_not_lost() {
    let mut hall = round();
    hall.gone(ANA);
    hall.gone(BRUNO);
    hall.pass(MINUTE);
    assert_eq!(hall.speaker(), Some(CARLA));
    assert_eq!(hall.round().waiting, [DARIO, ANA, BRUNO]);
    hall.back(BRUNO);
    hall.pass(MINUTE);
    hall.pass(MINUTE);
    assert_eq!(hall.speaker(), Some(BRUNO), "Ana is still away");
    hall.back(ANA);
    hall.pass(MINUTE);
    assert_eq!(hall.speaker(), Some(ANA));
    hall.pass(MINUTE);
    assert_eq!(hall.meeting.round(), None);
}

#[test]
fn a_round_of_absent_people_waits_for_them() {
    let mut hall = round();
    for id in [ANA, BRUNO, CARLA, DARIO] {
        hall.gone(id);
    }
    hall.pass(MINUTE);
    assert_eq!((hall.speaker(), hall.heard()), (None, vec![]));
    assert!(hall.meeting.due_at() > Some(hall.now.plus(mins(10))), "nobody is called in vain");
    hall.pass(mins(2));
    hall.back(CARLA);
    hall.pass(Millis(1));
    assert_eq!((hall.speaker(), hall.heard()), (Some(CARLA), vec![CARLA]));
    for id in [ANA, BRUNO, DARIO] {
        hall.server(Command::Expire { participant: id });
    }
    hall.pass(MINUTE);
    assert_eq!(hall.meeting.round(), None, "nobody is left");
}

#[test]
fn a_round_whose_last_absent_people_leave_is_over() {
    let mut hall = round();
    for id in [ANA, BRUNO, CARLA, DARIO] {
        hall.gone(id);
    }
    hall.pass(MINUTE);
    for id in [ANA, BRUNO, CARLA, DARIO] {
        hall.server(Command::Expire { participant: id });
    }
    hall.pass(Millis(1));
    assert_eq!(hall.meeting.round(), None);
}

#[test]
fn a_speaker_whose_link_dies_speaks_later() {
    let mut hall = round();
    hall.move_on();
    hall.gone(ANA);
    assert_eq!(hall.speaker(), Some(ANA), "she may be back in time");
    hall.pass(MINUTE);
    assert_eq!(hall.speaker(), Some(BRUNO));
    assert_eq!(hall.round().waiting, [CARLA, DARIO, ANA]);
    assert!(!hall.who(ANA).is_heard());
    let events = hall.server(Command::Expire { participant: ANA });
    assert!(events.contains(&Event::Left { participant: ANA, reason: LeaveReason::Gone, why: None }));
    assert_eq!(hall.round().waiting, [CARLA, DARIO]);
    hall.back(ANA);
    assert_eq!(hall.round().waiting, [CARLA, DARIO, ANA]);
}

#[test]
fn a_seed_gives_the_same_order_again() {
    let shuffled = |seed| {
        let mut hall = Hall::live();
        hall.ok(HOST, Command::StartRound { order: RoundOrder::Random, each: MINUTE, seed });
        let round = hall.round().clone();
        (
            round.seed,
            round.speaker.map(|s| s.participant).into_iter().chain(round.waiting).collect::<Vec<_>>(),
        )
    };
    assert_eq!(shuffled(Some(7)), shuffled(Some(7)));
    assert_eq!(shuffled(Some(7)).1, [DARIO, ANA, CARLA, HOST, BRUNO], "on every machine, for ever");
    let orders: std::collections::BTreeSet<_> = (0..50).map(|seed| shuffled(Some(seed)).1).collect();
    assert!(orders.len() > 20, "{}", orders.len());
    let (seed, order) = shuffled(None);
    assert_eq!(shuffled(seed).1, order, "what was by chance is recorded");
}

#[test]
fn by_name_and_by_hand() {
    let mut hall = Hall::live();
    hall.ok(HOST, start(RoundOrder::Name));
    let names: Vec<_> = hall.round().waiting.iter().map(|id| hall.who(*id).name.as_str()).collect();
    assert_eq!((hall.speaker(), names), (Some(ANA), vec!["Bruno", "Carla", "Dario", "Stefano"]));
    hall.ok(HOST, Command::EndRound);
    hall.ok(HOST, start(RoundOrder::Manual));
    hall.pass(mins(3));
    assert_eq!(hall.speaker(), None, "it waits for the host");
    assert!(matches!(hall.no(ANA, Command::RoundDone { current: None }), Rejection::NotAllowed { .. }));
    hall.ok(HOST, Command::RoundMove { participant: CARLA, position: 1 });
    hall.move_on();
    assert_eq!(hall.speaker(), Some(CARLA));
    hall.pass(MINUTE);
    assert_eq!(hall.speaker(), Some(HOST));
}

#[test]
fn a_round_ends_the_turn_that_is_on_and_keeps_the_queue() {
    let mut hall = Hall::live();
    hall.give_turn(BRUNO);
    hall.raise(ANA, "Later");
    let events = hall.ok(HOST, start(RoundOrder::Arrival));
    assert!(matches!(events[0], Event::TurnEnded { .. }));
    assert_eq!(hall.no(HOST, Command::Next { current: None }), Rejection::RoundOn);
    hall.raise(DARIO, "And me");
    hall.ok(HOST, Command::EndRound);
    assert_eq!((hall.heard(), hall.line()), (vec![], vec![ANA, DARIO]));
    hall.next();
    assert_eq!(hall.heard(), [ANA]);
}

#[test]
fn a_pause_of_the_clock_is_nobodys_time() {
    let mut hall = round();
    hall.pass(Millis(20_000));
    hall.ok(HOST, Command::Pause);
    assert_eq!(hall.meeting.due_at(), None);
    hall.pass(mins(10));
    assert_eq!(hall.meeting.round_left(hall.now), Some(Millis(40_000)));
    hall.ok(HOST, Command::Resume);
    hall.pass(Millis(39_999));
    assert_eq!(hall.speaker(), Some(HOST));
    hall.pass(Millis(1));
    assert_eq!(hall.speaker(), Some(ANA));
}

#[test]
fn the_projection_counts_the_rest_of_the_round() {
    let mut hall = round();
    assert_eq!(hall.meeting.round_need(hall.now), mins(5));
    hall.pass(Millis(30_000));
    hall.move_on();
    assert_eq!(hall.meeting.round_need(hall.now), mins(2), "half a minute each, as the first");
    hall.raise(CARLA, "And then a question");
    assert_eq!(hall.meeting.projection(hall.now).queue, mins(2).plus(palco::meeting::TURN_LENGTH));
}

#[test]
fn taking_the_speaker_off_the_stage_moves_on() {
    let mut hall = round();
    hall.move_on();
    hall.ok(HOST, Command::OffStage { participant: ANA });
    assert_eq!((hall.speaker(), hall.heard()), (Some(BRUNO), vec![BRUNO]));
    hall.set_role(BRUNO, Role::Listener);
    assert_eq!((hall.speaker(), hall.heard()), (Some(CARLA), vec![CARLA]));
    hall.ok(HOST, Command::End);
    assert_eq!(hall.meeting.round(), None);
    let over = Event::RoundTurnEnded { participant: CARLA, how: RoundExit::Done };
    assert!(hall.log.iter().any(|r| r.event == over));
}

#[test]
fn a_held_speaker_has_their_time_in_silence() {
    let mut hall = round();
    hall.ok(HOST, Command::Invite { participant: ANA });
    hall.ok(ANA, Command::Accept);
    hall.ok(HOST, Command::Hold { participant: ANA });
    hall.move_on();
    assert_eq!((hall.speaker(), hall.heard()), (Some(ANA), vec![]));
    hall.ok(HOST, Command::Release { participant: ANA });
    hall.ok(ANA, Command::Unmute);
    assert_eq!(hall.heard(), [ANA]);
}
