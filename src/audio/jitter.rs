//! The jitter buffer: packets arrive when the network likes, sound leaves steadily.
//!
//! Over TCP packets are late, never lost. So the place in the sequence never moves while nothing is there: a gap is
//! concealed, then silent, and what comes late is still played, at first later than before. The delay then shrinks
//! again to what the last 15 s needed. A gap in the numbers is silence that was not sent (DTX): it is played to the
//! sample as long as it was, unless it is a chance to come back to the right delay.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::shrink::{self, shrink};
use super::{CodecError, Decoder, FRAME, FRAME_MS, Packet};

/// Frames held: 500 ms, beyond which the oldest packet is dropped. Longer than any delay it aims at.
const MAX_HELD: i64 = 25;

/// The least delay aimed at: two frames, the unevenness of a good network and two sound cards.
const LEAST: Duration = Duration::from_millis(40);

/// The greatest delay aimed at, in ms: more than this and people talk into each other.
const MAX_TARGET: f64 = 300.0;

/// What the target has above the peak lateness, in ms: one frame.
const MARGIN: f64 = 20.0;

/// How much of the target is left after a packet that did not need it.
const DECAY: f64 = 0.99;

/// How far the delay may be above the target before it is shrunk, in ms.
const SLACK: f64 = 15.0;

/// Frames of the longest packet: 60 ms, as the lower rungs of a mix have them. A longer one costs more to decode than its
/// sender paid for it.
const MAX_FRAMES: i64 = 3;

/// Frames in a row that must be above it before a piece is taken out: a device that asks late once is no delay.
const PATIENCE: i64 = 25;

/// So far above the target nobody waits, in ms: the network stood still, and what came after is all late.
const FAR_BEHIND: f64 = 100.0;

/// Frames concealed in a gap before silence: after 60 ms concealment sounds like a robot.
const MAX_CONCEALED: u32 = 3;

/// Samples over which sound comes back after silence: 2.5 ms, no click.
const FADE_IN: usize = 120;

/// A packet this many frames behind or more is another stretch of sound, not a late packet.
const RESTART: i64 = 50;

/// After this long without packets, one from behind is another stretch of sound.
const RESTART_AFTER: Duration = Duration::from_millis(500);

/// Packets that a pull takes in, as a rule: one, and two more while a piece is taken out of the sound.
const TAKEN: usize = 3;

/// A packet that a pull took in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many samples after the pull's first one it sounds.
    pub after: usize,
    /// The packet, as it came.
    pub opus: Bytes,
}

/// Packets of one speaker on their way to the ear.
#[derive(Debug)]
pub struct JitterBuffer {
    decoder: Decoder,
    held: BTreeMap<i64, Held>,
    /// Decoded and not yet pulled.
    ready: Vec<f32>,
    /// What the last pull decoded.
    taken: Vec<Taken>,
    /// The place of the frame to play next.
    next: i64,
    last: Option<Last>,
    transit: Transit,
    /// The least delay aimed at, in ms.
    least: f64,
    /// Delay aimed at, in ms.
    target: f64,
    /// Frames concealed since the last played.
    gap: u32,
    /// Samples filled in since the last played.
    idle: i64,
    /// Frames in a row that were played too late.
    behind: i64,
    stats: JitterStats,
}

#[derive(Debug)]
struct Held {
    opus: Bytes,
    /// Frames in it.
    frames: i64,
    /// It begins a stretch of sound.
    starts: bool,
}

/// The newest packet.
#[derive(Clone, Copy, Debug)]
struct Last {
    frame: u16,
    index: i64,
    /// Where it ends.
    end: i64,
    arrived: Duration,
}

/// What a jitter buffer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets played.
    pub played: u64,
    /// Frames concealed where a packet came late.
    pub concealed: u64,
    /// Samples of silence pulled, between words too.
    pub silent: u64,
    /// Samples taken out to shrink the delay.
    pub shrunk: u64,
    /// Packets dropped: twice there, too many at once, or broken.
    pub dropped: u64,
}

impl JitterBuffer {
    /// An empty buffer.
    ///
    /// # Errors
    /// The decoder can't be made.
    pub fn new() -> Result<Self, CodecError> {
        Self::aiming_at(LEAST)
    }

    /// An empty buffer that never aims at less delay than this: whoever takes whole frames at even times needs less than
    /// a sound card does.
    ///
    /// # Errors
    /// The decoder can't be made.
    pub fn aiming_at(least: Duration) -> Result<Self, CodecError> {
        let least = least.as_secs_f64() * 1_000.0;
        Ok(Self {
            decoder: Decoder::new()?,
            held: BTreeMap::new(),
            ready: Vec::with_capacity(4 * FRAME),
            taken: Vec::with_capacity(TAKEN),
            next: 0,
            last: None,
            transit: Transit::default(),
            least,
            target: least,
            gap: MAX_CONCEALED,
            idle: 0,
            behind: 0,
            stats: JitterStats::default(),
        })
    }

