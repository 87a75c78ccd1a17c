//! A device that is opened when wanted, watched, and opened again when it comes back.
//!
//! Opening and closing may hang with the sound server, so both happen on threads of their own.

use std::sync::Arc;
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use crate::device::{Capture, DeviceChoice, DeviceError, Direction, Line, Playback, find};

use super::DeviceState;

/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How long an open device may be without a callback before it counts as dead.
const STILL: Duration = Duration::from_secs(3);

/// An open device.
pub(super) trait Opened: Sized + Send + 'static {
    const WAY: Direction;
    fn open(choice: &DeviceChoice, wake: Thread) -> Result<Self, DeviceError>;
    fn line(&mut self) -> &mut Line;
}

impl Opened for Capture {
    const WAY: Direction = Direction::Capture;

    fn open(choice: &DeviceChoice, wake: Thread) -> Result<Self, DeviceError> {
        Self::open(choice, wake)
    }

    fn line(&mut self) -> &mut Line {
        self.line()
    }
}

impl Opened for Playback {
    const WAY: Direction = Direction::Playback;

    fn open(choice: &DeviceChoice, wake: Thread) -> Result<Self, DeviceError> {
        Self::open(choice, wake)
    }

    fn line(&mut self) -> &mut Line {
        self.line()
    }
}

/// The place of one device.
pub(super) struct Slot<D> {
    choice: Arc<DeviceChoice>,
    state: State<D>,
    shown: DeviceState,
    retry_at: Duration,
}

enum State<D> {
    Closed,
    /// Finding out its name.
    Looking(JoinHandle<Result<String, DeviceError>>),
    Opening(JoinHandle<Result<D, DeviceError>>),
    Open {
        device: D,
        callbacks: u64,
        moved: Duration,
    },
}

impl<D: Opened> Slot<D> {
    pub(super) fn new(choice: DeviceChoice) -> Self {
        let shown = if choice == DeviceChoice::None { DeviceState::Off } else { DeviceState::Starting };
        Self { choice: Arc::new(choice), state: State::Closed, shown, retry_at: Duration::ZERO }
    }

    /// What to say of the device.
    pub(super) fn shown(&self) -> &DeviceState {
        &self.shown
    }

    /// Whether sound for it is worth keeping: it is open or about to be.
    pub(super) fn is_coming(&self) -> bool {
        matches!(self.state, State::Opening(_) | State::Open { .. })
    }

    /// Moves on: opens the device when it is wanted, closes it when not, looks whether it lives.
    ///
    /// The calling thread is unparked when an attempt ends and at each callback of the device.
    pub(super) fn poll(&mut self, wanted: bool, now: Duration) -> Option<&mut D> {
        if *self.choice == DeviceChoice::None {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Closed => self.begin(wanted, now),
            State::Looking(attempt) if attempt.is_finished() => match join(attempt) {
                Ok(name) => self.shown = DeviceState::Ready(name),
                Err(e) => self.fail(&e, now),
            },
            State::Opening(attempt) if attempt.is_finished() => match join(attempt) {
                Ok(mut device) => {
                    self.shown = DeviceState::Ready(device.line().name().to_owned());
                    self.state = State::Open { device, callbacks: 0, moved: now };
                }
                Err(e) => self.fail(&e, now),
            },
            State::Open { device, callbacks, moved } => self.watch(device, callbacks, moved, wanted, now),
            unfinished => self.state = unfinished,
        }
        match &mut self.state {
            State::Open { device, .. } => Some(device),
            _ => None,
        }
    }

    fn begin(&mut self, wanted: bool, now: Duration) {
        if now < self.retry_at {
            return;
        }
        let (choice, wake) = (self.choice.clone(), thread::current());
        if wanted {
            self.state = attempt(self, now, move || {
                let opened = D::open(&choice, wake.clone());
                wake.unpark();
                opened
            })
            .map_or(State::Closed, State::Opening);
        } else if !matches!(self.shown, DeviceState::Ready(_)) {
            self.state = attempt(self, now, move || {
                let name = find(&choice, D::WAY);
                wake.unpark();
                name
            })
            .map_or(State::Closed, State::Looking);
        }
    }

    fn watch(&mut self, mut device: D, callbacks: u64, moved: Duration, wanted: bool, now: Duration) {
        if !wanted {
            return close(device);
        }
        let line = device.line();
        let (count, gone) = (line.callbacks(), line.gone());
        let moved = if count == callbacks { moved } else { now };
        let checked = line.check().and(if now.saturating_sub(moved) > STILL { Err(gone) } else { Ok(()) });
        match checked {
            Ok(()) => self.state = State::Open { device, callbacks: count, moved },
            Err(e) => {
                self.fail(&e, now);
                close(device);
            }
        }
    }

    fn fail(&mut self, error: &DeviceError, now: Duration) {
        tracing::info!(%error, "sound device");
        self.shown = DeviceState::Problem(error.to_string());
        self.retry_at = now + RETRY;
    }
}

/// Does something that may hang on a thread of its own.
fn attempt<D, T: Send + 'static>(
    slot: &mut Slot<D>,
    now: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    let started = thread::Builder::new().name("palco-device".to_owned()).spawn(work);
    if let Err(e) = &started {
        slot.shown = DeviceState::Problem(format!("no thread for sound could be started: {e}"));
        slot.retry_at = now + RETRY;
    }
    started.ok()
}

fn join<T>(attempt: JoinHandle<Result<T, DeviceError>>) -> Result<T, DeviceError> {
    // The sound library panicked: as if there were none.
    attempt.join().unwrap_or(Err(DeviceError::NoHost))
}

/// Closes a device where it may take its time.
fn close<D: Send + 'static>(device: D) {
    // Without a thread the closure, and the device in it, is dropped here.
    let _ = thread::Builder::new().name("palco-device".to_owned()).spawn(move || drop(device));
}
