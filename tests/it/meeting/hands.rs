//! Hands that are dropped, merged and brought back; turns that are no turn.

use palco::meeting::{
    Command, Event, HandId, HandKind, HandState, MAX_AT_ONCE, MAX_SUPPORTED, MAX_TURNS, Mic, Millis, Order,
    ParticipantId, RETURNS_IN, Rejection, Role, TurnId, UNDO_WINDOW,
};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person, replay};

/// Ana, Bruno, Carla and Dario wait, with hands 1 to 4.
fn four() -> Hall {
    let mut hall = Hall::live();
    for id in [ANA, BRUNO, CARLA, DARIO] {
        hall.raise(id, "One");
    }
    hall
}

fn hands(of: &[u64]) -> Vec<HandId> {
    of.iter().copied().map(HandId).collect()
}

fn supporters(hall: &Hall, hand: u64) -> Vec<ParticipantId> {
    hall.meeting.hand(HandId(hand)).unwrap().supporters.iter().copied().collect()
}

#[test]
fn the_same_question_is_asked_once_with_all_its_supporters() {
    let mut hall = four();
    for (who, hand) in [(HOST, 1), (CARLA, 2), (BRUNO, 1), (DARIO, 1)] {
        hall.ok(who, Command::Support { hand: HandId(hand), on: true });
    }
    let merge = Command::Merge { hands: hands(&[1, 3]), into: HandId(2) };
    assert_eq!(hall.ok(HOST, merge.clone()), [Event::HandsMerged { hands: hands(&[1, 3]), into: HandId(2) }]);
    assert_eq!(hall.line(), [BRUNO, DARIO]);
    assert_eq!(supporters(&hall, 2), [HOST, ANA, CARLA, DARIO], "owners too, but Bruno: it is his");
    assert_eq!(hall.no(HOST, merge), Rejection::NoSuchHand);
    assert_eq!(hall.no(HOST, Command::Merge { hands: hands(&[2]), into: HandId(2) }), Rejection::SameHand);
    assert_eq!(hall.no(HOST, Command::Merge { hands: hands(&[4]), into: HandId(1) }), Rejection::NoSuchHand);
    hall.raise(ANA, "Something else");

    let mut undone = four();
    undone.ok(CARLA, Command::Support { hand: HandId(2), on: true });
    let before = undone.meeting.queue().into_iter().cloned().collect::<Vec<_>>();
    undone.ok(HOST, Command::Merge { hands: hands(&[1, 3]), into: HandId(2) });
    undone.ok(HOST, Command::Restore);
    assert_eq!(undone.meeting.queue().into_iter().cloned().collect::<Vec<_>>(), before);
}

#[test]
fn many_hands_are_dropped_at_once_and_come_back_to_their_places() {
    for order in Order::ALL {
        let mut hall = four();
        hall.ok(HOST, Command::Reorder { order: *order });
        if *order == Order::Manual {
            hall.ok(HOST, Command::Move { hand: HandId(4), position: 1 });
        }
        let before = hall.line();
        hall.ok(CARLA, Command::Lower);
        hall.ok(CARLA, Command::Raise { topic: "Again".into(), kind: HandKind::Question });
        let named = hands(&[1, 1, 3, 4, 99]);
        assert_eq!(
            hall.ok(HOST, Command::DropHands { hands: named }),
            [Event::HandsDropped {
                hands: if *order == Order::Manual { hands(&[4, 1]) } else { hands(&[1, 4]) }
            }],
            "{order}: each once, and what waits no more is passed over"
        );
        assert_eq!(hall.line(), [BRUNO, CARLA]);
        hall.ok(HOST, Command::Restore);
        let back: Vec<_> = hall.line().into_iter().filter(|id| *id != CARLA).collect();
        assert_eq!(back, before.into_iter().filter(|id| *id != CARLA).collect::<Vec<_>>(), "{order}");
        assert_eq!(replay(&hall.log), hall.meeting);
    }
    let mut hall = four();
    let limit = MAX_AT_ONCE;
    let many = vec![HandId(1); limit + 1];
    assert_eq!(hall.no(HOST, Command::DropHands { hands: many }), Rejection::TooMany { limit });
    assert_eq!(hall.no(HOST, Command::DropHands { hands: Vec::new() }), Rejection::NoSuchHand);
}

