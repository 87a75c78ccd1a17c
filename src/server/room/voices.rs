//! Open microphones: which packets go on, how loud people are, how long they spoke.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::audio;
use crate::meeting::{Meeting, Mic, Millis, ParticipantId, Reach, Source};
use crate::server::bucket::Bucket;
use crate::server::metrics::Metrics;
use crate::wire::{AudioMessage, AudioRecord, Level};

use super::hearing::Hearing;
use super::port::{ConnId, Packet, Spoken};

/// Packets a second of one participant: 50 are real time, the rest is for a client's clock that runs fast.
pub(in crate::server) const PACKET_RATE: u32 = 60;

/// Packets of one participant at once: what a link delivers after a stall of half a second.
pub(in crate::server) const PACKET_BURST: u32 = 30;

/// A seat that was silent for so long gives way to another seat of the same participant.
const SPEAKER_KEEPS: Duration = Duration::from_millis(500);

/// A level that was not renewed for so long is silence: discontinuous transmission sends none.
const LEVEL_KEEPS: Duration = Duration::from_millis(300);

/// Between two records of speech: the clock of talk time need not be finer, and the log stays small.
const RECORD_EVERY: Duration = Duration::from_secs(10);

/// Between two signals, at least: ten a second look smooth.
const SIGNAL_EVERY: Duration = Duration::from_millis(100);

/// Silence (RFC 6464).
const SILENCE: u8 = 127;

#[derive(Debug)]
struct Voice {
    source: Source,
    level: u8,
    heard: Option<Instant>,
    speaker: Option<ConnId>,
    rate: Bucket,
    /// Whom it reaches, and since when: what came in before was meant for others.
    reach: Reach,
    since: Instant,
    /// Voiced time that is not recorded yet; only what everybody hears counts.
    spoken: Millis,
}

/// The open microphones of a room.
#[derive(Debug)]
pub(super) struct Voices {
    live: HashMap<ParticipantId, Voice>,
    hearing: Arc<Hearing>,
    record_at: Option<Instant>,
    signal_at: Option<Instant>,
    signalled: Option<Instant>,
}

/// Somebody spoke for so long since the last record.
pub(super) type Speech = (ParticipantId, Millis);

impl Voices {
    pub(super) fn new() -> Self {
        let hearing = Arc::default();
        Self { live: HashMap::new(), hearing, record_at: None, signal_at: None, signalled: None }
    }

    /// Follows the stage; answers with the speech of microphones that closed.
    pub(super) fn follow(&mut self, meeting: &Meeting, now: Instant) -> Vec<Speech> {
        let open: HashMap<ParticipantId, (Source, Reach)> = meeting
            .stage()
            .into_iter()
            .filter(|p| p.mic() == Mic::Live && p.is_here())
            .map(|p| (p.id, (p.source, meeting.reach_of(p))))
            .collect();
        let closed: Vec<Speech> = self
            .live
            .extract_if(|who, _| !open.contains_key(who))
            .map(|(who, voice)| (who, voice.spoken))
            .collect();
        let mut changed = !closed.is_empty();
        for (who, (source, reach)) in open {
            let voice = self.live.entry(who).or_insert_with(|| {
                changed = true;
                Voice::new(source, reach, now)
            });
            if voice.reach != reach {
                (voice.reach, voice.since) = (reach, now);
                changed = true;
            }
        }
        let hearing = Hearing::of(meeting);
        if *self.hearing != hearing {
            self.hearing = Arc::new(hearing);
            changed = true;
        }
        if changed {
            self.arm_signal(now);
        }
        closed.into_iter().filter(|(_, spoken)| *spoken > Millis::ZERO).collect()
    }

