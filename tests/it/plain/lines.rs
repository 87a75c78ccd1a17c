//! What happens and what line it becomes, to the one it happens to and to others.

use palco::meeting::{
    Actor, Command, HandId, HandKind, Item, ItemId, Millis, Order, ParticipantId, Role, TurnId,
};
use palco::tui::{Connection, Effect, Language, Msg, Plain, Setup, Symbols};
use palco::wire::{CommandId, ServerMessage};

use crate::render::scene::{ANA, BRUNO, DANIELA, ELIO, HOST, ILARIO, SPEAKER, STRANGER, Scene, TOMMASO, UGO};

/// A plain console that listens to a scene.
pub(super) struct Ear {
    pub(super) plain: Plain,
    pub(super) scene: Scene,
    pub(super) effects: Vec<Effect>,
}

impl Ear {
    pub(super) fn of(scene: Scene, who: ParticipantId, setup: Setup, asks: bool) -> Self {
        let setup = Setup { room: "monday".into(), utc_offset_secs: 3_600, ..setup };
        let mut ear = Self { plain: Plain::new(setup, asks), scene, effects: Vec::new() };
        ear.tell(Msg::Connection(Connection::Connected));
        let now = ear.scene.now;
        let welcome =
            ServerMessage::Welcome { you: who, seat: None, meeting: "01JD".into(), resume: "r".into(), now };
        ear.hear(welcome);
        ear.hear(ServerMessage::Snapshot { meeting: Box::new(ear.scene.meeting.clone()) });
        ear
    }

    pub(super) fn tell(&mut self, msg: Msg) -> Vec<String> {
        let said = self.plain.update(msg, self.scene.now);
        self.effects.extend(said.effects);
        said.lines
    }

    pub(super) fn hear(&mut self, message: ServerMessage) -> Vec<String> {
        self.tell(Msg::Server(message))
    }

    /// What a command of somebody sounds like here.
    #[track_caller]
    fn happens(&mut self, who: ParticipantId, command: Command) -> Vec<String> {
        let events = self.scene.ask(who, command);
        events.into_iter().flat_map(|e| self.hear(ServerMessage::Event(Box::new(e)))).collect()
    }

    pub(super) fn typed(&mut self, line: &str) -> Vec<String> {
        let said = self.plain.typed(line, self.scene.now);
        self.effects.extend(said.effects);
        said.lines
    }

    /// The commands that were to be sent since the last call.
    fn commands(&mut self) -> Vec<Command> {
        let command = |e| if let Effect::Send(command) = e { Some(command) } else { None };
        std::mem::take(&mut self.effects).into_iter().filter_map(command).collect()
    }
}

/// Everything that happens in a meeting, a step a row: who does what.
fn steps() -> Vec<(ParticipantId, Command)> {
    let raise = |topic: &str, kind| Command::Raise { topic: topic.into(), kind };
    let item = Item { title: "Fax".into(), length: Millis::from_mins(5) };
    let question = HandKind::Question;
    vec![
        (STRANGER, Command::Rename { name: "Zoë".into() }),
        (HOST, Command::Start),
        (HOST, Command::NextItem { current: Some(ItemId(1)) }),
        (HOST, Command::AddItem { item }),
        (HOST, Command::Extend { by: Millis::from_mins(10) }),
        (ANA, raise("Which SBC in front?", question)),
        (ANA, raise("Which SBC behind?", question)),
        (BRUNO, raise("Order!", HandKind::PointOfOrder)),
        (DANIELA, raise("None", HandKind::Reply)),
        (BRUNO, Command::Support { hand: HandId(1), on: true }),
        (BRUNO, Command::Support { hand: HandId(1), on: false }),
        (HOST, Command::Reorder { order: Order::Arrival }),
        (BRUNO, Command::Lower),
        (HOST, Command::Drop { hand: HandId(3) }),
        (HOST, Command::Next { current: None }),
        (ANA, Command::Unmute),
        (HOST, Command::Hold { participant: ANA }),
        (HOST, Command::Release { participant: ANA }),
        (ANA, Command::Unmute),
        (ANA, Command::Mute),
        (HOST, Command::Done { turn: TurnId(1) }),
        (DANIELA, raise("More", question)),
        (ELIO, raise("Less", question)),
        (HOST, Command::DropHands { hands: vec![HandId(4), HandId(5)] }),
        (HOST, Command::Restore),
        (HOST, Command::Merge { hands: vec![HandId(5)], into: HandId(4) }),
        (HOST, Command::Next { current: None }),
        (HOST, Command::NotThere { turn: TurnId(2) }),
        (HOST, Command::Next { current: None }),
        (HOST, Command::Interrupt { turn: TurnId(3) }),
        (HOST, Command::Invite { participant: ANA }),
        (HOST, Command::OffStage { participant: ANA }),
        (HOST, Command::Invite { participant: ANA }),
        (ANA, Command::Decline),
        (HOST, Command::Invite { participant: ANA }),
        (ANA, Command::Accept),
        (HOST, Command::OffStage { participant: ANA }),
        (ANA, Command::AutoOpen { on: true }),
        (HOST, Command::SetRole { participant: ANA, role: Role::Cohost }),
        (HOST, Command::Pause),
        (HOST, Command::Resume),
        (ANA, Command::Leave),
        (HOST, Command::Close),
        (HOST, Command::End),
    ]
}

