//! The sequences that take a terminal over and give it back, for any byte sink.

/// Asks for the kitty keyboard flags, for synchronized updates, and for the attributes that every terminal tells: what
/// is not answered before those is not known.
pub const PROBE: &[u8] = b"\x1b[?u\x1b[?2026$p\x1b[c";

/// Asks which keyboard flags are on, and for the attributes that every terminal tells after that.
pub const KEYS_ASKED: &[u8] = b"\x1b[?u\x1b[c";

/// Asks for a sign that everything before it has been processed (DSR, answered by `CSI 0 n`).
pub const FENCE: &[u8] = b"\x1b[5n";

/// The private mode of synchronized updates.
pub const SYNCHRONIZED: u16 = 2026;

/// Rings the bell.
pub const BELL: &[u8] = b"\x07";

/// What is switched on in a terminal while the screen is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes {
    /// The window's title; `None` leaves it.
    pub title: Option<String>,
    /// Whether clicks and the wheel are reported.
    pub mouse: bool,
    /// Whether the cursor must not blink.
    pub steady: bool,
}

impl Modes {
    /// Takes the terminal over: title, alternate screen, paste marks, focus, mouse; cursor hidden, screen clear.
    pub fn enter(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(title) = &self.title {
            let title: String = title.chars().filter(|c| !c.is_control()).collect();
            out.extend_from_slice(b"\x1b[22;2t\x1b]2;");
            out.extend_from_slice(title.as_bytes());
            out.extend_from_slice(b"\x1b\\");
        }
        out.extend_from_slice(b"\x1b[?1049h\x1b[?2004h\x1b[?1004h");
        if self.mouse {
            out.extend_from_slice(b"\x1b[?1002h\x1b[?1006h");
        }
        if self.steady {
            out.extend_from_slice(b"\x1b[2 q");
        }
        out.extend_from_slice(b"\x1b[?25l\x1b[m\x1b[H\x1b[2J");
        out
    }

    /// Gives it back: everything of [`enter`](Self::enter) in reverse, and the keyboard flags when they were pushed.
    pub fn leave(&self, keys_pushed: bool) -> Vec<u8> {
        let mut out = b"\x1b[?2026l\x1b[m".to_vec();
        if keys_pushed {
            out.extend_from_slice(b"\x1b[<u");
        }
        if self.steady {
            out.extend_from_slice(b"\x1b[0 q");
        }
        if self.mouse {
            out.extend_from_slice(b"\x1b[?1006l\x1b[?1002l");
        }
        out.extend_from_slice(b"\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l");
        if self.title.is_some() {
            out.extend_from_slice(b"\x1b[23;2t");
        }
        out
    }
}

/// Which keys a terminal reports, as flags of the kitty keyboard protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFlags(pub u8);

impl KeyFlags {
    /// Esc is told from sequences (1).
    pub const TYPING: Self = Self(1);

    /// Releases too (2), of letters too (8), with what they type (4 and 16), so that Space can be held.
    pub const COMMANDS: Self = Self(1 | 2 | 4 | 8 | 16);

    /// Whether releases of Space come with these flags.
    pub const fn has_releases(self) -> bool {
        self.0 & 0b1010 == 0b1010
    }

    /// Puts the flags on the terminal's stack and asks which it took.
    pub fn push(self) -> Vec<u8> {
        format!("\x1b[>{}u\x1b[?u", self.0).into_bytes()
    }

    /// Puts the flags in the place of those pushed and asks which it took.
    pub fn set(self) -> Vec<u8> {
        format!("\x1b[={}u\x1b[?u", self.0).into_bytes()
    }
}
