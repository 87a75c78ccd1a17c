//! Nobody is ever without a host.

use palco::meeting::{
    Actor, Command, Event, HOST_GRACE, Meeting, Mic, Millis, ParticipantId, Phase, Rejection, Role, SeatId,
    SeatKind, Timestamp,
};
use proptest::prelude::*;

use super::hall::{ANA, BRUNO, CARLA, DARIO, HOST, Hall, mins, person, replay};

const ALMOST: Millis = Millis(HOST_GRACE.0 - 1);

/// Carla and Ana are cohosts, in this order; Bruno and Dario speakers.
fn staffed() -> Hall {
    let mut hall = Hall::live();
    hall.set_role(CARLA, Role::Cohost);
    hall.set_role(ANA, Role::Cohost);
    hall.set_role(BRUNO, Role::Speaker);
    hall.set_role(DARIO, Role::Speaker);
    hall
}

fn acting(hall: &Hall) -> Option<ParticipantId> {
    hall.meeting.chair().acting
}

#[test]
fn the_first_cohost_present_acts_after_thirty_seconds_and_the_host_regains_the_seat() {
    let mut hall = staffed();
    hall.lose(HOST);
    hall.pass(ALMOST);
    assert_eq!(acting(&hall), None, "the link may come back");
    assert_eq!(hall.no(CARLA, Command::Close), Rejection::NotAllowed { role: Role::Cohost });
    hall.pass(Millis(1));
    assert_eq!(acting(&hall), Some(CARLA));
    assert_eq!(hall.log.last().unwrap().by, None);
    assert_eq!(hall.who(CARLA).role, Role::Cohost, "the role is lent, not given");
    hall.ok(CARLA, Command::Extend { by: mins(5) });
    let join = hall.joining("Stefano");
    let events = hall.ok(HOST, join);
    assert_eq!(events.last(), Some(&Event::ActingHostSet { participant: None }));
    assert_eq!(hall.no(CARLA, Command::Close), Rejection::NotAllowed { role: Role::Cohost });
    hall.ok(HOST, Command::Close);
}

#[test]
fn a_host_who_comes_back_in_time_keeps_the_seat() {
    let mut hall = staffed();
    hall.lose(HOST);
    hall.pass(ALMOST);
    hall.join(HOST, "Stefano");
    hall.pass(mins(5));
    assert_eq!(acting(&hall), None);
    hall.lose(HOST);
    hall.pass(ALMOST);
    assert_eq!(acting(&hall), None, "a new absence has a new grace");
}

#[test]
fn who_says_goodbye_leaves_the_seat_at_once() {
    let mut hall = staffed();
    hall.ok(HOST, Command::Leave);
    hall.pass(Millis(0));
    assert_eq!(acting(&hall), Some(CARLA));
}

#[test]
fn cohosts_follow_in_the_order_in_which_they_were_appointed_then_the_longest_present_speaker() {
    let mut hall = staffed();
    // Bruno was here before Dario, and was away in between.
    hall.wait(mins(1));
    hall.lose(BRUNO);
    hall.wait(Millis(1));
    hall.join(BRUNO, "Bruno");
    hall.lose(HOST);
    for next in [CARLA, ANA, DARIO, BRUNO] {
        hall.pass(HOST_GRACE);
        assert_eq!(acting(&hall), Some(next));
        hall.pass(ALMOST);
        assert_eq!(acting(&hall), Some(next), "they keep it while they are here");
        hall.lose(next);
        hall.pass(ALMOST);
        assert_eq!(acting(&hall), Some(next), "a link that died has its grace");
    }
    hall.pass(mins(1));
    assert_eq!(acting(&hall), Some(BRUNO), "nobody is left");
    hall.join(ANA, "Ana");
    hall.pass(Millis(0));
    assert_eq!(acting(&hall), Some(ANA), "whoever comes first after that acts at once");
}

#[test]
fn an_acting_host_runs_the_meeting_and_touches_no_host() {
    let mut hall = Hall::live();
    hall.set_role(BRUNO, Role::Speaker);
    hall.lose(HOST);
    hall.pass(HOST_GRACE);
    assert_eq!(acting(&hall), Some(BRUNO));
    let refused = Rejection::NotAllowed { role: Role::Speaker };
    for role in [Role::Host, Role::Cohost] {
        assert_eq!(hall.no(BRUNO, Command::SetRole { participant: BRUNO, role }), refused);
        assert_eq!(hall.no(BRUNO, Command::SetRole { participant: ANA, role }), refused);
    }
    assert_eq!(hall.no(BRUNO, Command::SetRole { participant: HOST, role: Role::Attendee }), refused);
    assert_eq!(hall.no(BRUNO, Command::OffStage { participant: HOST }), refused);
    assert_eq!(hall.no(BRUNO, Command::Remove { participant: HOST, why: None }), Rejection::HostStays);
    hall.ok(BRUNO, Command::SetRole { participant: ANA, role: Role::Speaker });
    hall.ok(BRUNO, Command::Remove { participant: CARLA, why: None });
    hall.ok(BRUNO, Command::HandOver { participant: ANA });
    assert_eq!((acting(&hall), hall.who(BRUNO).role), (Some(ANA), Role::Speaker), "the seat is passed on");
}