    /// Lets a message of an open microphone on, with its source filled in.
    pub(super) fn admit(&mut self, spoken: Spoken, metrics: &Metrics, now: Instant) -> Option<Packet> {
        let Spoken { conn, who, at, message } = spoken;
        let count = u32::try_from(message.records.len()).unwrap_or(u32::MAX);
        let drop = |why| {
            metrics.dropped(why, count.into());
            None
        };
        metrics.packets_in.inc_by(count.into());
        let Some(voice) = self.live.get_mut(&who) else {
            return drop("mic-not-live");
        };
        if at < voice.since {
            return drop("before-opening");
        }
        if !voice.is_speaker(conn, now) {
            return drop("other-seat");
        }
        if !voice.rate.admit(count, now) {
            return drop("too-fast");
        }
        let records: Vec<AudioRecord> =
            message.records.into_iter().filter_map(|record| voice.take(record, now)).collect();
        let kept = records.len() as u64;
        if kept < u64::from(count) {
            metrics.dropped("not-opus", u64::from(count) - kept);
        }
        let is_voiced = voice.spoken > Millis::ZERO;
        if is_voiced && self.record_at.is_none() {
            self.record_at = Some(now + RECORD_EVERY);
        }
        let reach = voice.reach;
        self.arm_signal(now);
        (kept > 0).then(|| Packet {
            from: who,
            reach,
            hearing: Arc::clone(&self.hearing),
            at: now,
            records: kept,
            bytes: AudioMessage { records }.encode(),
        })
    }

    fn arm_signal(&mut self, now: Instant) {
        let earliest = self.signalled.map_or(now, |at| at + SIGNAL_EVERY);
        let at = earliest.max(now);
        self.signal_at = Some(self.signal_at.map_or(at, |armed| armed.min(at)));
    }

    /// When there is something to do next.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        [self.record_at, self.signal_at].into_iter().flatten().min()
    }

    /// The speech to record, when it is time or `at_once`.
    pub(super) fn speech(&mut self, now: Instant, at_once: bool) -> Vec<Speech> {
        if !at_once && self.record_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.record_at = None;
        self.live
            .iter_mut()
            .map(|(who, voice)| (*who, std::mem::take(&mut voice.spoken)))
            .filter(|(_, spoken)| *spoken > Millis::ZERO)
            .collect()
    }

    /// Who may hear whom by now.
    pub(super) fn hearing(&self) -> &Arc<Hearing> {
        &self.hearing
    }

    /// The levels to signal and whom each reaches, when it is time.
    pub(super) fn levels(&mut self, now: Instant) -> Option<Vec<(Reach, Level)>> {
        if self.signal_at.is_none_or(|at| at > now) {
            return None;
        }
        self.signalled = Some(now);
        // Somebody who is heard now has to be shown silent later.
        self.signal_at = self
            .live
            .values()
            .filter_map(|v| v.heard.map(|at| at + LEVEL_KEEPS))
            .filter(|fades| *fades > now)
            .min();
        let level = |v: &Voice| (v.reach, Level { source: v.source, level: v.level_at(now) });
        let mut levels: Vec<_> = self.live.values().map(level).collect();
        levels.sort_by_key(|(_, l)| l.source);
        Some(levels)
    }
}

impl Voice {
    fn new(source: Source, reach: Reach, now: Instant) -> Self {
        Self {
            source,
            level: SILENCE,
            heard: None,
            speaker: None,
            rate: Bucket::new(PACKET_RATE, PACKET_BURST, now),
            reach,
            since: now,
            spoken: Millis::ZERO,
        }
    }

    /// Whether `conn` speaks for the participant; only one seat does at a time, or two voices would mingle in one.
    fn is_speaker(&mut self, conn: ConnId, now: Instant) -> bool {
        let is_free = self.heard.is_none_or(|at| now.saturating_duration_since(at) > SPEAKER_KEEPS);
        if is_free || self.speaker.is_none() {
            self.speaker = Some(conn);
        }
        self.speaker == Some(conn)
    }

    fn take(&mut self, record: AudioRecord, now: Instant) -> Option<AudioRecord> {
        let packet = audio::Packet::check_live(&record.opus).ok()?;
        if audio::Level::from_byte(record.level).is_voice() && self.reach == Reach::Everybody {
            let span = u64::from(packet.samples) * 1_000 / u64::from(audio::SAMPLE_RATE);
            self.spoken = self.spoken.plus(Millis(span));
        }
        self.level = record.level;
        self.heard = Some(now);
        Some(AudioRecord { source: self.source, ..record })
    }

    fn level_at(&self, now: Instant) -> u8 {
        match self.heard {
            Some(at) if now.saturating_duration_since(at) < LEVEL_KEEPS => self.level,
            _ => SILENCE,
        }
    }
}
