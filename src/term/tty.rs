//! The process's own terminal: raw mode, writing, and the way back, safe to call from a panic.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{self, OptionalActions, QueueSelector, Termios};

use super::{Aside, Modes};

/// How long giving the terminal back may wait for a terminal that takes nothing; it is given up then, since somebody
/// wants to leave.
const LEAVE_PATIENCE: Duration = Duration::from_millis(400);

/// How often the writer's lock is tried while waiting for it.
const LOCK_POLL: Duration = Duration::from_millis(2);

/// The terminal, shared by the guard, the writer's thread and the panic hook.
#[derive(Debug)]
pub(super) struct Tty {
    modes: Modes,
    log: File,
    up: AtomicBool,
    keys_pushed: AtomicBool,
    /// Held while bytes go out, so that nothing of a frame comes after the terminal was given back.
    writing: Mutex<()>,
    before: Mutex<Before>,
}

/// What was before the terminal was taken over.
#[derive(Debug)]
struct Before {
    termios: Termios,
    stderr: Option<Aside>,
}

impl Tty {
    pub(super) fn new(modes: Modes, log: File) -> io::Result<Self> {
        let before = Before { termios: termios::tcgetattr(stdin())?, stderr: None };
        Ok(Self {
            modes,
            log,
            up: AtomicBool::new(false),
            keys_pushed: AtomicBool::new(false),
            writing: Mutex::new(()),
            before: Mutex::new(before),
        })
    }

    /// Raw mode, then the modes and `probe`; standard error goes to the log from here on.
    pub(super) fn take_over(&self, probe: &[u8]) -> io::Result<()> {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.up.swap(true, Ordering::SeqCst) {
            before.termios = termios::tcgetattr(stdin())?;
            before.stderr = Aside::begin(&self.log)?;
        }
        let mut raw = before.termios.clone();
        drop(before);
        raw.make_raw();
        termios::tcsetattr(stdin(), OptionalActions::Now, &raw)?;
        let mut bytes = self.modes.enter();
        bytes.extend_from_slice(probe);
        let _writing = self.lock_writing(Instant::now() + LEAVE_PATIENCE);
        write_until(&bytes, Instant::now() + LEAVE_PATIENCE)
    }

    /// Everything back as it was. Does it once, whoever calls first; never blocks for longer than twice
    /// [`LEAVE_PATIENCE`].
    pub(super) fn give_back(&self) {
        if !self.up.swap(false, Ordering::SeqCst) {
            return;
        }
        let writing = self.lock_writing(Instant::now() + LEAVE_PATIENCE);
        if writing.is_none() {
            // the terminal stands still in the middle of a frame: throw the rest away
            let _ = termios::tcflush(stdout(), QueueSelector::OFlush);
        }
        let bytes = self.modes.leave(self.keys_pushed.swap(false, Ordering::SeqCst));
        let _ = write_until(&bytes, Instant::now() + LEAVE_PATIENCE);
        let mut before = match self.before.try_lock() {
            Ok(before) => before,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // answers on their way must not land on the shell's line
        let _ = termios::tcflush(stdin(), QueueSelector::IFlush);
        let _ = termios::tcsetattr(stdin(), OptionalActions::Now, &before.termios);
        drop(before.stderr.take());
    }

    /// Notes that keyboard flags were pushed, so that they are popped.
    pub(super) fn set_keys_pushed(&self) {
        self.keys_pushed.store(true, Ordering::SeqCst);
    }

    /// Writes a frame; without a word when the terminal has been given back.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.up.load(Ordering::SeqCst) { write_all(bytes) } else { Ok(()) }
    }

    fn lock_writing(&self, deadline: Instant) -> Option<MutexGuard<'_, ()>> {
        loop {
            match self.writing.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LOCK_POLL),
                Err(TryLockError::WouldBlock) => return None,
            }
        }
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Writes to standard output.
pub(super) fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // somebody else made the terminal non-blocking
            Err(Errno::AGAIN) => wait(PollFlags::OUT, None)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write_until(mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        wait(PollFlags::OUT, Some(deadline.saturating_duration_since(Instant::now())))?;
        match rustix::io::write(stdout(), bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn wait(flags: PollFlags, patience: Option<Duration>) -> io::Result<()> {
    let timeout = patience.map(|p| Timespec {
        tv_sec: i64::try_from(p.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(p.subsec_nanos()),
    });
    let out = stdout();
    match poll(&mut [PollFd::from_borrowed_fd(out.as_fd(), flags)], timeout.as_ref()) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
