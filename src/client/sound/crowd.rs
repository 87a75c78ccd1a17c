//! Everybody who is heard, and a meter each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::audio::{self, CodecError};
use crate::meeting::Source;
use crate::wire::{AudioRecord, Level, MixMessage};

use super::{Meter, SourceLevel};

/// After this long without packets a speaker's meter is gone.
const UNSEEN: Duration = Duration::from_secs(2);

/// All speakers.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    heard: audio::Crowd<Source>,
    meters: BTreeMap<Source, (Meter, Duration)>,
}

impl Crowd {
    /// Takes a record; without a speaker to play on (`audible` is false) only its level counts.
    pub(super) fn hear(&mut self, record: AudioRecord, audible: bool, now: Duration) {
        self.note(record.source, record.level, now);
        if !audible {
            return self.heard.clear();
        }
        let pushed = self.heard.push(record.source, record.frame, record.opus, now);
        pushed.unwrap_or_else(|error| report(&error));
    }

    /// Takes a stretch of the mix, as [`hear`](Self::hear) takes a record.
    pub(super) fn hear_mix(&mut self, message: MixMessage, audible: bool, now: Duration) {
        for Level { source, level } in message.levels {
            self.note(source, level, now);
        }
        if !audible {
            return self.heard.clear_mix();
        }
        let pushed = self.heard.push_mix(message.frame, message.packets, now);
        pushed.unwrap_or_else(|error| report(&error));
    }

    fn note(&mut self, source: Source, level: u8, now: Duration) {
        let (meter, seen) = self.meters.entry(source).or_default();
        meter.note(audio::Level::from_byte(level), now);
        *seen = now;
    }

    /// Plays single people this much louder or quieter from now on.
    pub(super) fn set_volumes(&mut self, volumes: Arc<BTreeMap<Source, f32>>) {
        self.heard.set_volumes(volumes);
    }

    /// Fills `out` with everybody together.
    pub(super) fn pull(&mut self, out: &mut [f32], volume: f32, now: Duration) {
        self.heard.pull(out, volume, now);
    }

    /// What the meters show; who was not heard for a while is forgotten.
    pub(super) fn levels(&mut self, now: Duration) -> Vec<SourceLevel> {
        self.heard.forget_idle(now);
        self.meters.retain(|_, (_, seen)| now.saturating_sub(*seen) < UNSEEN);
        self.meters.iter().map(|(source, (meter, _))| meter.show(*source, now)).collect()
    }

    /// Writes what the jitter buffers did into the log.
    pub(super) fn log(&self) {
        for (source, buffer) in self.heard.buffers() {
            let (target, stats) = (buffer.target(), buffer.stats());
            let source = source.map(|s| s.0);
            tracing::debug!(source, ?target, depth = ?buffer.depth(), ?stats, "heard");
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
    use crate::audio::FRAME;
    use crate::audio::{Encoder, LadderEncoder, Quality, Voice};
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

    /// The lowest rung: four packets of 60 ms a message, and who is heard in them.
    #[test]
    fn a_mix_is_played_and_its_people_are_shown() {
        let mut crowd = Crowd::default();
        let (mut voice, mut encoder) = (Voice::new(1), LadderEncoder::new(Quality::LOW).unwrap());
        let (mut mouth, mut ear, mut out) = (0.0, 0.0, [0.0; FRAME]);
        let mut packets = Vec::new();
        for n in 0..300_u16 {
            let now = Duration::from_millis(u64::from(n) * 20);
            let frame = voice.next_frame();
            mouth += frame.iter().map(|s| s * s).sum::<f32>();
            packets.extend(encoder.push(&frame).unwrap().map(|coded| coded.opus));
            if packets.len() == 4 {
                let levels = vec![Level { source: Source(9), level: 0x80 | 20 }];
                let packets = std::mem::take(&mut packets);
                crowd.hear_mix(MixMessage { frame: n - 11, levels, packets }, true, now);
            }
            crowd.pull(&mut out, 1.0, now);
            ear += out.iter().map(|s| s * s).sum::<f32>();
        }
        assert!((ear / mouth - 0.9).abs() < 0.25, "{ear} of {mouth}");
        let stats = crowd.heard.buffers().next().unwrap().1.stats();
        assert_eq!((stats.dropped, stats.concealed), (0, 0), "{stats:?}");
        assert_eq!(crowd.levels(Duration::from_secs(6))[0].source, Source(9));
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
        assert_eq!(crowd.heard.buffers().count(), 0);
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
        assert_eq!(crowd.heard.buffers().count(), 16);
        assert_eq!(crowd.levels(Duration::ZERO).len(), 40);
    }
}
