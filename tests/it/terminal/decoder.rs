//! A corpus of what terminals send, each case also cut at every byte.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use palco::term::{Decoder, Input, MAX_PASTE, Reply};
use proptest::prelude::*;

const NONE: KeyModifiers = KeyModifiers::NONE;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

fn chr(c: char) -> Input {
    key(KeyCode::Char(c), NONE)
}

fn kind(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Input {
    Input::Event(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind)))
}

fn mouse(kind: MouseEventKind, column: u16, row: u16, modifiers: KeyModifiers) -> Input {
    Input::Event(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}

fn paste(text: &str) -> Input {
    Input::Event(Event::Paste(text.into()))
}

/// Name, bytes, and what they mean when a silence follows.
#[allow(clippy::too_many_lines, reason = "a table")]
fn corpus() -> Vec<(&'static str, &'static [u8], Vec<Input>)> {
    use KeyCode::*;
    let release = KeyEventKind::Release;
    vec![
        ("letter", b"q", vec![chr('q')]),
        ("capital", b"Q", vec![key(Char('Q'), SHIFT)]),
        ("accent", "à".as_bytes(), vec![chr('à')]),
        ("emoji", "🎤".as_bytes(), vec![chr('🎤')]),
        ("cjk", "舞台".as_bytes(), vec![chr('舞'), chr('台')]),
        ("no utf-8", b"\xff\xfea", vec![chr('a')]),
        ("utf-8 cut by esc", b"\xc3\x1b[A", vec![key(Up, NONE)]),
        ("c1 as a byte", b"\x9ba", vec![chr('a')]),
        ("enter", b"\r", vec![key(Enter, NONE)]),
        ("line feed", b"\n", vec![key(Char('j'), CTRL)]),
        ("tab", b"\t", vec![key(Tab, NONE)]),
        ("back tab", b"\x1b[Z", vec![key(BackTab, SHIFT)]),
        ("backspace", b"\x7f", vec![key(Backspace, NONE)]),
        ("other backspace", b"\x08", vec![key(Backspace, NONE)]),
        ("ctrl-c", b"\x03", vec![key(Char('c'), CTRL)]),
        ("ctrl-z", b"\x1a", vec![key(Char('z'), CTRL)]),
        ("ctrl-space", b"\0", vec![key(Char(' '), CTRL)]),
        ("ctrl-backslash", b"\x1c", vec![key(Char('4'), CTRL)]),
        ("lone esc", b"\x1b", vec![key(Esc, NONE)]),
        ("esc before an answer", b"\x1b\x1b[0n", vec![key(Esc, NONE), Input::Reply(Reply::Fence)]),
        ("esc before focus", b"\x1b\x1b[I", vec![key(Esc, NONE), Input::Event(Event::FocusGained)]),
        ("two esc", b"\x1b\x1b", vec![key(Esc, NONE), key(Esc, NONE)]),
        ("three esc", b"\x1b\x1b\x1b", vec![key(Esc, NONE); 3]),
        ("alt letter", b"\x1bx", vec![key(Char('x'), ALT)]),
        ("alt accent", "\x1bà".as_bytes(), vec![key(Char('à'), ALT)]),
        ("alt enter", b"\x1b\r", vec![key(Enter, ALT)]),
        ("alt ctrl-a", b"\x1b\x01", vec![key(Char('a'), ALT | CTRL)]),
        ("alt backspace", b"\x1b\x7f", vec![key(Backspace, ALT)]),
        ("alt then letter", b"\x1bxy", vec![key(Char('x'), ALT), chr('y')]),
        ("alt bracket", b"\x1b[", vec![key(Char('['), ALT)]),
        ("alt O", b"\x1bO", vec![key(Char('O'), ALT | SHIFT)]),
        ("alt ]", b"\x1b]", vec![key(Char(']'), ALT)]),
        ("alt P", b"\x1bP", vec![key(Char('P'), ALT | SHIFT)]),
        (
            "arrows",
            b"\x1b[A\x1b[B\x1b[C\x1b[D",
            vec![key(Up, NONE), key(Down, NONE), key(Right, NONE), key(Left, NONE)],
        ),
        ("application arrows", b"\x1bOA\x1bOD", vec![key(Up, NONE), key(Left, NONE)]),
        ("ctrl-right", b"\x1b[1;5C", vec![key(Right, CTRL)]),
        ("alt-up of rxvt", b"\x1b\x1b[A", vec![key(Up, ALT)]),
        (
            "home end",
            b"\x1b[H\x1b[F\x1b[1~\x1b[4~",
            vec![key(Home, NONE), key(End, NONE), key(Home, NONE), key(End, NONE)],
        ),
        ("page down", b"\x1b[6~", vec![key(PageDown, NONE)]),
        ("shift-delete", b"\x1b[3;2~", vec![key(Delete, SHIFT)]),
        ("f1 both ways", b"\x1bOP\x1b[11~", vec![key(F(1), NONE); 2]),
        ("f1 of the console", b"\x1b[[A", vec![key(F(1), NONE)]),
        ("f5 f12", b"\x1b[15~\x1b[24~", vec![key(F(5), NONE), key(F(12), NONE)]),
        ("shift-f3", b"\x1b[1;2R", vec![key(F(3), SHIFT)]),
        ("cursor position", b"\x1b[12;40R", vec![]),
        ("keypad", b"\x1bOM\x1bOp\x1bOk", vec![key(Enter, NONE), chr('0'), chr('+')]),
        ("focus", b"\x1b[I\x1b[O", vec![Input::Event(Event::FocusGained), Input::Event(Event::FocusLost)]),
        ("paste", b"\x1b[200~two\r\nlines\x1b[201~", vec![paste("two\nlines")]),
        ("empty paste", b"\x1b[200~\x1b[201~", vec![paste("")]),
        ("paste with a false end", b"\x1b[200~a\x1b[201b\x1b\x1b[201~q", vec![paste("a[201b"), chr('q')]),
        ("paste with controls", b"\x1b[200~a\x07\x1b[31mb\x1b[201~", vec![paste("a[31mb")]),
        ("paste without end", b"\x1b[200~q\x03q", vec![key(Char('c'), CTRL), chr('q')]),
        (
            "click",
            b"\x1b[<0;3;5M\x1b[<0;3;5m",
            vec![
                mouse(MouseEventKind::Down(MouseButton::Left), 2, 4, NONE),
                mouse(MouseEventKind::Up(MouseButton::Left), 2, 4, NONE),
            ],
        ),
        ("drag", b"\x1b[<34;1;1M", vec![mouse(MouseEventKind::Drag(MouseButton::Right), 0, 0, NONE)]),
        (
            "ctrl-wheel",
            b"\x1b[<80;300;200M\x1b[<65;1;1M",
            vec![
                mouse(MouseEventKind::ScrollUp, 299, 199, CTRL),
                mouse(MouseEventKind::ScrollDown, 0, 0, NONE),
            ],
        ),
        ("mouse at nothing", b"\x1b[<0;0;0M\x1b[<0M", vec![]),
        ("oldest mouse", b"\x1b[M qqx", vec![chr('x')]),
        ("rxvt mouse", b"\x1b[32;10;10Mx", vec![chr('x')]),
        ("kitty letter", b"\x1b[113u", vec![chr('q')]),
        (
            "kitty space held",
            b"\x1b[32;1:1u\x1b[32;1:2u\x1b[32;1:3u",
            vec![chr(' '), kind(Char(' '), NONE, KeyEventKind::Repeat), kind(Char(' '), NONE, release)],
        ),
        (
            "kitty colon with text",
            b"\x1b[46:58;2;58u\x1b[46:58;2:3u",
            vec![chr(':'), kind(Char(':'), NONE, release)],
        ),
        ("kitty capital with text", b"\x1b[97:65;2;65u", vec![key(Char('A'), SHIFT)]),
        ("kitty capital alone", b"\x1b[97;2u", vec![key(Char('A'), SHIFT)]),
        ("kitty ctrl-c", b"\x1b[99;5u", vec![key(Char('c'), CTRL)]),
        ("kitty ctrl-c in Cyrillic", b"\x1b[1089::99;5u", vec![key(Char('c'), CTRL)]),
        (
            "kitty esc enter tab",
            b"\x1b[27u\x1b[13u\x1b[9u\x1b[9;2u\x1b[127u",
            vec![key(Esc, NONE), key(Enter, NONE), key(Tab, NONE), key(BackTab, SHIFT), key(Backspace, NONE)],
        ),
        ("kitty arrow release", b"\x1b[1;1:3A", vec![kind(Up, NONE, release)]),
        (
            "kitty locks",
            b"\x1b[97;129;97u",
            vec![Input::Event(Event::Key(KeyEvent::new_with_kind_and_state(
                Char('a'),
                NONE,
                KeyEventKind::Press,
                KeyEventState::NUM_LOCK,
            )))],
        ),
        (
            "kitty keypad",
            b"\x1b[57404u",
            vec![Input::Event(Event::Key(KeyEvent::new_with_kind_and_state(
                Char('5'),
                NONE,
                KeyEventKind::Press,
                KeyEventState::KEYPAD,
            )))],
        ),
        ("kitty f13", b"\x1b[57376u", vec![key(F(13), NONE)]),
        ("kitty shift alone", b"\x1b[57441;2:1u\x1b[57441;1:3u", vec![]),
        ("kitty media", b"\x1b[57430u", vec![]),
        ("kitty input method", b"\x1b[0;;33310:21488u", vec![chr('舞'), chr('台')]),
        (
            "answers",
            b"\x1b[?27u\x1b[0n\x1b[?62;22c\x1b[?2026;2$y\x1b[?2026;0$y",
            vec![
                Input::Reply(Reply::KeyFlags(27)),
                Input::Reply(Reply::Fence),
                Input::Reply(Reply::Attributes),
                Input::Reply(Reply::Mode { mode: 2026, known: true }),
                Input::Reply(Reply::Mode { mode: 2026, known: false }),
            ],
        ),
        ("unknown csi", b"\x1b[?997;1nq\x1b[>1;10;0c\x1b[!p\x1b[99~\x1b[5;qx", vec![chr('q'), chr('x')]),
        (
            "too many parameters",
            b"\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1Aq",
            vec![chr('q')],
        ),
        ("huge number", b"\x1b[99999999999999999999~q", vec![chr('q')]),
        ("csi cut by can", b"\x1b[12\x18q", vec![chr('q')]),
        ("csi cut by esc", b"\x1b[12\x1b[A", vec![key(Up, NONE)]),
        ("ctrl-c within csi", b"\x1b[1\x03A", vec![key(Char('c'), CTRL), key(Up, NONE)]),
        ("colours by osc, bel", b"\x1b]11;rgb:1c1c/1c1c/1c1c\x07q", vec![chr('q')]),
        ("colours by osc, st", b"\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\q", vec![chr('q')]),
        ("dcs", b"\x1bP1+r696e=q\x1b\\q", vec![chr('q')]),
        ("apc of graphics", b"\x1b_Gi=31;OK\x1b\\q", vec![chr('q')]),
        ("osc cut by csi", b"\x1b]0;title\x1b[A", vec![key(Up, NONE)]),
        ("osc cut short", b"\x1b]0;title\x18q", vec![chr('q')]),
        ("unknown ss3", b"\x1bOz", vec![]),
        ("letters after arrows", b"\x1b[Aj\x1b[Bk", vec![key(Up, NONE), chr('j'), key(Down, NONE), chr('k')]),
    ]
}

fn decode(pieces: &[&[u8]]) -> Vec<Input> {
    let mut decoder = Decoder::new();
    let mut inputs: Vec<Input> = pieces.iter().flat_map(|p| decoder.feed(p)).collect();
    inputs.extend(decoder.flush_escape());
    assert!(!decoder.is_pending());
    inputs
}

#[test]
fn the_corpus_is_read_whole_and_in_two_pieces() {
    let corpus = corpus();
    assert!(corpus.len() >= 40);
    for (name, bytes, want) in corpus {
        assert_eq!(decode(&[bytes]), want, "{name}");
        for at in 0..=bytes.len() {
            assert_eq!(decode(&[&bytes[..at], &bytes[at..]]), want, "{name} cut at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(&single), want, "{name} byte by byte");
    }
}

#[test]
fn a_silence_tells_the_esc_key_from_a_sequence() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.feed(b"\x1b"), vec![]);
    assert!(decoder.is_pending());
    assert_eq!(decoder.flush_escape(), vec![key(KeyCode::Esc, NONE)]);
    assert_eq!(decoder.feed(b"[A"), vec![chr('['), key(KeyCode::Char('A'), SHIFT)]);
    assert_eq!(decoder.flush_escape(), vec![]);
}

#[test]
fn a_sequence_survives_one_silence_and_never_wedges() {
    let mut decoder = Decoder::new();
    decoder.feed(b"\x1b[1;5");
    assert_eq!(decoder.flush_escape(), vec![]);
    assert_eq!(decoder.feed(b"C"), vec![key(KeyCode::Right, CTRL)]);

    for begun in [&b"\x1b[1;5"[..], b"\x1b]11;rgb", b"\x1bPq", b"\x1b[M", b"\x1b[[", b"\x1b]0;\x1b"] {
        decoder.feed(begun);
        decoder.flush_escape();
        decoder.flush_escape();
        assert!(!decoder.is_pending(), "{begun:?}");
        assert_eq!(decoder.feed(b"q"), vec![chr('q')], "{begun:?}");
    }
}

#[test]
fn a_paste_is_bounded() {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.feed(b"\x1b[200~"), vec![]);
    assert_eq!(decoder.feed(&vec![b'a'; 3 * MAX_PASTE]), vec![]);
    assert_eq!(decoder.flush_escape(), vec![], "a paste may pause");
    assert_eq!(decoder.feed(b"\x1b[201~"), vec![paste(&"a".repeat(MAX_PASTE))]);
}

#[test]
fn a_string_without_end_keeps_nothing() {
    let mut decoder = Decoder::new();
    decoder.feed(b"\x1b]52;c;");
    for _ in 0..1_000 {
        assert_eq!(decoder.feed(&[b'a'; 1_000]), vec![]);
    }
    assert_eq!(decoder.feed(b"\x07q"), vec![chr('q')]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_alike_however_they_are_cut(
        bytes in prop::collection::vec(prop_oneof![
            any::<u8>(),
            prop::sample::select(b"\x1b[]O<?;:$01259~AMRucyn\x03\x18\\P_".to_vec()),
        ], 0..200),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(bytes.len() + 1);
        let (mut whole, mut cut) = (Decoder::new(), Decoder::new());
        let all = whole.feed(&bytes);
        prop_assert!(all.len() <= 3 * bytes.len());
        let mut parts = cut.feed(&bytes[..at]);
        parts.extend(cut.feed(&bytes[at..]));
        prop_assert_eq!(all, parts);
        // whatever came, two silences and Ctrl-C later the next key is heard
        whole.flush_escape();
        whole.flush_escape();
        whole.feed(b"\x03");
        prop_assert_eq!(whole.feed(b"q"), vec![chr('q')]);
    }
}
