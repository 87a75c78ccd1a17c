//! Every verb, and what is said about wrong words.

use super::*;
use crate::meeting::{
    Actor, Command, HandId, HandKind, Item, ItemId, Millis, Order, PUSH, ProposalId, Reach, Recorded, Role,
    RoundOrder, SeatId, SeatKind, Seq, Timestamp, TurnId,
};

fn id(n: u8) -> ParticipantId {
    ParticipantId([n; 32])
}

struct Hall {
    meeting: Meeting,
    seq: u64,
}

impl Hall {
    fn ask(&mut self, command: &Command, actor: Actor) {
        for event in self.meeting.decide(command, actor, Timestamp(1)).unwrap() {
            self.seq += 1;
            self.meeting.apply(&Recorded { seq: Seq(self.seq), at: Timestamp(1), by: None, event });
        }
    }

    fn join(&mut self, n: u8, name: &str) {
        let join = Command::Join {
            seat: SeatId(n.into()),
            kind: SeatKind::Console,
            name: name.into(),
            listener: false,
            auto_open: false,
            newcomer: false,
        };
        self.ask(&join, Actor::Participant(id(n)));
    }

    fn read(&self, line: &str) -> Result<Command, WordsError> {
        let words: Vec<_> = line.split(' ').filter(|w| !w.is_empty()).collect();
        parse(&words, &self.meeting, Typist { me: Some(id(1)), ..Typist::default() })
    }
}

/// Stefano hosts; Ana (hand 1, called), Anastasia (hand 2) and Ugo M. (hand 3) have hands, Bruno has none.
fn hall() -> Hall {
    let mut hall = Hall { meeting: Meeting::new(), seq: 0 };
    let agenda = vec![Item { title: "Intro".into(), length: Millis::from_mins(10) }];
    let open = Command::Open {
        title: "Monday".into(),
        number: 1,
        owner: id(1),
        length: Millis::from_mins(60),
        agenda,
        terms: Default::default(),
    };
    hall.ask(&open, Actor::Participant(id(1)));
    for (n, name) in [(1, "Stefano"), (2, "Ana"), (3, "Anastasia"), (4, "Ugo M."), (5, "Bruno")] {
        hall.join(n, name);
    }
    hall.ask(&Command::Start, Actor::Participant(id(1)));
    for n in [2, 3, 4] {
        let raise = Command::Raise { topic: "x".into(), kind: HandKind::Question };
        hall.ask(&raise, Actor::Participant(id(n)));
    }
    hall.ask(&Command::Next { current: None }, Actor::Participant(id(1)));
    let propose = Command::ProposeExtension { by: Millis::from_mins(10) };
    hall.ask(&propose, Actor::Participant(id(2)));
    hall
}

fn start_round(order: RoundOrder, secs: u64, seed: Option<u64>) -> Command {
    Command::StartRound { order, each: Millis::from_secs(secs), seed }
}

