//! The sound engine: from the microphone to packets, and from packets to the speaker.
//!
//! Two threads of their own, so that neither a busy runtime nor a slow sound server can hold up the other side:
//!
//! ```text
//!  microphone ─ ring ─► mouth: gate, voice detection, level, Opus ─► outgoing
//!  speaker ◄── ring ─── ear: mix ◄ jitter buffer a speaker ◄──────── hear
//! ```

mod crowd;
mod ear;
mod gate;
mod mouth;
mod slot;
mod speaker;
mod status;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::device::DeviceChoice;
use crate::meeting::Source;
use crate::wire::{AudioMessage, AudioRecord, BinaryMessage, MixMessage};

use ear::Ear;
use gate::Gate;
use mouth::Mouth;
pub use speaker::Speaker;
pub use status::{DeviceState, Meter, SoundStatus, SourceLevel, Trouble};

/// Messages on their way to the ear: 5 s of one message a frame. When it is full the newest is dropped, since the ear
/// hangs and the sound would be late.
const INCOMING: usize = 256;

/// How loud the speaker can be set: twice the sound as it came.
const MAX_VOLUME: f32 = 2.0;

/// Which devices to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundConfig {
    /// The microphone.
    pub mic: DeviceChoice,
    /// The speaker.
    pub speaker: DeviceChoice,
}

/// The running engine; dropping it ends its threads and closes the devices.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    incoming: SyncSender<BinaryMessage>,
    mouth: Option<Thread>,
    ear: Option<Thread>,
    status: watch::Receiver<SoundStatus>,
}

/// What the engine's threads are told.
#[derive(Debug)]
struct Shared {
    gate: Gate,
    testing: AtomicBool,
    stopped: AtomicBool,
    /// The bits of an `f32`.
    volume: AtomicU32,
    /// How loud single people are, as a factor. Locked for a look or a swap, never in a device's callback.
    volumes: Mutex<Arc<BTreeMap<Source, f32>>>,
}

impl Engine {
    /// Starts the engine. Packets of the open microphone go to `outgoing`, and are dropped when that is full.
    ///
    /// Never fails: without sound the status says why, levels are still shown, and devices that come are taken up.
    pub fn start(config: SoundConfig, outgoing: mpsc::Sender<AudioRecord>) -> Self {
        let shared = Arc::new(Shared {
            gate: Gate::default(),
            testing: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            volume: AtomicU32::new(1.0_f32.to_bits()),
            volumes: Mutex::default(),
        });
        let (told, status) = watch::channel(SoundStatus::default());
        let told = Arc::new(told);
        let (incoming, records) = sync_channel(INCOMING);
        let (s, t) = (shared.clone(), told.clone());
        let mouth = spawn("palco-mouth", &told, move || Mouth::new(config.mic, s, outgoing, t).run());
        let (s, t) = (shared.clone(), told.clone());
        let ear = spawn("palco-ear", &told, move || Ear::new(config.speaker, s, records, t).run());
        Self { shared, incoming, mouth, ear, status }
    }

    /// Plays a message of the server.
    pub fn hear(&self, message: AudioMessage) {
        self.take(BinaryMessage::Audio(message));
    }

    /// Plays a stretch of the mix.
    pub fn hear_mix(&self, message: MixMessage) {
        self.take(BinaryMessage::Mix(message));
    }

    fn take(&self, message: BinaryMessage) {
        // A full queue means that the ear hangs: what does not fit would be too late.
        if self.incoming.try_send(message).is_ok() {
            wake(self.ear.as_ref());
        }
    }

    /// Opens or closes the microphone. Closing holds from the frame that is being spoken.
    pub fn open_mic(&self, open: bool) {
        self.shared.gate.set(open);
        wake(self.mouth.as_ref());
    }

    /// Shows the microphone's level without sending anything.
    pub fn test_mic(&self, testing: bool) {
        self.shared.testing.store(testing, Ordering::Release);
        wake(self.mouth.as_ref());
    }

    /// How loud the speaker is: 0 is silent, 1 as it came, 2 the most.
    pub fn set_volume(&self, volume: f32) {
        let volume = if volume.is_finite() { volume.clamp(0.0, MAX_VOLUME) } else { 1.0 };
        self.shared.volume.store(volume.to_bits(), Ordering::Relaxed);
    }

    /// How loud single people are among the others, as for [`set_volume`](Self::set_volume); who is not named is played
    /// as they come.
    pub fn set_volumes(&self, volumes: BTreeMap<Source, f32>) {
        let bounded =
            volumes.into_iter().map(|(s, v)| (s, if v.is_finite() { v.clamp(0.0, MAX_VOLUME) } else { 1.0 }));
        let volumes = Arc::new(bounded.collect());
        *self.shared.volumes.lock().unwrap_or_else(PoisonError::into_inner) = volumes;
    }

    /// The devices, the microphone and the levels, as they change.
    pub fn status(&self) -> watch::Receiver<SoundStatus> {
        self.status.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.gate.set(false);
        self.shared.stopped.store(true, Ordering::Release);
        wake(self.mouth.as_ref());
        wake(self.ear.as_ref());
    }
}

impl Shared {
    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn volumes(&self) -> Arc<BTreeMap<Source, f32>> {
        Arc::clone(&self.volumes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn volume(&self) -> f32 {
        f32::from_bits(self.volume.load(Ordering::Relaxed))
    }
}

/// How long a thread rests at most: what it was not woken for, it sees within this time.
const REST: Duration = Duration::from_secs(1);

fn wake(thread: Option<&Thread>) {
    if let Some(thread) = thread {
        thread.unpark();
    }
}

/// Starts a thread; without it this side of the sound is dead, and the status says so.
fn spawn(
    name: &str,
    told: &watch::Sender<SoundStatus>,
    body: impl FnOnce() + Send + 'static,
) -> Option<Thread> {
    match thread::Builder::new().name(name.to_owned()).spawn(body) {
        Ok(handle) => Some(handle.thread().clone()),
        Err(e) => {
            let problem =
                DeviceState::Problem(Trouble::failed(format!("no thread for sound could be started: {e}")));
            told.send_modify(|s| (s.mic, s.speaker) = (problem.clone(), problem));
            None
        }
    }
}

#[cfg(test)]
mod tests;
