//! Every reason to refuse, reached.

use std::collections::BTreeSet;

use palco::meeting::{
    Actor, Command, HandId, Item, ItemId, MAX_AGENDA, MAX_HERE, Millis, ParticipantId, Rejection, Role,
    SeatId, SeatKind, Timestamp, TurnId,
};

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person};

fn open(title: &str, length: Millis) -> Command {
    Command::Open {
        title: title.into(),
        number: 1,
        owner: HOST,
        length,
        agenda: Vec::new(),
        terms: Default::default(),
    }
}

fn item(title: &str) -> Command {
    Command::AddItem { item: Item { title: title.into(), length: mins(5) } }
}

fn start_round(each: Millis) -> Command {
    Command::StartRound { order: palco::meeting::RoundOrder::Arrival, each, seed: None }
}

fn crowd() -> Hall {
    let mut hall = Hall::open();
    for n in 1..MAX_HERE {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        hall.join(ParticipantId(key), &format!("Guest {n}"));
    }
    hall
}

#[test]
fn a_full_meeting_refuses_one_more_and_takes_them_when_somebody_left() {
    let mut hall = crowd();
    let join = hall.joining("One more");
    assert_eq!(hall.no(person(200), join.clone()), Rejection::Full { limit: MAX_HERE });
    hall.ok(HOST, Command::Leave);
    hall.ok(person(200), join);
}

/// Each scene ends with its refusal.
fn scenes() -> Vec<Rejection> {
    let mut live = Hall::live();
    let ana = live.raise(ANA, "One");
    let mut turn = live.clone();
    turn.next();
    let mut held = turn.clone();
    held.ok(HOST, Command::Hold { participant: ANA });
    let mut listening = live.clone();
    listening.set_role(BRUNO, Role::Listener);
    let mut two_hosts = live.clone();
    two_hosts.set_role(ANA, Role::Host);
    let mut orphans = two_hosts.clone();
    orphans.ok(HOST, Command::Leave);
    let mut closing = live.clone();
    closing.ok(HOST, Command::Close);
    let mut planned = live.clone();
    (0..MAX_AGENDA).for_each(|_| drop(planned.ok(HOST, item("Item"))));
    let mut proposed = live.clone();
    proposed.ok(BRUNO, Command::ProposeExtension { by: mins(10) });
    let vote = Command::Vote { proposal: palco::meeting::ProposalId(1), yes: true };
    let mut last_item = live.clone();
    last_item.ok(HOST, item("Last"));
    last_item.ok(HOST, Command::NextItem { current: None });
    let mut taken = live.clone();
    let join = taken.joining("ANA");
    let mut two = live.clone();
    two.lose(BRUNO);
    let mut banned = live.clone();
    banned.ok(HOST, Command::Ban { participant: BRUNO, length: None, why: None });
    let returning = banned.joining("Bruno");
    let mut locked = live.clone();
    locked.ok(HOST, Command::Lock { on: true });
    let new = locked.joining("Elio");
    let hand = HandId(99);
    let (one, other) = (live.raise(CARLA, "Two"), live.raise(DARIO, "Three"));
    let mut round = live.clone();
    round.ok(HOST, start_round(Millis::from_secs(60)));
    let mut passed = round.clone();
    passed.ok(BRUNO, Command::RoundPass { participant: BRUNO });
    let mut recorded = live.clone();
    recorded.ok(HOST, Command::StartRecording { without_host: false, tracks: false });
    recorded.ok(HOST, Command::Invite { participant: ANA });
    recorded.ok(ANA, Command::Accept);
    recorded.ok(BRUNO, Command::Consent { yes: false, text: "Recorded?".into(), tracks: false });
    recorded.ok(CARLA, Command::OffRecord { participant: Some(CARLA), on: true });
    vec![
        live.no(HOST, Command::Strike),
        recorded.no(HOST, Command::StartRecording { without_host: false, tracks: true }),
        recorded.no(ANA, Command::Unmute),
        recorded.no(BRUNO, Command::Raise { topic: "Me".into(), kind: palco::meeting::HandKind::Question }),
        recorded.no(HOST, Command::OffRecord { participant: Some(CARLA), on: false }),
        live.no(HOST, start_round(Millis::from_secs(4))),
        live.no(HOST, Command::EndRound),
        round.no(HOST, Command::Next { current: None }),
        passed.no(BRUNO, Command::RoundPass { participant: BRUNO }),
        live.no(ANA, Command::Next { current: None }),
        live.no(ANA, Command::Expire { participant: BRUNO }),
        live.no(HOST, Command::Extend { by: mins(181) }),
        Hall::open().no(HOST, Command::PlanStart { at: Some(Timestamp(0)) }),
        live.no(HOST, Command::Drop { hand }),
        live.no(HOST, Command::Merge { hands: vec![one, other], into: one }),
        live.no(HOST, Command::Restore),
        live.no(BRUNO, Command::Lower),
        live.no(ANA, Command::Support { hand: ana, on: true }),
        live.no(HOST, Command::Next { current: Some(TurnId(9)) }),
        live.no(HOST, Command::NextItem { current: Some(ItemId(9)) }),
        live.no(HOST, Command::NextItem { current: None }),
        live.no(HOST, Command::Move { hand: ana, position: 4 }),
        live.no(ANA, Command::Mute),
        live.no(ANA, Command::Accept),
        live.no(ANA, Command::Rename { name: "\u{200B}".into() }),
        live.no(HOST, Command::Invite { participant: HOST }),
        live.no(HOST, Command::Invite { participant: person(77) }),
        live.no(HOST, Command::SetRole { participant: HOST, role: Role::Attendee }),
        live.no(person(77), Command::Leave),
        live.no(HOST, open("Again", mins(60))),
        turn.no(ANA, Command::Raise { topic: "More".into(), kind: palco::meeting::HandKind::Question }),
        turn.no(HOST, Command::Next { current: Some(TurnId(1)) }),
        held.no(ANA, Command::Unmute),
        listening.no(HOST, Command::Invite { participant: BRUNO }),
        orphans.no(ANA, Command::SetRole { participant: ANA, role: Role::Attendee }),
        closing.no(CARLA, Command::Raise { topic: "Late".into(), kind: palco::meeting::HandKind::Question }),
        closing.no(HOST, Command::Start),
        planned.no(HOST, item("One too many")),
        proposed.no(ANA, Command::ProposeExtension { by: mins(5) }),
        live.no(ANA, vote),
        last_item.no(HOST, Command::Borrow { current: ItemId(1), by: mins(1) }),
        taken.no(person(77), join),
        two.no(HOST, Command::HandOver { participant: BRUNO }),
        live.no(HOST, Command::Remove { participant: HOST, why: None }),
        two_hosts.no(HOST, Command::Remove { participant: ANA, why: None }),
        banned.no(BRUNO, returning),
        locked.no(person(77), new),
        Hall::new().no(ANA, Command::Leave),
        Rejection::Full { limit: MAX_HERE },
    ]
}

