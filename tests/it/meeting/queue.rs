//! Hands, their order, and turns.

use palco::meeting::{
    Command, Event, HandId, HandKind, HandState, Mic, Order, Rejection, StageReason, TurnId,
};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person};

fn raise(topic: &str, kind: HandKind) -> Command {
    Command::Raise { topic: topic.into(), kind }
}

fn four() -> Hall {
    let mut hall = Hall::live();
    for id in [ANA, BRUNO, CARLA, DARIO] {
        hall.raise(id, "One");
    }
    hall
}

fn order(hall: &mut Hall, order: Order) {
    hall.ok(HOST, Command::Reorder { order });
}

#[test]
fn one_hand_a_person_that_keeps_its_place() {
    let mut hall = four();
    let hand = hall.meeting.hand_of(ANA).unwrap().id;
    assert_eq!(hall.ok(ANA, raise(" One\t", HandKind::Question)), []);
    let reworded = Event::HandReworded { hand, kind: HandKind::Reply, topic: "Two".into() };
    assert_eq!(hall.ok(ANA, raise("Two", HandKind::Reply)), [reworded]);
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA, DARIO]);
    hall.ok(ANA, Command::Lower);
    assert_eq!(hall.no(ANA, Command::Lower), Rejection::NoHandRaised);
    assert!(hall.raise(ANA, "Again") > hand);
    assert_eq!(hall.line(), [BRUNO, CARLA, DARIO, ANA]);
}

#[test]
fn fair_is_never_heard_then_least_talk_then_arrival() {
    let mut hall = four();
    let spoke = |participant, m| Command::RecordSpeech { participant, spoken: mins(m) };
    hall.server(spoke(ANA, 5));
    hall.server(spoke(BRUNO, 3));
    assert_eq!(hall.line(), [CARLA, DARIO, BRUNO, ANA]);
    order(&mut hall, Order::Arrival);
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA, DARIO]);
}

#[test]
fn a_turn_counts_as_heard_where_speech_is_not_measured() {
    let mut hall = Hall::live();
    hall.give_turn(ANA);
    hall.done();
    hall.raise(ANA, "More");
    hall.raise(BRUNO, "First");
    assert_eq!(hall.line(), [BRUNO, ANA]);
    assert_eq!(hall.who(ANA).turns, 1);
}

#[test]
fn support_is_counted_once_a_person() {
    let mut hall = four();
    order(&mut hall, Order::Support);
    let hand = hall.meeting.hand_of(CARLA).unwrap().id;
    let support = |on| Command::Support { hand, on };
    assert_eq!(hall.ok(ANA, support(true)).len(), 1);
    assert_eq!(hall.ok(ANA, support(true)), []);
    assert_eq!(hall.line(), [CARLA, ANA, BRUNO, DARIO]);
    assert_eq!(hall.no(CARLA, support(true)), Rejection::OwnHand);
    hall.ok(ANA, support(false));
    assert_eq!(hall.ok(ANA, support(false)), []);
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA, DARIO]);
    assert_eq!(hall.no(ANA, Command::Support { hand: HandId(99), on: true }), Rejection::NoSuchHand);
}

#[test]
fn points_of_order_jump_in_all_orders_but_manual() {
    for kind in Order::ALL {
        let mut hall = four();
        order(&mut hall, *kind);
        hall.join(person(50), "Zoe");
        hall.ok(person(50), raise("We are late", HandKind::PointOfOrder));
        let place = hall.line().iter().position(|id| *id == person(50));
        assert_eq!(place, Some(if *kind == Order::Manual { 4 } else { 0 }), "{kind}");
    }
}

#[test]
fn a_host_arranges_the_queue_by_hand() {
    let mut hall = four();
    let hand = |hall: &Hall, id| hall.meeting.hand_of(id).unwrap().id;
    let dario = hand(&hall, DARIO);
    hall.ok(HOST, Command::Move { hand: dario, position: 1 });
    assert_eq!((hall.meeting.order(), hall.line()), (Order::Manual, vec![DARIO, ANA, BRUNO, CARLA]));
    assert_eq!(hall.ok(HOST, Command::Move { hand: dario, position: 1 }), []);
    let ana = hand(&hall, ANA);
    hall.ok(HOST, Command::Move { hand: ana, position: 4 });
    assert_eq!(hall.line(), [DARIO, BRUNO, CARLA, ANA]);
    for position in [0, 5, u32::MAX] {
        assert_eq!(hall.no(HOST, Command::Move { hand: ana, position }), Rejection::NoSuchPlace { position });
    }
    order(&mut hall, Order::Arrival);
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA, DARIO]);
    hall.server(Command::RecordSpeech { participant: ANA, spoken: mins(1) });
    order(&mut hall, Order::Fair);
    order(&mut hall, Order::Manual);
    assert_eq!(hall.line(), [BRUNO, CARLA, DARIO, ANA], "manual starts from the order that stood");
    assert_eq!(hall.ok(HOST, Command::Reorder { order: Order::Manual }), []);
}