    /// What it did so far.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// The delay it aims at, from the least to 300 ms behind the fastest packet.
    pub fn target(&self) -> Duration {
        Duration::from_secs_f64(self.target / 1_000.0)
    }

    /// How much sound is inside.
    pub fn depth(&self) -> Duration {
        let samples = self.frames() as usize * FRAME + self.ready.len();
        Duration::from_secs_f64(samples as f64 / f64::from(super::SAMPLE_RATE))
    }

    /// When the newest packet came.
    pub fn last_arrival(&self) -> Option<Duration> {
        self.last.map(|l| l.arrived)
    }

    /// Takes a packet of whole frames that arrived at `now`; `frame` is the number of its first one modulo 65,536.
    pub fn push(&mut self, frame: u16, opus: Bytes, now: Duration) {
        let Some(frames) = frames(&opus) else {
            self.stats.dropped += 1;
            return;
        };
        let (index, starts) = self.place(frame, now);
        if index < self.next || self.held.contains_key(&index) {
            self.stats.dropped += 1;
            return;
        }
        if starts {
            self.transit = Transit::default();
        }
        let lateness = self.transit.add(index, now);
        self.target = (self.target * DECAY).max(lateness + MARGIN).clamp(self.least, MAX_TARGET);
        if self.last.is_none_or(|l| index > l.index) {
            self.last = Some(Last { frame, index, end: index + frames, arrived: now });
        }
        self.held.insert(index, Held { opus, frames, starts });
        while self.frames() > MAX_HELD {
            self.held.pop_first();
            self.stats.dropped += 1;
            if let Some((&first, _)) = self.held.first_key_value() {
                self.next = first;
            }
        }
    }

    /// Fills `out` with the next samples; `false` when it is silence only.
    pub fn pull(&mut self, out: &mut [f32], now: Duration) -> bool {
        let silent = self.stats.silent;
        self.taken.clear();
        while self.ready.len() < out.len() {
            let missing = out.len() - self.ready.len();
            if let Some(wait) = self.play(now) {
                self.fill(missing.min(wait));
            }
        }
        out.copy_from_slice(&self.ready[..out.len()]);
        self.ready.drain(..out.len());
        self.stats.silent - silent < out.len() as u64
    }

    /// The packets of the sound that the last pull took in, in order, and where it has them.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// The place of a frame in the sequence, and whether it begins a stretch of sound.
    fn place(&self, frame: u16, now: Duration) -> (i64, bool) {
        let Some(last) = self.last else { return (self.next, true) };
        let ahead = i64::from(frame.wrapping_sub(last.frame).cast_signed());
        let long_ago = now.saturating_sub(last.arrived) > RESTART_AFTER;
        if ahead <= 0 && (frame == 0 && ahead < 0 || ahead <= -RESTART || long_ago) {
            return (last.end.max(self.next), true);
        }
        (last.index + ahead, false)
    }

    /// Decodes the packet whose time it is; or else tells after how many samples to look again.
    fn play(&mut self, now: Duration) -> Option<usize> {
        let Some((&index, held)) = self.held.first_key_value() else { return Some(usize::MAX) };
        let delay = self.transit.lateness(index, now) + ms(self.ready.len());
        let wait = self.wait(index, held.starts, delay);
        if wait > 0 {
            return Some(wait);
        }
        let late = index == self.next && self.gap < MAX_CONCEALED;
        self.stats.concealed += u64::from(if late { self.gap } else { 0 });
        let frames = self.decode_first();
        let above = delay - self.target;
        self.behind = if above > SLACK { self.behind + frames } else { 0 };
        if self.behind >= PATIENCE || above > FAR_BEHIND {
            self.catch_up();
        }
        None
    }

    /// Samples until the first packet's time, when it would be `delay` late if played at once.
    ///
    /// After a silence that was not sent the clock of before goes on, unless its delay is no longer good: words then keep
    /// their distance to the sample. A new stretch starts at the target.
    fn wait(&self, index: i64, starts: bool, delay: f64) -> usize {
        if index == self.next && !starts && self.gap < MAX_CONCEALED {
            return 0;
        }
        let left = (index - self.next) * FRAME as i64 - self.idle;
        if !starts && index > self.next && left >= 0 {
            let then = delay + ms(left as usize) - self.target;
            if (-MARGIN..=SLACK).contains(&then) {
                return left as usize;
            }
        }
        samples(self.target - delay)
    }

    /// Frames of packets that are held.
    fn frames(&self) -> i64 {
        self.held.values().map(|held| held.frames).sum()
    }

