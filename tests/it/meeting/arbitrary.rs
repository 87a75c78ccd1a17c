//! Commands and events of any kind, small enough in number to meet each other.

use palco::meeting::{
    Command, Event, HandId, HandKind, Item, ItemId, ItemLength, LeaveReason, Millis, Order, ParticipantId,
    Participation, ProposalId, Reach, RecordHalt, RecordPolicy, RecordStop, Recorded, Role, RoundExit,
    RoundOrder, SeatId, SeatKind, Seq, Source, StageReason, Timestamp, TurnId,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::hall::person;

/// How many people take part.
pub const PEOPLE: u8 = 7;

pub fn anybody() -> impl Strategy<Value = ParticipantId> {
    (1..=PEOPLE).prop_map(person)
}

fn hand() -> impl Strategy<Value = HandId> {
    (0..20u64).prop_map(HandId)
}

fn hands_of() -> impl Strategy<Value = Vec<HandId>> {
    proptest::collection::vec(hand(), 0..4)
}

fn turn() -> impl Strategy<Value = TurnId> {
    (0..12u64).prop_map(TurnId)
}

fn item() -> impl Strategy<Value = ItemId> {
    (0..5u64).prop_map(ItemId)
}

fn proposal() -> impl Strategy<Value = ProposalId> {
    (0..4u64).prop_map(ProposalId)
}

fn seat() -> impl Strategy<Value = SeatId> {
    (0..40u64).prop_map(SeatId)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(vec!["Ana", "ana", "Bruno", "Carla", "Car1a", "Dario", "Elio", "Franca", "Gina", "\u{410}na"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn what() -> impl Strategy<Value = Item> {
    (text(), 0..5u64).prop_map(|(title, m)| Item { title, length: Millis::from_mins(m) })
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    select(all)
}

fn joining() -> impl Strategy<Value = Command> {
    (seat(), one_of(SeatKind::ALL), text(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(seat, kind, name, listener, auto_open, newcomer)| Command::Join {
            seat,
            kind,
            name,
            listener,
            auto_open,
            newcomer,
        },
    )
}

fn opening() -> impl Strategy<Value = Command> {
    (text(), anybody(), 0..90u64, proptest::collection::vec(what(), 0..3)).prop_map(
        |(title, owner, m, agenda)| Command::Open {
            title,
            number: 1,
            owner,
            length: Millis::from_mins(m),
            agenda,
            terms: Default::default(),
        },
    )
}

fn of_the_server() -> impl Strategy<Value = Command> {
    prop_oneof![
        seat().prop_map(|seat| Command::CloseSeat { seat }),
        anybody().prop_map(|participant| Command::Expire { participant }),
        (anybody(), 0..200_000u64)
            .prop_map(|(participant, ms)| Command::RecordSpeech { participant, spoken: Millis(ms) }),
        proptest::option::of(one_of(RecordHalt::ALL)).prop_map(|why| Command::HaltRecording { why }),
        Just(Command::Tick),
    ]
}

fn of_people() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => Just(Command::Leave),
        1 => text().prop_map(|name| Command::Rename { name }),
        1 => any::<bool>().prop_map(|on| Command::AutoOpen { on }),
        2 => (anybody(), one_of(Role::ALL))
            .prop_map(|(participant, role)| Command::SetRole { participant, role }),
    ]
}

fn of_the_queue() -> impl Strategy<Value = Command> {
    prop_oneof![
        6 => (text(), one_of(HandKind::ALL)).prop_map(|(topic, kind)| Command::Raise { topic, kind }),
        1 => Just(Command::Lower),
        2 => (hand(), any::<bool>()).prop_map(|(hand, on)| Command::Support { hand, on }),
        3 => proptest::option::of(turn()).prop_map(|current| Command::Next { current }),
        2 => (hand(), proptest::option::of(turn())).prop_map(|(hand, current)| Command::Call { hand, current }),
        2 => turn().prop_map(|turn| Command::Done { turn }),
        1 => hand().prop_map(|hand| Command::Drop { hand }),
        1 => hands_of().prop_map(|hands| Command::DropHands { hands }),
        2 => (hands_of(), hand()).prop_map(|(hands, into)| Command::Merge { hands, into }),
        2 => Just(Command::Restore),
        1 => turn().prop_map(|turn| Command::NotThere { turn }),
        1 => turn().prop_map(|turn| Command::Interrupt { turn }),
        1 => (hand(), 0..8u32).prop_map(|(hand, position)| Command::Move { hand, position }),
        1 => one_of(Order::ALL).prop_map(|order| Command::Reorder { order }),
    ]
}

fn of_the_stage() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => anybody().prop_map(|participant| Command::Invite { participant }),
        3 => Just(Command::Accept),
        1 => Just(Command::Decline),
        2 => Just(Command::StepUp),
        1 => anybody().prop_map(|participant| Command::OffStage { participant }),
        1 => Just(Command::Mute),
        3 => Just(Command::Unmute),
        2 => one_of(Reach::ALL).prop_map(|reach| Command::TalkTo { reach }),
        1 => anybody().prop_map(|participant| Command::Hold { participant }),
        1 => anybody().prop_map(|participant| Command::Release { participant }),
    ]
}

fn of_the_order() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => any::<bool>().prop_map(|on| Command::HoldAll { on }),
        1 => (anybody(), proptest::option::of(text()))
            .prop_map(|(participant, why)| Command::Remove { participant, why }),
        1 => (anybody(), proptest::option::of(0..90u64)).prop_map(|(participant, m)| Command::Ban {
            participant,
            length: m.map(Millis::from_mins),
            why: None
        }),
        2 => anybody().prop_map(|participant| Command::Unban { participant }),
        1 => any::<bool>().prop_map(|on| Command::Lock { on }),
        1 => (anybody(), text()).prop_map(|(participant, name)| Command::RenameOther { participant, name }),
        2 => anybody().prop_map(|participant| Command::HandOver { participant }),
    ]
}

