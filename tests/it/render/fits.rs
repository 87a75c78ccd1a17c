//! Every text fits its place at 80 columns, in every language: nothing of ours ends in an ellipsis.

use palco::meeting::{Command, HandKind, Millis, ParticipantId, Rejection};
use palco::tui::{Connection, Depth, Language, Msg, Setup, Symbols};
use palco::wire::ServerMessage;

use super::paint::{draw, text};
use super::scene::{ANA, BRUNO, Console, FRANCA, HOST, ILARIO, STRANGER, Scene, UGO};
use super::screens::setup;

const SIZE: (u16, u16) = (80, 24);

/// Everything that opens a box or says something, from a console of anybody.
const OPENINGS: &[&str] = &[
    "",
    "?",
    "?GGGG<space>",
    ":",
    ":lang ",
    ":theme ",
    ":volume ",
    ":raise ",
    ":role ",
    ":agenda ",
    ":support ",
    ":order ",
    ":xyzzy",
    "r",
    "rVoIP?<tab>",
    "/",
    "/an<enter>",
    "<enter>",
    "o",
    "oj",
    "jvvd",
    "jvM",
    "V",
    "M",
    "U",
    "z",
    "I",
    "P",
    "Ps",
    "Pss",
    "Psss",
    "Pssss",
    ":mirror ",
    ":participation<enter>",
    ":merge ",
    ":drop ",
    "e",
    "R",
    "d",
    "S",
    "L",
    "E",
    "q",
    "<tab><enter>",
    "<tab>j<enter>",
    "<tab><tab><enter>",
    "<tab><tab>jR",
    "<backtab><enter>",
    "<backtab>j<enter>",
    ":lang<enter>",
    ":theme<enter>",
    ":rename<enter>",
    ":call nobody<enter>",
    ":extend x<enter>",
    ":volume 80<enter>",
    ":volume ana 80<enter>",
    "=",
    ":feed mix-8<enter>",
    ":feed 12<enter>",
    "<tab><tab>jj+",
    "n",
    "x",
    "c",
    "H",
    "f",
    "i",
    "a",
    "D",
    "u",
    "m",
    "w",
    "s",
    "p",
    "A",
    "]",
    "[",
    "<space>",
    "<ctrl-c>",
];

/// What else a server may say, by its code in the protocol.
const REFUSALS: [&str; 18] = [
    "bad-message",
    "bad-command",
    "hello-late",
    "bad-proof",
    "bad-room",
    "no-such-room",
    "may-not-open",
    "not-owner",
    "no-seat",
    "too-big",
    "too-fast",
    "too-slow",
    "replaced",
    "next-meeting",
    "going-away",
    "restart",
    "internal",
    "not-stored",
];

/// Meetings in each phase, with short titles.
fn scenes() -> Vec<Scene> {
    let scheduled = Scene::short();
    let mut live = scheduled.clone();
    live.ask(HOST, Command::Start);
    for (who, topic, kind) in [
        (ILARIO, "SIP?", HandKind::Question),
        (UGO, "Time", HandKind::PointOfOrder),
        (ANA, "Fax?", HandKind::Reply),
    ] {
        live.raise(who, topic, kind);
    }
    live.wait(9 * 60);
    live.ask(HOST, Command::Next { current: None });
    live.ask(HOST, Command::Invite { participant: BRUNO });
    let mut closing = live.clone();
    closing.wait(71 * 60);
    closing.ask(HOST, Command::Close);
    let mut ended = closing.clone();
    ended.ask(HOST, Command::End);
    vec![scheduled, live, closing, ended]
}

fn consoles() -> impl Iterator<Item = (Language, Console)> {
    let of = |(language, scene): (Language, Scene), who: ParticipantId| {
        (language, Console::of(scene, who, Setup { language, ..setup() }))
    };
    let who = [HOST, ILARIO, FRANCA, STRANGER];
    let meetings = || Language::ALL.into_iter().flat_map(|l| scenes().into_iter().map(move |s| (l, s)));
    meetings().flat_map(move |meeting| who.map(|who| of(meeting.clone(), who)))
}

/// What was cut off, and where.
#[derive(Default)]
struct Cuts(std::collections::BTreeSet<String>);