#[test]
fn every_refusal_is_reached_and_has_a_code_and_a_sentence() {
    let rejections = scenes();
    let reached: BTreeSet<_> = rejections.iter().map(Rejection::code).collect();
    let all: BTreeSet<_> = Rejection::CODES.iter().copied().collect();
    assert_eq!(reached, all);
    for rejection in &rejections {
        let json = serde_json::to_value(rejection).unwrap();
        assert_eq!(json["code"], rejection.code());
        let back: Rejection = serde_json::from_value(json).unwrap();
        assert_eq!(&back, rejection);
        assert!(rejection.to_string().len() > 10, "{rejection:?}");
    }
}

#[test]
fn lengths_have_bounds() {
    for (length, fits) in
        [(Millis(59_999), false), (mins(1), true), (mins(1_440), true), (mins(1_441), false)]
    {
        let outcome = Hall::new().ask(Actor::Participant(HOST), &open("T", length));
        assert_eq!(outcome.is_ok(), fits, "{length:?}");
    }
    let mut hall = Hall::live();
    for (by, fits) in [(Millis(59_999), false), (mins(1), true), (mins(180), true), (mins(181), false)] {
        let outcome = hall.ask(Actor::Participant(HOST), &Command::Extend { by });
        assert_eq!(outcome.is_ok(), fits, "{by:?}");
    }
}

#[test]
fn a_join_is_a_persons() {
    let join = Command::Join {
        seat: SeatId(1),
        kind: SeatKind::Console,
        name: "Nobody".into(),
        listener: false,
        auto_open: false,
        newcomer: false,
    };
    assert_eq!(Hall::open().ask(Actor::Server, &join), Err(Rejection::NotHere));
}