fn of_the_round() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (one_of(RoundOrder::ALL), 0..200u64, proptest::option::of(any::<u64>())).prop_map(
            |(order, secs, seed)| Command::StartRound { order, each: Millis::from_secs(secs), seed }
        ),
        4 => proptest::option::of(anybody()).prop_map(|current| Command::RoundDone { current }),
        1 => anybody().prop_map(|participant| Command::RoundPass { participant }),
        1 => anybody().prop_map(|participant| Command::RoundSkip { participant }),
        1 => (anybody(), 0..8u32)
            .prop_map(|(participant, position)| Command::RoundMove { participant, position }),
        1 => Just(Command::EndRound),
    ]
}

fn of_the_conduct() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => Just(Command::Start),
        2 => Just(Command::Prepare),
        1 => proptest::option::of(0..9_000_000u64)
            .prop_map(|at| Command::PlanStart { at: at.map(Timestamp) }),
        1 => Just(Command::Close),
        1 => Just(Command::End),
        2 => (0..200u64).prop_map(|m| Command::Extend { by: Millis::from_mins(m) }),
        1 => one_of(Participation::ALL).prop_map(|policy| Command::SetParticipation { policy }),
        1 => any::<bool>().prop_map(|open| Command::SetMirror { open }),
        2 => (0..200u64).prop_map(|m| Command::ProposeExtension { by: Millis::from_mins(m) }),
        3 => (proposal(), any::<bool>()).prop_map(|(proposal, yes)| Command::Vote { proposal, yes }),
        1 => proposal().prop_map(|proposal| Command::DismissProposal { proposal }),
        2 => (0..200u64).prop_map(|m| Command::PushLimit { by: Millis::from_mins(m) }),
        2 => (item(), 0..6u64)
            .prop_map(|(current, m)| Command::Borrow { current, by: Millis::from_mins(m) }),
        2 => Just(Command::Pause),
        2 => Just(Command::Resume),
        2 => what().prop_map(|item| Command::AddItem { item }),
        2 => proptest::option::of(item()).prop_map(|current| Command::NextItem { current }),
        2 => proptest::option::of(item()).prop_map(|current| Command::PreviousItem { current }),
    ]
}

fn of_the_recording() -> impl Strategy<Value = Command> {
    prop_oneof![
        6 => any::<(bool, bool)>().prop_map(|(without_host, tracks)| Command::StartRecording { without_host, tracks }),
        1 => Just(Command::PauseRecording),
        1 => Just(Command::ResumeRecording),
        1 => Just(Command::StopRecording),
        1 => Just(Command::Strike),
        3 => (proptest::option::of(anybody()), any::<bool>())
            .prop_map(|(participant, on)| Command::OffRecord { participant, on }),
        6 => (any::<bool>(), text(), any::<bool>()).prop_map(|(yes, text, tracks)| Command::Consent { yes, text, tracks }),
        1 => one_of(RecordPolicy::ALL).prop_map(|policy| Command::SetRecordPolicy { policy }),
    ]
}

pub fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => opening(),
        8 => joining(),
        6 => of_the_server(),
        6 => of_people(),
        24 => of_the_queue(),
        16 => of_the_stage(),
        6 => of_the_order(),
        8 => of_the_round(),
        6 => of_the_conduct(),
        8 => of_the_recording(),
    ]
}

