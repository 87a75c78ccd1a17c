//! What single characters and CSI sequences mean.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use vte::Params;

use super::Reply;

/// What a CSI sequence means.
pub(super) enum Csi {
    /// Unknown, or not meant for us.
    Nothing,
    /// A bracketed paste begins.
    Paste,
    Key(KeyEvent),
    /// Text from an input method, without a key.
    Text(Vec<char>),
    Event(Event),
    Reply(Reply),
}

/// The key of a printed character.
pub(super) fn letter(c: char) -> KeyEvent {
    match c {
        '\x7f' => KeyCode::Backspace.into(),
        c if c.is_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
        c => KeyCode::Char(c).into(),
    }
}

/// The key of a control character; `None` for C1, which no key sends.
pub(super) fn control(byte: u8) -> Option<KeyEvent> {
    let ctrl = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    Some(match byte {
        0x00 => ctrl(' '),
        // some terminals send ^H for Backspace; nothing is bound to Ctrl-H
        0x08 => KeyCode::Backspace.into(),
        b'\t' => KeyCode::Tab.into(),
        b'\r' => KeyCode::Enter.into(),
        0x01..=0x1a => ctrl(char::from(byte - 1 + b'a')),
        0x1c..=0x1f => ctrl(char::from(byte - 0x1c + b'4')),
        _ => return None,
    })
}

/// The key of `ESC O` and a letter: cursor keys in application mode, F1 to F4, the keypad.
pub(super) fn ss3(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'M' => KeyCode::Enter,
        b'X' => KeyCode::Char('='),
        b'j'..=b'y' => KeyCode::Char(char::from(byte - b'j' + b'*')),
        _ => return arrow(char::from(byte)),
    })
}

