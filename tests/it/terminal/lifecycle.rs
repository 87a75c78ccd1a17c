//! Taking a terminal over and giving it back.

use palco::term::{KeyFlags, Modes};

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
                let modes = Modes { title: title.clone(), mouse };
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