fn arrivals() -> impl Strategy<Value = Event> {
    let who = anybody;
    let look = || proptest::option::of(anybody());
    prop_oneof![
        (text(), any::<u32>(), who(), any::<u64>(), proptest::collection::vec(what(), 0..3)).prop_map(
            |(title, number, owner, length, agenda)| Event::Opened {
                title,
                number,
                owner,
                length: Millis(length),
                agenda,
                terms: Default::default(),
            }
        ),
        (who(), any::<u16>(), text(), one_of(Role::ALL), any::<bool>(), look(), any::<bool>()).prop_map(
            |(participant, source, name, role, auto_open, resembles, newcomer)| Event::Joined {
                participant,
                source: Source(source),
                name,
                role,
                auto_open,
                resembles,
                newcomer
            }
        ),
        (who(), seat(), one_of(SeatKind::ALL)).prop_map(|(participant, seat, kind)| Event::SeatOpened {
            participant,
            seat,
            kind
        }),
        (who(), seat()).prop_map(|(participant, seat)| Event::SeatClosed { participant, seat }),
        (who(), one_of(LeaveReason::ALL)).prop_map(|(participant, reason)| Event::Left {
            participant,
            reason,
            why: None
        }),
        (who(), text(), look()).prop_map(|(participant, name, resembles)| Event::Renamed {
            participant,
            name,
            resembles
        }),
        (who(), any::<bool>()).prop_map(|(participant, on)| Event::AutoOpenSet { participant, on }),
        (who(), one_of(Role::ALL)).prop_map(|(participant, role)| Event::RoleSet { participant, role }),
        (who(), any::<u64>()).prop_map(|(participant, ms)| Event::Spoke { participant, spoken: Millis(ms) }),
    ]
}

fn hands() -> impl Strategy<Value = Event> {
    prop_oneof![
        ((0..500u64).prop_map(HandId), anybody(), one_of(HandKind::ALL), text()).prop_map(
            |(hand, participant, kind, topic)| { Event::HandRaised { hand, participant, kind, topic } }
        ),
        (hand(), one_of(HandKind::ALL), text()).prop_map(|(hand, kind, topic)| Event::HandReworded {
            hand,
            kind,
            topic
        }),
        hand().prop_map(|hand| Event::HandWithdrawn { hand }),
        hand().prop_map(|hand| Event::HandDropped { hand }),
        (hand(), anybody()).prop_map(|(hand, participant)| Event::HandSupported { hand, participant }),
        (hand(), anybody()).prop_map(|(hand, participant)| Event::SupportWithdrawn { hand, participant }),
        (one_of(Order::ALL), proptest::collection::vec(hand(), 0..4))
            .prop_map(|(order, hands)| Event::OrderSet { order, hands }),
        (turn(), hand(), anybody()).prop_map(|(turn, hand, participant)| Event::Called {
            turn,
            hand,
            participant
        }),
        turn().prop_map(|turn| Event::TurnEnded { turn }),
        hands_of().prop_map(|hands| Event::HandsDropped { hands }),
        (hands_of(), hand()).prop_map(|(hands, into)| Event::HandsMerged { hands, into }),
        hands_of().prop_map(|hands| Event::HandsRestored { hands }),
        (turn(), any::<u32>(), any::<bool>()).prop_map(|(turn, returns_in, counts)| Event::HandReturned {
            turn,
            returns_in,
            counts
        }),
    ]
}

fn rounds() -> impl Strategy<Value = Event> {
    prop_oneof![
        (one_of(RoundOrder::ALL), proptest::option::of(any::<u64>()), any::<u64>()).prop_flat_map(
            |(order, seed, ms)| {
                let people = proptest::collection::vec(anybody(), 0..5);
                people.prop_map(move |participants| Event::RoundStarted {
                    order,
                    seed,
                    each: Millis(ms),
                    participants,
                })
            }
        ),
        anybody().prop_map(|participant| Event::RoundTurnStarted { participant }),
        (anybody(), one_of(RoundExit::ALL))
            .prop_map(|(participant, how)| Event::RoundTurnEnded { participant, how }),
        (anybody(), proptest::option::of(any::<u32>()))
            .prop_map(|(participant, position)| Event::RoundPlaced { participant, position }),
        anybody().prop_map(|participant| Event::RoundPassed { participant }),
        Just(Event::RoundEnded),
    ]
}

