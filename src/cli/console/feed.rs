//! How loud people are, from the packets that come in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::meeting::Source;
use crate::wire::{AudioMessage, Level};

/// How often levels are told to the model: more often than the eye wants costs bytes on the terminal.
const INTERVAL: Duration = Duration::from_millis(100);

/// Somebody whose packets have not come for this long is silent: longer than a message of several packets.
const SILENCE: Duration = Duration::from_millis(300);

/// A level as in RFC 6464: the lower seven bits count down from loud to silent.
const LEVEL: u8 = 0x7f;

/// The latest levels, coalesced.
#[derive(Debug, Default)]
pub(super) struct Levels {
    heard: BTreeMap<Source, (u8, Instant)>,
    told: Option<Instant>,
    changed: bool,
}

impl Levels {
    /// Takes in what came; of several packets since the last telling the loudest counts.
    pub(super) fn hear(&mut self, message: &AudioMessage, now: Instant) {
        for record in &message.records {
            let fresh =
                self.told.is_none_or(|told| self.heard.get(&record.source).is_none_or(|(_, at)| *at <= told));
            let entry = self.heard.entry(record.source).or_insert((record.level, now));
            if fresh || record.level & LEVEL < entry.0 & LEVEL {
                entry.0 = record.level;
            }
            entry.1 = now;
            self.changed = true;
        }
    }

    /// When [`tell`](Self::tell) is due; `None` while everybody is silent.
    pub(super) fn due(&self) -> Option<Instant> {
        let next = |told: Instant| told + INTERVAL;
        let first = self.heard.values().map(|(_, at)| *at).min()?;
        Some(self.told.map_or(first, next))
    }

    /// The levels to tell, if there is something new at `now`.
    pub(super) fn tell(&mut self, now: Instant) -> Option<Vec<Level>> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        let before = self.heard.len();
        self.heard.retain(|_, (_, at)| now.saturating_duration_since(*at) < SILENCE);
        let changed = std::mem::take(&mut self.changed) || self.heard.len() != before;
        self.told = Some(now);
        let level =
            |(source, (level, _)): (&Source, &(u8, Instant))| Level { source: *source, level: *level };
        changed.then(|| self.heard.iter().map(level).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::AudioRecord;

    fn packet(source: u16, level: u8) -> AudioMessage {
        AudioMessage::one(AudioRecord { source: Source(source), frame: 0, level, opus: vec![0].into() })
    }

    #[test]
    fn levels_are_told_ten_times_a_second_and_end_in_silence() {
        let mut levels = Levels::default();
        let start = Instant::now();
        let mut told = Vec::new();
        for ms in 0..1_000u64 {
            let now = start + Duration::from_millis(ms);
            if ms % 20 == 0 && ms < 500 {
                levels.hear(&packet(1, 128 + 30), now);
            }
            told.extend(levels.tell(now));
        }
        let one = vec![Level { source: Source(1), level: 128 + 30 }];
        assert_eq!(told.pop(), Some(vec![]), "silence is told once");
        assert!((5..=7).contains(&told.len()), "{}", told.len());
        assert!(told.iter().all(|t| *t == one));
        assert_eq!(levels.due(), None);
    }

    #[test]
    fn the_loudest_packet_since_the_last_telling_counts() {
        let mut levels = Levels::default();
        let start = Instant::now();
        levels.hear(&packet(1, 60), start);
        assert_eq!(levels.tell(start).map(|l| l[0].level), Some(60));
        for (level, ms) in [(90, 10), (128 + 20, 20), (70, 30)] {
            levels.hear(&packet(1, level), start + Duration::from_millis(ms));
        }
        assert_eq!(levels.tell(start + INTERVAL).map(|l| l[0].level), Some(128 + 20));
    }
}