#[test]
fn what_was_taken_out_comes_back_for_a_while_and_once() {
    let mut hall = four();
    hall.ok(HOST, Command::Drop { hand: HandId(2) });
    hall.wait(UNDO_WINDOW);
    assert_eq!(hall.ok(HOST, Command::Restore), [Event::HandsRestored { hands: hands(&[2]) }]);
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA, DARIO]);
    assert_eq!(hall.no(HOST, Command::Restore), Rejection::NothingToUndo);

    hall.ok(HOST, Command::Drop { hand: HandId(2) });
    hall.wait(UNDO_WINDOW.plus(palco::meeting::Millis(1)));
    assert_eq!(hall.no(HOST, Command::Restore), Rejection::NothingToUndo, "too late");

    hall.ok(HOST, Command::Drop { hand: HandId(1) });
    hall.ok(HOST, Command::Drop { hand: HandId(3) });
    hall.ok(HOST, Command::Restore);
    assert_eq!(hall.line(), [CARLA, DARIO], "only what was taken out last");
}

#[test]
fn a_hand_comes_back_only_to_somebody_who_may_have_one() {
    let mut hall = four();
    let all = Command::DropHands { hands: hands(&[1, 2, 3, 4]) };
    hall.ok(HOST, all);
    hall.ok(ANA, Command::Leave);
    hall.raise(BRUNO, "Again");
    hall.set_role(CARLA, Role::Listener);
    assert_eq!(hall.ok(HOST, Command::Restore), [Event::HandsRestored { hands: hands(&[4]) }]);
    assert_eq!(hall.line(), [DARIO, BRUNO]);

    let mut called = four();
    called.ok(HOST, Command::Drop { hand: HandId(1) });
    called.give_turn(ANA);
    assert_eq!(called.no(HOST, Command::Restore), Rejection::NothingToUndo, "she has the turn");
}

#[test]
fn who_does_not_answer_is_next_but_two_and_keeps_the_hand() {
    for order in Order::ALL {
        let mut hall = four();
        hall.join(person(50), "Zoe");
        hall.raise(person(50), "Late");
        hall.ok(HOST, Command::Reorder { order: *order });
        let turn = hall.next();
        let events = hall.ok(HOST, Command::NotThere { turn });
        assert_eq!(
            events,
            [
                Event::HandReturned { turn, returns_in: RETURNS_IN, counts: false },
                Event::SteppedDown { participant: ANA },
            ]
        );
        assert_eq!(hall.line(), [BRUNO, CARLA, ANA, DARIO, person(50)], "{order}");
        assert_eq!(hall.meeting.hand_of(ANA).unwrap().id, HandId(1));
        assert_eq!((hall.who(ANA).turns, hall.who(ANA).is_heard()), (0, false), "it was no turn");
        assert!(hall.meeting.turns().is_empty() && hall.meeting.turn().is_none());
        hall.next();
        assert_eq!(hall.line()[..2], [CARLA, ANA]);
        hall.next();
        assert_eq!(hall.line()[0], ANA);
        hall.next();
        assert_eq!(hall.meeting.turn().unwrap().hand.returns_in, None);
        assert_eq!(hall.no(HOST, Command::NotThere { turn }), Rejection::StaleTurn);
    }
}

#[test]
fn who_is_interrupted_is_first_again_behind_points_of_order() {
    let mut hall = four();
    let turn = hall.next();
    hall.wait(mins(1));
    hall.ok(DARIO, Command::Raise { topic: "We are late".into(), kind: HandKind::PointOfOrder });
    let events = hall.ok(HOST, Command::Interrupt { turn });
    assert_eq!(events[0], Event::HandReturned { turn, returns_in: 0, counts: true });
    assert_eq!(hall.line(), [DARIO, ANA, BRUNO, CARLA]);
    assert_eq!((hall.who(ANA).mic(), hall.who(ANA).turns), (Mic::Closed, 1));
    assert_eq!(hall.meeting.turns()[0].length(hall.now), mins(1));
    hall.next();
    hall.done();
    assert_eq!(hall.line(), [ANA, BRUNO, CARLA], "heard before, and first all the same");
    let again = hall.next();
    assert_eq!((again, hall.meeting.turn().unwrap().hand.id), (TurnId(3), HandId(1)));
}