#[test]
fn every_verb_is_read() {
    let hall = hall();
    let turn = Some(TurnId(1));
    let participant = id(5);
    for (line, command) in [
        (
            "raise SIP  trunk failover?",
            Command::Raise { topic: "SIP trunk failover?".into(), kind: HandKind::Question },
        ),
        ("raise --kind reply no", Command::Raise { topic: "no".into(), kind: HandKind::Reply }),
        (
            "raise stop --kind=point-of-order",
            Command::Raise { topic: "stop".into(), kind: HandKind::PointOfOrder },
        ),
        ("lower", Command::Lower),
        ("support 3", Command::Support { hand: HandId(3), on: true }),
        ("support ugo m. off", Command::Support { hand: HandId(3), on: false }),
        ("next", Command::Next { current: turn }),
        ("NEXT", Command::Next { current: turn }),
        ("call anast", Command::Call { hand: HandId(2), current: turn }),
        ("call #2", Command::Call { hand: HandId(2), current: turn }),
        ("done", Command::Done { turn: TurnId(1) }),
        ("not-there", Command::NotThere { turn: TurnId(1) }),
        ("interrupt", Command::Interrupt { turn: TurnId(1) }),
        ("undo", Command::Restore),
        ("mirror open", Command::SetMirror { open: true }),
        ("mirror host", Command::SetMirror { open: false }),
        ("participation open", Command::SetParticipation { policy: crate::meeting::Participation::Open }),
        ("drop ugo", Command::Drop { hand: HandId(3) }),
        ("drop anas ugo m. 3", Command::DropHands { hands: vec![HandId(2), HandId(3), HandId(3)] }),
        ("merge ugo m. #2", Command::Merge { hands: vec![HandId(3)], into: HandId(2) }),
        ("move Ugo M. 1", Command::Move { hand: HandId(3), position: 1 }),
        ("order fair", Command::Reorder { order: Order::Fair }),
        ("round start", start_round(RoundOrder::Arrival, 60, None)),
        ("round start name each 90s", start_round(RoundOrder::Name, 90, None)),
        ("round start each 2m random seed 7", start_round(RoundOrder::Random, 120, Some(7))),
        ("round start seed 7", start_round(RoundOrder::Random, 60, Some(7))),
        ("round done", Command::RoundDone { current: None }),
        ("round pass", Command::RoundPass { participant: id(1) }),
        ("round pass br", Command::RoundPass { participant }),
        ("round skip ugo m.", Command::RoundSkip { participant: id(4) }),
        ("round move bruno 2", Command::RoundMove { participant, position: 2 }),
        ("round end", Command::EndRound),
        ("invite bruno", Command::Invite { participant }),
        ("accept", Command::Accept),
        ("decline", Command::Decline),
        ("step-up", Command::StepUp),
        ("off-stage", Command::OffStage { participant: id(1) }),
        ("off-stage ana", Command::OffStage { participant: id(2) }),
        ("mute", Command::Mute),
        ("unmute", Command::Unmute),
        ("hold br", Command::Hold { participant }),
        ("release br", Command::Release { participant }),
        ("hold all", Command::HoldAll { on: true }),
        ("release all", Command::HoldAll { on: false }),
        ("remove bruno", Command::Remove { participant, why: None }),
        ("remove Ugo M. too loud", Command::Remove { participant: id(4), why: Some("too loud".into()) }),
        ("ban bruno", Command::Ban { participant, length: None, why: None }),
        (
            "ban ugo m. 24h spam again",
            Command::Ban {
                participant: id(4),
                length: Some(Millis::from_mins(1_440)),
                why: Some("spam again".into()),
            },
        ),
        ("lock", Command::Lock { on: true }),
        ("unlock", Command::Lock { on: false }),
        (
            "rename-other ugo m. Ugo Merli",
            Command::RenameOther { participant: id(4), name: "Ugo Merli".into() },
        ),
        ("hand-over bruno", Command::HandOver { participant }),
        ("unban SHA256:BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU", Command::Unban { participant }),
        ("role bruno cohost", Command::SetRole { participant, role: Role::Cohost }),
        ("record start", Command::StartRecording { without_host: false, tracks: false }),
        ("record start tracks alone", Command::StartRecording { without_host: true, tracks: true }),
        ("record start alone", Command::StartRecording { without_host: true, tracks: false }),
        ("record pause", Command::PauseRecording),
        ("record resume", Command::ResumeRecording),
        ("record stop", Command::StopRecording),
        ("record at-live", Command::SetRecordPolicy { policy: crate::meeting::RecordPolicy::AtLive }),
        ("strike", Command::Strike),
        ("off-record", Command::OffRecord { participant: Some(id(1)), on: true }),
        ("off-record all", Command::OffRecord { participant: None, on: true }),
        ("on-record bruno", Command::OffRecord { participant: Some(participant), on: false }),
        ("consent no", Command::Consent { yes: false, text: CONSENT_TEXT.into(), tracks: false }),
        ("prepare", Command::Prepare),
        ("open-at +15m", Command::PlanStart { at: Some(Timestamp(900_000)) }),
        ("open-at 0:01", Command::PlanStart { at: Some(Timestamp(60_000)) }),
        ("open-at off", Command::PlanStart { at: None }),
        ("talk-to stage", Command::TalkTo { reach: Reach::Stage }),
        ("start", Command::Start),
        ("close", Command::Close),
        ("end", Command::End),
        ("extend 10m", Command::Extend { by: Millis::from_mins(10) }),
        ("pause", Command::Pause),
        ("resume", Command::Resume),
        (
            "agenda add Fax over IP=5m",
            Command::AddItem { item: Item { title: "Fax over IP".into(), length: Millis::from_mins(5) } },
        ),
        (
            "agenda add Fax 5m",
            Command::AddItem { item: Item { title: "Fax".into(), length: Millis::from_mins(5) } },
        ),
        ("agenda next", Command::NextItem { current: Some(ItemId(1)) }),
        ("agenda back", Command::PreviousItem { current: Some(ItemId(1)) }),
        ("push", Command::PushLimit { by: PUSH }),
        ("push 5m", Command::PushLimit { by: Millis::from_mins(5) }),
        ("propose 15", Command::ProposeExtension { by: Millis::from_mins(15) }),
        ("vote yes", Command::Vote { proposal: ProposalId(1), yes: true }),
        ("vote no", Command::Vote { proposal: ProposalId(1), yes: false }),
        ("dismiss", Command::DismissProposal { proposal: ProposalId(1) }),
        ("borrow 5m", Command::Borrow { current: ItemId(1), by: Millis::from_mins(5) }),
        ("rename Stefano P.", Command::Rename { name: "Stefano P.".into() }),
        ("auto-open on", Command::AutoOpen { on: true }),
        ("leave", Command::Leave),
    ] {
        assert_eq!(hall.read(line), Ok(command), "{line}");
    }
}

