//! A meeting to play with: decides, records and applies, and keeps the log.

use palco::meeting::{
    Actor, Command, Event, HandId, HandKind, Item, Meeting, Millis, Participant, ParticipantId, ProposalId,
    Recorded, Rejection, Role, SeatId, SeatKind, Timestamp, TurnId,
};

/// The owner of the room.
pub const HOST: ParticipantId = person(1);
pub const ANA: ParticipantId = person(2);
pub const BRUNO: ParticipantId = person(3);
pub const CARLA: ParticipantId = person(4);
pub const DARIO: ParticipantId = person(5);

pub const fn person(n: u8) -> ParticipantId {
    ParticipantId([n; 32])
}

pub const fn mins(n: u64) -> Millis {
    Millis::from_mins(n)
}

#[derive(Clone, Debug)]
pub struct Hall {
    pub meeting: Meeting,
    pub log: Vec<Recorded>,
    pub now: Timestamp,
    seats: u64,
}

impl Hall {
    pub fn new() -> Self {
        Self { meeting: Meeting::new(), log: Vec::new(), now: Timestamp(1_000_000), seats: 0 }
    }

    /// Opened by the host, who is there.
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    pub fn open_with(agenda: &[(&str, u64)]) -> Self {
        let mut hall = Self::new();
        let agenda = agenda.iter().map(|(t, m)| Item { title: (*t).into(), length: mins(*m) }).collect();
        let open = Command::Open {
            title: "From analog lines".into(),
            number: 28,
            owner: HOST,
            length: mins(60),
            agenda,
            terms: Default::default(),
        };
        hall.ok(HOST, open);
        hall.join(HOST, "Stefano");
        hall
    }

    /// Live, with the host, Ana, Bruno, Carla and Dario.
    pub fn live() -> Self {
        let mut hall = Self::open();
        for (id, name) in [(ANA, "Ana"), (BRUNO, "Bruno"), (CARLA, "Carla"), (DARIO, "Dario")] {
            hall.join(id, name);
        }
        hall.ok(HOST, Command::Start);
        hall
    }

    pub fn ask(&mut self, actor: Actor, command: &Command) -> Result<Vec<Event>, Rejection> {
        let events = self.meeting.decide(command, actor, self.now)?;
        for recorded in self.meeting.record(events.clone(), actor, self.now) {
            self.meeting.apply(&recorded);
            self.log.push(recorded);
        }
        Ok(events)
    }

    #[track_caller]
    pub fn ok(&mut self, id: ParticipantId, command: Command) -> Vec<Event> {
        self.ask(Actor::Participant(id), &command).unwrap_or_else(|r| panic!("{command:?}: {r}"))
    }

    #[track_caller]
    pub fn no(&mut self, id: ParticipantId, command: Command) -> Rejection {
        match self.ask(Actor::Participant(id), &command) {
            Err(rejection) => rejection,
            Ok(events) => panic!("{command:?} was allowed: {events:?}"),
        }
    }

    #[track_caller]
    pub fn server(&mut self, command: Command) -> Vec<Event> {
        self.ask(Actor::Server, &command).unwrap_or_else(|r| panic!("{command:?}: {r}"))
    }

    pub fn joining(&mut self, name: &str) -> Command {
        self.seats += 1;
        Command::Join {
            seat: SeatId(self.seats),
            kind: SeatKind::Console,
            name: name.into(),
            listener: false,
            auto_open: true,
            newcomer: false,
        }
    }

    #[track_caller]
    pub fn join(&mut self, id: ParticipantId, name: &str) -> SeatId {
        let join = self.joining(name);
        self.ok(id, join);
        SeatId(self.seats)
    }

    pub fn wait(&mut self, span: Millis) {
        self.now = self.now.plus(span);
    }

    /// Lets time pass as on a server: what is due happens when it is due.
    pub fn pass(&mut self, span: Millis) -> Vec<Event> {
        let until = self.now.plus(span);
        let mut happened = Vec::new();
        // A rule that stays due would never let time pass.
        for _ in 0..1_000 {
            let Some(due) = self.meeting.due_at().filter(|due| *due <= until) else {
                self.now = until;
                return happened;
            };
            self.now = self.now.max(due);
            happened.extend(self.server(Command::Tick));
        }
        panic!("always due: {:?}", self.meeting.due_at());
    }

    /// The link of somebody dies with all seats.
    pub fn lose(&mut self, id: ParticipantId) {
        for seat in self.who(id).seats().to_vec() {
            self.server(Command::CloseSeat { seat: seat.id });
        }
    }

    #[track_caller]
    pub fn raise(&mut self, id: ParticipantId, topic: &str) -> HandId {
        self.ok(id, Command::Raise { topic: topic.into(), kind: HandKind::Question });
        self.meeting.hand_of(id).unwrap().id
    }

    #[track_caller]
    pub fn next(&mut self) -> TurnId {
        let current = self.meeting.turn().map(|t| t.id);
        self.ok(HOST, Command::Next { current });
        self.meeting.turn().unwrap().id
    }

    #[track_caller]
    pub fn done(&mut self) {
        let turn = self.meeting.turn().unwrap().id;
        self.ok(HOST, Command::Done { turn });
    }

    /// Calls somebody who has no hand up.
    #[track_caller]
    pub fn give_turn(&mut self, id: ParticipantId) -> TurnId {
        let hand = self.raise(id, "A question");
        let current = self.meeting.turn().map(|t| t.id);
        self.ok(HOST, Command::Call { hand, current });
        self.meeting.turn().unwrap().id
    }

