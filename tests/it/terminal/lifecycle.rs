//! Taking a terminal over and giving it back.

use palco::term::{Decoder, Guard, GuardSettings, Input, KeyFlags, Keyboard, Modes, Reply};
use portable_pty::CommandBuilder;

use crate::pty::{Extras, Pty};

/// Every private mode and stack that `bytes` touches, folded: what is left on at the end.
fn left_on(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut on: Vec<String> = Vec::new();
    for sequence in text.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        let (what, action) = (&sequence[..end], &sequence[end..=end]);
        match (what.chars().next(), action) {
            // the cursor is on at first
            (Some('?'), "h") if what == "?25" => on.retain(|m| m != "cursor hidden"),
            (Some('?'), "l") if what == "?25" => on.push("cursor hidden".into()),
            (Some('?'), "h") => on.push(what.into()),
            (Some('?'), "l") => on.retain(|m| m != what),
            (Some('>'), "u") => on.push("keys".into()),
            (Some('<'), "u") => on.retain(|m| m != "keys"),
            (_, "t") if what == "22;2" => on.push("title".into()),
            (_, "t") if what == "23;2" => on.retain(|m| m != "title"),
            _ => {}
        }
    }
    on
}

#[test]
fn what_is_switched_on_is_switched_off() {
    for mouse in [false, true] {
        for title in [None, Some("palco \x1b[2J\x07monday".to_owned())] {
            for keys in [false, true] {
                let modes = Modes { title: title.clone(), mouse, steady: mouse };
                let mut bytes = modes.enter();
                assert!(!bytes.windows(6).any(|w| w == b"palco\x1b"), "a title can't steer");
                if keys {
                    bytes.extend(KeyFlags::COMMANDS.push());
                    bytes.extend(KeyFlags::TYPING.set());
                }
                assert!(left_on(&bytes).len() >= 4);
                bytes.extend(modes.leave(keys));
                assert_eq!(left_on(&bytes), Vec::<String>::new(), "{modes:?}");
            }
        }
    }
}

#[test]
fn releases_are_believed_only_when_granted() {
    assert!(KeyFlags::COMMANDS.has_releases());
    assert!(!KeyFlags::TYPING.has_releases());
    assert!(!KeyFlags(0b0010).has_releases(), "of letters only with flag 8");
}

/// Set for the child only: what [`guard_child`] does.
const CHILD: &str = "PALCO_TEST_GUARD";

/// The child of the tests below: this same binary in a terminal of its own. Does nothing in an ordinary run.
#[test]
fn guard_child() {
    let Ok(what) = std::env::var(CHILD) else {
        return;
    };
    let modes = Modes { title: Some("guarded".into()), mouse: true, steady: false };
    let guard = Guard::enter(GuardSettings { modes, log: None }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut keyboard = Keyboard::open().unwrap();
    let show = |text: &str| guard.frames().blocking_send(format!("\x1b[H{text}").into_bytes()).unwrap();
    let mut decoder = Decoder::new();
    let mut key = || loop {
        let bytes = runtime.block_on(keyboard.read()).unwrap();
        for input in decoder.feed(&bytes) {
            match input {
                Input::Reply(Reply::KeyFlags(0)) => {
                    guard.keys_pushed();
                    guard.frames().blocking_send(KeyFlags(1).push()).unwrap();
                }
                Input::Event(_) => return,
                Input::Reply(_) => {}
            }
        }
    };
    eprintln!("noise");
    let _ = std::thread::spawn(|| panic!("elsewhere")).join();
    show("on stage");
    key();
    match what.as_str() {
        "panic" => panic!("boom"),
        "suspend" => {
            guard.give_back();
            println!("shell's turn");
            key();
            guard.take_over().unwrap();
            show("back again");
            key();
        }
        _ => {}
    }
}

fn child(what: &str) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "terminal::lifecycle::guard_child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, what);
    command.env("RUST_BACKTRACE", "0");
    let pty = Pty::start_in(command, (100, 30), Extras::with_keys());
    pty.wait("on stage");
    pty.until("taken over", |screen, extras| {
        screen.alternate_screen()
            && screen.hide_cursor()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::ButtonMotion
            && extras.focus_events
            && extras.title == "guarded"
            && extras.keys == Some(vec![1])
    });
    assert!(!pty.is_cooked());
    assert!(!pty.text().contains("noise") && !pty.text().contains("elsewhere"), "{}", pty.text());
    pty
}

#[test]
fn a_guard_that_is_dropped_gives_the_terminal_back() {
    let mut pty = child("drop");
    pty.send("x");
    assert_eq!(pty.exit(), 0);
    pty.assert_restored();
    assert!(!pty.text().contains("on stage"), "{}", pty.text());
}

#[test]
fn a_panic_gives_the_terminal_back_before_its_message() {
    let mut pty = child("panic");
    pty.send("x");
    assert_ne!(pty.exit(), 0);
    pty.assert_restored();
    let text = pty.text();
    assert!(text.contains("boom"), "{text}");
    assert!(!text.contains("noise") && !text.contains("elsewhere"), "{text}");
}

#[test]
fn a_terminal_given_back_can_be_taken_over_again() {
    let mut pty = child("suspend");
    pty.send("x");
    pty.wait("shell's turn");
    pty.assert_restored();
    pty.send("x\n");
    pty.wait("back again");
    pty.until("taken over", |screen, extras| screen.alternate_screen() && extras.keys == Some(vec![1]));
    pty.send("x");
    assert_eq!(pty.exit(), 0);
    pty.assert_restored();
}
