//! Proposals and votes; borrowed time.

use palco::meeting::{
    Command, Event, ItemId, LEAST_ITEM, Millis, ParticipantId, ProposalId, Rejection, Role,
};
use proptest::prelude::*;

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins};

const FIRST: ProposalId = ProposalId(1);

fn propose(by: u64) -> Command {
    Command::ProposeExtension { by: mins(by) }
}

fn vote(hall: &mut Hall, who: ParticipantId, yes: bool) {
    let proposal = hall.meeting.proposal().unwrap().id;
    hall.ok(who, Command::Vote { proposal, yes });
}

fn tally(hall: &Hall) -> (usize, usize) {
    hall.meeting.proposal().unwrap().tally()
}

#[test]
fn anybody_proposes_people_vote_and_the_host_extends() {
    let mut hall = Hall::live();
    hall.set_role(DARIO, Role::Listener);
    assert_eq!(hall.no(DARIO, propose(10)), Rejection::NotAllowed { role: Role::Listener });
    hall.ok(ANA, propose(10));
    assert_eq!(tally(&hall), (1, 0), "who proposes is for it");
    assert_eq!(hall.no(BRUNO, propose(5)), Rejection::ProposalOpen);
    vote(&mut hall, BRUNO, false);
    vote(&mut hall, CARLA, true);
    vote(&mut hall, DARIO, true);
    assert_eq!(tally(&hall), (3, 1));
    vote(&mut hall, BRUNO, true);
    assert_eq!(tally(&hall), (4, 0), "one may change one's mind");
    assert_eq!(hall.ok(BRUNO, Command::Vote { proposal: FIRST, yes: true }), []);
    assert_eq!(hall.meeting.clock().planned, mins(60), "people vote, the host decides");
    let events = hall.ok(HOST, Command::Extend { by: mins(15) });
    let closed = Event::ProposalClosed { proposal: FIRST, accepted: true };
    assert_eq!(events, [Event::Extended { by: mins(15) }, closed]);
    assert_eq!((hall.meeting.clock().planned, hall.meeting.proposal()), (mins(75), None));
}

#[test]
fn a_proposal_is_declined_by_the_host_and_taken_back_by_its_proposer() {
    let mut hall = Hall::live();
    let dismiss = |n| Command::DismissProposal { proposal: ProposalId(n) };
    hall.ok(ANA, propose(10));
    assert_eq!(hall.no(BRUNO, dismiss(1)), Rejection::NotAllowed { role: Role::Attendee });
    hall.ok(ANA, dismiss(1));
    assert_eq!(hall.no(HOST, dismiss(1)), Rejection::NoProposal);
    hall.ok(BRUNO, propose(5));
    let late = Command::Vote { proposal: FIRST, yes: true };
    assert_eq!(
        hall.no(CARLA, late),
        Rejection::NoProposal,
        "a vote for the last proposal is none for this one"
    );
    assert_eq!(
        hall.ok(HOST, dismiss(2)),
        [Event::ProposalClosed { proposal: ProposalId(2), accepted: false }]
    );
    assert_eq!(hall.meeting.clock().planned, mins(60));
}

#[test]
fn the_end_closes_a_proposal() {
    let mut hall = Hall::live();
    hall.ok(ANA, propose(10));
    hall.ok(HOST, Command::End);
    assert_eq!(hall.meeting.proposal(), None);
}

fn lengths(hall: &Hall) -> Vec<Millis> {
    hall.meeting.agenda().iter().map(|i| i.length).collect()
}

fn borrow(item: u64, by: Millis) -> Command {
    Command::Borrow { current: ItemId(item), by }
}

#[test]
fn minutes_are_borrowed_from_the_nearest_items() {
    let mut hall = Hall::open_with(&[("One", 10), ("Two", 5), ("Three", 20)]);
    assert_eq!(hall.no(HOST, Command::Borrow { current: ItemId(1), by: mins(1) }).code(), "wrong-phase");
    hall.ok(HOST, Command::Start);
    hall.ok(HOST, borrow(1, mins(3)));
    assert_eq!(lengths(&hall), [mins(13), mins(2), mins(20)]);
    hall.ok(HOST, borrow(1, mins(4)));
    assert_eq!(lengths(&hall), [mins(17), LEAST_ITEM, mins(17)]);
    assert_eq!(hall.no(HOST, borrow(1, mins(17))), Rejection::NothingToBorrow { minutes: 16 });
    assert_eq!(hall.no(HOST, borrow(2, mins(1))), Rejection::StaleItem);
    assert_eq!(hall.no(HOST, borrow(1, Millis(1))).code(), "bad-length");
    hall.wait(mins(20));
    let clock = hall.meeting.item_clock(hall.now).unwrap();
    assert_eq!((clock.spent, clock.remaining, clock.overtime), (mins(20), Millis::ZERO, mins(3)));
    assert_eq!(hall.meeting.projection(hall.now).end.since(hall.now), mins(40), "of the planned hour");
    hall.ok(HOST, Command::NextItem { current: Some(ItemId(1)) });
    hall.ok(HOST, Command::NextItem { current: Some(ItemId(2)) });
    assert_eq!(hall.no(HOST, borrow(3, mins(1))), Rejection::NothingToBorrow { minutes: 0 });
}

proptest! {
    #[test]
    fn borrowing_keeps_the_sum_and_the_least_item(
        items in prop::collection::vec(1..40u64, 1..8),
        on in 0..8usize,
        asked in prop::collection::vec(60_000..2_000_000u64, 1..20),
    ) {
        let agenda: Vec<_> = items.iter().map(|m| ("Item", *m)).collect();
        let mut hall = Hall::open_with(&agenda);
        hall.ok(HOST, Command::Start);
        for _ in 0..on.min(items.len() - 1) {
            let current = hall.meeting.item().map(|i| i.id);
            hall.ok(HOST, Command::NextItem { current });
        }
        let current = hall.meeting.item().unwrap().id;
        let sum = |hall: &Hall| lengths(hall).iter().map(|l| l.0).sum::<u64>();
        let before = sum(&hall);
        for ms in asked {
            let lent = hall.meeting.can_borrow();
            let outcome = hall.ask(palco::meeting::Actor::Participant(HOST), &Command::Borrow { current, by: Millis(ms) });
            prop_assert_eq!(outcome.is_ok(), Millis(ms) <= lent);
            prop_assert_eq!(sum(&hall), before);
            prop_assert!(lengths(&hall).iter().all(|l| *l >= LEAST_ITEM));
        }
    }
}
