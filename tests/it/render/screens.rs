//! The views, as pictures.

use palco::meeting::Command;
use palco::tui::{Connection, Depth, Language, Msg, Setup, Symbols, Theme};

use super::paint::{ansi, draw, picture, text};
use super::scene::{ANA, Console, DANIELA, HOST, ILARIO, SPEAKER, Scene};

/// The sizes that are designed for.
const SIZES: [(u16, u16); 4] = [(120, 36), (80, 24), (40, 12), (20, 5)];

pub fn setup() -> Setup {
    Setup { room: "monday".into(), join_line: None, utc_offset_secs: 3_600, mouse: true, ..Setup::default() }
}

fn host_setup() -> Setup {
    Setup { join_line: Some("palco join ws://192.168.1.20:7780/monday --name NAME".into()), ..setup() }
}

fn host_live() -> Console {
    let mut console = Console::of(Scene::live(), HOST, host_setup());
    console.levels(&[(SPEAKER, 18)]);
    console
}

/// A quarter of an hour before the doors open; Maurizio speaks with the host, the others wait.
fn backstage(who: palco::meeting::ParticipantId, language: Language) -> Console {
    let mut scene = Scene::scheduled();
    let at = Some(scene.now.plus(palco::meeting::Millis::from_secs(15 * 60)));
    scene.ask(HOST, Command::PlanStart { at });
    scene.ask(HOST, Command::Prepare);
    scene.ask(SPEAKER, Command::StepUp);
    scene.ask(SPEAKER, Command::Unmute);
    scene.ask(HOST, Command::Unmute);
    scene.raise(DANIELA, "Fax over T.38, really?", palco::meeting::HandKind::Question);
    scene.wait(138);
    let mut console = Console::of(scene, who, Setup { language, ..setup() });
    if who == HOST {
        console.levels(&[(SPEAKER, 18)]);
    }
    console
}

/// A round by name, in which Ilario has spoken so many seconds; Elio is away.
fn round(who: palco::meeting::ParticipantId, language: Language, secs: u64) -> Console {
    let mut console = Console::of(in_round(secs), who, Setup { language, ..setup() });
    console.press("<tab><tab><tab>");
    console
}

fn ascii_round() -> Console {
    let mono = Theme::named("mono").expect("theme");
    let setup = Setup { theme: mono, depth: Depth::None, symbols: Symbols::Ascii, ..setup() };
    let mut console = Console::of(in_round(52), HOST, setup);
    console.press("<tab><tab><tab>");
    console
}

fn in_round(secs: u64) -> Scene {
    let mut scene = Scene::live();
    let each = palco::meeting::Millis::from_secs(60);
    let order = palco::meeting::RoundOrder::Name;
    scene.ask(HOST, Command::StartRound { order, each, seed: None });
    while !scene.meeting.round().is_some_and(|r| r.is_speaker(ILARIO)) {
        let current = scene.meeting.round().and_then(|r| r.speaker).map(|s| s.participant);
        scene.wait(40);
        scene.ask(HOST, Command::RoundDone { current });
    }
    scene.ask(ILARIO, Command::Unmute);
    scene.wait(secs);
    scene
}

/// The host talks to the stage alone.
fn talkback() -> Console {
    let mut scene = Scene::live();
    scene.ask(HOST, Command::TalkTo { reach: palco::meeting::Reach::Stage });
    scene.ask(HOST, Command::Unmute);
    Console::of(scene, HOST, setup())
}

/// The host's screen of a live meeting at the reference size, as the README shows it.
pub fn reference() -> String {
    let console = host_live();
    text(&draw(&console.model, console.scene.now, (80, 24)).0)
}

