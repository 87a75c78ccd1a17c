//! A device that is opened when wanted, watched, and opened again when it comes back.
//!
//! Opening and closing may hang with the sound server, so both happen on threads of their own.

use std::sync::Arc;
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use crate::audio;
use crate::device::{Capture, DeviceChoice, DeviceError, Direction, Line, Playback, find};

use super::{DeviceState, Trouble};

/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The largest block asked for, in samples: 40 ms, what a forwarded sound server needs.
const MAX_BLOCK: u32 = 1_920;

/// How much sound may get lost in each of two [`WINDOW`]s before blocks become larger: one hiccup is no rule.
const TOLERATED: Duration = Duration::from_millis(60);

/// How long it is counted what gets lost.
const WINDOW: Duration = Duration::from_secs(3);

/// How long an open device may be without a callback before it counts as dead.
const STILL: Duration = Duration::from_secs(3);

/// An open device.
pub(super) trait Opened: Sized + Send + 'static {
    const WAY: Direction;
    fn open(choice: &DeviceChoice, least: u32, wake: Thread) -> Result<Self, DeviceError>;
    fn line(&mut self) -> &mut Line;
}

impl Opened for Capture {
    const WAY: Direction = Direction::Capture;

    fn open(choice: &DeviceChoice, least: u32, wake: Thread) -> Result<Self, DeviceError> {
        Self::open(choice, least, wake)
    }

    fn line(&mut self) -> &mut Line {
        self.line()
    }
}

impl Opened for Playback {
    const WAY: Direction = Direction::Playback;

    fn open(choice: &DeviceChoice, least: u32, wake: Thread) -> Result<Self, DeviceError> {
        Self::open(choice, least, wake)
    }

    fn line(&mut self) -> &mut Line {
        self.line()
    }
}

/// The place of one device.
#[derive(Debug)]
pub(super) struct Slot<D> {
    choice: Arc<DeviceChoice>,
    state: State<D>,
    shown: DeviceState,
    retry_at: Duration,
    /// The least samples a callback; grows when the sound server can't keep up.
    least: u32,
}

#[derive(Debug)]
enum State<D> {
    Closed,
    /// Finding out its name.
    Looking(JoinHandle<Result<String, DeviceError>>),
    Opening(JoinHandle<Result<D, DeviceError>>),
    Open {
        device: D,
        pace: Pace,
    },
}

impl<D: Opened> Slot<D> {
    pub(super) fn new(choice: DeviceChoice) -> Self {
        let shown = if choice == DeviceChoice::None { DeviceState::Off } else { DeviceState::Starting };
        Self { choice: Arc::new(choice), state: State::Closed, shown, retry_at: Duration::ZERO, least: 0 }
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
                    self.state = State::Open { device, pace: Pace::new(now) };
                }
                Err(e) => self.fail(&e, now),
            },
            State::Open { device, pace } => self.watch(device, pace, wanted, now),
            unfinished => self.state = unfinished,
        }
        match &mut self.state {
            State::Open { device, .. } => Some(device),
            _ => None,
        }
    }

    /// Writes how the device keeps up into the log.
    pub(super) fn log(&mut self) {
        if let State::Open { device, .. } = &mut self.state {
            let line = device.line();
            tracing::debug!(way = %D::WAY, samples = line.samples(), missed = line.missed(), "device");
        }
    }

    fn begin(&mut self, wanted: bool, now: Duration) {
        if now < self.retry_at {
            return;
        }
        let (choice, least, wake) = (self.choice.clone(), self.least, thread::current());
        if wanted {
            self.state = attempt(self, now, move || {
                let opened = D::open(&choice, least, wake.clone());
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

    fn watch(&mut self, mut device: D, mut pace: Pace, wanted: bool, now: Duration) {
        if !wanted {
            return close(device);
        }
        let line = device.line();
        let (count, block) = (line.samples(), line.block());
        match line.check().and_then(|()| pace.look(count, now).ok_or_else(|| line.gone())) {
            Ok(lost) if lost > TOLERATED && block < MAX_BLOCK => {
                self.least = (block * 2).min(MAX_BLOCK);
                tracing::info!(?lost, block = self.least, "the sound server loses samples; larger blocks");
                close(device);
            }
            Ok(_) => self.state = State::Open { device, pace },
            Err(e) => {
                self.fail(&e, now);
                close(device);
            }
        }
    }

    fn fail(&mut self, error: &DeviceError, now: Duration) {
        tracing::info!(%error, "sound device");
        self.shown = DeviceState::Problem(error.into());
        self.retry_at = now + RETRY;
    }
}

/// How a device keeps pace with the time.
#[derive(Clone, Copy, Debug)]
struct Pace {
    samples: u64,
    moved: Duration,
    /// When the window began, and with how many samples; not before the device runs.
    window: Option<(Duration, u64)>,
    /// What got lost in the window before.
    lost: Duration,
}

impl Pace {
    fn new(now: Duration) -> Self {
        Self { samples: 0, moved: now, window: None, lost: Duration::ZERO }
    }

    /// How much sound got lost, at least, in this window and in the one before, if one ends now; `None` when the device
    /// stands still.
    fn look(&mut self, samples: u64, now: Duration) -> Option<Duration> {
        if samples != self.samples {
            (self.samples, self.moved) = (samples, now);
        }
        if now.saturating_sub(self.moved) > STILL {
            return None;
        }
        if samples == 0 {
            return Some(Duration::ZERO);
        }
        let (from, before) = *self.window.get_or_insert((now, samples));
        let span = now.saturating_sub(from);
        if span < WINDOW {
            return Some(Duration::ZERO);
        }
        self.window = Some((now, samples));
        let heard = Duration::from_micros((samples - before) * 1_000_000 / u64::from(audio::SAMPLE_RATE));
        let before = std::mem::replace(&mut self.lost, span.saturating_sub(heard));
        Some(self.lost.min(before))
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
        slot.shown =
            DeviceState::Problem(Trouble::failed(format!("no thread for sound could be started: {e}")));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_loses_is_counted() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new(ms(0));
        assert_eq!(pace.look(0, ms(0)), Some(ms(0)));
        for i in 1..32 {
            assert_eq!(pace.look(i * 4_800, ms(i * 100)), Some(ms(0)), "it keeps pace");
        }
        assert_eq!(pace.look(59 * 4_800, ms(6_100)), Some(ms(0)), "one hiccup is no rule");
        assert_eq!(pace.look(86 * 4_800, ms(9_100)), Some(ms(200)));
        assert_eq!(pace.look(86 * 4_800, ms(12_101)), None, "it stands still");
    }
}
