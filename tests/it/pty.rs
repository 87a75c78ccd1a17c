//! A program in a real pseudo-terminal, with another terminal emulator at its other end.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Callbacks, MouseProtocolMode, Parser, Screen};

/// How long anything may take before a test fails: a machine with other work to do is slow, not broken.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the emulator answers and counts beyond what vt100 does.
#[derive(Debug, Default)]
pub struct Extras {
    answers: Vec<u8>,
    /// The stack of kitty keyboard flags; `None` when this terminal doesn't know them.
    pub keys: Option<Vec<u8>>,
    pub title: String,
    pub focus_events: bool,
    /// Reads no more than this many bytes each tenth of a second.
    pub slow: Option<usize>,
    pub bells: usize,
    /// How often it was asked what it is.
    pub asked: usize,
}

impl Extras {
    /// A terminal that reads no more than this many bytes each tenth of a second.
    pub fn slow(bytes: usize) -> Self {
        Self { slow: Some(bytes), ..Self::default() }
    }

    /// A terminal that knows the kitty keyboard flags.
    pub fn with_keys() -> Self {
        Self { keys: Some(Vec::new()), ..Self::default() }
    }
}

impl Callbacks for Extras {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn unhandled_csi(&mut self, _: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        let first = params.first().and_then(|p| p.first()).copied().unwrap_or(0);
        match (i1, c, &mut self.keys) {
            (None, 'n', _) if first == 5 => self.answers.extend(b"\x1b[0n"),
            (None, 'c', _) => {
                self.asked += 1;
                self.answers.extend(b"\x1b[?62;22c");
            }
            (Some(b'?'), 'u', Some(stack)) => {
                let flags = stack.last().copied().unwrap_or(0);
                self.answers.extend(format!("\x1b[?{flags}u").bytes());
            }
            (Some(b'>'), 'u', Some(stack)) => stack.push(u8::try_from(first).unwrap()),
            (Some(b'='), 'u', Some(stack)) => *stack.last_mut().unwrap() = u8::try_from(first).unwrap(),
            (Some(b'<'), 'u', Some(stack)) => drop(stack.pop()),
            (Some(b'?'), 'h' | 'l', _) if first == 1004 => self.focus_events = c == 'h',
            _ => {}
        }
    }
}

/// What the terminal has seen, and the news that it has seen more.
#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    more: Condvar,
}

struct State {
    parser: Parser<Extras>,
    /// Everything that was ever printed.
    bytes: Vec<u8>,
    closed: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            parser: Parser::new_with_callbacks(24, 80, 0, Extras::default()),
            bytes: Vec::new(),
            closed: false,
        }
    }
}

/// A running program and its terminal. Dropping it kills the program.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    input: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Seen>,
}

impl Pty {
    /// Starts a program in a terminal of this many columns and rows.
    pub fn start_in(command: CommandBuilder, size: (u16, u16), extras: Extras) -> Self {
        Self::start_as("xterm-256color", command, size, extras)
    }