/// The key of a CSI sequence that ends in a capital letter.
fn arrow(action: char) -> Option<KeyCode> {
    Some(match action {
        'A' => KeyCode::Up,
        'B' => KeyCode::Down,
        'C' => KeyCode::Right,
        'D' => KeyCode::Left,
        'E' => KeyCode::KeypadBegin,
        'F' => KeyCode::End,
        'H' => KeyCode::Home,
        'P' => KeyCode::F(1),
        'Q' => KeyCode::F(2),
        'R' => KeyCode::F(3),
        'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// The key of `CSI number ~`.
fn tilde(number: u16) -> Option<KeyCode> {
    let number = u8::try_from(number).ok()?;
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28..=29 => KeyCode::F(number - 15),
        31..=34 => KeyCode::F(number - 17),
        _ => return None,
    })
}

/// Reads a CSI sequence.
pub(super) fn csi(params: &Params, intermediates: &[u8], action: char) -> Csi {
    let param = |i: usize| params.iter().nth(i).and_then(|p| p.first().copied()).unwrap_or(0);
    match (intermediates, action) {
        ([], 'I') => Csi::Event(Event::FocusGained),
        ([], 'O') => Csi::Event(Event::FocusLost),
        ([], 'Z') => key(KeyCode::BackTab, KeyModifiers::SHIFT | press(params).modifiers, press(params)),
        ([], 'n') if params.len() == 1 && param(0) == 0 => Csi::Reply(Reply::Fence),
        ([], '~') if param(0) == 200 => Csi::Paste,
        ([], '~') => plain(tilde(param(0)), params),
        ([], 'u') => kitty(params),
        // a cursor position, which is never asked for, unless it can only be F3 with modifiers
        ([], 'R') if params.len() == 2 && param(0) > 1 => Csi::Nothing,
        ([], _) => plain(arrow(action), params),
        ([b'<'], 'M' | 'm') => {
            mouse([param(0), param(1), param(2)], action == 'm').map_or(Csi::Nothing, Csi::Event)
        }
        ([b'?'], 'u') => Csi::Reply(Reply::KeyFlags(u8::try_from(param(0)).unwrap_or(0))),
        ([b'?'], 'c') => Csi::Reply(Reply::Attributes),
        ([b'?', b'$'], 'y') => Csi::Reply(Reply::Mode { mode: param(0), known: matches!(param(1), 1 | 2) }),
        _ => Csi::Nothing,
    }
}

/// The second parameter of a key: modifiers and what happened to the key.
#[derive(Clone, Copy)]
struct Press {
    modifiers: KeyModifiers,
    state: KeyEventState,
    kind: KeyEventKind,
}

fn press(params: &Params) -> Press {
    let field = params.iter().nth(1).unwrap_or(&[1]);
    let mask = field.first().copied().unwrap_or(1).saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ] {
        if mask & bit != 0 {
            modifiers |= modifier;
        }
    }
    let mut state = KeyEventState::NONE;
    if mask & 64 != 0 {
        state |= KeyEventState::CAPS_LOCK;
    }
    if mask & 128 != 0 {
        state |= KeyEventState::NUM_LOCK;
    }
    let kind = match field.get(1) {
        Some(2) => KeyEventKind::Repeat,
        Some(3) => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    Press { modifiers, state, kind }
}

fn key(code: KeyCode, modifiers: KeyModifiers, press: Press) -> Csi {
    Csi::Key(KeyEvent::new_with_kind_and_state(code, modifiers, press.kind, press.state))
}

fn plain(code: Option<KeyCode>, params: &Params) -> Csi {
    let press = press(params);
    code.map_or(Csi::Nothing, |code| key(code, press.modifiers, press))
}

/// Reads `CSI code:shifted:base ; modifiers:kind ; text u` of the kitty keyboard protocol.
///
/// A letter comes out as it would without the protocol: `:` and not Shift with `;`, so that one keymap serves both.
fn kitty(params: &Params) -> Csi {
    let mut fields = params.iter();
    let codes = fields.next().unwrap_or(&[]);
    let code = codes.first().copied().unwrap_or(0);
    let text: Vec<char> = fields.nth(1).unwrap_or(&[]).iter().filter_map(|&c| character(c)).collect();
    let mut press = press(params);
    if code == 0 {
        return if press.kind == KeyEventKind::Release { Csi::Nothing } else { Csi::Text(text) };
    }
    if let 57344..=63743 = code {
        let Some((code, on_keypad)) = functional(code) else {
            return Csi::Nothing;
        };
        if on_keypad {
            press.state |= KeyEventState::KEYPAD;
        }
        return key(code, press.modifiers, press);
    }
    let shift = press.modifiers.contains(KeyModifiers::SHIFT);
    match code {
        27 => key(KeyCode::Esc, press.modifiers, press),
        13 => key(KeyCode::Enter, press.modifiers, press),
        9 if shift => key(KeyCode::BackTab, press.modifiers, press),
        9 => key(KeyCode::Tab, press.modifiers, press),
        8 | 127 => key(KeyCode::Backspace, press.modifiers, press),
        _ => kitty_letter(codes, &text, press),
    }
}

/// The character with this number; `None` for controls, and for what the parser has cut at 16 bits.
fn character(number: u16) -> Option<char> {
    if number == u16::MAX {
        return None;
    }
    char::from_u32(number.into()).filter(|c| !c.is_control())
}

/// The key of a character that comes as a number.
fn kitty_letter(codes: &[u16], text: &[char], press: Press) -> Csi {
    let at = |i: usize| codes.get(i).and_then(|&c| character(c));
    let Some(plain) = at(0) else {
        return Csi::Nothing;
    };
    let shift = press.modifiers.contains(KeyModifiers::SHIFT);
    let chord = press.modifiers.difference(KeyModifiers::SHIFT);
    let typed = match (text, chord.is_empty()) {
        ([c], true) => *c,
        ([_, _, ..], true) if press.kind != KeyEventKind::Release => return Csi::Text(text.to_vec()),
        // shortcuts follow the key's place on a Latin keyboard where the layout has other letters
        (_, false) if !plain.is_ascii() => at(2).unwrap_or(plain),
        _ if shift => at(1).unwrap_or_else(|| plain.to_uppercase().next().unwrap_or(plain)),
        _ => plain,
    };
    let shift = if shift && typed == plain || typed.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    key(KeyCode::Char(typed), chord | shift, press)
}

/// The keys of the kitty keyboard protocol without a character, and whether they are on the keypad. Locks, modifiers
/// and media keys alone mean nothing here.
fn functional(code: u16) -> Option<(KeyCode, bool)> {
    let function = |first: u16, number: u8| KeyCode::F(number + u8::try_from(code - first).unwrap_or(0));
    let key = match code {
        57362 => KeyCode::Pause,
        57363 => KeyCode::Menu,
        57376..=57398 => function(57376, 13),
        57399..=57408 => KeyCode::Char(char::from(b'0' + u8::try_from(code - 57399).unwrap_or(0))),
        57409 => KeyCode::Char('.'),
        57410 => KeyCode::Char('/'),
        57411 => KeyCode::Char('*'),
        57412 => KeyCode::Char('-'),
        57413 => KeyCode::Char('+'),
        57414 => KeyCode::Enter,
        57415 => KeyCode::Char('='),
        57416 => KeyCode::Char(','),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        57427 => KeyCode::KeypadBegin,
        _ => return None,
    };
    Some((key, code >= 57399))
}

/// Reads `CSI < button ; column ; row M`, or `m` on release.
fn mouse([button, column, row]: [u16; 3], released: bool) -> Option<Event> {
    let number = button & 0b11 | (button & 0b1100_0000) >> 4;
    let dragged = button & 0b10_0000 != 0;
    let which = |number| match number {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (number, dragged) {
        (0..=2, false) if released => MouseEventKind::Up(which(number)?),
        (0..=2, false) => MouseEventKind::Down(which(number)?),
        (0..=2, true) => MouseEventKind::Drag(which(number)?),
        (3..=5, true) => MouseEventKind::Moved,
        (4, false) => MouseEventKind::ScrollUp,
        (5, false) => MouseEventKind::ScrollDown,
        (6, false) => MouseEventKind::ScrollLeft,
        (7, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)] {
        if button & bit != 0 {
            modifiers |= modifier;
        }
    }
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}
