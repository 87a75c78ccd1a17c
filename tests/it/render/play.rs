//! A recording on the screen.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use palco::audio::Level;
use palco::meeting::Timestamp;
use palco::meeting::{
    Actor, Command, HandKind, Item, Meeting, Millis, ParticipantId, Recorded, SeatId, SeatKind,
};
use palco::minutes::Timeline;
use palco::replay::{Order, Playing, Tape};
use palco::tui::{Language, Player, PlayerEffect, Setup};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::paint::text;
use super::screens::setup;

const BEGAN: Timestamp = Timestamp(1_800_000_000_000);
const HOST: ParticipantId = ParticipantId([1; 32]);
const ANA: ParticipantId = ParticipantId([2; 32]);
const BRUNO: ParticipantId = ParticipantId([3; 32]);

/// A quarter of an hour: Ana asks at 2:00, Bruno at 5:00, the next item begins at 8:00.
fn happened() -> Vec<Recorded> {
    let (mut meeting, mut all) = (Meeting::new(), Vec::new());
    let mut at = |secs: u64, who: ParticipantId, command: Command| {
        let (now, actor) = (BEGAN.plus(Millis::from_secs(secs)), Actor::Participant(who));
        let events = meeting.decide(&command, actor, now).unwrap_or_else(|e| panic!("{command:?}: {e}"));
        for recorded in meeting.record(events, actor, now) {
            meeting.apply(&recorded);
            all.push(recorded);
        }
    };
    let item = |title: &str, mins| Item { title: title.into(), length: Millis::from_mins(mins) };
    at(
        0,
        HOST,
        Command::Open {
            title: "From analog lines to full VoIP".into(),
            number: 28,
            owner: HOST,
            length: Millis::from_mins(60),
            agenda: vec![item("Talk", 8), item("Questions", 40)],
            terms: Default::default(),
        },
    );
    for (n, (who, name)) in [(HOST, "Stefano"), (ANA, "Ana"), (BRUNO, "Bruno")].into_iter().enumerate() {
        let kind = SeatKind::Console;
        let (seat, name) = (SeatId(n as u64 + 1), name.into());
        at(0, who, Command::Join { seat, kind, name, listener: false, auto_open: true, newcomer: false });
    }
    at(0, HOST, Command::Start);
    at(0, HOST, Command::StartRecording { without_host: false, tracks: false });
    for who in [ANA, BRUNO] {
        at(1, who, Command::Consent { yes: true, text: "?".into(), tracks: false });
    }
    for (secs, who, topic) in [(60, ANA, "Fax over T.38, really?"), (90, BRUNO, "Which SBC in front?")] {
        at(secs, who, Command::Raise { topic: topic.into(), kind: HandKind::Question });
    }
    at(120, HOST, Command::Next { current: None });
    at(300, HOST, Command::Next { current: Some(palco::meeting::TurnId(1)) });
    at(480, HOST, Command::NextItem { current: Some(palco::meeting::ItemId(1)) });
    at(900, HOST, Command::End);
    all
}

fn player(setup: Setup) -> Player {
    let timeline = Timeline::new([(BEGAN, Millis::from_secs(900))]);
    Player::new(setup, Tape::new(happened(), timeline), "monday#28".into())
}

/// The deck has followed the last order and plays there.
fn plays(player: &mut Player, seeks: u64) {
    let level = Level::from_byte(0x80 | 20);
    let position = player.position();
    player.hear(Playing { position, level, plays: true, seeks, ..Playing::default() });
}

