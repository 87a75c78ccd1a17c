//! One rung of the mix: what all hear, and what those hear who are in it themselves.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tracing::warn;

use crate::audio::{Blend, Coded, FRAME, LadderEncoder, Mixer, Quality};
use crate::meeting::ParticipantId;
use crate::wire::{Level, MixMessage, Rung};

use super::desk::{MixedPacket, packets_a_message, quality};

/// People with a mix of their own, each an encoder: more do not speak at once while they listen to the same rung. One more
/// hears nothing while they speak, rather than themselves.
const MAX_MINUS: usize = 8;

/// One stream: its limiter, its encoder, and the packets of the message that is being filled.
#[derive(Debug)]
pub(super) struct Track {
    limiter: Mixer,
    encoder: LadderEncoder,
    /// It has begun, with the first frame of a packet.
    begun: bool,
    filled: Vec<(u64, Coded)>,
}

impl Track {
    pub(super) fn new(quality: Quality) -> Option<Self> {
        match LadderEncoder::new(quality) {
            Ok(encoder) => Some(Self { limiter: Mixer::new(), encoder, begun: false, filled: Vec::new() }),
            Err(error) => {
                warn!(%error, "a mix cannot be encoded");
                None
            }
        }
    }

    /// Takes a frame; gives the packet that it ends.
    fn push(&mut self, number: u64, frames: u64, mut frame: [f32; FRAME]) -> Option<Coded> {
        self.begun |= number.is_multiple_of(frames);
        if !self.begun {
            return None;
        }
        self.limiter.limit(&mut frame);
        let coded = match self.encoder.push(&frame) {
            Ok(coded) => coded?,
            Err(error) => {
                warn!(%error, "a packet of the mix is left out");
                return None;
            }
        };
        self.filled.push((number + 1 - frames, coded.clone()));
        Some(coded)
    }

    /// A frame that goes into no message; gives its packet, when each frame is one.
    pub(super) fn push_alone(&mut self, number: u64, frame: [f32; FRAME]) -> Option<Coded> {
        let coded = self.push(number, 1, frame);
        self.filled.clear();
        coded
    }

    /// The message of what is filled, without the silence at its ends; empty when there is nothing else.
    fn message(&mut self, levels: impl FnOnce() -> Vec<Level>) -> (Bytes, u64) {
        let filled = std::mem::take(&mut self.filled);
        let loud = |(_, coded): &(u64, Coded)| !coded.silent;
        let (Some(first), Some(last)) = (filled.iter().position(loud), filled.iter().rposition(loud)) else {
            return (Bytes::new(), 0);
        };
        let sent = &filled[first..=last];
        // Modulo 65,536, as the protocol has it.
        let frame = (sent[0].0 & u64::from(u16::MAX)) as u16;
        let packets = sent.iter().map(|(_, coded)| coded.opus.clone()).collect();
        (MixMessage { frame, levels: levels(), packets }.encode(), sent.len() as u64)
    }
}

/// The messages that a stretch of the mix makes.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) common: Bytes,
    pub(super) minus: Vec<(ParticipantId, Bytes)>,
    /// Packets in the longest of them.
    pub(super) packets: u64,
}

/// All streams of a rung.
#[derive(Debug)]
pub(super) struct RungMix {
    rung: Rung,
    common: Track,
    minus: BTreeMap<ParticipantId, Track>,
    /// Who is heard in the message that is being filled and listens to it: they are not sent the common one.
    apart: BTreeSet<ParticipantId>,
    /// Packets encoded since the last look.
    pub(super) encoded: u64,
}

impl RungMix {
    pub(super) fn new(rung: Rung) -> Option<Self> {
        let common = Track::new(quality(rung))?;
        Some(Self { rung, common, minus: BTreeMap::new(), apart: BTreeSet::new(), encoded: 0 })
    }

    fn frames(&self) -> u64 {
        quality(self.rung).frames() as u64
    }

    /// Takes frame `number` of everybody. `apart` are those who speak and listen to this rung. Gives the packet that ends
    /// with it.
    pub(super) fn push(
        &mut self,
        number: u64,
        blend: &Blend<ParticipantId>,
        apart: &BTreeSet<ParticipantId>,
    ) -> Option<MixedPacket> {
        let frames = self.frames();
        if number.is_multiple_of(frames * packets_a_message(self.rung)) {
            self.apart.clear();
            self.minus.retain(|who, _| apart.contains(who));
            let room = MAX_MINUS - self.minus.len();
            let new: Vec<_> = apart.iter().filter(|who| !self.minus.contains_key(who)).take(room).collect();
            self.minus
                .extend(new.into_iter().filter_map(|who| Some((*who, Track::new(quality(self.rung))?))));
        }
        self.apart.extend(apart);
        let common = self.common.push(number, frames, blend.total());
        let mut minus: Vec<(ParticipantId, Option<Coded>)> = Vec::new();
        for (who, track) in &mut self.minus {
            let coded = track.push(number, frames, blend.without(*who));
            self.encoded += u64::from(coded.is_some());
            minus.push((*who, coded));
        }
        let common = common?;
        self.encoded += 1;
        let unserved = self.apart.iter().filter(|who| !self.minus.contains_key(who));
        minus.extend(unserved.map(|who| (*who, None)));
        Some(MixedPacket { frame: number + 1 - frames, common, minus })
    }

    /// The messages that end with frame `number`, if any do and anything is to be heard.
    pub(super) fn messages(
        &mut self,
        number: u64,
        levels: impl Fn(Option<ParticipantId>) -> Vec<Level>,
    ) -> Option<Messages> {
        if !(number + 1).is_multiple_of(self.frames() * packets_a_message(self.rung)) {
            return None;
        }
        let (common, mut packets) = self.common.message(|| levels(None));
        let mut minus = Vec::new();
        for who in &self.apart {
            let track = self.minus.get_mut(who);
            let (bytes, count) = track.map(|t| t.message(|| levels(Some(*who)))).unwrap_or_default();
            packets = packets.max(count);
            minus.push((*who, bytes));
        }
        (packets > 0).then_some(Messages { common, minus, packets })
    }

    /// Time was lost: what is half there is given up, and packets begin anew.
    pub(super) fn restart(&mut self) {
        for track in self.minus.values_mut().chain([&mut self.common]) {
            track.encoder.restart();
            track.begun = false;
            track.filled.clear();
        }
    }
}
