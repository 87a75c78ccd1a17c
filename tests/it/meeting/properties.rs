//! What holds whatever people do.

use std::collections::BTreeSet;

use palco::meeting::{
    Act, Actor, Command, Event, Meeting, Mic, Millis, ParticipantId, Permit, Phase, Presence, Reach,
    Recorded, Role, Timestamp,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::arbitrary::{PEOPLE, anybody, command, recorded};
use super::hall::{Hall, person, replay};

/// Somebody asks something after a while.
#[derive(Clone, Debug)]
struct Step {
    who: ParticipantId,
    command: Command,
    /// Names the turn and item that are current, as a console would.
    informed: bool,
    after: Millis,
}

fn step() -> impl Strategy<Value = Step> {
    (anybody(), command(), prop::bool::weighted(0.8), 0..90_000u64)
        .prop_map(|(who, command, informed, after)| Step { who, command, informed, after: Millis(after) })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..150)
}

fn informed(meeting: &Meeting, command: Command) -> Command {
    let turn = meeting.turn().map(|t| t.id);
    let item = meeting.item().map(|i| i.id);
    let open = meeting.proposal().map(|p| p.id);
    let queue = meeting.queue();
    let some = |hand: palco::meeting::HandId| {
        let place = usize::try_from(hand.0).unwrap() % queue.len().max(1);
        queue.get(place).map_or(hand, |h| h.id)
    };
    match command {
        Command::Next { .. } => Command::Next { current: turn },
        Command::Call { hand, .. } => Command::Call { hand: some(hand), current: turn },
        Command::Done { turn: named } => Command::Done { turn: turn.unwrap_or(named) },
        Command::RoundDone { .. } => {
            let round = meeting.round();
            Command::RoundDone { current: round.and_then(|r| r.speaker).map(|s| s.participant) }
        }
        Command::Support { hand, on } => Command::Support { hand: some(hand), on },
        Command::Drop { hand } => Command::Drop { hand: some(hand) },
        Command::DropHands { hands } => Command::DropHands { hands: hands.into_iter().map(some).collect() },
        Command::Merge { hands, into } => {
            let into = some(into);
            let hands = hands.into_iter().map(some).filter(|h| *h != into).collect();
            Command::Merge { hands, into }
        }
        Command::NotThere { turn: named } => Command::NotThere { turn: turn.unwrap_or(named) },
        Command::Interrupt { turn: named } => Command::Interrupt { turn: turn.unwrap_or(named) },
        Command::Move { hand, position } => Command::Move { hand: some(hand), position },
        Command::Borrow { current, by } => Command::Borrow { current: item.unwrap_or(current), by },
        Command::Vote { proposal, yes } => Command::Vote { proposal: open.unwrap_or(proposal), yes },
        Command::DismissProposal { proposal } => {
            Command::DismissProposal { proposal: open.unwrap_or(proposal) }
        }
        Command::NextItem { .. } => Command::NextItem { current: item },
        Command::PreviousItem { .. } => Command::PreviousItem { current: item },
        other => other,
    }
}

/// The server never gives a seat to two people.
fn own_seat(who: ParticipantId, mut command: Command) -> Command {
    if let Command::Join { seat, .. } = &mut command {
        seat.0 = seat.0 % 4 + u64::from(who.0[0]) * 4 + 8;
    }
    command
}

fn actor(step: &Step) -> Actor {
    match step.command {
        Command::CloseSeat { .. } | Command::Expire { .. } | Command::RecordSpeech { .. } | Command::Tick => {
            Actor::Server
        }
        _ => Actor::Participant(step.who),
    }
}