#[test]
fn who_may_not_act_any_more_does_not() {
    let mut hall = staffed();
    hall.lose(HOST);
    hall.pass(HOST_GRACE);
    hall.ok(CARLA, Command::Leave);
    assert_eq!(acting(&hall), None);
    hall.pass(Millis(0));
    assert_eq!(acting(&hall), Some(ANA));
    hall.ok(ANA, Command::HandOver { participant: DARIO });
    hall.ok(ANA, Command::SetRole { participant: DARIO, role: Role::Attendee });
    assert_eq!(acting(&hall), None);
}

#[test]
fn an_acting_host_is_not_held_with_all() {
    let mut hall = Hall::live();
    hall.set_role(BRUNO, Role::Speaker);
    hall.ok(BRUNO, Command::StepUp);
    hall.ok(HOST, Command::HoldAll { on: true });
    hall.lose(HOST);
    hall.pass(HOST_GRACE);
    assert_eq!(hall.who(BRUNO).mic(), Mic::Muted);
    hall.join(HOST, "Stefano");
    assert_eq!(hall.who(BRUNO).mic(), Mic::Held);
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let mut hall = staffed();
    hall.lose(HOST);
    hall.pass(ALMOST);
    hall.meeting = replay(&hall.log);
    let stored = serde_json::to_string(&hall.meeting).unwrap();
    hall.meeting = serde_json::from_str(&stored).unwrap();
    assert_eq!(hall.meeting.due_at(), Some(hall.now.plus(Millis(1))));
    hall.pass(Millis(1));
    assert_eq!(acting(&hall), Some(CARLA));
    hall.meeting = replay(&hall.log);
    assert_eq!(acting(&hall), Some(CARLA));
}

#[test]
fn before_the_meeting_and_after_it_nobody_acts() {
    let mut hall = Hall::open();
    hall.join(ANA, "Ana");
    hall.set_role(ANA, Role::Cohost);
    hall.lose(HOST);
    hall.pass(mins(60));
    assert_eq!((acting(&hall), hall.meeting.phase()), (None, Phase::Scheduled));
    let mut over = staffed();
    over.ok(HOST, Command::End);
    over.lose(HOST);
    over.pass(mins(60));
    assert_eq!(acting(&over), None);
}

#[test]
fn a_meeting_that_nobody_can_run_goes_on_for_its_grace_and_then_closes() {
    let mut hall = staffed();
    for id in [HOST, CARLA, ANA, BRUNO] {
        hall.lose(id);
    }
    hall.ok(DARIO, Command::Leave);
    hall.join(person(70), "Elio");
    hall.pass(Millis(mins(10).0 - 1));
    assert_eq!(hall.meeting.phase(), Phase::Live);
    hall.join(BRUNO, "Bruno");
    hall.pass(mins(30));
    assert_eq!(hall.meeting.phase(), Phase::Live, "one who could run it is here");
    hall.lose(BRUNO);
    hall.wait(mins(2));
    hall.server(Command::Expire { participant: BRUNO });
    hall.pass(mins(8));
    assert_ne!(hall.meeting.phase(), Phase::Live, "a lost link counts from when it was lost");
    assert!(hall.log.iter().any(|r| r.event == Event::Closed && r.by.is_none()));
    hall.pass(mins(10));
    assert_eq!(hall.meeting.phase(), Phase::Ended, "last words have their time, and then it is over");
}

#[test]
fn the_grace_is_agreed_at_the_opening() {
    let mut hall = Hall::new();
    let open = |unattended| Command::Open {
        title: "T".into(),
        number: 1,
        owner: HOST,
        length: mins(60),
        agenda: Vec::new(),
        terms: palco::meeting::Terms { unattended, ..Default::default() },
    };
    assert!(matches!(hall.no(HOST, open(Millis(1))), Rejection::BadLength { .. }));
    hall.ok(HOST, open(mins(3)));
    hall.join(HOST, "Stefano");
    hall.ok(HOST, Command::Start);
    hall.lose(HOST);
    hall.pass(mins(2));
    assert_eq!(hall.meeting.phase(), Phase::Live);
    hall.pass(mins(1));
    assert_ne!(hall.meeting.phase(), Phase::Live);
}

#[test]
fn a_host_hands_over_on_purpose_and_stays_as_cohost() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::HandOver { participant: ANA });
    assert_eq!([HOST, ANA].map(|id| hall.who(id).role), [Role::Cohost, Role::Host]);
    assert_eq!(hall.no(HOST, Command::End), Rejection::NotAllowed { role: Role::Cohost });
    let give = |participant, role| Command::SetRole { participant, role };
    assert_eq!(
        hall.no(ANA, give(HOST, Role::Attendee)),
        Rejection::OwnerStaysHost,
        "nobody puts the owner down"
    );
    assert_eq!(hall.no(HOST, give(BRUNO, Role::Host)), Rejection::NotAllowed { role: Role::Cohost });
    hall.ok(HOST, give(HOST, Role::Host));
    assert_eq!(hall.who(HOST).role, Role::Host, "the owner takes it back");
    hall.ok(ANA, Command::HandOver { participant: BRUNO });
    assert_eq!([ANA, BRUNO].map(|id| hall.who(id).role), [Role::Cohost, Role::Host]);
    assert_eq!(hall.no(ANA, give(ANA, Role::Host)), Rejection::NotAllowed { role: Role::Cohost });
}

