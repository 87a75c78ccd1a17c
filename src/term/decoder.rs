//! Bytes from a terminal to events, one byte at a time, so that a sequence may arrive in pieces.

use std::mem;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use vte::{Params, Parser, Perform};

use super::keys;

/// How long a lone ESC may wait for the rest of a sequence before it is the Esc key; a terminal sends a sequence whole,
/// and a person doesn't feel 40 ms.
pub const ESCAPE_PATIENCE: Duration = Duration::from_millis(40);

/// The longest paste, in bytes: many times a topic line; what is beyond it is dropped.
pub const MAX_PASTE: usize = 16 * 1024;

/// What ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// Something a terminal said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person did something.
    Event(Event),
    /// The terminal answered a query; never meant for the person's program logic.
    Reply(Reply),
}

/// A terminal's answer to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To `CSI ? u`: the flags of the kitty keyboard protocol that are on.
    KeyFlags(u8),
    /// To `CSI 5 n`: everything before it has been processed.
    Fence,
    /// To `CSI c`: it is a terminal; whatever was asked before and not answered will not be.
    Attributes,
    /// To `CSI ? mode $ p`: whether the terminal knows the private mode and lets it be changed.
    Mode {
        /// The mode's number.
        mode: u16,
        /// Whether it can be switched.
        known: bool,
    },
}

/// Where in a sequence the decoder is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// After ESC; `twice` when another ESC came before it.
    Escape { twice: bool },
    /// After ESC O.
    Ss3,
    /// After ESC \[; `begun` when a byte of it has arrived.
    Csi { begun: bool },
    /// After ESC \[ \[, the Linux console's function keys.
    ConsoleKey,
    /// In the three bytes after `CSI M`, the oldest mouse report, which is never asked for.
    OldMouse { left: u8 },
    /// In a string (OSC, DCS, SOS, PM, APC) that `opener` began: thrown away until its end.
    Text { opener: u8, begun: bool },
    /// After ESC in a string: its end, or a new sequence that cuts it.
    TextEscape,
    /// Between the paste marks; `matched` bytes of the end mark have been seen.
    Paste { matched: usize },
}

/// Turns bytes into events. Holds at most one sequence and one paste of [`MAX_PASTE`] bytes; a sequence that it doesn't
/// know is swallowed whole, since a leaked letter is a key press.
#[derive(Default)]
pub struct Decoder {
    state: State,
    parser: Parser,
    /// The next key carries Alt: it came after ESC.
    alt: bool,
    /// The unfinished sequence has outlived one silence.
    stale: bool,
    paste: Vec<u8>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("state", &self.state).field("paste", &self.paste.len()).finish()
    }
}

impl Decoder {
    /// A decoder before its first byte.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a sequence has begun and not ended: after [`ESCAPE_PATIENCE`] without a byte,
    /// [`flush_escape`](Self::flush_escape) decides what it was.
    pub fn is_pending(&self) -> bool {
        !matches!(self.state, State::Ground | State::Paste { .. })
    }