/// Half the meetings are open and live already.
fn play(
    live: bool,
    steps: &[Step],
    mut each: impl FnMut(&Meeting, Actor, &Command, &Hall, &[Event]),
) -> Hall {
    let mut hall = if live { Hall::live() } else { Hall::new() };
    for step in steps {
        hall.wait(step.after);
        let before = hall.meeting.clone();
        let command = own_seat(step.who, step.command.clone());
        let command = if step.informed { informed(&before, command) } else { command };
        let events = hall.ask(actor(step), &command).unwrap_or_default();
        each(&before, actor(step), &command, &hall, &events);
    }
    hall
}

fn everybody(meeting: &Meeting) -> Vec<&palco::meeting::Participant> {
    (1..=PEOPLE).filter_map(|n| meeting.participant(person(n))).collect()
}

/// Floor within stage within roster; one hand a person; the turn's owner on the stage; names apart.
fn sound(meeting: &Meeting) {
    let ended = meeting.phase() == Phase::Ended;
    let under_way = matches!(meeting.phase(), Phase::Live | Phase::Closing);
    for p in everybody(meeting) {
        assert!(p.mic() != Mic::Live || p.stage.is_some());
        assert!(p.stage.is_none() || (p.is_in() && p.role != Role::Listener), "{p:?}");
        assert!(p.invited_at.is_none() || (p.is_in() && p.role != Role::Listener && !ended), "{p:?}");
        assert!(!matches!(&p.presence, Presence::Here { seats } if seats.is_empty()));
        assert!(meeting.owner() != Some(p.id) || matches!(p.role, Role::Host | Role::Cohost));
        assert!(!p.name.is_empty() && !p.name.chars().any(char::is_control));
    }
    for p in everybody(meeting) {
        let recording = meeting.recording();
        let agreed = recording.answer(p.id) == Some(true) && !recording.is_off(p.id);
        assert!(!meeting.records(p.id) || (agreed && meeting.is_on_record()), "{p:?} is recorded");
        assert!(!meeting.has_declined(p.id) || p.mic() != Mic::Live, "{p:?} declined and speaks");
    }
    assert!(!meeting.recording().is_running() || under_way, "a recording in phase {}", meeting.phase());
    let folded: BTreeSet<_> = everybody(meeting).iter().map(|p| p.name.to_lowercase()).collect();
    assert_eq!(folded.len(), everybody(meeting).len(), "names are apart");
    let sources: BTreeSet<_> = everybody(meeting).iter().map(|p| p.source).collect();
    assert_eq!(sources.len(), everybody(meeting).len(), "sources are apart");

    let queue = meeting.queue();
    let owners: BTreeSet<_> = queue.iter().map(|h| h.participant).collect();
    assert_eq!(owners.len(), queue.len(), "one hand a person");
    for hand in queue {
        let owner = meeting.participant(hand.participant).unwrap();
        assert!(ended || (owner.is_in() && owner.role != Role::Listener));
        assert!(!hand.supporters.contains(&hand.participant));
    }
    if let Some(round) = meeting.round() {
        assert!(under_way && meeting.turn().is_none(), "a round in phase {}", meeting.phase());
        one_voice(meeting, round);
    }
    if let Some(turn) = meeting.turn() {
        assert!(under_way, "a turn in phase {}", meeting.phase());
        assert!(meeting.participant(turn.hand.participant).unwrap().stage.is_some());
        assert!(!owners.contains(&turn.hand.participant), "the turn's hand does not wait");
    }
    assert_eq!(
        meeting.clock().started_at.is_some(),
        under_way || (ended && meeting.clock().started_at.is_some())
    );
}