#[test]
fn the_life_of_a_hand() {
    let mut hall = four();
    let states = |hall: &Hall| [1, 2, 3, 4].map(|n| hall.meeting.hand_state(HandId(n)));
    let (on_deck, waiting) = (Some(HandState::OnDeck), Some(HandState::Waiting));
    assert_eq!(states(&hall), [on_deck, on_deck, waiting, waiting]);
    hall.next();
    assert_eq!(states(&hall), [Some(HandState::Called), on_deck, on_deck, waiting]);
    hall.done();
    hall.ok(HOST, Command::Drop { hand: HandId(2) });
    assert_eq!(states(&hall), [None, None, on_deck, on_deck]);
    assert_eq!(hall.no(HOST, Command::Drop { hand: HandId(2) }), Rejection::NoSuchHand);
}

#[test]
fn next_ends_the_turn_and_calls_the_first() {
    let mut hall = four();
    let turn = hall.next();
    hall.wait(mins(2));
    assert_eq!(
        hall.ok(HOST, Command::Next { current: Some(turn) }),
        [
            Event::TurnEnded { turn },
            Event::SteppedDown { participant: ANA },
            Event::Called { turn: TurnId(2), hand: HandId(2), participant: BRUNO },
            Event::SteppedUp { participant: BRUNO, reason: StageReason::Turn, muted: false },
        ]
    );
    assert_eq!(hall.who(ANA).mic(), Mic::Closed);
    assert_eq!(hall.meeting.turns()[0].length(hall.now), mins(2));
}

#[test]
fn two_hosts_who_press_at_once_call_one_person() {
    let mut hall = four();
    let pressed = Command::Next { current: None };
    hall.ok(HOST, pressed.clone());
    assert_eq!(hall.no(HOST, pressed), Rejection::StaleTurn);
    assert_eq!(hall.no(HOST, Command::Call { hand: HandId(2), current: None }), Rejection::StaleTurn);
    hall.done();
    assert_eq!(hall.no(HOST, Command::Done { turn: TurnId(1) }), Rejection::StaleTurn);
}

#[test]
fn next_without_anybody_waiting_leaves_the_turn() {
    let mut hall = Hall::live();
    let turn = hall.give_turn(ANA);
    assert_eq!(hall.no(HOST, Command::Next { current: Some(turn) }), Rejection::QueueEmpty);
    assert_eq!(hall.meeting.turn().unwrap().id, turn);
}

#[test]
fn a_chosen_hand_is_called_before_the_first() {
    let mut hall = four();
    hall.ok(HOST, Command::Call { hand: HandId(3), current: None });
    assert_eq!(hall.line(), [ANA, BRUNO, DARIO]);
    assert_eq!(hall.meeting.turn().unwrap().hand.participant, CARLA);
    assert_eq!(
        hall.no(CARLA, raise("More", HandKind::Question)),
        Rejection::YourTurn,
        "their hand is the one called"
    );
}

#[test]
fn a_microphone_opens_by_itself_only_for_those_who_want_it() {
    let mut hall = Hall::live();
    hall.ok(ANA, Command::AutoOpen { on: false });
    hall.give_turn(ANA);
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
    hall.ok(ANA, Command::Unmute);
    assert_eq!(hall.who(ANA).mic(), Mic::Live);
}

#[test]
fn called_on_the_stage_and_muted_again_after() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::Invite { participant: ANA });
    hall.ok(ANA, Command::Accept);
    hall.give_turn(ANA);
    assert_eq!(hall.who(ANA).mic(), Mic::Live);
    hall.done();
    assert_eq!(hall.who(ANA).mic(), Mic::Muted);
    hall.ok(HOST, Command::Hold { participant: ANA });
    hall.give_turn(ANA);
    assert_eq!(hall.who(ANA).mic(), Mic::Held, "calling somebody does not open a held microphone");
}

#[test]
fn everybody_ends_their_own_turn() {
    let mut hall = Hall::live();
    let turn = hall.give_turn(ANA);
    assert!(matches!(hall.no(BRUNO, Command::Done { turn }), Rejection::NotAllowed { .. }));
    hall.ok(ANA, Command::Done { turn });
    assert!(hall.meeting.turn().is_none());
}