fn places() -> impl Strategy<Value = Event> {
    prop_oneof![
        anybody().prop_map(|participant| Event::Invited { participant }),
        anybody().prop_map(|participant| Event::Declined { participant }),
        (anybody(), one_of(StageReason::ALL), any::<bool>())
            .prop_map(|(participant, reason, muted)| Event::SteppedUp { participant, reason, muted }),
        anybody().prop_map(|participant| Event::SteppedDown { participant }),
        anybody().prop_map(|participant| Event::Muted { participant }),
        anybody().prop_map(|participant| Event::Unmuted { participant }),
        (anybody(), one_of(Reach::ALL))
            .prop_map(|(participant, reach)| Event::ReachSet { participant, reach }),
        (anybody(), any::<bool>()).prop_map(|(participant, all)| Event::Held { participant, all }),
        (anybody(), any::<bool>()).prop_map(|(participant, all)| Event::Released { participant, all }),
    ]
}

fn conduct() -> impl Strategy<Value = Event> {
    prop_oneof![
        select(vec![
            Event::Prepared,
            Event::Started,
            Event::Closed,
            Event::Ended,
            Event::LimitReached,
            Event::Paused,
            Event::Resumed,
            Event::Unknown
        ]),
        proptest::option::of(any::<u64>()).prop_map(|at| Event::StartPlanned { at: at.map(Timestamp) }),
        one_of(Participation::ALL).prop_map(|policy| Event::ParticipationSet { policy }),
        any::<bool>().prop_map(|open| Event::MirrorSet { open }),
        (any::<u64>(), any::<u64>())
            .prop_map(|(by, overrun)| Event::LimitPushed { by: Millis(by), overrun: Millis(overrun) }),
        any::<u64>().prop_map(|ms| Event::LastWordsBegan { length: Millis(ms) }),
        (proposal(), anybody(), any::<u64>()).prop_map(|(proposal, participant, by)| {
            Event::ExtensionProposed { proposal, participant, by: Millis(by) }
        }),
        (proposal(), anybody(), any::<bool>()).prop_map(|(proposal, participant, yes)| Event::Voted {
            proposal,
            participant,
            yes
        }),
        (proposal(), any::<bool>())
            .prop_map(|(proposal, accepted)| Event::ProposalClosed { proposal, accepted }),
        (item(), any::<u64>(), proptest::collection::vec((item(), any::<u64>()), 0..3)).prop_map(
            |(item, by, lengths)| {
                let lengths =
                    lengths.into_iter().map(|(item, ms)| ItemLength { item, length: Millis(ms) }).collect();
                Event::Borrowed { item, by: Millis(by), lengths }
            }
        ),
        any::<u64>().prop_map(|ms| Event::Extended { by: Millis(ms) }),
        (any::<u64>(), what()).prop_map(|(id, what)| Event::ItemAdded { item: ItemId(id), what }),
        proptest::option::of(item()).prop_map(|item| Event::ItemStarted { item }),
    ]
}

fn moderation() -> impl Strategy<Value = Event> {
    prop_oneof![
        any::<bool>().prop_map(|on| Event::HoldAllSet { on }),
        any::<bool>().prop_map(|on| Event::LockSet { on }),
        proptest::option::of(anybody()).prop_map(|participant| Event::ActingHostSet { participant }),
        (anybody(), text(), proptest::option::of(any::<u64>())).prop_map(|(participant, name, until)| {
            Event::Banned { participant, name, until: until.map(Timestamp), why: None }
        }),
        anybody().prop_map(|participant| Event::Unbanned { participant }),
    ]
}

fn recording() -> impl Strategy<Value = Event> {
    prop_oneof![
        any::<(bool, bool)>()
            .prop_map(|(without_host, tracks)| Event::RecordStarted { without_host, tracks }),
        select(vec![Event::RecordPaused, Event::RecordResumed, Event::RecordMended, Event::Struck]),
        one_of(RecordStop::ALL).prop_map(|reason| Event::RecordStopped { reason }),
        one_of(RecordHalt::ALL).prop_map(|why| Event::RecordHalted { why }),
        one_of(RecordPolicy::ALL).prop_map(|policy| Event::RecordPolicySet { policy }),
        (proptest::option::of(anybody()), any::<bool>())
            .prop_map(|(participant, on)| Event::OffRecordSet { participant, on }),
        (anybody(), any::<(bool, bool)>(), text()).prop_map(|(participant, (yes, tracks), text)| {
            Event::Consented { tracks, participant, yes, text }
        }),
    ]
}

pub fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => arrivals(), 3 => hands(), 3 => places(), 2 => rounds(), 2 => conduct(), 1 => moderation(), 1 => recording()
    ]
}

/// Events in any order, at any time, from anybody.
pub fn recorded() -> impl Strategy<Value = Recorded> {
    (any::<u64>(), any::<u64>(), proptest::option::of(anybody()), event())
        .prop_map(|(seq, at, by, event)| Recorded { seq: Seq(seq), at: Timestamp(at), by, event })
}
