//! What is recorded of a mix: those who agreed, encoded once more. Nobody else's mix is changed by it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::audio::{Blend, FRAME, Quality, Taken};
use crate::meeting::ParticipantId;

use super::track::Track;
use super::voices::Voices;

/// Packets that a recorder may be behind: 10 s, longer than a disk stalls. When it is further behind it loses the oldest, and
/// silence is in their place.
const BEHIND: usize = 512;

/// 20 ms of what is recorded.
#[derive(Clone, Debug)]
pub(in crate::server::room) struct KeptFrame {
    /// Its number, in units of 20 ms since the Unix epoch.
    pub(in crate::server::room) number: u64,
    /// The packet of all who are recorded.
    pub(in crate::server::room) mix: Bytes,
    /// What each of them sent for it, when each voice is kept on a track of its own too.
    pub(in crate::server::room) voices: Vec<(ParticipantId, Vec<Taken>)>,
}

/// What is recorded.
#[derive(Debug, Default)]
struct Wanted {
    people: BTreeSet<ParticipantId>,
    tracks: bool,
}

/// Who is recorded, and the packets of it. The lock guards a look.
#[derive(Debug)]
pub(super) struct Kept {
    wanted: Mutex<Wanted>,
    packets: broadcast::Sender<KeptFrame>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { wanted: Mutex::default(), packets: broadcast::Sender::new(BEHIND) }
    }
}

impl Kept {
    pub(super) fn subscribe(&self) -> broadcast::Receiver<KeptFrame> {
        self.packets.subscribe()
    }

    pub(super) fn set_wanted(&self, people: BTreeSet<ParticipantId>, tracks: bool) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Wanted { people, tracks };
    }

    /// Those who are recorded in this frame, and the packets of each if they are kept.
    fn only(
        &self,
        blend: &Blend<ParticipantId>,
        voices: &Voices,
    ) -> ([f32; FRAME], Vec<(ParticipantId, Vec<Taken>)>) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |who| wanted.people.contains(&who);
        let taken = voices.taken().filter(|(who, _)| wanted.tracks && has(*who));
        (blend.only(has), taken.map(|(who, packets)| (who, packets.to_vec())).collect())
    }
}

/// The encoder of what is recorded, while somebody records.
#[derive(Debug, Default)]
pub(super) struct Keeping(Option<Track>);

impl Keeping {
    /// Encodes a frame of those who are recorded.
    pub(super) fn push(&mut self, number: u64, blend: &Blend<ParticipantId>, voices: &Voices, kept: &Kept) {
        if self.0.is_none() {
            self.0 = Track::new(Quality::KEPT);
        }
        let (frame, voices) = kept.only(blend, voices);
        if let Some(coded) = self.0.as_mut().and_then(|track| track.push_alone(number, frame)) {
            // The recorder may just be gone.
            let _ = kept.packets.send(KeptFrame { number, mix: coded.opus, voices });
        }
    }

    /// Nobody records.
    pub(super) fn rest(&mut self) {
        self.0 = None;
    }
}
