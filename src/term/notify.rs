//! Notifications by the terminal: its bell, or a message on the desktop.

/// How many characters of a message are sent: desktops show a line or two.
const MAX_LETTERS: usize = 120;

/// How a terminal tells its user something while they look elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notify {
    /// Not at all.
    #[default]
    Off,
    /// By its bell.
    Bell,
    /// By OSC 9: iTerm2, kitty, WezTerm, Windows Terminal.
    Osc9,
    /// By OSC 777: urxvt, foot, WezTerm, GNOME Terminal.
    Osc777,
}

impl Notify {
    /// The bytes for the terminal that say `text`. Control characters are left out, whoever wrote them, and long text is
    /// cut; nothing for [`Off`](Self::Off).
    pub fn bytes(self, text: &str) -> Vec<u8> {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_LETTERS).collect();
        match self {
            Self::Off => String::new(),
            Self::Bell => "\x07".to_owned(),
            // the name first: some terminals take a digit and a semicolon for a command of their own
            Self::Osc9 => format!("\x1b]9;palco: {text}\x1b\\"),
            Self::Osc777 => format!("\x1b]777;notify;palco;{}\x1b\\", text.replace(';', ",")),
        }
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_has_its_bytes() {
        let say = |how: Notify| String::from_utf8(how.bytes("4; Ana's item: 5 minutes left.")).unwrap();
        assert_eq!(say(Notify::Off), "");
        assert_eq!(say(Notify::Bell), "\x07");
        assert_eq!(say(Notify::Osc9), "\x1b]9;palco: 4; Ana's item: 5 minutes left.\x1b\\");
        assert_eq!(say(Notify::Osc777), "\x1b]777;notify;palco;4, Ana's item: 5 minutes left.\x1b\\");
    }

    proptest! {
        #[test]
        fn nobody_breaks_out_of_a_notification(text: String) {
            for how in [Notify::Osc9, Notify::Osc777] {
                let bytes = String::from_utf8(how.bytes(&text)).unwrap();
                let inside = bytes.strip_prefix("\x1b]").and_then(|b| b.strip_suffix("\x1b\\")).unwrap();
                prop_assert!(!inside.chars().any(char::is_control));
                prop_assert!(inside.chars().count() <= MAX_LETTERS + 20);
            }
        }
    }
}