impl Cuts {
    fn look(&mut self, language: Language, console: &Console, what: &str) {
        let screen = text(&draw(&console.model, console.scene.now, SIZE).0);
        for line in screen.lines().filter(|l| l.contains('…')) {
            self.0.insert(format!("{language:?} {what}: {line}"));
        }
    }
}

impl Drop for Cuts {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.iter().cloned().collect::<Vec<_>>().join("\n"));
        }
    }
}

#[test]
fn whatever_is_opened_or_said_is_whole() {
    let mut cuts = Cuts::default();
    for (language, console) in consoles() {
        for keys in OPENINGS {
            let mut opened = Console::of(console.scene.clone(), console.me(), Setup { language, ..setup() });
            opened.press(keys);
            cuts.look(language, &opened, keys);
        }
    }
}

#[test]
fn every_refusal_is_a_whole_sentence_in_every_language() {
    let mut cuts = Cuts::default();
    for language in Language::ALL {
        for code in Rejection::CODES.iter().chain(&REFUSALS) {
            let mut console = Console::of(Scene::short(), ANA, Setup { language, ..setup() });
            console.rejected(code, "words of the server");
            cuts.look(language, &console, code);
            let screen = text(&draw(&console.model, console.scene.now, SIZE).0);
            let foreign = language != Language::En && screen.contains("Words of the server");
            assert!(!foreign, "{code} has no text in {language:?}");
        }
    }
}

#[test]
fn what_happens_to_somebody_is_said_whole() {
    let mut cuts = Cuts::default();
    for (language, mut console) in consoles() {
        let retry_at = console.scene.now.plus(palco::meeting::Millis::from_secs(3));
        console.tell(Msg::Connection(Connection::Lost { why: "gone".into(), retry_at }));
        cuts.look(language, &console, "lost");
        console.tell(Msg::Connection(Connection::Connecting { attempt: 2 }));
        cuts.look(language, &console, "connecting");
        console.tell(Msg::Connection(Connection::Ended { text: "over".into() }));
        cuts.look(language, &console, "ended");
    }
    for language in Language::ALL {
        let scene = scenes().remove(1);
        let current = scene.meeting.turn().map(|t| t.id);
        let me = BRUNO;
        for (who, command) in [
            (me, Command::Accept),
            (me, Command::Unmute),
            (HOST, Command::Hold { participant: me }),
            (HOST, Command::Release { participant: me }),
            (HOST, Command::OffStage { participant: me }),
            (HOST, Command::SetRole { participant: me, role: palco::meeting::Role::Cohost }),
            (me, Command::Raise { topic: "Why?".into(), kind: HandKind::Question }),
            (HOST, Command::Next { current }),
            (HOST, Command::Close),
        ] {
            let mut console = Console::of(scene.clone(), me, Setup { language, ..setup() });
            let actor = palco::meeting::Actor::Participant(who);
            if console.scene.meeting.decide(&command, actor, scene.now).is_err() {
                continue;
            }
            console.happens(who, command.clone());
            cuts.look(language, &console, &format!("{command:?}"));
        }
    }
}

#[test]
fn what_happens_to_hands_is_said_whole() {
    let mut cuts = Cuts::default();
    let scene = scenes().remove(1);
    let turn = scene.meeting.turn().map(|t| t.id).expect("turn");
    let hands: Vec<_> = scene.meeting.queue().iter().map(|h| h.id).collect();
    let (first, last) = (hands[0], hands[hands.len() - 1]);
    for language in Language::ALL {
        for who in [HOST, UGO, ILARIO, ANA] {
            for command in [
                Command::NotThere { turn },
                Command::Interrupt { turn },
                Command::Drop { hand: last },
                Command::DropHands { hands: hands.clone() },
                Command::Merge { hands: vec![last], into: first },
                Command::SetMirror { open: true },
                Command::SetParticipation { policy: palco::meeting::Participation::Open },
            ] {
                let mut console = Console::of(scene.clone(), who, Setup { language, ..setup() });
                console.happens(HOST, command.clone());
                cuts.look(language, &console, &format!("{command:?}"));
                if matches!(command, Command::DropHands { .. } | Command::Merge { .. }) {
                    console.happens(HOST, Command::Restore);
                    cuts.look(language, &console, "restored");
                }
            }
        }
        let mut on_deck = Console::of(scene.clone(), ANA, Setup { language, ..setup() });
        cuts.look(language, &on_deck, "on deck");
        on_deck.scene.wait(8);
        on_deck.tell(Msg::Tick);
        cuts.look(language, &on_deck, "nothing heard");
        on_deck.levels(&[(ANA, 20)]);
        cuts.look(language, &on_deck, "heard");
    }
}