    /// The same in a terminal of another kind.
    pub fn start_as(
        term: &str,
        mut command: CommandBuilder,
        (cols, rows): (u16, u16),
        extras: Extras,
    ) -> Self {
        command.env("TERM", term);
        command.env("LANG", "C.UTF-8");
        for name in ["LC_ALL", "LC_CTYPE", "LC_MESSAGES", "NO_COLOR", "COLORTERM", "CARGO_TERM_COLOR"] {
            command.env_remove(name);
        }
        let slow = extras.slow;
        let pair = native_pty_system().openpty(size(cols, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let input = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let seen = Arc::new(Seen::default());
        seen.state.lock().unwrap().parser = Parser::new_with_callbacks(rows, cols, 0, extras);
        let output = pair.master.try_clone_reader().unwrap();
        let (its_seen, its_input) = (Arc::clone(&seen), Arc::clone(&input));
        thread::spawn(move || watch(output, slow, &its_input, &its_seen));
        Self { child, master: pair.master, input, seen }
    }

    /// Types bytes.
    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        let mut input = self.input.lock().unwrap();
        input.write_all(bytes.as_ref()).unwrap();
        input.flush().unwrap();
    }

    /// Becomes a terminal that knows the keyboard flags and has none on, as another one behind a multiplexer.
    pub fn forget_keys(&self) {
        self.state().parser.callbacks_mut().keys = None;
    }

    /// Changes the terminal's size.
    pub fn resize(&self, cols: u16, rows: u16) {
        // the emulator first: what comes for the new size must not meet the old one
        self.state().parser.screen_mut().set_size(rows, cols);
        self.master.resize(size(cols, rows)).unwrap();
    }

    /// Waits until the screen holds for `what`, and says so in the failure.
    pub fn until(&self, what: &str, holds: impl Fn(&Screen, &Extras) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        let mut state = self.state();
        while !holds(state.parser.screen(), state.parser.callbacks()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "never {what}; the screen:\n{}", state.parser.screen().contents());
            assert!(
                !state.closed,
                "closed and not {what}; the screen:\n{}",
                state.parser.screen().contents()
            );
            state = self.seen.more.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until `text` is on the screen.
    pub fn wait(&self, text: &str) {
        self.until(&format!("“{text}” there"), |screen, _| screen.contents().contains(text));
    }

    /// Waits until `text` is not on the screen.
    pub fn gone(&self, text: &str) {
        self.until(&format!("“{text}” gone"), |screen, _| !screen.contents().contains(text));
    }

    /// Waits until `text` is on the screen of a program that may have ended.
    pub fn wait_last(&self, text: &str) {
        let holds = |s: &mut State| !s.closed && !s.parser.screen().contents().contains(text);
        let state = self.seen.more.wait_timeout_while(self.state(), DEADLINE, holds).unwrap().0;
        let contents = state.parser.screen().contents();
        assert!(contents.contains(text), "never “{text}” there; the screen:\n{contents}");
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.state().parser.screen().contents()
    }

    /// Everything that was ever printed.
    pub fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    /// Waits for the program's end and tells its exit status.
    pub fn exit(&mut self) -> u32 {
        // its terminal closes when it ends, after whatever it wrote last
        let state = self.seen.more.wait_timeout_while(self.state(), DEADLINE, |s| !s.closed).unwrap().0;
        assert!(state.closed, "it never ended; the screen:\n{}", state.parser.screen().contents());
        drop(state);
        self.child.wait().unwrap().exit_code()
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Fails unless the terminal is as a shell wants it.
    pub fn assert_restored(&self) {
        let state = self.state();
        let (screen, extras) = (state.parser.screen(), state.parser.callbacks());
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "paste marks are off");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None);
        assert!(!extras.focus_events, "focus events are off");
        assert!(extras.keys.as_ref().is_none_or(Vec::is_empty), "keyboard flags are popped");
        assert!(self.is_cooked(), "lines and echo are on");
    }

    /// Whether the terminal edits lines and echoes.
    pub fn is_cooked(&self) -> bool {
        let flags = format!("{:?}", self.master.get_termios().unwrap().local_flags);
        flags.contains("ICANON") && flags.contains("ECHO")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.seen.state.lock().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn watch(
    mut output: Box<dyn Read + Send>,
    slow: Option<usize>,
    input: &Mutex<Box<dyn Write + Send>>,
    seen: &Seen,
) {
    let mut buffer = vec![0; slow.unwrap_or(4096)];
    // a pty whose program has ended gives an error and not an end
    while let Ok(n @ 1..) = output.read(&mut buffer) {
        if slow.is_some() {
            thread::park_timeout(Duration::from_millis(100));
        }
        let mut state = seen.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parser.process(&buffer[..n]);
        state.bytes.extend_from_slice(&buffer[..n]);
        let answers = std::mem::take(&mut state.parser.callbacks_mut().answers);
        drop(state);
        // before the news: what a test types on hearing them comes after the answers
        if !answers.is_empty() {
            let _ = input.lock().unwrap().write_all(&answers);
        }
        seen.more.notify_all();
    }
    seen.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
    seen.more.notify_all();
}