#[test]
fn several_who_come_back_keep_apart() {
    let mut hall = four();
    let turn = hall.next();
    hall.ok(HOST, Command::NotThere { turn });
    let turn = hall.next();
    hall.ok(HOST, Command::NotThere { turn });
    assert_eq!(hall.line(), [CARLA, ANA, BRUNO, DARIO]);
    hall.next();
    assert_eq!(hall.line(), [ANA, BRUNO, DARIO]);
}

#[test]
fn a_place_that_a_host_gives_counts_more_than_a_promise() {
    let mut hall = four();
    let turn = hall.next();
    hall.ok(HOST, Command::Interrupt { turn });
    hall.ok(HOST, Command::Move { hand: HandId(1), position: 4 });
    assert_eq!(hall.line(), [BRUNO, CARLA, DARIO, ANA]);
    hall.next();
    assert_eq!(hall.line(), [CARLA, DARIO, ANA]);
}

#[test]
fn an_order_can_be_looked_at_before_it_is_taken() {
    let mut hall = four();
    hall.server(Command::RecordSpeech { participant: ANA, spoken: mins(1) });
    hall.ok(HOST, Command::Support { hand: HandId(4), on: true });
    let turn = hall.next();
    hall.ok(HOST, Command::NotThere { turn });
    for order in Order::ALL {
        let owners =
            |hands: Vec<&palco::meeting::Hand>| hands.iter().map(|h| h.participant).collect::<Vec<_>>();
        let preview = owners(hall.meeting.queue_by(*order));
        let mut taken = hall.clone();
        taken.ok(HOST, Command::Reorder { order: *order });
        assert_eq!(taken.line(), preview, "{order}");
    }
}

#[test]
fn support_has_bounds() {
    let mut hall = Hall::live();
    for n in 0..=MAX_SUPPORTED {
        let id = person(60 + u8::try_from(n).unwrap());
        hall.join(id, &format!("Guest {n}"));
        let hand = hall.raise(id, "Something");
        let support = Command::Support { hand, on: true };
        if n < MAX_SUPPORTED {
            hall.ok(ANA, support.clone());
        } else {
            assert_eq!(hall.no(ANA, support.clone()), Rejection::TooMany { limit: MAX_SUPPORTED });
            hall.ok(ANA, Command::Support { hand: HandId(1), on: false });
            hall.ok(ANA, support);
        }
    }
}

#[test]
fn the_latest_turns_are_remembered() {
    let mut hall = Hall::live();
    for n in 0..MAX_TURNS + 3 {
        let hand = hall.raise(ANA, "More");
        hall.ok(BRUNO, Command::Support { hand, on: true });
        hall.next();
        hall.wait(mins(1));
        hall.done();
        assert_eq!(hall.meeting.turns().len(), (n + 1).min(MAX_TURNS));
    }
    assert_eq!(hall.meeting.turns()[0].id, TurnId(4));
    assert!(hall.meeting.turns().iter().all(|t| t.hand.supporters.is_empty()));
    let turns = MAX_TURNS as u64;
    assert_eq!(hall.meeting.average_turn(), Millis(mins(turns + 10).0 / (turns + 5)));
}

#[test]
fn hands_that_come_back_are_on_deck_by_their_place() {
    let mut hall = four();
    let turn = hall.next();
    hall.ok(HOST, Command::NotThere { turn });
    assert_eq!(hall.meeting.hand_state(HandId(1)), Some(HandState::Waiting));
    hall.next();
    assert_eq!(hall.meeting.hand_state(HandId(1)), Some(HandState::OnDeck));
}
