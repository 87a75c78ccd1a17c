//! Meetings made by real commands, and consoles that look at them.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use palco::meeting::{
    Actor, Command, HandKind, Item, Meeting, Millis, ParticipantId, Recorded, Role, SeatId, SeatKind,
    Timestamp,
};
use palco::tui::{Connection, Device, Effect, Model, Msg, Setup, Sound};
use palco::wire::{CommandId, Level, ServerMessage};

/// 17:00 at UTC on a Monday.
const START: Timestamp = Timestamp(1_763_398_800_000);

pub const HOST: ParticipantId = ParticipantId([1; 32]);
pub const SPEAKER: ParticipantId = ParticipantId([2; 32]);
pub const ILARIO: ParticipantId = ParticipantId([3; 32]);
pub const DANIELA: ParticipantId = ParticipantId([4; 32]);
pub const TOMMASO: ParticipantId = ParticipantId([5; 32]);
pub const UGO: ParticipantId = ParticipantId([6; 32]);
pub const ANA: ParticipantId = ParticipantId([7; 32]);
pub const BRUNO: ParticipantId = ParticipantId([8; 32]);
pub const ELIO: ParticipantId = ParticipantId([9; 32]);
pub const FRANCA: ParticipantId = ParticipantId([10; 32]);
pub const STRANGER: ParticipantId = ParticipantId([99; 32]);

const PEOPLE: [(ParticipantId, &str, bool); 10] = [
    (HOST, "Stefano P.", false),
    (SPEAKER, "Maurizio Bonazzi", false),
    (ILARIO, "Ilario Baronio", false),
    (DANIELA, "Daniela C.", false),
    (TOMMASO, "Tommaso T.", false),
    (UGO, "Ugo M.", false),
    (ANA, "Ana", false),
    (BRUNO, "Bruno", false),
    (ELIO, "Elio", false),
    (FRANCA, "Franca", true),
];

/// A meeting under way, changed by commands only.
#[derive(Clone, Debug)]
pub struct Scene {
    pub meeting: Meeting,
    pub now: Timestamp,
    seats: u64,
}

impl Scene {
    /// Live, with titles, topics and names that leave room: what is cut off is not theirs.
    pub fn short() -> Self {
        let mut scene = Self { meeting: Meeting::new(), now: START, seats: 0 };
        let agenda = vec![Item { title: "Intro".into(), length: Millis::from_mins(10) }];
        let (title, length) = ("VoIP".into(), Millis::from_mins(60));
        scene.ask(
            HOST,
            Command::Open {
                title,
                number: 28,
                owner: HOST,
                length,
                agenda,
                terms: palco::meeting::Terms::default(),
            },
        );
        for (id, name) in
            [(HOST, "Stefano"), (ILARIO, "Ilario"), (ANA, "Ana"), (BRUNO, "Bruno"), (UGO, "Ugo")]
        {
            scene.join(id, name, false);
        }
        scene.join(FRANCA, "Franca", true);
        scene
    }

    /// Opened, everybody there, not begun.
    pub fn scheduled() -> Self {
        let mut scene = Self::empty();
        for (id, name, listener) in &PEOPLE[1..] {
            scene.join(*id, name, *listener);
        }
        scene.ask(HOST, Command::SetRole { participant: SPEAKER, role: Role::Speaker });
        scene
    }

    /// Opened, only the host there.
    pub fn empty() -> Self {
        let mut scene = Self { meeting: Meeting::new(), now: START, seats: 0 };
        let item = |title: &str, mins| Item { title: title.into(), length: Millis::from_mins(mins) };
        scene.ask(
            HOST,
            Command::Open {
                title: "From analog lines to full VoIP".into(),
                number: 28,
                owner: HOST,
                length: Millis::from_mins(60),
                agenda: vec![
                    item("Introductions", 10),
                    item("The numbering plan", 20),
                    item("Questions", 30),
                ],
                terms: Default::default(),
            },
        );
        scene.join(HOST, PEOPLE[0].1, false);
        scene
    }

