//! Push-to-talk: by key, by button, and never left open.

use crossterm::event::{Event as Input, KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use palco::meeting::{Command, Mic};
use palco::tui::{Binding, Effect, Keymap, Language, Msg, Setup};

use super::paint::{draw, text};
use super::scene::{BRUNO, Console, HOST, ILARIO, Scene};
use super::screens::setup;

const SIZE: (u16, u16) = (80, 24);

/// Ilario, who has the turn, at a terminal with a mouse.
fn ilario() -> Console {
    of(ILARIO, setup())
}

fn of(who: palco::meeting::ParticipantId, setup: Setup) -> Console {
    let mut console = Console::of(Scene::live(), who, setup);
    console.tell(Msg::Input(Input::Resize(SIZE.0, SIZE.1)));
    console.take();
    console
}

fn screen(console: &Console) -> String {
    text(&draw(&console.model, console.scene.now, SIZE).0)
}

/// The line above the footer.
fn status(console: &Console) -> String {
    screen(console).lines().nth(22).unwrap_or_default().to_owned()
}

fn click(console: &mut Console, kind: MouseEventKind, (column, row): (u16, u16), modifiers: KeyModifiers) {
    console.tell(Msg::Input(Input::Mouse(MouseEvent { kind, column, row, modifiers })));
}

fn down(console: &mut Console, at: (u16, u16)) {
    click(console, MouseEventKind::Down(MouseButton::Left), at, KeyModifiers::NONE);
}

fn up(console: &mut Console, at: (u16, u16)) {
    click(console, MouseEventKind::Up(MouseButton::Left), at, KeyModifiers::NONE);
}

/// A place on the button.
fn button(console: &Console) -> (u16, u16) {
    let line = status(console);
    let at = line.find("[TALK]").unwrap_or_else(|| panic!("no button: {line}"));
    (u16::try_from(line[..at].chars().count()).expect("on the screen") + 2, 22)
}

const OPENS: [Effect; 1] = [Effect::Send(Command::Unmute)];
const CLOSES: [Effect; 2] = [Effect::Send(Command::Mute), Effect::Mic(false)];

#[test]
fn the_button_is_held_and_let_go_anywhere() {
    let mut ilario = ilario();
    let at = button(&ilario);
    down(&mut ilario, at);
    assert_eq!(ilario.take(), OPENS);
    ilario.happens(ILARIO, Command::Unmute);
    assert_eq!(ilario.take(), [Effect::Mic(true)]);
    assert!(status(&ilario).contains("until you let go"), "{}", status(&ilario));
    click(&mut ilario, MouseEventKind::Drag(MouseButton::Left), (3, 3), KeyModifiers::NONE);
    assert_eq!(ilario.take(), [], "the pointer may wander");
    up(&mut ilario, (3, 3));
    assert_eq!(ilario.take(), CLOSES);
}

#[test]
fn a_release_that_got_lost_is_made_good_by_whatever_the_mouse_does_next() {
    for kind in [MouseEventKind::Moved, MouseEventKind::ScrollUp, MouseEventKind::Down(MouseButton::Left)] {
        let mut ilario = ilario();
        let at = button(&ilario);
        down(&mut ilario, at);
        ilario.happens(ILARIO, Command::Unmute);
        ilario.take();
        click(&mut ilario, kind, at, KeyModifiers::NONE);
        assert_eq!(ilario.take(), CLOSES, "{kind:?}");
    }
}

#[test]
fn clicks_elsewhere_with_shift_or_another_button_do_nothing() {
    let mut ilario = ilario();
    let at = button(&ilario);
    for (kind, at, modifiers) in [
        (MouseEventKind::Down(MouseButton::Left), (at.0, 21), KeyModifiers::NONE),
        (MouseEventKind::Down(MouseButton::Left), (at.0 - 3, 22), KeyModifiers::NONE),
        (MouseEventKind::Down(MouseButton::Left), at, KeyModifiers::SHIFT),
        (MouseEventKind::Down(MouseButton::Right), at, KeyModifiers::NONE),
        (MouseEventKind::Up(MouseButton::Left), at, KeyModifiers::NONE),
    ] {
        click(&mut ilario, kind, at, modifiers);
        assert_eq!(ilario.take(), [], "{kind:?} {at:?}");
    }
}

#[test]
fn the_button_is_there_for_whom_it_opens_the_microphone() {
    assert!(status(&ilario()).contains("[TALK]"));
    assert!(status(&of(HOST, setup())).contains("[TALK]"));
    let italian = of(ILARIO, Setup { language: Language::It, ..setup() });
    assert!(status(&italian).contains("[PARLA]"));
    assert!(!status(&of(BRUNO, setup())).contains("[TALK]"), "off the stage");
    let mut open = ilario();
    open.press("m");
    open.happens(ILARIO, Command::Unmute);
    assert!(!status(&open).contains("[TALK]"), "opened for good");
    let mut layer = ilario();
    let at = button(&layer);
    layer.press("?");
    assert!(!status(&layer).contains("[TALK]"));
    down(&mut layer, at);
    assert_eq!(layer.take(), []);
    let without = Console::of(Scene::live(), ILARIO, Setup { mouse: false, ..setup() });
    assert!(!status(&without).contains("[TALK]"), "no mouse, no button");
}

/// Everything that ends push-to-talk, however it is held.
#[test]
fn push_to_talk_ends_with_focus_terminal_layer_and_link() {
    type End = fn(&mut Console);
    let ends: [(&str, End); 4] = [
        ("focus", |c| c.tell(Msg::Input(Input::FocusLost))),
        ("suspend", |c| c.press("<ctrl-z>")),
        ("layer", |c| c.press("?")),
        ("link", |c| {
            let retry_at = c.scene.now;
            c.tell(Msg::Connection(palco::tui::Connection::Lost { why: "gone".into(), retry_at }));
        }),
    ];
    for (name, end) in ends {
        for held in ["key", "button", "toggle"] {
            let mut console = of(ILARIO, Setup { key_releases: held == "key", ..setup() });
            if held == "button" {
                let at = button(&console);
                down(&mut console, at);
            } else {
                console.press("<space>");
            }
            console.happens(ILARIO, Command::Unmute);
            assert_eq!(console.take().last(), Some(&Effect::Mic(true)), "{name} {held}");
            end(&mut console);
            assert!(console.take().contains(&Effect::Mic(false)), "{name} {held}");
        }
    }
}

#[test]
fn push_to_talk_ends_after_two_minutes_and_says_so_before() {
    let mut ilario = of(ILARIO, Setup { key_releases: true, ..setup() });
    ilario.press("<space>");
    ilario.happens(ILARIO, Command::Unmute);
    ilario.take();
    for (wait, shown) in [(100, "until you let go"), (10, "closes in 10 s"), (9, "closes in 1 s")] {
        ilario.scene.wait(wait);
        ilario.tell(Msg::Tick);
        assert!(status(&ilario).contains(shown), "{}", status(&ilario));
        assert_eq!(ilario.take(), []);
    }
    let now = ilario.scene.now;
    ilario.model.drawn(now);
    assert!(ilario.model.next_tick(now).is_some_and(|at| at.since(now).0 <= 1_000), "the end is a tick");
    ilario.scene.wait(1);
    ilario.tell(Msg::Tick);
    assert_eq!(ilario.take(), CLOSES);
    assert!(screen(&ilario).contains("closed after 120 s; m opens"), "{}", screen(&ilario));
    ilario.happens(ILARIO, Command::Mute);
    ilario.release(KeyCode::Char(' '));
    assert_eq!(ilario.take(), [], "the late release has nothing left to end");
    ilario.press("m");
    ilario.happens(ILARIO, Command::Unmute);
    ilario.scene.wait(300);
    ilario.tell(Msg::Tick);
    assert!(!ilario.take().contains(&Effect::Mic(false)), "opened for good stays open");
}

#[test]
fn any_key_can_be_held_and_its_modifiers_may_come_up_first() {
    let keymap = Keymap::with(&[Binding { panel: None, action: "talk", keys: "T F12" }]).expect("keys");
    let mut ilario = of(ILARIO, Setup { key_releases: true, keymap, ..setup() });
    for (press, release) in [("T", KeyCode::Char('t')), ("<f12>", KeyCode::F(12))] {
        ilario.press(press);
        assert_eq!(ilario.commands(), [Command::Unmute], "{press}");
        ilario.happens(ILARIO, Command::Unmute);
        ilario.take();
        ilario.release(KeyCode::Char(' '));
        assert_eq!(ilario.take(), [], "another key comes up");
        ilario.release(release);
        assert_eq!(ilario.take(), CLOSES, "{press}");
        ilario.happens(ILARIO, Command::Mute);
        assert_eq!(ilario.model.meeting().participant(ILARIO).map(|p| p.mic()), Some(Mic::Muted));
    }
    ilario.press("<space>");
    assert_eq!(ilario.take(), [], "no longer bound");
}
