//! Everybody who is heard: a jitter buffer each, mixed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{CodecError, JitterBuffer, Mixer, Packet};

/// Speakers at once: more than anybody can follow. One more is not heard.
const MAX_SPEAKERS: usize = 16;

/// After this long without packets a speaker's buffer is given up.
const IDLE: Duration = Duration::from_secs(10);

/// Speakers by what names them, and everybody in one as somebody else mixed them.
#[derive(Debug)]
pub struct Crowd<K> {
    buffers: BTreeMap<K, JitterBuffer>,
    mix: Option<JitterBuffer>,
    mixer: Mixer,
    /// How loud single people are, as a factor.
    volumes: Arc<BTreeMap<K, f32>>,
    scratch: Vec<f32>,
}

impl<K: Ord + Copy> Crowd<K> {
    /// Takes a speaker's packet.
    ///
    /// # Errors
    /// The decoder can't be made.
    pub fn push(&mut self, who: K, frame: u16, opus: Bytes, now: Duration) -> Result<(), CodecError> {
        if !self.buffers.contains_key(&who) {
            if self.buffers.len() >= MAX_SPEAKERS {
                return Ok(());
            }
            self.buffers.insert(who, JitterBuffer::new()?);
        }
        if let Some(buffer) = self.buffers.get_mut(&who) {
            buffer.push(frame, opus, now);
        }
        Ok(())
    }

    /// Takes packets of the mix, of which each begins where the one before ends.
    ///
    /// # Errors
    /// The decoder can't be made.
    pub fn push_mix(
        &mut self,
        mut frame: u16,
        packets: impl IntoIterator<Item = Bytes>,
        now: Duration,
    ) -> Result<(), CodecError> {
        let buffer = match &mut self.mix {
            Some(buffer) => buffer,
            none => none.insert(JitterBuffer::new()?),
        };
        for opus in packets {
            let Ok(packet) = Packet::check(&opus) else { break };
            buffer.push(frame, opus, now);
            frame = frame.wrapping_add(packet.frames());
        }
        Ok(())
    }

    /// Forgets the speakers.
    pub fn clear(&mut self) {
        self.buffers.clear();
    }

    /// Forgets the mix.
    pub fn clear_mix(&mut self) {
        self.mix = None;
    }

    /// Plays single people this much louder or quieter from now on.
    pub fn set_volumes(&mut self, volumes: Arc<BTreeMap<K, f32>>) {
        self.volumes = volumes;
    }

    /// Fills `out` with everybody together, at a volume, never beyond full scale.
    pub fn pull(&mut self, out: &mut [f32], volume: f32, now: Duration) {
        out.fill(0.0);
        self.scratch.resize(out.len(), 0.0);
        for (who, buffer) in &mut self.buffers {
            if buffer.pull(&mut self.scratch, now) {
                if let Some(factor) = self.volumes.get(who) {
                    self.scratch.iter_mut().for_each(|s| *s *= factor);
                }
                Mixer::add(out, &self.scratch);
            }
        }
        if let Some(mix) = &mut self.mix
            && mix.pull(&mut self.scratch, now)
        {
            Mixer::add(out, &self.scratch);
        }
        out.iter_mut().for_each(|s| *s *= volume);
        self.mixer.limit(out);
    }

    /// Gives up whoever was not heard for 10 s.
    pub fn forget_idle(&mut self, now: Duration) {
        let is_fresh = |b: &JitterBuffer| b.last_arrival().is_none_or(|at| now.saturating_sub(at) < IDLE);
        self.buffers.retain(|_, b| is_fresh(b));
        self.mix.take_if(|mix| !is_fresh(mix));
    }

    /// The jitter buffers, the mix without a name, to look at.
    pub fn buffers(&self) -> impl Iterator<Item = (Option<K>, &JitterBuffer)> {
        let single = self.buffers.iter().map(|(who, buffer)| (Some(*who), buffer));
        single.chain(self.mix.iter().map(|mix| (None, mix)))
    }
}

impl<K> Default for Crowd<K> {
    fn default() -> Self {
        Self {
            buffers: BTreeMap::new(),
            mix: None,
            mixer: Mixer::new(),
            volumes: Arc::default(),
            scratch: Vec::new(),
        }
    }
}