    /// Reads bytes as they came; each yields at most three inputs.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        let mut out = Vec::new();
        for &byte in bytes {
            self.stale = false;
            self.byte(byte, &mut out);
        }
        out
    }

    /// Says that nothing came for [`ESCAPE_PATIENCE`]: a lone ESC is the Esc key, ESC and an opener are Alt with a
    /// letter. A sequence cut in the middle waits for one more silence, and is dropped then.
    pub fn flush_escape(&mut self) -> Vec<Input> {
        let mut out = Vec::new();
        match self.state {
            State::Ground | State::Paste { .. } => return out,
            State::Escape { twice } => {
                if twice {
                    push(&mut out, KeyCode::Esc, KeyModifiers::NONE);
                }
                push(&mut out, KeyCode::Esc, KeyModifiers::NONE);
            }
            State::Ss3 => push_alt(&mut out, b'O'),
            State::Csi { begun: false } => push_alt(&mut out, b'['),
            State::Text { opener, begun: false } => push_alt(&mut out, opener),
            State::Csi { .. }
            | State::Text { .. }
            | State::TextEscape
            | State::ConsoleKey
            | State::OldMouse { .. } => {
                if !self.stale {
                    self.stale = true;
                    return out;
                }
            }
        }
        self.reset();
        out
    }

    fn reset(&mut self) {
        self.state = State::Ground;
        self.parser = Parser::new();
        self.alt = false;
        self.stale = false;
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Input>) {
        match self.state {
            State::Ground => self.ground(byte, out),
            State::Escape { twice } => self.escape(byte, twice, out),
            State::Ss3 => self.ss3(byte, out),
            State::Csi { begun } => self.csi(byte, begun, out),
            State::ConsoleKey => {
                self.reset();
                if let b'A'..=b'E' = byte {
                    push(out, KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE);
                }
            }
            State::OldMouse { left: 1 } => self.reset(),
            State::OldMouse { left } => self.state = State::OldMouse { left: left - 1 },
            State::Text { opener, .. } => self.text(byte, opener),
            State::TextEscape => self.text_escape(byte, out),
            State::Paste { matched } => self.pasted(byte, matched, out),
        }
    }

    fn ground(&mut self, byte: u8, out: &mut Vec<Input>) {
        if byte == 0x1b {
            self.reset();
            self.state = State::Escape { twice: false };
            return;
        }
        let before = out.len();
        self.advance(&[byte], out);
        if out.len() > before {
            self.alt = false;
        }
    }

    fn escape(&mut self, byte: u8, twice: bool, out: &mut Vec<Input>) {
        match byte {
            0x1b if twice => push(out, KeyCode::Esc, KeyModifiers::NONE),
            0x1b => self.state = State::Escape { twice: true },
            b'[' => {
                self.alt = twice;
                self.state = State::Csi { begun: false };
                self.advance(b"\x1b[", out);
            }
            b'O' => {
                self.alt = twice;
                self.state = State::Ss3;
            }
            b'P' | b'X' | b']' | b'^' | b'_' => self.state = State::Text { opener: byte, begun: false },
            _ => {
                if twice {
                    push(out, KeyCode::Esc, KeyModifiers::NONE);
                }
                self.state = State::Ground;
                self.alt = true;
                self.ground(byte, out);
            }
        }
    }

    fn ss3(&mut self, byte: u8, out: &mut Vec<Input>) {
        let modifiers = if self.alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
        self.reset();
        match byte {
            0x1b => {
                push_alt(out, b'O');
                self.state = State::Escape { twice: false };
            }
            0x00..=0x1f => self.ground(byte, out),
            _ => {
                if let Some(code) = keys::ss3(byte) {
                    push(out, code, modifiers);
                }
            }
        }
    }

    fn csi(&mut self, byte: u8, begun: bool, out: &mut Vec<Input>) {
        match byte {
            0x1b => {
                self.reset();
                self.state = State::Escape { twice: false };
            }
            0x18 | 0x1a => self.reset(),
            b'[' if !begun => {
                self.reset();
                self.state = State::ConsoleKey;
            }
            b'M' if !begun => {
                self.reset();
                self.state = State::OldMouse { left: 3 };
            }
            _ => {
                self.state = State::Csi { begun: true };
                let before = out.len();
                let pastes = self.advance(&[byte], out);
                if matches!(byte, 0x40..=0x7e) {
                    // What is no key takes no Alt, such as an answer to a frame: the ESC before it was the Esc key.
                    if self.alt && out.get(before).is_some_and(|i| !matches!(i, Input::Event(Event::Key(_))))
                    {
                        let rest = out.split_off(before);
                        push(out, KeyCode::Esc, KeyModifiers::NONE);
                        out.extend(rest);
                    }
                    self.reset();
                    if pastes {
                        self.state = State::Paste { matched: 0 };
                    }
                }
            }
        }
    }

    fn text(&mut self, byte: u8, opener: u8) {
        match byte {
            0x1b => self.state = State::TextEscape,
            0x18 | 0x1a => self.reset(),
            0x07 if opener == b']' => self.reset(),
            _ => self.state = State::Text { opener, begun: true },
        }
    }

    /// `ESC \` ends a string; an opener cuts it and is heard; a letter belonged to it and is swallowed.
    fn text_escape(&mut self, byte: u8, out: &mut Vec<Input>) {
        self.reset();
        match byte {
            0x1b => self.state = State::TextEscape,
            b'[' | b'O' | b'P' | b'X' | b']' | b'^' | b'_' => self.escape(byte, false, out),
            _ => {}
        }
    }

    fn pasted(&mut self, byte: u8, matched: usize, out: &mut Vec<Input>) {
        if PASTE_END.get(matched) == Some(&byte) {
            if matched + 1 == PASTE_END.len() {
                let text = paste_text(&mem::take(&mut self.paste));
                out.push(Input::Event(Event::Paste(text)));
                self.state = State::Ground;
            } else {
                self.state = State::Paste { matched: matched + 1 };
            }
            return;
        }
        if byte == 0x03 {
            // the way out when the end mark never comes; terminals take control characters out of pastes
            self.paste = Vec::new();
            self.reset();
            self.ground(byte, out);
            return;
        }
        self.keep(&PASTE_END[..matched]);
        if byte == PASTE_END[0] {
            self.state = State::Paste { matched: 1 };
        } else {
            self.keep(&[byte]);
            self.state = State::Paste { matched: 0 };
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_PASTE - self.paste.len();
        self.paste.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Gives bytes to the parser; tells whether a paste begins.
    fn advance(&mut self, bytes: &[u8], out: &mut Vec<Input>) -> bool {
        let mut performer = Performer { out, alt: self.alt, pastes: false };
        self.parser.advance(&mut performer, bytes);
        performer.pastes
    }
}

fn push(out: &mut Vec<Input>, code: KeyCode, modifiers: KeyModifiers) {
    out.push(Input::Event(Event::Key(KeyEvent::new(code, modifiers))));
}

fn push_alt(out: &mut Vec<Input>, letter: u8) {
    let letter = char::from(letter);
    let shift = if letter.is_ascii_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    push(out, KeyCode::Char(letter), KeyModifiers::ALT | shift);
}

/// The pasted text: line ends as line feeds, no other control characters.
fn paste_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let cut = if bytes.len() == MAX_PASTE { text.trim_end_matches('\u{fffd}') } else { &text };
    cut.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Collects what the parser says about one byte.
struct Performer<'a> {
    out: &'a mut Vec<Input>,
    alt: bool,
    pastes: bool,
}

impl Performer<'_> {
    fn key(&mut self, mut key: KeyEvent) {
        if self.alt {
            key.modifiers |= KeyModifiers::ALT;
        }
        self.out.push(Input::Event(Event::Key(key)));
    }
}

impl Perform for Performer<'_> {
    fn print(&mut self, c: char) {
        // the replacement character stands for bytes that are no UTF-8
        if c != char::REPLACEMENT_CHARACTER {
            self.key(keys::letter(c));
        }
    }

    fn execute(&mut self, byte: u8) {
        if let Some(key) = keys::control(byte) {
            self.key(key);
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if ignore {
            return;
        }
        match keys::csi(params, intermediates, action) {
            keys::Csi::Nothing => {}
            keys::Csi::Paste => self.pastes = true,
            keys::Csi::Key(key) => self.key(key),
            keys::Csi::Text(text) => text.into_iter().for_each(|c| self.key(keys::letter(c))),
            keys::Csi::Event(event) => self.out.push(Input::Event(event)),
            keys::Csi::Reply(reply) => self.out.push(Input::Reply(reply)),
        }
    }
}
