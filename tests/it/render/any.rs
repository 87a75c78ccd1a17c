//! Whatever the size, the names and the keys: no panic, no stray character.

use palco::meeting::{Command, HandKind, ParticipantId, Role};
use palco::tui::{Connection, Depth, Device, Language, Msg, Setup, Sound, Symbols};
use proptest::prelude::*;
use ratatui::buffer::Buffer;

use super::paint::draw;
use super::scene::{ANA, BRUNO, Console, HOST, ILARIO, SPEAKER, Scene};
use super::screens::setup;

const KEYS: &[&str] = &[
    "n",
    "x",
    "c",
    "d",
    "K",
    "J",
    "o",
    "i",
    "f",
    "H",
    "R",
    "r",
    "w",
    "s",
    "m",
    "<space>",
    "a",
    "D",
    "u",
    "A",
    "S",
    "L",
    "E",
    "e",
    "p",
    "]",
    "[",
    "<enter>",
    ":",
    "/",
    "?",
    "<tab>",
    "<backtab>",
    "j",
    "k",
    "h",
    "l",
    "g",
    "G",
    "<esc>",
    "q",
    "v",
    "V",
    "M",
    "U",
    "z",
    "I",
    "P",
    "<down>",
    "<up>",
    "<backspace>",
    "y",
    "1",
    "call an",
    "日本",
    "<ctrl-c>",
];

fn stray(buffer: &Buffer) -> Option<String> {
    buffer.content.iter().map(ratatui::buffer::Cell::symbol).find(|s| s.chars().any(odd)).map(str::to_owned)
}

fn odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn anybody() -> impl Strategy<Value = ParticipantId> {
    prop::sample::select(vec![HOST, SPEAKER, ILARIO, ANA, BRUNO, super::scene::STRANGER])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_draws_at_any_size(
        size in (0u16..=200, 0u16..=60),
        who in anybody(),
        keys in prop::collection::vec(prop::sample::select(KEYS), 0..12),
        italian in any::<bool>(),
        ascii in any::<bool>(),
        depth in prop::sample::select(vec![Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::True]),
        scene in prop::sample::select(vec![Scene::empty(), Scene::scheduled(), Scene::live(), Scene::overtime()]),
    ) {
        let language = if italian { Language::It } else { Language::En };
        let symbols = if ascii { Symbols::Ascii } else { Symbols::Unicode };
        let mut console = Console::of(scene, who, Setup { language, symbols, depth, ..setup() });
        for key in keys {
            console.press(key);
            let (buffer, _) = draw(&console.model, console.scene.now, size);
            prop_assert_eq!(stray(&buffer), None);
        }
    }

    #[test]
    fn nothing_that_people_write_leaves_its_cells(
        names in prop::collection::vec("\\PC{1,40}", 1..6),
        topic in "\\PC{1,200}",
        why in any::<String>(),
        size in (1u16..=130, 1u16..=40),
    ) {
        let mut scene = Scene::live();
        for (n, name) in names.iter().enumerate() {
            let id = ParticipantId([100 + u8::try_from(n).expect("few"); 32]);
            let join = Command::Join {
                seat: palco::meeting::SeatId(900 + n as u64),
                kind: palco::meeting::SeatKind::Console,
                name: name.clone(),
                listener: false,
                auto_open: false, newcomer: false,
            };
            let actor = palco::meeting::Actor::Participant(id);
            if scene.meeting.decide(&join, actor, scene.now).is_err() {
                continue;
            }
            scene.ask(id, join);
            let raise = Command::Raise { topic: topic.clone(), kind: HandKind::Reply };
            if scene.meeting.decide(&raise, actor, scene.now).is_ok() {
                scene.ask(id, raise);
            }
        }
        scene.ask(HOST, Command::SetRole { participant: ANA, role: Role::Cohost });
        let room = Setup { room: why.clone(), join_line: Some(why.clone()), ..setup() };
        let mut console = Console::of(scene, HOST, room);
        console.rejected("odd", &why);
        console.tell(Msg::Sound(Sound { mic: Device::Problem(why.clone()), speaker: Device::Off }));
        let now = console.scene.now;
        let (buffer, _) = draw(&console.model, now, size);
        prop_assert_eq!(stray(&buffer), None);
        console.tell(Msg::Connection(Connection::Ended { text: why }));
        let (buffer, _) = draw(&console.model, now, size);
        prop_assert_eq!(stray(&buffer), None);
    }
}

#[test]
fn it_draws_before_anything_is_known() {
    let model = palco::tui::Model::new(setup());
    for size in [(0, 0), (1, 1), (20, 5), (40, 12), (80, 24), (120, 36)] {
        let (buffer, _) = draw(&model, palco::meeting::Timestamp(0), size);
        assert_eq!(stray(&buffer), None);
    }
}

/// Line separators and characters that turn the direction are nowhere drawn, at no size.
#[test]
fn odd_sentences_are_drawn_plain() {
    for why in ["one\u{2028}two\u{202e}three\u{2029}four ".repeat(4), "\u{2028}".into(), "\u{200d}".into()] {
        for size in [
            (130, 40),
            (80, 24),
            (60, 20),
            (40, 12),
            (30, 8),
            (20, 5),
            (90, 2),
            (120, 1),
            (51, 9),
            (80, 12),
            (51, 20),
        ] {
            let room = Setup { room: why.clone(), join_line: Some(why.clone()), ..setup() };
            let mut console = Console::of(Scene::live(), HOST, room);
            let now = console.scene.now;
            let drawn = |console: &Console| stray(&draw(&console.model, now, size).0);
            assert_eq!(drawn(&console), None, "the room, {size:?}");
            console.rejected("odd", &why);
            assert_eq!(drawn(&console), None, "a refusal, {size:?}");
            console.tell(Msg::Sound(Sound { mic: Device::Problem(why.clone()), speaker: Device::Off }));
            assert_eq!(drawn(&console), None, "a device, {size:?}");
            console.tell(Msg::Connection(Connection::Ended { text: why.clone() }));
            assert_eq!(drawn(&console), None, "the end, {size:?}");
        }
    }
}