/// What each step sounds like to somebody.
fn told(who: ParticipantId, language: Language) -> String {
    let mut scene = Scene::scheduled();
    scene.join(STRANGER, "Zoe", false);
    let mut ear = Ear::of(scene, who, Setup { language, ..Setup::default() }, false);
    let mut out = String::new();
    for (by, command) in steps() {
        let name = format!("{command:?}");
        let name = name.split([' ', '{']).next().unwrap();
        out.push_str(&format!("{name}\n"));
        for line in ear.happens(by, command) {
            assert!(!line.contains(char::is_control), "{line:?}");
            out.push_str(&format!("    {line}\n"));
        }
        ear.scene.wait(5);
    }
    out
}

#[test]
fn happenings_are_lines() {
    for (name, language) in [("en", Language::En), ("it", Language::It)] {
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("plain-others-{name}"), told(BRUNO, language));
            insta::assert_snapshot!(format!("plain-self-{name}"), told(ANA, language));
        });
    }
}

#[test]
fn questions_are_answered() {
    for (name, language) in [("en", Language::En), ("it", Language::It)] {
        let mut ear = Ear::of(Scene::live(), BRUNO, Setup { language, ..Setup::default() }, false);
        let mut out = String::new();
        for line in [
            "who",
            "who ana",
            "queue",
            "queue fax",
            "queue zzz",
            "stage",
            "time",
            "agenda",
            "next",
            "me",
            "help",
        ] {
            out.push_str(&format!("> {line}\n"));
            ear.typed(line).iter().for_each(|line| out.push_str(&format!("{line}\n")));
        }
        assert!(ear.effects.is_empty(), "questions change nothing: {:?}", ear.effects);
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("plain-answers-{name}"), out);
        });
    }
}

#[test]
fn who_was_heard_is_told_to_those_who_may_know() {
    let mut host = Ear::of(Scene::live(), HOST, Setup::default(), true);
    let told = host.typed("mirror");
    assert!(
        told.iter().any(|l| l.starts_with("Stefano") && l.contains('%') && l.contains("turns")),
        "{told:#?}"
    );
    assert_eq!(told.len(), host.scene.meeting.roster().len());
    let mut ana = Ear::of(Scene::live(), ANA, Setup::default(), true);
    assert!(!ana.typed("mirror").iter().any(|l| l.contains('%')));
    let shown = host.happens(HOST, Command::SetMirror { open: true });
    assert!(!shown.is_empty());
    let mut ana = Ear::of(host.scene.clone(), ANA, Setup::default(), true);
    let told = ana.typed("mirror");
    assert!(told.iter().all(|l| l.contains('%') && !l.contains("turns")), "{told:#?}");
}

#[test]
fn next_is_a_command_for_those_who_call_and_a_question_for_others() {
    let mut host = Ear::of(Scene::live(), HOST, Setup::default(), false);
    assert!(host.typed(":NEXT").is_empty());
    assert!(matches!(host.commands()[..], [Command::Next { current: Some(_) }]));
    let mut bruno = Ear::of(Scene::live(), BRUNO, Setup::default(), false);
    assert!(bruno.typed("next")[0].starts_with("Next: Ugo M.: point of order, "));
    assert_eq!(bruno.commands(), []);
}