/// Every picture by its name.
fn pictures() -> Vec<(&'static str, Console)> {
    let mut all = vec![
        ("empty", Console::of(Scene::empty(), HOST, host_setup())),
        ("live-host", host_live()),
        ("backstage", backstage(HOST, Language::En)),
        ("lobby", backstage(ANA, Language::En)),
        ("lobby-italian", backstage(ANA, Language::It)),
        ("talkback", talkback()),
        ("round-host", round(HOST, Language::En, 17)),
        ("round-last-seconds", round(ILARIO, Language::En, 52)),
        ("round-italian", round(HOST, Language::It, 55)),
        ("round-ascii", ascii_round()),
        ("overtime", Console::of(Scene::overtime(), HOST, setup())),
    ];
    let mut add = |name, mut console: Console, keys: &str| {
        console.press(keys);
        all.push((name, console));
    };
    add("live-attendee", Console::of(Scene::live(), ANA, setup()), "");
    let mut invited = Console::of(Scene::live(), ANA, setup());
    invited.happens(HOST, Command::Invite { participant: ANA });
    add("invited", invited, "");
    let mut called = Console::of(Scene::live(), DANIELA, setup());
    let hand = called.scene.meeting.hand_of(DANIELA).map(|h| h.id).expect("hand");
    let current = called.scene.meeting.turn().map(|t| t.id);
    called.happens(HOST, Command::Call { hand, current });
    add("called", called, "");
    let mut open = Console::of(Scene::live(), ILARIO, setup());
    open.happens(ILARIO, Command::Unmute);
    open.levels(&[(ILARIO, 8), (SPEAKER, 40)]);
    add("open", open, "");
    for (name, language) in [("mirror", Language::En), ("italian-mirror", Language::It)] {
        add(name, Console::of(Scene::live(), HOST, Setup { language, ..host_setup() }), "P");
    }
    let mut shares = Console::of(Scene::live(), super::scene::BRUNO, setup());
    shares.happens(HOST, Command::SetMirror { open: true });
    add("mirror-shares", shares, "<esc>P");
    for (name, language) in [("on-deck", Language::En), ("italian-on-deck", Language::It)] {
        let mut on_deck = Console::of(Scene::live(), super::scene::TOMMASO, Setup { language, ..setup() });
        on_deck.levels(&[(SPEAKER, 18), (super::scene::TOMMASO, 24)]);
        add(name, on_deck, "<esc>");
    }
    let talker = |language| Console::of(Scene::live(), ILARIO, Setup { language, ..setup() });
    add("talk", talker(Language::En), "");
    add("talk-it", talker(Language::It), "");
    let plain = Setup { symbols: Symbols::Ascii, depth: Depth::None, ..setup() };
    let mut mono = Console::of(Scene::live(), ILARIO, plain);
    mono.press("<space>");
    mono.happens(ILARIO, Command::Unmute);
    add("talk-mono", mono, "");
    add("confirm", host_live(), "d");
    add("palette", host_live(), ":ex");
    add("help", host_live(), "?");
    add("menu", host_live(), "<enter>");
    add("prompt", Console::of(Scene::live(), super::scene::BRUNO, setup()), "rWhat about 日本語 names?<tab>");
    let mut toast = host_live();
    toast.rejected("stale-turn", "that turn is over already; look at the stage and press again");
    add("toast", toast, "");
    let mut lost = host_live();
    let retry_at = lost.scene.now.plus(palco::meeting::Millis::from_secs(3));
    lost.tell(Msg::Connection(Connection::Lost { why: "no answer for 40 s".into(), retry_at }));
    add("disconnected", lost, "");
    add("filter", host_live(), "<tab><tab>/an");
    add("order-preview", host_live(), "oj");
    add("marks", host_live(), "jvv");
    add("marks-drop", host_live(), "jvvd");
    let italian = || Console::of(Scene::live(), HOST, Setup { language: Language::It, ..host_setup() });
    add("italian-order-preview", italian(), "oj");
    let mut dropped = italian();
    dropped.press("jvv");
    let hands = dropped.scene.meeting.queue().iter().take(2).map(|h| h.id).collect();
    dropped.happens(HOST, Command::DropHands { hands });
    add("italian-undo", dropped, "");
    add(
        "italian",
        {
            let mut console =
                Console::of(Scene::live(), HOST, Setup { language: Language::It, ..host_setup() });
            console.levels(&[(SPEAKER, 18)]);
            console
        },
        "",
    );
    for (name, theme, depth) in [
        ("theme-light", "light", Depth::True),
        ("theme-contrast", "contrast", Depth::Ansi256),
        ("theme-mono", "mono", Depth::None),
        ("theme-ansi16", "ansi16", Depth::Ansi16),
        ("theme-dark-16", "dark", Depth::Ansi16),
    ] {
        let theme = Theme::named(theme).expect("theme");
        let symbols = if depth == Depth::None { Symbols::Ascii } else { Symbols::Unicode };
        let mut console = Console::of(Scene::live(), HOST, Setup { theme, depth, symbols, ..host_setup() });
        console.levels(&[(SPEAKER, 18)]);
        add(name, console, "");
    }
    all
}

#[test]
#[ignore = "writes pictures to the directory PALCO_PICTURES for people to look at"]
fn write_pictures() {
    let Some(dir) = std::env::var_os("PALCO_PICTURES").map(std::path::PathBuf::from) else { return };
    for (name, console) in pictures() {
        for size in SIZES {
            let (buffer, _) = draw(&console.model, console.scene.now, size);
            let file = dir.join(format!("{name}-{}x{}", size.0, size.1));
            std::fs::write(file.with_extension("ansi"), ansi(&buffer)).expect("write");
            std::fs::write(file.with_extension("txt"), text(&buffer)).expect("write");
        }
    }
}

/// The text of each picture at each size, and the styles of those that are read most.
#[test]
fn views_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for (name, console) in pictures() {
        for size in SIZES {
            let (buffer, cursor) = draw(&console.model, console.scene.now, size);
            let with_styles = size == (80, 24);
            let shown = if with_styles { picture(&buffer, cursor) } else { text(&buffer) };
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn no_state_is_told_by_colour_alone() {
    let words = |console: &Console| text(&draw(&console.model, console.scene.now, (80, 24)).0);
    let all = pictures();
    let of = |name: &str| words(&all.iter().find(|(n, _)| *n == name).expect("picture").1);
    assert!(of("open").contains("MIC OPEN") && of("live-host").contains("○ muted"));
    assert!(of("overtime").contains("07:12 over"));
    assert!(of("disconnected").contains("reconnecting in 3 s"));
    assert!(of("confirm").contains("› No") && of("confirm").contains("Ugo M."));
    assert_eq!(of("theme-ansi16"), of("theme-light"));
}

#[test]
fn ascii_symbols_are_ascii() {
    let (_, console) = pictures().into_iter().find(|(n, _)| *n == "theme-mono").expect("picture");
    for size in SIZES {
        let text = text(&draw(&console.model, console.scene.now, size).0);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn no_colour_means_no_colour() {
    let setup = Setup { depth: Depth::None, ..host_setup() };
    let mut console = Console::of(Scene::live(), HOST, setup);
    console.press("?");
    let (buffer, _) = draw(&console.model, console.scene.now, (80, 24));
    for cell in &buffer.content {
        let plain = |c| c == ratatui::style::Color::Reset;
        assert!(plain(cell.fg) && plain(cell.bg), "{cell:?}");
    }
}