fn draw(player: &Player, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| player.view(frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn press(player: &mut Player, keys: &str) -> Vec<PlayerEffect> {
    let key = |c: char| match c {
        '←' => KeyCode::Left,
        '→' => KeyCode::Right,
        '↑' => KeyCode::Up,
        '↓' => KeyCode::Down,
        '⏎' => KeyCode::Enter,
        '⎋' => KeyCode::Esc,
        '⇥' => KeyCode::Tab,
        c => KeyCode::Char(c),
    };
    let keys = keys.chars().map(|c| Input::Key(KeyEvent::new(key(c), KeyModifiers::NONE)));
    keys.flat_map(|key| player.input(&key)).collect()
}

fn compare(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn the_console_stands_as_it_was() {
    for language in [Language::En, Language::It] {
        let mut player = player(Setup { language, ..setup() });
        player.begin(Millis::from_secs(150), 1.0, false);
        plays(&mut player, 1);
        for size in [(120, 36), (80, 24), (40, 12), (20, 5)] {
            let shown = text(&draw(&player, size));
            compare(&format!("play-{}-{}x{}", language.code(), size.0, size.1), &shown);
        }
    }
}

#[test]
fn boxes_stand_on_top_and_lead_to_places() {
    let mut player = player(setup());
    player.begin(Millis::ZERO, 1.5, true);
    press(&mut player, "/sbc");
    compare("play-search-80x24", &text(&draw(&player, (80, 24))));
    assert_eq!(press(&mut player, "⏎"), [PlayerEffect::Order(Order::Seek(Millis::from_secs(90)))]);
    press(&mut player, "c");
    compare("play-chapters-80x24", &text(&draw(&player, (80, 24))));
    press(&mut player, "⎋?");
    compare("play-help-80x24", &text(&draw(&player, (80, 24))));
}

#[test]
fn keys_go_where_they_say() {
    let mut player = player(setup());
    player.begin(Millis::from_secs(200), 1.0, false);
    for (keys, secs) in [
        ("→", 205),
        ("←←", 195),
        ("↑", 225),
        ("↓↓", 165),
        ("]", 300),
        ("]", 480),
        ("[", 300),
        ("[", 120),
        ("5", 450),
        ("9", 810),
        ("↑↑↑↑", 900),
        ("0", 0),
        ("←", 0),
    ] {
        press(&mut player, keys);
        assert_eq!(player.position(), Millis::from_secs(secs), "after {keys}");
    }
    assert_eq!(press(&mut player, " "), [PlayerEffect::Order(Order::Play(false))]);
    assert_eq!(press(&mut player, "+"), [PlayerEffect::Order(Order::Speed(1.25))]);
    for _ in 0..9 {
        press(&mut player, "+");
    }
    assert_eq!(player.speed(), 2.0);
    assert_eq!(press(&mut player, "s"), [PlayerEffect::Order(Order::SkipSilence(true))]);
    assert_eq!(press(&mut player, "q"), [PlayerEffect::Quit]);
}

/// A jump is shown at once, and what the deck still plays of before counts for nothing.
#[test]
fn what_was_heard_before_a_jump_does_not_take_it_back() {
    let mut player = player(setup());
    player.begin(Millis::ZERO, 1.0, false);
    plays(&mut player, 1);
    press(&mut player, "]");
    assert!(text(&draw(&player, (80, 24))).contains("02:00 / 15:00"));
    player.hear(Playing { position: Millis(40), plays: true, seeks: 1, ..Playing::default() });
    assert_eq!(player.position(), Millis::from_secs(120));
    player.hear(Playing { position: Millis(120_040), plays: true, seeks: 2, ..Playing::default() });
    assert_eq!(player.position(), Millis(120_040));
}

/// The recording's level is somebody's while theirs is the only microphone in it.
#[test]
fn a_level_stands_beside_a_name_only_when_it_is_theirs() {
    let mut player = player(setup());
    player.begin(Millis::from_secs(150), 1.0, false);
    plays(&mut player, 1);
    let ana = |player: &Player| {
        let shown = text(&draw(player, (80, 24)));
        shown.lines().any(|line| line.starts_with("│ ▶ Ana") && line.contains('━'))
    };
    assert!(ana(&player), "{}", text(&draw(&player, (80, 24))));
    press(&mut player, " ");
    plays(&mut player, 1);
    press(&mut player, "↓↓↓");
    plays(&mut player, 4);
    assert!(!ana(&player), "nobody is heard at 1:00");
}

#[test]
fn a_file_without_a_meeting_shows_its_chapters() {
    let tags = [
        ("CHAPTER001", "0"),
        ("CHAPTER001NAME", "Opening"),
        ("CHAPTER002", "1:00"),
        ("CHAPTER002NAME", "Fax"),
    ];
    let tags: Vec<_> = tags.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let tape = Tape::of_sound(Millis::from_secs(600), palco::replay::marks(&tags));
    let mut player = Player::new(setup(), tape, "talk.opus".into());
    player.begin(Millis::from_secs(70), 1.0, false);
    compare("play-file-80x24", &text(&draw(&player, (80, 24))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn no_size_and_no_keys_make_it_panic(
        width in 0u16..200,
        height in 0u16..60,
        keys in "[ hl0-9cjk/?sa⏎⎋⇥↑↓←→+-]{0,30}",
    ) {
        let mut player = player(setup());
        player.begin(Millis::from_secs(150), 1.0, false);
        for key in keys.chars() {
            press(&mut player, &key.to_string());
            let _ = draw(&player, (width, height));
        }
    }
}