#[test]
fn a_person_is_asked_before_others_feel_it_and_a_script_is_not() {
    let mut script = Ear::of(Scene::live(), HOST, Setup::default(), false);
    assert!(script.typed("end").is_empty());
    assert_eq!(script.commands(), [Command::End]);
    let mut person = Ear::of(Scene::live(), HOST, Setup::default(), true);
    for (line, told, sent) in [
        ("end", "End “From analog lines to full VoIP” for everybody? Type yes or no.", 0),
        ("no", "Nothing is done.", 0),
        ("drop dan", "Take the hand of Daniela C. out of the queue?", 0),
        ("pause", "Nothing is done.", 1),
        ("drop dan", "Take the hand of Daniela C. out of the queue?", 0),
        ("Sì", "", 1),
        ("yes", "There is no command “yes”", 0),
    ] {
        let lines = person.typed(line);
        assert!(lines.join("\n").contains(told) && lines.is_empty() == told.is_empty(), "{line}: {lines:?}");
        assert_eq!(person.commands().len(), sent, "{line}");
    }
}

#[test]
fn what_changes_nothing_is_said() {
    let mut ilario = Ear::of(Scene::live(), ILARIO, Setup::default(), false);
    assert_eq!(ilario.typed("mute"), ["It is so already."]);
    assert_eq!(ilario.typed("menu"), ["“menu” is for the grid; type help for the words."]);
    assert_eq!(ilario.typed("  "), [""; 0]);
    assert_eq!(ilario.typed("talk"), [""; 0]);
    assert_eq!(ilario.commands(), [Command::Mute, Command::Unmute]);
}

#[test]
fn trouble_is_remembered_from_the_first() {
    let mut ana = Ear::of(Scene::live(), ANA, Setup::default(), false);
    assert_eq!(ana.plain.trouble(), None);
    ana.typed("call nobody");
    ana.typed("dance");
    let trouble = ana.plain.trouble().unwrap();
    assert_eq!((trouble.is_usage, trouble.code.as_str()), (false, "nobody-there"));
    let refused = ServerMessage::Rejected {
        id: CommandId("c".into()),
        code: "not-allowed".into(),
        text: "your role does not allow that".into(),
    };
    assert_eq!(ana.hear(refused), ["Your role does not allow that."]);
}

#[test]
fn lines_hold_no_control_characters_and_ascii_where_that_is_all_there_is() {
    let setup = || Setup { symbols: Symbols::Ascii, ..Setup::default() };
    let mut ana = Ear::of(Scene::live(), ANA, setup(), false);
    let lines = ana.typed("dance");
    assert_eq!(lines, ["There is no command \"dance\"; type help for a list."]);
    let lost = Connection::Lost { why: "a\u{1b}[31mb\nc".into(), retry_at: ana.scene.now };
    let lines = ana.tell(Msg::Connection(lost));
    assert_eq!(lines, ["The link is lost: a[31mb c. It comes back by itself."]);
    assert_eq!(ana.tell(Msg::Connection(Connection::Connecting { attempt: 2 })), [""; 0]);
    assert_eq!(ana.tell(Msg::Connection(Connection::Connected)), ["Connected again."]);
}

#[test]
fn people_who_lose_the_link_and_come_back_are_told_once() {
    let mut ear = Ear::of(Scene::live(), BRUNO, Setup::default(), false);
    let before = ear.scene.meeting.clone();
    ear.scene.gone(UGO);
    let gone = ear.scene.meeting.participant(UGO).unwrap().presence.clone();
    assert_ne!(before.participant(UGO).unwrap().presence, gone);
    ear.hear(ServerMessage::Snapshot { meeting: Box::new(ear.scene.meeting.clone()) });
    ear.scene.wait(5);
    let back = ear.scene.join(UGO, "Ugo M.", false);
    let lines: Vec<_> = back.into_iter().flat_map(|e| ear.hear(ServerMessage::Event(Box::new(e)))).collect();
    assert_eq!(lines, ["Ugo M. is back."]);
    let seat = ear.scene.meeting.participant(TOMMASO).unwrap().seats()[0].id;
    let close = Command::CloseSeat { seat };
    let events = ear.scene.meeting.decide(&close, Actor::Server, ear.scene.now).unwrap();
    let recorded = ear.scene.meeting.record(events, Actor::Server, ear.scene.now);
    let lines: Vec<_> =
        recorded.into_iter().flat_map(|e| ear.hear(ServerMessage::Event(Box::new(e)))).collect();
    assert_eq!(lines, ["Tommaso T. has lost the link."]);
}

#[test]
fn a_tick_says_nothing() {
    for who in [HOST, SPEAKER, ELIO] {
        let mut ear = Ear::of(Scene::live(), who, Setup::default(), true);
        for _ in 0..100 {
            ear.scene.wait(1);
            assert_eq!(ear.tell(Msg::Tick), [""; 0]);
        }
    }
}
