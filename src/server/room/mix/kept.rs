//! What is recorded of a mix: those who agreed, encoded once more. Nobody else's mix is changed by it.

use std::collections::BTreeSet;
use std::f32::consts::TAU;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::audio::{Blend, FRAME, Quality};
use crate::meeting::ParticipantId;

use super::track::Track;

/// Packets that a recorder may be behind: 10 s, longer than a disk stalls. When it is further behind it loses the oldest, and
/// silence is in their place.
const BEHIND: usize = 512;

/// Frames of the tone: 240 ms, long enough to be heard and too short to talk over.
const TONE: u32 = 12;

/// The tone's two notes in Hz, a fourth apart: no voice and no telephone sounds so.
const NOTES: [f32; 2] = [660.0, 880.0];

/// How loud the tone is: -20 dBFS.
const LOUD: f32 = 0.1;

/// Who is recorded, the packets of it, and how much of the tone is left. The lock guards a look.
#[derive(Debug)]
pub(super) struct Kept {
    state: Mutex<State>,
    packets: broadcast::Sender<(u64, Bytes)>,
}

#[derive(Debug, Default)]
struct State {
    people: BTreeSet<ParticipantId>,
    /// Frames of the tone that are still to come.
    tone: u32,
}

impl Default for Kept {
    fn default() -> Self {
        Self { state: Mutex::default(), packets: broadcast::Sender::new(BEHIND) }
    }
}

impl Kept {
    pub(super) fn subscribe(&self) -> broadcast::Receiver<(u64, Bytes)> {
        self.packets.subscribe()
    }

    pub(super) fn set_people(&self, people: BTreeSet<ParticipantId>) {
        self.with(|state| state.people = people);
    }

    pub(super) fn ring(&self) {
        self.with(|state| state.tone = TONE);
    }

    /// The tone's next frame, while it is on.
    pub(super) fn tone(&self) -> Option<[f32; FRAME]> {
        let left = self.with(|state| {
            let left = state.tone;
            state.tone = left.saturating_sub(1);
            left
        });
        (left > 0).then(|| tone(TONE - left))
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The `n`-th frame of the tone.
fn tone(n: u32) -> [f32; FRAME] {
    let note = NOTES[usize::from(n >= TONE / 2)];
    let start = n as usize * FRAME;
    let whole = (TONE as usize * FRAME) as f32;
    std::array::from_fn(|i| {
        let at = (start + i) as f32;
        // Fades in and out, so that it does not click.
        let fade = (at.min(whole - at) / 480.0).min(1.0);
        (at / 48_000.0 * note * TAU).sin() * LOUD * fade
    })
}

/// The encoder of what is recorded, while somebody records.
#[derive(Debug, Default)]
pub(super) struct Keeping(Option<Track>);

impl Keeping {
    /// Encodes a frame of those who are recorded.
    pub(super) fn push(&mut self, number: u64, blend: &Blend<ParticipantId>, kept: &Kept) {
        if self.0.is_none() {
            self.0 = Track::new(Quality::KEPT);
        }
        let frame = kept.with(|state| blend.only(|who| state.people.contains(&who)));
        if let Some(coded) = self.0.as_mut().and_then(|track| track.push_alone(number, frame)) {
            // The recorder may just be gone.
            let _ = kept.packets.send((number, coded.opus));
        }
    }

    /// Nobody records.
    pub(super) fn rest(&mut self) {
        self.0 = None;
    }
}