#[test]
fn what_does_not_fit_a_verb_names_how_to_write_it() {
    let hall = hall();
    for word in WORDS {
        let many = format!("{} x y z w", word.verb);
        let few = hall.read(word.verb);
        if word.arguments.is_empty() {
            assert_eq!(hall.read(&many), Err(WordsError::Arguments(*word)), "{many}");
        } else if !word.arguments.starts_with('[') {
            assert_eq!(few, Err(WordsError::Arguments(*word)), "{}", word.verb);
        }
    }
    for line in [
        "raise --kind rant x",
        "raise x --kind",
        "move 2 first",
        "order x",
        "role ana king",
        "round start x",
        "round start name name",
        "round start each",
        "round start seed x",
        "round move bruno",
        "round pause",
        "agenda",
        "support off",
    ] {
        let error = hall.read(line).unwrap_err();
        assert!(error.is_usage() || line == "support off", "{line}: {error}");
    }
    assert_eq!(hall.read("dance"), Err(WordsError::NoSuchCommand("dance".into())));
    assert_eq!(hall.read(""), Err(WordsError::NoSuchCommand(String::new())));
}

#[test]
fn names_are_exact_then_unique_beginnings() {
    let hall = hall();
    let person = |name: &str| match hall.read(&format!("hold {name}")) {
        Ok(Command::Hold { participant }) => Ok(participant),
        Ok(other) => panic!("{other:?}"),
        Err(e) => Err(e),
    };
    assert_eq!(person("ANA"), Ok(id(2)), "exact wins over the beginning of another");
    assert_eq!(person("anas"), Ok(id(3)));
    assert_eq!(person(&id(5).to_string()), Ok(id(5)));
    assert_eq!(person("zed"), Err(WordsError::Nobody("zed".into())));
    let names = vec!["Ana".to_owned(), "Anastasia".to_owned()];
    assert_eq!(person("an"), Err(WordsError::Ambiguous { typed: "an".into(), names }));
}

#[test]
fn hands_are_looked_for_among_those_who_have_one() {
    let hall = hall();
    let call = |typed: &str| hall.read(&format!("call {typed}"));
    assert!(call("an").is_ok(), "Ana has the turn; only Anastasia waits");
    assert_eq!(call("bruno"), Err(WordsError::NoHand("bruno".into())));
    assert_eq!(call("zed"), Err(WordsError::Nobody("zed".into())));
    assert_eq!(call("9"), Err(WordsError::NoHand("9".into())));
}

#[test]
fn votes_need_a_proposal_and_loans_an_item() {
    let empty = Hall { meeting: Meeting::new(), seq: 0 };
    assert_eq!(empty.read("vote yes"), Err(WordsError::NoProposal));
    assert_eq!(empty.read("dismiss"), Err(WordsError::NoProposal));
    assert_eq!(empty.read("borrow 5m"), Err(WordsError::NoItem));
    assert!(empty.read("vote maybe").is_err_and(|e| e.is_usage()));
}

#[test]
fn done_needs_a_turn() {
    let mut hall = hall();
    hall.ask(&Command::Done { turn: TurnId(1) }, Actor::Participant(id(1)));
    assert_eq!(hall.read("done"), Err(WordsError::NoTurn));
    assert_eq!(WordsError::NoTurn.code(), "no-turn");
}