    #[track_caller]
    pub fn set_role(&mut self, id: ParticipantId, role: Role) {
        self.ok(HOST, Command::SetRole { participant: id, role });
    }

    #[track_caller]
    pub fn who(&self, id: ParticipantId) -> &Participant {
        self.meeting.participant(id).unwrap()
    }

    /// Whose hands wait, in the order in which they will be called.
    pub fn line(&self) -> Vec<ParticipantId> {
        self.meeting.queue().iter().map(|h| h.participant).collect()
    }
}

/// The meeting that these events make.
pub fn replay(log: &[Recorded]) -> Meeting {
    let mut meeting = Meeting::new();
    log.iter().for_each(|r| meeting.apply(r));
    meeting
}

/// One of each command, for the tests that go through all. Hand 1, turn 1 and item 1 are named.
pub fn every_command(target: ParticipantId) -> Vec<(&'static str, Command)> {
    let (hand, turn, item) = (HandId(1), TurnId(1), palco::meeting::ItemId(1));
    let what = Item { title: "Wrap up".into(), length: mins(5) };
    vec![
        ("leave", Command::Leave),
        ("rename", Command::Rename { name: "Somebody".into() }),
        ("auto-open", Command::AutoOpen { on: false }),
        ("raise", Command::Raise { topic: "Another topic".into(), kind: HandKind::Reply }),
        ("lower", Command::Lower),
        ("support", Command::Support { hand, on: true }),
        ("next", Command::Next { current: Some(turn) }),
        ("call", Command::Call { hand, current: Some(turn) }),
        ("done", Command::Done { turn }),
        ("drop", Command::Drop { hand }),
        ("drop-hands", Command::DropHands { hands: vec![hand] }),
        ("merge", Command::Merge { hands: vec![hand], into: HandId(3) }),
        ("restore", Command::Restore),
        ("not-there", Command::NotThere { turn }),
        ("interrupt", Command::Interrupt { turn }),
        ("move", Command::Move { hand, position: 1 }),
        ("reorder", Command::Reorder { order: palco::meeting::Order::Support }),
        (
            "start-round",
            Command::StartRound { order: palco::meeting::RoundOrder::Name, each: mins(1), seed: None },
        ),
        ("round-done", Command::RoundDone { current: Some(target) }),
        ("round-pass", Command::RoundPass { participant: target }),
        ("round-skip", Command::RoundSkip { participant: target }),
        ("round-move", Command::RoundMove { participant: target, position: 1 }),
        ("end-round", Command::EndRound),
        ("invite", Command::Invite { participant: target }),
        ("accept", Command::Accept),
        ("decline", Command::Decline),
        ("step-up", Command::StepUp),
        ("off-stage", Command::OffStage { participant: target }),
        ("mute", Command::Mute),
        ("unmute", Command::Unmute),
        ("talk-to", Command::TalkTo { reach: palco::meeting::Reach::Stage }),
        ("hold", Command::Hold { participant: target }),
        ("release", Command::Release { participant: target }),
        ("set-role", Command::SetRole { participant: target, role: Role::Attendee }),
        ("hand-over", Command::HandOver { participant: target }),
        ("hold-all", Command::HoldAll { on: true }),
        ("remove", Command::Remove { participant: target, why: Some("Too loud".into()) }),
        ("ban", Command::Ban { participant: target, length: Some(mins(60)), why: None }),
        ("unban", Command::Unban { participant: target }),
        ("lock", Command::Lock { on: true }),
        ("rename-other", Command::RenameOther { participant: target, name: "Somebody Else".into() }),
        ("prepare", Command::Prepare),
        ("plan-start", Command::PlanStart { at: Some(Timestamp(1_600_000)) }),
        ("set-participation", Command::SetParticipation { policy: palco::meeting::Participation::Open }),
        ("set-mirror", Command::SetMirror { open: true }),
        ("start-recording", Command::StartRecording { without_host: false, tracks: false }),
        ("pause-recording", Command::PauseRecording),
        ("resume-recording", Command::ResumeRecording),
        ("stop-recording", Command::StopRecording),
        ("strike", Command::Strike),
        ("off-record", Command::OffRecord { participant: Some(target), on: true }),
        ("consent", Command::Consent { yes: true, text: "Do you agree?".into(), tracks: false }),
        ("set-record-policy", Command::SetRecordPolicy { policy: palco::meeting::RecordPolicy::AtLive }),
        ("start", Command::Start),
        ("close", Command::Close),
        ("end", Command::End),
        ("extend", Command::Extend { by: mins(10) }),
        ("propose-extension", Command::ProposeExtension { by: mins(10) }),
        ("vote", Command::Vote { proposal: ProposalId(1), yes: true }),
        ("dismiss-proposal", Command::DismissProposal { proposal: ProposalId(1) }),
        ("push-limit", Command::PushLimit { by: mins(10) }),
        ("pause", Command::Pause),
        ("resume", Command::Resume),
        ("add-item", Command::AddItem { item: what }),
        ("borrow", Command::Borrow { current: item, by: mins(1) }),
        ("next-item", Command::NextItem { current: Some(item) }),
        ("previous-item", Command::PreviousItem { current: Some(palco::meeting::ItemId(2)) }),
    ]
}
