//! Phases, the clock, the agenda and the projected end.

use palco::meeting::{Command, Event, Item, ItemId, Millis, Phase, Rejection, TURN_LENGTH};

use super::hall::{ANA, BRUNO, CARLA, HOST, Hall, mins};

fn left(hall: &Hall) -> Millis {
    hall.meeting.projection(hall.now).end.since(hall.now)
}

#[test]
fn the_phases_in_their_order_and_once() {
    let mut hall = Hall::open();
    assert_eq!(hall.meeting.phase(), Phase::Scheduled);
    hall.wait(mins(5));
    assert_eq!(hall.meeting.clock().elapsed(hall.now), Millis::ZERO);
    for (command, phase) in
        [(Command::Start, Phase::Live), (Command::Close, Phase::Closing), (Command::End, Phase::Ended)]
    {
        hall.ok(HOST, command.clone());
        assert_eq!(hall.ok(HOST, command), []);
        assert_eq!(hall.meeting.phase(), phase);
    }
    assert_eq!(hall.no(HOST, Command::Close), Rejection::WrongPhase { phase: Phase::Ended });
}

#[test]
fn the_end_clears_the_stage_and_keeps_the_queue() {
    let mut hall = Hall::live();
    hall.give_turn(ANA);
    hall.raise(BRUNO, "Too late");
    hall.ok(HOST, Command::Invite { participant: CARLA });
    hall.ok(HOST, Command::End);
    assert!(hall.meeting.turn().is_none() && hall.meeting.stage().is_empty());
    assert_eq!((hall.meeting.turns().len(), hall.line()), (1, vec![BRUNO]));
    assert_eq!(hall.who(CARLA).invited_at, None);
    let refused = Rejection::WrongPhase { phase: Phase::Ended };
    assert_eq!(hall.no(HOST, Command::Next { current: None }), refused);
    let end = hall.now;
    hall.wait(mins(10));
    assert_eq!(hall.meeting.projection(hall.now).end, end, "the clock stands");
}

#[test]
fn elapsed_remaining_overtime() {
    let mut hall = Hall::live();
    hall.wait(mins(50));
    let clock = hall.meeting.clock().clone();
    let read = |now| (clock.elapsed(now), clock.remaining(now), clock.overtime(now));
    assert_eq!(read(hall.now), (mins(50), mins(10), Millis::ZERO));
    hall.wait(mins(25));
    assert_eq!(read(hall.now), (mins(75), Millis::ZERO, mins(15)));
    hall.ok(HOST, Command::Extend { by: mins(20) });
    assert_eq!(hall.meeting.clock().remaining(hall.now), mins(5));
}

#[test]
fn a_pause_does_not_count() {
    let mut hall = Hall::live();
    assert_eq!(hall.ok(HOST, Command::Resume), []);
    hall.wait(mins(10));
    hall.ok(HOST, Command::Pause);
    hall.wait(mins(5));
    assert_eq!(hall.ok(HOST, Command::Pause), []);
    assert_eq!(hall.meeting.clock().elapsed(hall.now), mins(10));
    hall.ok(HOST, Command::Resume);
    hall.wait(mins(1));
    assert_eq!(hall.meeting.clock().elapsed(hall.now), mins(11));
    hall.ok(HOST, Command::Pause);
    hall.wait(mins(30));
    hall.ok(HOST, Command::End);
    hall.wait(mins(30));
    assert_eq!(hall.meeting.clock().elapsed(hall.now), mins(11), "ended while paused");
}

#[test]
fn the_projected_end_is_the_planned_one_while_nothing_says_otherwise() {
    let mut hall = Hall::open();
    assert_eq!(left(&hall), mins(60));
    hall.ok(HOST, Command::Start);
    hall.wait(mins(40));
    assert_eq!(left(&hall), mins(20));
    assert_eq!(hall.meeting.projection(hall.now).over, Millis::ZERO);
    hall.wait(mins(25));
    assert_eq!((left(&hall), hall.meeting.projection(hall.now).over), (Millis::ZERO, mins(5)));
}

#[test]
fn the_queue_moves_the_projected_end() {
    let mut hall = Hall::live();
    hall.wait(mins(58));
    assert_eq!(hall.meeting.average_turn(), TURN_LENGTH);
    for id in [ANA, BRUNO, CARLA] {
        hall.raise(id, "One");
    }
    let projection = hall.meeting.projection(hall.now);
    assert_eq!((projection.queue, projection.over, left(&hall)), (mins(6), mins(4), mins(6)));
    hall.next();
    hall.wait(mins(1));
    assert_eq!(hall.meeting.projection(hall.now).queue, mins(5), "the rest of the turn and two more");
    hall.wait(mins(3));
    hall.done();
    let average = Millis::from_secs(140);
    assert_eq!(
        hall.meeting.average_turn(),
        average,
        "one of four minutes beside five of two that were expected"
    );
    assert_eq!(hall.meeting.projection(hall.now).queue, average.times(2));
}

#[test]
fn the_agenda_moves_the_projected_end() {
    let mut hall = Hall::open_with(&[("One", 30), ("Two", 20), ("Three", 30)]);
    assert_eq!(left(&hall), mins(80), "more than the planned hour");
    hall.ok(HOST, Command::Start);
    assert_eq!(hall.meeting.item().unwrap().title, "One");
    hall.wait(mins(10));
    assert_eq!(left(&hall), mins(70));
    hall.ok(HOST, Command::NextItem { current: Some(ItemId(1)) });
    assert_eq!((left(&hall), hall.meeting.projection(hall.now).over), (mins(50), Millis::ZERO));
    hall.wait(mins(25));
    assert_eq!(left(&hall), mins(30), "an item that overruns has nothing left");
    assert_eq!(hall.meeting.projection(hall.now).over, mins(5));
}

#[test]
fn through_the_agenda_and_back() {
    let mut hall = Hall::open_with(&[("One", 30), ("Two", 20)]);
    hall.ok(HOST, Command::Start);
    let next = |current| Command::NextItem { current };
    let back = |current| Command::PreviousItem { current };
    let (one, two) = (Some(ItemId(1)), Some(ItemId(2)));
    assert_eq!(hall.no(HOST, back(one)), Rejection::NoSuchItem);
    hall.ok(HOST, next(one));
    assert_eq!(hall.no(HOST, next(one)), Rejection::StaleItem);
    assert_eq!(hall.ok(HOST, next(two)), [Event::ItemStarted { item: None }]);
    assert_eq!(hall.no(HOST, next(None)), Rejection::NoSuchItem);
    hall.ok(HOST, back(None));
    assert_eq!(hall.meeting.item().unwrap().id, ItemId(2));
    hall.ok(HOST, next(two));
    hall.ok(HOST, Command::AddItem { item: Item { title: "Three".into(), length: mins(5) } });
    hall.ok(HOST, next(None));
    assert_eq!(hall.meeting.item().unwrap().title, "Three");
}