    /// Decodes the first packet behind what is ready; tells of how many frames it is.
    fn decode_first(&mut self) -> i64 {
        let Some((index, held)) = self.held.pop_first() else { return 0 };
        self.next = index + held.frames;
        // A reset that fails leaves a decoder that still decodes.
        if held.starts {
            let _ = self.decoder.reset();
        }
        self.idle = 0;
        let from = self.ready.len();
        match self.decoder.decode(&held.opus) {
            Ok(samples) => {
                self.ready.extend_from_slice(samples);
                self.stats.played += 1;
            }
            Err(_) => {
                self.ready.resize(from + held.frames as usize * FRAME, 0.0);
                self.stats.dropped += 1;
            }
        }
        if self.gap >= MAX_CONCEALED {
            fade(&mut self.ready[from..from + FADE_IN], |w| w);
        }
        self.gap = 0;
        self.taken.push(Taken { after: from, opus: held.opus });
        held.frames
    }

    /// Takes a piece out of the sound, if the next packet is there and a smooth cut is possible.
    fn catch_up(&mut self) {
        while self.ready.len() < shrink::NEEDED {
            let follows = self.held.first_key_value().is_some_and(|(&i, h)| i == self.next && !h.starts);
            if !follows {
                return;
            }
            self.decode_first();
        }
        self.stats.shrunk += shrink(&mut self.ready) as u64;
    }

    /// Bridges a gap: concealed at first, then `missing` samples of silence.
    fn fill(&mut self, missing: usize) {
        if self.gap < MAX_CONCEALED {
            self.idle += FRAME as i64;
            let from = self.ready.len();
            match self.decoder.conceal() {
                Ok(samples) => self.ready.extend_from_slice(samples),
                Err(_) => self.ready.resize(from + FRAME, 0.0),
            }
            self.gap += 1;
            if self.gap == MAX_CONCEALED {
                fade(&mut self.ready[from..], |w| 1.0 - w);
            }
            return;
        }
        self.idle = self.idle.saturating_add_unsigned(missing as u64);
        self.stats.silent += missing as u64;
        self.ready.resize(self.ready.len() + missing, 0.0);
    }
}

/// How many whole frames a packet holds; `None` for what is none of palco's packets.
fn frames(opus: &[u8]) -> Option<i64> {
    let samples = Packet::check(opus).ok()?.samples as usize;
    let frames = (samples / FRAME) as i64;
    (samples.is_multiple_of(FRAME) && frames <= MAX_FRAMES).then_some(frames)
}

/// Milliseconds of so many samples.
fn ms(samples: usize) -> f64 {
    samples as f64 * 1_000.0 / f64::from(super::SAMPLE_RATE)
}

/// Samples of so many milliseconds; none of a negative time.
fn samples(ms: f64) -> usize {
    (ms.max(0.0) * f64::from(super::SAMPLE_RATE) / 1_000.0).ceil() as usize
}

/// Scales samples by a curve over 0..1.
fn fade(samples: &mut [f32], curve: fn(f32) -> f32) {
    let n = samples.len() as f32;
    for (i, s) in samples.iter_mut().enumerate() {
        *s *= curve(i as f32 / n);
    }
}

/// Seconds that lateness is remembered.
const WINDOW: u64 = 15;

/// How late packets are against the fastest of the last 15 s.
#[derive(Clone, Debug, Default)]
struct Transit {
    /// By second: the second, the least and the greatest transit in it, in ms.
    seconds: [Option<(u64, f64, f64)>; WINDOW as usize],
}

impl Transit {
    /// Notes a packet; returns the peak lateness of the window, in ms.
    fn add(&mut self, index: i64, now: Duration) -> f64 {
        let transit = offset(index, now);
        let second = now.as_secs();
        let slot = &mut self.seconds[(second % WINDOW) as usize];
        *slot = match *slot {
            Some((s, low, high)) if s == second => Some((s, low.min(transit), high.max(transit))),
            _ => Some((second, transit, transit)),
        };
        self.seconds.iter_mut().for_each(|s| *s = s.filter(|(at, ..)| at + WINDOW > second));
        let peak = self.seconds.iter().flatten().map(|s| s.2).fold(f64::MIN, f64::max);
        peak - self.fastest()
    }

    /// How late a frame is at `now` against the fastest, in ms.
    fn lateness(&self, index: i64, now: Duration) -> f64 {
        offset(index, now) - self.fastest()
    }

    fn fastest(&self) -> f64 {
        self.seconds.iter().flatten().map(|s| s.1).fold(f64::MAX, f64::min)
    }
}

/// A moment against a frame's place, in ms.
fn offset(index: i64, now: Duration) -> f64 {
    now.as_secs_f64() * 1_000.0 - index as f64 * FRAME_MS as f64
}

#[cfg(test)]
#[path = "jitter_tests.rs"]
mod tests;