/// In a round only the speaker is heard by all, and everybody is in it once.
fn one_voice(meeting: &Meeting, round: &palco::meeting::Round) {
    let open = |p: &&palco::meeting::Participant| p.mic() == Mic::Live && p.reach() == Reach::Everybody;
    for p in meeting.stage().into_iter().filter(open) {
        assert!(round.is_speaker(p.id), "{p:?} cuts in");
    }
    let mut list: Vec<_> =
        round.waiting.iter().copied().chain(round.speaker.map(|s| s.participant)).collect();
    for id in &list {
        let person = meeting.participant(*id).unwrap();
        assert!(person.is_in() && person.role != Role::Listener, "{person:?} is in the round");
    }
    if let Some(speaker) = round.speaker {
        assert!(meeting.participant(speaker.participant).unwrap().stage.is_some());
    }
    let all = list.len();
    list.sort_unstable();
    list.dedup();
    assert_eq!(list.len(), all, "twice in the round");
    let roster = meeting.roster();
    let mut eligible = roster.iter().filter(|p| p.role != Role::Listener);
    assert!(eligible.all(|p| round.has(p.id) || round.had(p.id)), "somebody is lost");
}

/// A microphone opens by its owner, or by their own setting when they are called.
fn not_forced(before: &Meeting, actor: Actor, events: &[Event]) {
    for event in events {
        let opened = match event {
            Event::Unmuted { participant } => *participant,
            Event::SteppedUp { participant, muted: false, .. } => *participant,
            _ => continue,
        };
        let person = before.participant(opened).unwrap();
        let called = events.iter().any(|e| match e {
            Event::Called { participant, .. } | Event::RoundTurnStarted { participant } => {
                *participant == opened
            }
            _ => false,
        });
        let open_before = person.stage.as_ref().is_some_and(|s| !s.muted);
        assert!(
            actor == Actor::Participant(opened) || (called && person.auto_open) || open_before,
            "{event:?} by {actor:?}"
        );
    }
}

fn permitted(meeting: &Meeting, actor: Actor, command: &Command) -> bool {
    let (Some(act), Actor::Participant(id)) = (command.act(), actor) else {
        return true;
    };
    let Some(person) = meeting.participant(id).filter(|p| p.is_in()) else {
        return false;
    };
    match act.permit(meeting.role_of(person), meeting.phase()) {
        Permit::Yes => true,
        Permit::No | Permit::NotNow => false,
        Permit::Own => match (act, command) {
            (Act::OffStage, Command::OffStage { participant }) => *participant == id,
            (Act::OffRecord, Command::OffRecord { participant, .. }) => *participant == Some(id),
            (Act::Dismiss, _) => meeting.proposal().is_some_and(|p| p.participant == id),
            (Act::RoundTurn, Command::RoundPass { participant } | Command::RoundSkip { participant }) => {
                *participant == id
            }
            (Act::RoundTurn, _) => meeting.round().is_some_and(|r| r.is_speaker(id)),
            (Act::Done, _) => meeting.turn().is_some_and(|t| t.hand.participant == id),
            _ => false,
        },
    }
}

/// What sets something to a value: asked again it changes nothing.
fn sets(command: &Command) -> bool {
    !matches!(
        command,
        Command::Open { .. }
            | Command::Leave
            | Command::Lower
            | Command::Next { .. }
            | Command::Call { .. }
            | Command::Done { .. }
            | Command::Drop { .. }
            | Command::DropHands { .. }
            | Command::Merge { .. }
            | Command::Restore
            | Command::NotThere { .. }
            | Command::Interrupt { .. }
            | Command::SetRole { .. }
            | Command::StartRound { .. }
            | Command::RoundDone { .. }
            | Command::RoundPass { .. }
            | Command::RoundSkip { .. }
            | Command::RoundMove { .. }
            | Command::EndRound
            | Command::Extend { .. }
            | Command::ProposeExtension { .. }
            | Command::DismissProposal { .. }
            | Command::PushLimit { .. }
            | Command::AddItem { .. }
            | Command::Borrow { .. }
            | Command::NextItem { .. }
            | Command::PreviousItem { .. }
            | Command::RecordSpeech { .. }
            | Command::HandOver { .. }
            | Command::Remove { .. }
            | Command::KeepOut { .. }
            | Command::Strike
            | Command::Tick
    )
}

