//! The screen before a meeting.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use palco::meeting::Phase;
use palco::tui::{Depth, Go, KnownRoom, Language, RoomState, Setup, Start, Symbols};
use palco::wire::Notice;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::paint::text;

const SIZES: [(u16, u16); 4] = [(120, 36), (80, 24), (40, 12), (20, 5)];

fn notice(phase: Phase, here: u64, listening: u64) -> RoomState {
    let title = "From analog lines to full VoIP".to_owned();
    RoomState::Meeting(Notice {
        tracks: false,
        room: "r".into(),
        starts_at: (phase == Phase::Scheduled).then_some(palco::meeting::Timestamp(1_763_398_800_000)),
        title,
        number: 28,
        phase,
        recording: Default::default(),
        here,
        listening,
        started_at: None,
    })
}

fn rooms() -> Vec<KnownRoom> {
    let room = |url: &str, title: &str, own, state| KnownRoom {
        url: url.into(),
        name: url.rsplit('/').next().unwrap_or_default().into(),
        title: title.into(),
        own,
        state,
    };
    vec![
        room(
            "ws://meet.example.org:7780/monday",
            "From analog lines to full VoIP",
            false,
            notice(Phase::Live, 14, 31),
        ),
        room("ws://192.168.1.20:7780/prove", "Prove", true, RoomState::Unreachable),
        room("ws://meet.example.org:7780/thursday", "Fax over T.38", false, notice(Phase::Scheduled, 0, 0)),
        room("ws://old.example.org:7780/gone", "Licences", false, RoomState::Unreachable),
        room("ws://new.example.org:7780/empty", "", false, RoomState::Nothing),
        room("ws://slow.example.org:7780/slow", "Trunks", false, RoomState::Asked),
    ]
}

fn of(setup: Setup) -> Start {
    Start::new(setup, rooms())
}

fn screen(start: &Start, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("terminal");
    terminal.draw(|frame| start.view(frame)).expect("draw");
    text(terminal.backend().buffer())
}

fn press(start: &mut Start, keys: &str) -> Option<Go> {
    let key = |c: char| match c {
        '\n' => KeyCode::Enter,
        '\x1b' => KeyCode::Esc,
        '\x08' => KeyCode::Backspace,
        c => KeyCode::Char(c),
    };
    keys.chars().fold(None, |_, c| start.input(&Event::Key(KeyEvent::new(key(c), KeyModifiers::NONE))))
}

#[test]
fn start_screens_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    let mono = Setup { symbols: Symbols::Ascii, depth: Depth::None, ..Setup::default() };
    let italian = Setup { language: Language::It, ..Setup::default() };
    let mut typing = of(Setup::default());
    press(&mut typing, "a");
    press(&mut typing, "meet.example.org");
    typing.complain("the address names no room; write it after the host: ws://HOST:PORT/ROOM");
    for (name, start) in [
        ("start", of(Setup::default())),
        ("start-it", of(italian.clone())),
        ("start-mono", of(mono.clone())),
        ("start-mono-it", of(Setup { language: Language::It, ..mono })),
        ("start-empty", Start::new(Setup::default(), Vec::new())),
        ("start-empty-it", Start::new(italian, Vec::new())),
        ("start-typing", typing),
    ] {
        let shown = SIZES.map(|size| format!("{}x{}\n{}", size.0, size.1, screen(&start, size)));
        insta::assert_snapshot!(name, shown.join("\n"));
    }
}

#[test]
fn nothing_of_ours_is_cut_at_80_and_40_columns() {
    for language in Language::ALL {
        let start = of(Setup { language, ..Setup::default() });
        let wide = screen(&start, (80, 24));
        assert!(!wide.contains('…'), "{wide}");
        let narrow = screen(&start, (40, 12));
        for key in [" Enter ", " h ", " d demo", " q "] {
            assert!(narrow.contains(key), "{key}: {narrow}");
        }
        let of_people = ["From analog", "Licences", "Fax"];
        for line in narrow.lines().filter(|l| l.contains('…')) {
            assert!(of_people.iter().any(|p| line.contains(p)), "{narrow}");
        }
        assert!(
            !screen(&Start::new(Setup { language, ..Setup::default() }, Vec::new()), (40, 12)).contains('…')
        );
    }
}

#[test]
fn enter_joins_and_hosts_ones_own_room_again() {
    let mut start = of(Setup::default());
    assert_eq!(press(&mut start, "\n"), Some(Go::Join("ws://meet.example.org:7780/monday".into())));
    assert_eq!(press(&mut start, "j\n"), Some(Go::Host("prove".into())), "nobody hosts it now");
    start.tell("ws://192.168.1.20:7780/prove", &notice(Phase::Live, 2, 0));
    assert_eq!(press(&mut start, "\n"), Some(Go::Join("ws://192.168.1.20:7780/prove".into())));
    assert_eq!(press(&mut start, "4"), Some(Go::Join("ws://old.example.org:7780/gone".into())));
    assert_eq!(press(&mut start, "9"), None);
    assert_eq!(press(&mut start, "d"), Some(Go::Demo));
    assert_eq!(press(&mut start, "q"), Some(Go::Quit));
}

#[test]
fn addresses_and_rooms_are_typed() {
    let mut start = of(Setup::default());
    assert_eq!(press(&mut start, "ah/quiz\n"), Some(Go::Join("h/quiz".into())));
    press(&mut start, "\x1b");
    assert_eq!(press(&mut start, "h\n"), Some(Go::Host("prove".into())), "the last own room is offered");
    press(&mut start, "\x1b");
    assert_eq!(press(&mut start, "a\n"), None, "nothing is no address");
    let mut nobody = Start::new(Setup::default(), Vec::new());
    assert_eq!(press(&mut nobody, "\n"), None);
    assert_eq!(press(&mut nobody, "h\n"), Some(Go::Host("monday".into())));
}

#[test]
fn it_draws_at_any_size() {
    for width in 0..60 {
        for height in 0..20 {
            let mut start = of(Setup::default());
            screen(&start, (width, height));
            press(&mut start, "a");
            start.complain("no");
            screen(&start, (width, height));
        }
    }
}

#[test]
fn without_a_screen_there_are_lines() {
    let lines = of(Setup::default()).lines();
    assert_eq!(lines[0], "monday: live, 14 here, 31 listening - From analog lines to full VoIP");
    assert_eq!(lines[1], "  palco join ws://meet.example.org:7780/monday");
    assert_eq!(lines[3], "  palco host prove");
    assert!(lines.last().is_some_and(|l| l.contains("palco host ROOM")));
}