    /// Live for 42 minutes: Maurizio speaks, Ilario has the turn, four wait.
    pub fn live() -> Self {
        let mut scene = Self::scheduled();
        scene.ask(HOST, Command::Start);
        scene.ask(SPEAKER, Command::StepUp);
        scene.ask(SPEAKER, Command::Unmute);
        scene.wait(10 * 60);
        scene.ask(HOST, Command::NextItem { current: scene.meeting.item().map(|i| i.id) });
        scene.spoke(SPEAKER, 312);
        scene.spoke(HOST, 95);
        scene.spoke(ANA, 40);
        scene.wait(24 * 60);
        scene.raise(ILARIO, "SIP trunk failover?", HandKind::Question);
        scene.wait(20);
        scene.raise(TOMMASO, "Which SBC in front?", HandKind::Question);
        scene.wait(20);
        scene.raise(DANIELA, "Fax over T.38, really?", HandKind::Question);
        scene.raise(
            ANA,
            "Licences per extension, and what happens to them when an office closes",
            HandKind::Reply,
        );
        scene.raise(UGO, "Time: ten minutes left for the demo", HandKind::PointOfOrder);
        for who in [ANA, BRUNO, ELIO] {
            scene.support(who, DANIELA);
        }
        scene.support(BRUNO, TOMMASO);
        scene.wait(6 * 60);
        let hand = scene.meeting.hand_of(ILARIO).map(|h| h.id).expect("hand");
        scene.ask(HOST, Command::Call { hand, current: None });
        scene.wait(72);
        scene.gone(ELIO);
        scene.wait(25);
        scene
    }

    /// Seven minutes over, last words, nobody waits.
    pub fn overtime() -> Self {
        let mut scene = Self::scheduled();
        scene.ask(HOST, Command::Start);
        scene.ask(HOST, Command::Unmute);
        scene.spoke(HOST, 1_200);
        scene.wait(67 * 60 + 12);
        scene.ask(HOST, Command::Close);
        scene
    }

    pub fn wait(&mut self, secs: u64) {
        self.now = self.now.plus(Millis::from_secs(secs));
    }

    /// Does a command and tells its events.
    #[track_caller]
    pub fn ask(&mut self, who: ParticipantId, command: Command) -> Vec<Recorded> {
        self.by(Actor::Participant(who), &command)
    }

    #[track_caller]
    pub fn by(&mut self, actor: Actor, command: &Command) -> Vec<Recorded> {
        let events = self.meeting.decide(command, actor, self.now);
        let events = events.unwrap_or_else(|r| panic!("{command:?} of {actor:?}: {r}"));
        let recorded = self.meeting.record(events, actor, self.now);
        for event in &recorded {
            self.meeting.apply(event);
        }
        recorded
    }

    pub fn join(&mut self, id: ParticipantId, name: &str, listener: bool) -> Vec<Recorded> {
        self.seats += 1;
        let seat = SeatId(self.seats);
        let name = name.into();
        self.ask(
            id,
            Command::Join {
                seat,
                kind: SeatKind::Console,
                name,
                listener,
                auto_open: false,
                newcomer: id == BRUNO || id == FRANCA,
            },
        )
    }

    pub fn gone(&mut self, id: ParticipantId) {
        let person = self.meeting.participant(id).expect("person");
        let palco::meeting::Presence::Here { seats } = person.presence.clone() else { return };
        for seat in seats {
            self.by(Actor::Server, &Command::CloseSeat { seat: seat.id });
        }
    }

    pub fn raise(&mut self, who: ParticipantId, topic: &str, kind: HandKind) -> Vec<Recorded> {
        self.ask(who, Command::Raise { topic: topic.into(), kind })
    }

    fn support(&mut self, who: ParticipantId, whose: ParticipantId) {
        let hand = self.meeting.hand_of(whose).map(|h| h.id).expect("hand");
        if who != whose {
            self.ask(who, Command::Support { hand, on: true });
        }
    }

    fn spoke(&mut self, participant: ParticipantId, secs: u64) {
        let spoken = Millis::from_secs(secs);
        self.by(Actor::Server, &Command::RecordSpeech { participant, spoken });
    }
}

/// A console that looks at a scene.
#[derive(Debug)]
pub struct Console {
    pub model: Model,
    pub scene: Scene,
    pub effects: Vec<Effect>,
    who: ParticipantId,
}