fn settings(cases: u32, file: &'static str) -> ProptestConfig {
    let persistence = Some(Box::new(FileFailurePersistence::Direct(file)) as Box<_>);
    ProptestConfig { failure_persistence: persistence, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(settings(128, "tests/it/meeting/regressions.txt"))]

    #[test]
    fn the_state_stays_sound(live: bool, steps in steps()) {
        play(live, &steps, |before, actor, command, hall, events| {
            sound(&hall.meeting);
            not_forced(before, actor, events);
            if !permitted(before, actor, command) {
                assert!(events.is_empty(), "{command:?} by {actor:?} gave {events:?}");
                assert!(before.decide(command, actor, hall.now).is_err());
            }
            if !events.is_empty() && sets(command) {
                assert_eq!(hall.meeting.decide(command, actor, hall.now), Ok(Vec::new()), "{command:?} twice");
            }
        });
    }

    #[test]
    fn replay_is_the_live_state(live: bool, steps in steps(), cut: prop::sample::Index) {
        let hall = play(live, &steps, |_, _, _, _, _| {});
        prop_assert_eq!(&replay(&hall.log), &hall.meeting);
        for (n, recorded) in (1..).zip(&hall.log) {
            prop_assert_eq!(recorded.seq.0, n);
        }
        let (head, tail) = hall.log.split_at(cut.index(hall.log.len() + 1));
        let snapshot = serde_json::to_string(&replay(head)).unwrap();
        let mut meeting: Meeting = serde_json::from_str(&snapshot).unwrap();
        tail.iter().for_each(|r| meeting.apply(r));
        prop_assert_eq!(&meeting, &hall.meeting);
        for recorded in &hall.log {
            let json = serde_json::to_string(recorded).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Recorded>(&json).unwrap(), recorded);
        }
    }

    #[test]
    fn any_event_in_any_order_can_be_applied(live: bool, events in prop::collection::vec(recorded(), 0..200), now: u64) {
        let mut meeting = if live { Hall::live().meeting } else { Meeting::new() };
        let mut last = meeting.seq();
        for recorded in &events {
            meeting.apply(recorded);
            prop_assert!(meeting.seq() >= last);
            last = meeting.seq();
        }
        let now = Timestamp(now);
        let projection = meeting.projection(now);
        prop_assert!(projection.end >= now || meeting.clock().ended_at.is_some());
        let queue: BTreeSet<_> = meeting.queue().iter().map(|h| h.id).collect();
        let owners: BTreeSet<_> = meeting.queue().iter().map(|h| h.participant).collect();
        prop_assert!(queue.iter().all(|id| meeting.hand_state(*id).is_some()));
        prop_assert_eq!(owners.len(), queue.len());
        prop_assert!(meeting.stage().iter().all(|p| p.is_in()));
        let json = serde_json::to_string(&meeting).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Meeting>(&json).unwrap(), &meeting);
    }

    #[test]
    fn a_log_out_of_order_breaks_nothing(steps in steps(), order in prop::collection::vec(any::<u32>(), 300)) {
        let hall = play(true, &steps, |_, _, _, _, _| {});
        let mut log: Vec<_> = hall.log.iter().zip(order.iter().cycle()).collect();
        log.sort_by_key(|(_, place)| **place);
        let mut meeting = Meeting::new();
        log.iter().for_each(|(r, _)| meeting.apply(r));
        prop_assert!(meeting.seq() <= hall.meeting.seq());
    }

    #[test]
    fn commands_in_the_wrong_state_never_panic(events in prop::collection::vec(recorded(), 0..60), steps in steps()) {
        let mut meeting = Meeting::new();
        events.iter().for_each(|r| meeting.apply(r));
        for step in &steps {
            let _ = meeting.decide(&step.command, actor(step), Timestamp(step.after.0));
        }
    }

    /// Who supports what does not get lost: everybody behind one of the hands is behind the one that stays.
    #[test]
    fn a_merge_keeps_every_supporter_and_undo_the_same_queue(steps in steps(), which in prop::collection::vec(0..20u64, 1..4)) {
        let mut hall = play(true, &steps, |_, _, _, _, _| {});
        let before: Vec<_> = hall.meeting.queue().into_iter().cloned().collect();
        let behind = |hand: &palco::meeting::Hand| -> BTreeSet<ParticipantId> {
            hand.supporters.iter().copied().chain([hand.participant]).collect()
        };
        let hands: Vec<_> = which.into_iter().map(palco::meeting::HandId).collect();
        let merge = informed(&hall.meeting, Command::Merge { hands, into: palco::meeting::HandId(0) });
        let Command::Merge { hands, into } = &merge else { unreachable!() };
        if hall.ask(Actor::Participant(super::hall::HOST), &merge).is_ok() {
            let gone = before.iter().filter(|h| hands.contains(&h.id) || h.id == *into);
            let all: BTreeSet<_> = gone.flat_map(behind).collect();
            prop_assert_eq!(behind(hall.meeting.hand(*into).unwrap()), all);
            prop_assert!(hands.iter().all(|id| hall.meeting.hand(*id).is_none()));
            hall.ok(super::hall::HOST, Command::Restore);
            let after: Vec<_> = hall.meeting.queue().into_iter().cloned().collect();
            prop_assert_eq!(&after, &before);
        }
        let hands = before.iter().map(|h| h.id).step_by(2).collect();
        if hall.ask(Actor::Participant(super::hall::HOST), &Command::DropHands { hands }).is_ok() {
            hall.ok(super::hall::HOST, Command::Restore);
            let after: Vec<_> = hall.meeting.queue().into_iter().cloned().collect();
            prop_assert_eq!(&after, &before);
        }
    }

    /// Everybody raises a hand again after each turn, speaks for 5 s to 2 min, and may be heard outside turns too. Some
    /// are not there when they are called, or interrupted: they wait for no more than they were promised, and the others
    /// wait for one more call each time.
    #[test]
    fn nobody_starves_in_the_fair_queue(talks in prop::collection::vec((0..PEOPLE, 5_000..120_000u64, 0..8u8), 1..200)) {
        let mut hall = Hall::live();
        for n in 6..=PEOPLE {
            hall.join(person(n), &format!("Guest {n}"));
        }
        // How many may still be called before this person: each other once for being new, once for arrival, and once
        // for every 5 s that they are behind in talk time.
        let bound = |hall: &Hall, id: ParticipantId| -> u64 {
            let own = hall.who(id).spoken;
            (1..=PEOPLE).map(|n| 2 + own.minus(hall.who(person(n)).spoken).0 / 5_000).sum()
        };
        let mut waits: std::collections::BTreeMap<ParticipantId, u64> = Default::default();
        for (noisy, spoken, how) in talks {
            for id in (1..=PEOPLE).map(person) {
                if hall.meeting.hand_of(id).is_none() {
                    hall.raise(id, "More");
                    waits.insert(id, bound(&hall, id));
                }
            }
            hall.next();
            let called = hall.meeting.turn().unwrap().hand.participant;
            waits.remove(&called);
            for left in waits.values_mut() {
                prop_assert!(*left > 0, "somebody waits longer than fair");
                *left -= 1;
            }
            let turn = hall.meeting.turn().unwrap().id;
            if how < 2 {
                let command = if how == 0 { Command::NotThere { turn } } else { Command::Interrupt { turn } };
                hall.ok(super::hall::HOST, command);
                waits.values_mut().for_each(|left| *left += 1);
                waits.insert(called, u64::from(palco::meeting::RETURNS_IN) + u64::from(PEOPLE));
                continue;
            }
            hall.server(Command::RecordSpeech { participant: called, spoken: Millis(spoken) });
            if called != person(noisy + 1) && !waits.contains_key(&person(noisy + 1)) {
                hall.server(Command::RecordSpeech { participant: person(noisy + 1), spoken: Millis(spoken) });
            }
            hall.done();
        }
    }
}
