//! What is recorded of a mix: those who agreed, encoded once more. Nobody else's mix is changed by it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::audio::{Blend, FRAME, Quality};
use crate::meeting::ParticipantId;

use super::track::Track;

/// Packets that a recorder may be behind: 10 s, longer than a disk stalls. When it is further behind it loses the oldest, and
/// silence is in their place.
const BEHIND: usize = 512;

/// Who is recorded, and the packets of it. The lock guards a look.
#[derive(Debug)]
pub(super) struct Kept {
    people: Mutex<BTreeSet<ParticipantId>>,
    packets: broadcast::Sender<(u64, Bytes)>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { people: Mutex::default(), packets: broadcast::Sender::new(BEHIND) }
    }
}

impl Kept {
    pub(super) fn subscribe(&self) -> broadcast::Receiver<(u64, Bytes)> {
        self.packets.subscribe()
    }

    pub(super) fn set_people(&self, people: BTreeSet<ParticipantId>) {
        *self.people.lock().unwrap_or_else(PoisonError::into_inner) = people;
    }

    /// Those who are recorded in this frame.
    fn only(&self, blend: &Blend<ParticipantId>) -> [f32; FRAME] {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        blend.only(|who| people.contains(&who))
    }
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
        let frame = kept.only(blend);
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
