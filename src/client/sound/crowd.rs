//! Everybody who is heard: a jitter buffer each, mixed, and a meter each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::audio::{CodecError, JitterBuffer, Level, Mixer};
use crate::meeting::Source;
use crate::wire::AudioRecord;

use super::{Meter, SourceLevel};

/// Speakers at once: more than anybody can follow. One more is shown and not heard.
const MAX_SPEAKERS: usize = 16;

/// After this long without packets a speaker's buffer is given up.
const IDLE: Duration = Duration::from_secs(10);

/// After this long without packets a speaker's meter is gone.
const UNSEEN: Duration = Duration::from_secs(2);

/// All speakers.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    buffers: BTreeMap<Source, JitterBuffer>,
    meters: BTreeMap<Source, (Meter, Duration)>,
    mixer: Mixer,
    /// How loud single people are, as a factor.
    volumes: Arc<BTreeMap<Source, f32>>,
    scratch: Vec<f32>,
}

impl Crowd {
    /// Takes a record; without a speaker to play on (`audible` is false) only its level counts.
    pub(super) fn hear(&mut self, record: AudioRecord, audible: bool, now: Duration) {
        let (meter, seen) = self.meters.entry(record.source).or_default();
        meter.note(Level::from_byte(record.level), now);
        *seen = now;
        if !audible {
            return self.buffers.clear();
        }
        if !self.buffers.contains_key(&record.source) {
            if self.buffers.len() >= MAX_SPEAKERS {
                return;
            }
            match JitterBuffer::new() {
                Ok(buffer) => self.buffers.insert(record.source, buffer),
                Err(error) => return report(&error),
            };
        }
        if let Some(buffer) = self.buffers.get_mut(&record.source) {
            buffer.push(record.frame, record.opus, now);
        }
    }

    /// Plays single people this much louder or quieter from now on.
    pub(super) fn set_volumes(&mut self, volumes: Arc<BTreeMap<Source, f32>>) {
        self.volumes = volumes;
    }

    /// Fills `out` with everybody together.
    pub(super) fn pull(&mut self, out: &mut [f32], volume: f32, now: Duration) {
        out.fill(0.0);
        self.scratch.resize(out.len(), 0.0);
        for (source, buffer) in &mut self.buffers {
            if buffer.pull(&mut self.scratch, now) {
                if let Some(factor) = self.volumes.get(source) {
                    self.scratch.iter_mut().for_each(|s| *s *= factor);
                }
                Mixer::add(out, &self.scratch);
            }
        }
        out.iter_mut().for_each(|s| *s *= volume);
        self.mixer.limit(out);
    }

    /// What the meters show; who was not heard for a while is forgotten.
    pub(super) fn levels(&mut self, now: Duration) -> Vec<SourceLevel> {
        self.buffers.retain(|_, b| b.last_arrival().is_none_or(|at| now.saturating_sub(at) < IDLE));
        self.meters.retain(|_, (_, seen)| now.saturating_sub(*seen) < UNSEEN);
        self.meters.iter().map(|(source, (meter, _))| meter.show(*source, now)).collect()
    }

    /// Writes what the jitter buffers did into the log.
    pub(super) fn log(&self) {
        for (source, buffer) in &self.buffers {
            let (target, stats) = (buffer.target(), buffer.stats());
            tracing::debug!(source = source.0, ?target, depth = ?buffer.depth(), ?stats, "heard");
        }
    }

    /// Whether there is anything to show or to play.
    pub(super) fn is_quiet(&self) -> bool {
        self.meters.is_empty()
    }
}

fn report(error: &CodecError) {
    tracing::warn!(%error, "a speaker is not heard");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Encoder, FRAME, Voice};
    use bytes::Bytes;

    fn record(source: u16, frame: u16, opus: Bytes) -> AudioRecord {
        AudioRecord { source: Source(source), frame, level: 0x80 | 20, opus }
    }

    /// Two voices at once come out as their sum.
    #[test]
    fn speakers_are_mixed() {
        let energy = |voices: &[u64]| {
            let mut crowd = Crowd::default();
            let mut pairs: Vec<_> =
                voices.iter().map(|s| (Voice::new(*s), Encoder::new().unwrap(), *s as u16)).collect();
            let (mut sum, mut out) = (0.0, [0.0; FRAME]);
            for n in 0..200_u16 {
                let now = Duration::from_millis(u64::from(n) * 20);
                for (voice, encoder, source) in &mut pairs {
                    if let Some(opus) = encoder.encode(&voice.next_frame()).unwrap() {
                        crowd.hear(record(*source, n, opus), true, now);
                    }
                }
                crowd.pull(&mut out, 1.0, now);
                sum += out.iter().map(|s| s * s).sum::<f32>();
            }
            sum
        };
        let (a, b, both) = (energy(&[1]), energy(&[2]), energy(&[1, 2]));
        assert!(a > 100.0 && b > 100.0);
        assert!((both / (a + b) - 1.0).abs() < 0.1, "{both} of {a} and {b}");
    }

    /// Somebody turned down to half has a quarter of the energy, somebody turned off none; others stay as they are.
    #[test]
    fn single_people_are_turned_down() {
        let energy = |factor: Option<f32>| {
            let mut crowd = Crowd::default();
            crowd.set_volumes(Arc::new(factor.map(|f| (Source(1), f)).into_iter().collect()));
            let (mut voice, mut encoder) = (Voice::new(1), Encoder::new().unwrap());
            let (mut sum, mut out) = (0.0, [0.0; FRAME]);
            for n in 0..200_u16 {
                let now = Duration::from_millis(u64::from(n) * 20);
                if let Some(opus) = encoder.encode(&voice.next_frame()).unwrap() {
                    crowd.hear(record(1, n, opus), true, now);
                }
                crowd.pull(&mut out, 1.0, now);
                sum += out.iter().map(|s| s * s).sum::<f32>();
            }
            sum
        };
        let whole = energy(None);
        assert!((energy(Some(0.5)) / whole - 0.25).abs() < 0.01);
        assert_eq!(energy(Some(0.0)), 0.0);
    }

    #[test]
    fn without_a_speaker_levels_are_shown_and_nothing_is_kept() {
        let mut crowd = Crowd::default();
        crowd.hear(record(4, 0, Bytes::from_static(&[0xf8])), false, Duration::ZERO);
        assert!(crowd.buffers.is_empty());
        let shown = crowd.levels(Duration::ZERO);
        assert_eq!((shown[0].source, shown[0].voice), (Source(4), true));
        assert!(crowd.levels(Duration::from_secs(3)).is_empty() && crowd.is_quiet());
    }

    #[test]
    fn there_is_room_for_sixteen() {
        let mut crowd = Crowd::default();
        for source in 0..40 {
            crowd.hear(record(source, 0, Bytes::from_static(&[0xf8, 1, 2])), true, Duration::ZERO);
        }
        assert_eq!(crowd.buffers.len(), MAX_SPEAKERS);
        assert_eq!(crowd.levels(Duration::ZERO).len(), 40);
    }
}
