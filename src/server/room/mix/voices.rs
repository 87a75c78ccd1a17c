//! Who is in the mix: a jitter buffer each.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::warn;

use crate::audio::{Blend, FRAME, JitterBuffer, Taken};
use crate::meeting::ParticipantId;
use crate::wire::{AudioMessage, AudioRecord, Level};

/// Voices in a mix: more than anybody can follow. One more is not in it.
const MAX_VOICES: usize = 16;

/// The least delay of a voice: the mix takes whole frames of 20 ms, and 5 ms are for a packet that is late by a little.
const DELAY: Duration = Duration::from_millis(25);

/// After so long without packets a voice's buffer is given up.
const IDLE: Duration = Duration::from_secs(10);

/// Whoever spoke in this time counts as speaking: mix-minus goes on through the pauses between words, in which the two
/// mixes are alike, so that its encoder is not changed for each.
const SPEAKS: Duration = Duration::from_secs(2);

/// A level that was not renewed for so long is silence: discontinuous transmission sends none.
const LEVEL_KEEPS: Duration = Duration::from_millis(300);

#[derive(Debug)]
struct Voice {
    buffer: JitterBuffer,
    level: Level,
    heard: Duration,
}

/// The voices of a mix. Moments are since the desk's start.
#[derive(Debug, Default)]
pub(super) struct Voices(BTreeMap<ParticipantId, Voice>);

impl Voices {
    /// Takes in what somebody said for everybody.
    pub(super) fn hear(&mut self, who: ParticipantId, message: AudioMessage, now: Duration) {
        for AudioRecord { source, frame, level, opus } in message.records {
            if !self.0.contains_key(&who) {
                if self.0.len() >= MAX_VOICES {
                    return;
                }
                let buffer = match JitterBuffer::aiming_at(DELAY) {
                    Ok(buffer) => buffer,
                    Err(error) => return warn!(%error, "a voice is not in the mix"),
                };
                self.0.insert(who, Voice { buffer, level: Level { source, level }, heard: now });
            }
            if let Some(voice) = self.0.get_mut(&who) {
                voice.level = Level { source, level };
                voice.heard = now;
                voice.buffer.push(frame, opus, now);
            }
        }
    }

    /// Adds up everybody's next frame.
    pub(super) fn blend(&mut self, into: &mut Blend<ParticipantId>, now: Duration) {
        into.clear();
        let mut frame = [0.0; FRAME];
        for (who, voice) in &mut self.0 {
            if voice.buffer.pull(&mut frame, now) {
                into.add(*who, &frame);
            }
        }
        self.0.retain(|_, voice| now.saturating_sub(voice.heard) < IDLE);
    }

    /// The packets that are in everybody's last frame.
    pub(super) fn taken(&self) -> impl Iterator<Item = (ParticipantId, &[Taken])> {
        let all = self.0.iter().map(|(who, voice)| (*who, voice.buffer.taken()));
        all.filter(|(_, packets)| !packets.is_empty())
    }

    /// Who spoke just now.
    pub(super) fn speaking(&self, now: Duration) -> impl Iterator<Item = ParticipantId> {
        self.0.iter().filter(move |(_, v)| now.saturating_sub(v.heard) < SPEAKS).map(|(who, _)| *who)
    }

    /// How loud people are, without one.
    pub(super) fn levels(&self, without: Option<ParticipantId>, now: Duration) -> Vec<Level> {
        let fresh = |v: &&Voice| now.saturating_sub(v.heard) < LEVEL_KEEPS;
        let others = self.0.iter().filter(|(who, _)| Some(**who) != without);
        others.map(|(_, v)| v).filter(fresh).map(|v| v.level).collect()
    }
}