#[test]
fn an_owner_who_joins_anew_is_host_again() {
    let mut hall = Hall::live();
    hall.ok(HOST, Command::HandOver { participant: ANA });
    hall.lose(HOST);
    hall.join(HOST, "Stefano");
    assert_eq!(hall.who(HOST).role, Role::Cohost, "a link that broke is no joining");
    hall.ok(HOST, Command::Leave);
    hall.join(HOST, "Stefano");
    assert_eq!(hall.who(HOST).role, Role::Host);
}

#[test]
fn a_meeting_is_handed_to_somebody_else_who_is_here() {
    let mut hall = Hall::live();
    assert_eq!(hall.no(HOST, Command::HandOver { participant: HOST }), Rejection::Yourself);
    hall.lose(ANA);
    assert_eq!(hall.no(HOST, Command::HandOver { participant: ANA }), Rejection::Away);
}

/// What happens to a meeting that tries to get out of control.
#[derive(Clone, Debug)]
enum Deed {
    Come(u8),
    Lose(u8),
    Expire(u8),
    Ask(u8, Command),
}

const PEOPLE: u8 = 6;

fn deed() -> impl Strategy<Value = Deed> {
    let who = || 1..=PEOPLE;
    let other = || who().prop_map(person);
    let role = prop::sample::select(Role::ALL);
    prop_oneof![
        4 => who().prop_map(Deed::Come),
        5 => who().prop_map(Deed::Lose),
        1 => who().prop_map(Deed::Expire),
        1 => who().prop_map(|n| Deed::Ask(n, Command::Leave)),
        4 => (who(), other(), role)
            .prop_map(|(n, participant, role)| Deed::Ask(n, Command::SetRole { participant, role })),
        2 => (who(), other()).prop_map(|(n, participant)| Deed::Ask(n, Command::HandOver { participant })),
        1 => (who(), other())
            .prop_map(|(n, participant)| Deed::Ask(n, Command::Remove { participant, why: None })),
    ]
}

/// Whether nobody runs a meeting that somebody here could run.
fn is_uncontrolled(meeting: &Meeting) -> bool {
    let could = |r| matches!(r, Role::Host | Role::Cohost | Role::Speaker);
    let under_way = matches!(meeting.phase(), Phase::Live | Phase::Closing);
    under_way && !meeting.has_host() && meeting.roster().iter().any(|p| p.is_here() && could(p.role))
}

struct Watch {
    since: Option<Timestamp>,
}

impl Watch {
    fn look(&mut self, hall: &Hall) {
        if !is_uncontrolled(&hall.meeting) {
            self.since = None;
            return;
        }
        let since = *self.since.get_or_insert(hall.now);
        assert!(hall.now.since(since) <= HOST_GRACE, "without a host for {:?}", hall.now.since(since));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(
            proptest::test_runner::FileFailurePersistence::Direct("tests/it/meeting/regressions.txt")
        )),
        ..ProptestConfig::with_cases(256)
    })]

    /// Time passes in steps of a second, which is the tick that the grace is exceeded by at most.
    #[test]
    fn a_live_meeting_is_never_without_a_host_for_longer_than_the_grace(
        deeds in prop::collection::vec((deed(), 0..50u64), 1..60)
    ) {
        let mut hall = staffed();
        hall.join(person(6), "Franca");
        let mut watch = Watch { since: None };
        for (deed, secs) in deeds {
            match deed {
                Deed::Come(n) => {
                    let join = Command::Join {
                        seat: SeatId(1_000 + hall.log.len() as u64),
                        kind: SeatKind::Console,
                        name: format!("Guest {n}"),
                        listener: false,
                        auto_open: false,
                        newcomer: false,
                    };
                    let _ = hall.ask(Actor::Participant(person(n)), &join);
                }
                Deed::Lose(n) => hall.lose(person(n)),
                Deed::Expire(n) => {
                    hall.server(Command::Expire { participant: person(n) });
                }
                Deed::Ask(n, command) => {
                    let _ = hall.ask(Actor::Participant(person(n)), &command);
                }
            }
            watch.look(&hall);
            for _ in 0..secs {
                hall.pass(Millis::from_secs(1));
                watch.look(&hall);
            }
            let acting = hall.meeting.chair().acting;
            let real = hall.meeting.roster().iter().any(|p| p.is_here() && p.role == Role::Host);
            prop_assert!(acting.is_none() || !real, "an acting host beside a real one");
        }
        prop_assert_eq!(replay(&hall.log), hall.meeting);
    }
}
