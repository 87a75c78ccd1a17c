//! From packets to the speaker.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::audio::SAMPLE_RATE;
use crate::device::{DeviceChoice, Playback};
use crate::wire::BinaryMessage;

use super::crowd::Crowd;
use super::slot::Slot;
use super::{REST, Shared, SoundStatus};

/// How often levels are told: as often as a screen over SSH is drawn, twice.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// How long the speaker stays open when nobody speaks: an open one costs a hundred wake-ups a second.
const LINGER: Duration = Duration::from_secs(30);

/// How often the log tells what the jitter buffers did.
const LOG_EVERY: Duration = Duration::from_secs(5);

/// Samples mixed at once: 10 ms.
const CHUNK: usize = 480;

/// Samples that are left out at most when the speaker was not fed in time: 1 s, after that nobody waits for them.
const MAX_LATE: usize = 48_000;

/// The thread that hears.
pub(super) struct Ear {
    shared: Arc<Shared>,
    incoming: Receiver<BinaryMessage>,
    told: Arc<watch::Sender<SoundStatus>>,
    slot: Slot<Playback>,
    crowd: Crowd,
    start: Instant,
    last_heard: Duration,
    tell_at: Duration,
    log_at: Duration,
}

impl Ear {
    pub(super) fn new(
        choice: DeviceChoice,
        shared: Arc<Shared>,
        incoming: Receiver<BinaryMessage>,
        told: Arc<watch::Sender<SoundStatus>>,
    ) -> Self {
        Self {
            shared,
            incoming,
            told,
            slot: Slot::new(choice),
            crowd: Crowd::default(),
            start: Instant::now(),
            last_heard: Duration::ZERO,
            tell_at: Duration::ZERO,
            log_at: LOG_EVERY,
        }
    }

    /// Plays until the engine is dropped.
    pub(super) fn run(mut self) {
        while !self.shared.is_stopped() {
            if !self.receive() {
                return;
            }
            let now = self.start.elapsed();
            let wanted = now.saturating_sub(self.last_heard) < LINGER;
            let volume = self.shared.volume();
            let open = match self.slot.poll(wanted, now) {
                Some(playback) => {
                    self.crowd.set_volumes(self.shared.volumes());
                    fill(playback, &mut self.crowd, volume, now);
                    true
                }
                None => false,
            };
            self.tell(now);
            if now >= self.log_at {
                self.log_at = now + LOG_EVERY;
                self.crowd.log();
                self.slot.log();
            }
            let busy = open || !self.crowd.is_quiet();
            thread::park_timeout(if busy { TELL_EVERY } else { REST });
        }
    }

    /// Takes what came; `false` when the engine is gone.
    fn receive(&mut self) -> bool {
        loop {
            match self.incoming.try_recv() {
                Ok(message) => {
                    let now = self.start.elapsed();
                    self.last_heard = now;
                    let audible = self.slot.poll(true, now).is_some() || self.slot.is_coming();
                    match message {
                        BinaryMessage::Audio(message) => {
                            message.records.into_iter().for_each(|r| self.crowd.hear(r, audible, now));
                        }
                        BinaryMessage::Mix(message) => self.crowd.hear_mix(message, audible, now),
                    }
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Tells the speaker's state at once and the levels now and then.
    fn tell(&mut self, now: Duration) {
        let levels = (now >= self.tell_at).then(|| self.crowd.levels(now));
        if levels.is_some() {
            self.tell_at = now + TELL_EVERY;
        }
        let shown = self.slot.shown();
        self.told.send_if_modified(|status| {
            let mut changed = status.speaker != *shown;
            if changed {
                status.speaker = shown.clone();
            }
            if let Some(levels) = levels.filter(|l| *l != status.levels) {
                status.levels = levels;
                changed = true;
            }
            changed
        });
    }
}

/// Gives the device as much as it wants.
///
/// Devices ask for blocks, all samples of a block at one moment. The jitter buffers are told the moment at which each
/// sample would be taken from a device that asks for one at a time: else a block looks like a delay that comes and goes.
fn fill(playback: &mut Playback, crowd: &mut Crowd, volume: f32, now: Duration) {
    let mut chunk = [0.0; CHUNK];
    let mut late = playback.late().min(MAX_LATE);
    loop {
        let wanted = playback.wanted();
        let n = if late > 0 { late } else { wanted }.min(CHUNK);
        if n == 0 {
            return;
        }
        crowd.pull(&mut chunk[..n], volume, now.saturating_sub(span(wanted + late)));
        if late > 0 {
            late -= n;
        } else {
            playback.write(&chunk[..n]);
        }
    }
}

/// How long so many samples last.
fn span(samples: usize) -> Duration {
    Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE))
}