/// A code, with the longest name a room can have.
fn pairing(console: &Console) -> ServerMessage {
    let room = "a-room-with-the-longest-name-32x";
    ServerMessage::Pairing {
        code: format!("{room}-k7qx-9pfm"),
        until: console.scene.now.plus(Millis(600_000)),
    }
}

/// The boxes of a console, each in every language and symbol set at the two usual sizes.
#[test]
fn overlays_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for (name, keys) in [
        ("help", "?"),
        ("palette", ":ex"),
        ("words", ":role "),
        ("menu", "<tab><tab>j<enter>"),
        ("confirm", "d"),
        ("topic", "rFax?"),
        ("name", ":rename<enter>"),
        ("filter", "/an"),
        ("mirror", "P"),
        ("order-preview", "o"),
        ("marks", "jvvd"),
        ("refusal", ":call nobody<enter><esc>"),
        ("pairing", "@"),
    ] {
        let mut shown = String::new();
        for (size, language, plain) in [(SIZE, (40, 12))].into_iter().flat_map(|(a, b)| {
            [a, b].into_iter().flat_map(|s| Language::ALL.map(|l| [(s, l, false), (s, l, true)]).concat())
        }) {
            let (symbols, depth) =
                if plain { (Symbols::Ascii, Depth::None) } else { (Symbols::Unicode, Depth::True) };
            let who = if name == "topic" { BRUNO } else { HOST };
            let mut console =
                Console::of(scenes().remove(1), who, Setup { language, symbols, depth, ..setup() });
            if name == "confirm" {
                console.press("j");
            }
            console.press(keys);
            if name == "pairing" {
                assert_eq!(console.take(), [palco::tui::Effect::Pair]);
                console.hear(pairing(&console));
            }
            let screen = text(&draw(&console.model, console.scene.now, size).0);
            assert!(!plain || screen.is_ascii() || language == Language::It, "{screen}");
            shown.push_str(&format!("{}x{} {} {symbols:?}\n{screen}\n", size.0, size.1, language.code()));
        }
        insta::assert_snapshot!(format!("overlay-{name}"), shown);
    }
}

/// Where there is hardly any room a message leaves what was opened to be read.
#[test]
fn a_message_covers_nothing_of_a_small_menu() {
    let mut console = Console::of(scenes().remove(1), HOST, setup());
    console.press("<enter>");
    let menu = |console: &Console| {
        let screen = text(&draw(&console.model, console.scene.now, (40, 12)).0);
        let (box_, last) = screen.trim_end().rsplit_once('\n').unwrap();
        (box_.to_owned(), last.to_owned())
    };
    let (before, _) = menu(&console);
    console.rejected("stale-turn", "that turn is over already; look at the stage and press again");
    let (after, last) = menu(&console);
    assert!(last.to_lowercase().starts_with("that turn is over"), "{last}");
    assert_eq!(after, before);
}

#[test]
fn the_language_is_switched_while_it_runs() {
    let mut console = Console::of(scenes().remove(1), ANA, setup());
    console.press(":lang it<enter>");
    let screen = text(&draw(&console.model, console.scene.now, SIZE).0);
    assert!(screen.contains("Coda") && screen.contains("Ora la console parla italiano."), "{screen}");
    let chosen = palco::tui::Effect::Remember(palco::tui::Taste::Language(Language::It));
    assert_eq!(console.take(), [chosen]);
    console.press(":volume nessuno 50<enter>");
    let screen = text(&draw(&console.model, console.scene.now, SIZE).0);
    assert!(screen.contains("Qui nessuno si chiama «nessuno»."), "{screen}");
    console.press("<esc>:lang<enter>1");
    assert_eq!(console.model.language(), Language::En);
    console.hear(ServerMessage::Pong { sent: console.scene.now, now: console.scene.now });
}