impl Console {
    /// Connected as `who`, with the scene's snapshot.
    pub fn of(scene: Scene, who: ParticipantId, setup: Setup) -> Self {
        let mut console = Self { model: Model::new(setup), scene, effects: Vec::new(), who };
        console.tell(Msg::Connection(Connection::Connecting { attempt: 1 }));
        console.tell(Msg::Connection(Connection::Connected));
        let ready = |name: &str| Device::Ready(name.to_owned());
        console.tell(Msg::Sound(Sound { mic: ready("Headset"), speaker: ready("Headset") }));
        console.hear(ServerMessage::Welcome {
            you: who,
            seat: None,
            meeting: "01JD".into(),
            resume: "r".into(),
            now: console.scene.now,
        });
        console.snapshot();
        let now = console.scene.now;
        console.hear(ServerMessage::Pong { sent: Timestamp(now.0 - 38), now: Timestamp(now.0 - 19) });
        console.effects.clear();
        console
    }

    /// Whose console it is.
    pub fn me(&self) -> ParticipantId {
        self.who
    }

    pub fn snapshot(&mut self) {
        let meeting = Box::new(self.scene.meeting.clone());
        self.hear(ServerMessage::Snapshot { meeting });
    }

    pub fn tell(&mut self, msg: Msg) {
        let now = self.scene.now;
        let effects = self.model.update(msg, now);
        self.effects.extend(effects);
    }

    pub fn hear(&mut self, message: ServerMessage) {
        self.tell(Msg::Server(message));
    }

    /// A command of somebody, as it reaches this console.
    #[track_caller]
    pub fn happens(&mut self, who: ParticipantId, command: Command) {
        for recorded in self.scene.ask(who, command) {
            self.hear(ServerMessage::Event(Box::new(recorded)));
        }
    }

    pub fn rejected(&mut self, code: &str, text: &str) {
        self.hear(ServerMessage::Rejected {
            id: CommandId("c".into()),
            code: code.into(),
            text: text.into(),
        });
    }

    /// Levels by person: -dBov, with voice.
    pub fn levels(&mut self, levels: &[(ParticipantId, u8)]) {
        let source = |id: &ParticipantId| self.scene.meeting.participant(*id).expect("person").source;
        let levels = levels.iter().map(|(id, db)| Level { source: source(id), level: 128 + db }).collect();
        self.tell(Msg::Levels(levels));
    }

    /// Presses keys: a character each, or names in angle brackets.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while !rest.is_empty() {
            let (code, modifiers);
            if let Some((name, tail)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
                (code, modifiers) = named(name);
                rest = tail;
            } else {
                let c = rest.chars().next().expect("not empty");
                (code, modifiers) = (KeyCode::Char(c), KeyModifiers::NONE);
                rest = &rest[c.len_utf8()..];
            }
            self.tell(Msg::Input(Input::Key(KeyEvent::new(code, modifiers))));
        }
    }

    /// A key comes up.
    pub fn release(&mut self, code: KeyCode) {
        let key = KeyEvent::new_with_kind(code, KeyModifiers::NONE, KeyEventKind::Release);
        self.tell(Msg::Input(Input::Key(key)));
    }

    /// What was to be done since the last call.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The commands among them.
    pub fn commands(&mut self) -> Vec<Command> {
        let command = |e| if let Effect::Send(command) = e { Some(command) } else { None };
        self.take().into_iter().filter_map(command).collect()
    }
}

fn named(name: &str) -> (KeyCode, KeyModifiers) {
    let none = KeyModifiers::NONE;
    match name {
        "enter" => (KeyCode::Enter, none),
        "esc" => (KeyCode::Esc, none),
        "tab" => (KeyCode::Tab, none),
        "backtab" => (KeyCode::BackTab, none),
        "space" => (KeyCode::Char(' '), none),
        "down" => (KeyCode::Down, none),
        "up" => (KeyCode::Up, none),
        "backspace" => (KeyCode::Backspace, none),
        "f9" => (KeyCode::F(9), none),
        "f12" => (KeyCode::F(12), none),
        "ctrl-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
        "ctrl-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
        other => panic!("no key {other}"),
    }
}
