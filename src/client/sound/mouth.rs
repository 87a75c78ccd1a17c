//! From the microphone to packets.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::audio::{Encoder, FRAME, Level, VoiceDetector};
use crate::device::{Capture, DeviceChoice};
use crate::meeting::Source;
use crate::wire::AudioRecord;

use super::slot::Slot;
use super::{DeviceState, Meter, REST, Shared, SoundStatus, Trouble};

/// Frames that may wait after the device stood still: 100 ms. What is older is skipped, as it would only be late.
const MAX_BEHIND: usize = 5;

/// Frames between two levels told: 60 ms.
const TELL_EVERY: u32 = 3;

/// How often the device is looked at while it is open, should it not call.
const LOOK: Duration = Duration::from_millis(100);

/// The source of one's own packets; the server fills in the right one.
const MYSELF: Source = Source(0);

/// The thread that speaks.
pub(super) struct Mouth {
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<AudioRecord>,
    told: Arc<watch::Sender<SoundStatus>>,
    slot: Slot<Capture>,
    talk: Talk,
    samples: Vec<f32>,
    meter: Meter,
    untold: u32,
    start: Instant,
}

impl Mouth {
    pub(super) fn new(
        choice: DeviceChoice,
        shared: Arc<Shared>,
        outgoing: mpsc::Sender<AudioRecord>,
        told: Arc<watch::Sender<SoundStatus>>,
    ) -> Self {
        Self {
            shared,
            outgoing,
            told,
            slot: Slot::new(choice),
            talk: Talk::default(),
            samples: Vec::with_capacity(MAX_BEHIND * FRAME * 2),
            meter: Meter::default(),
            untold: 0,
            start: Instant::now(),
        }
    }

    /// Speaks until the engine is dropped.
    pub(super) fn run(mut self) {
        while !self.shared.is_stopped() {
            let opening = self.shared.gate.opening();
            let wanted = opening.is_some() || self.shared.testing.load(Ordering::Acquire);
            let now = self.start.elapsed();
            self.begin(opening);
            let open = match self.slot.poll(wanted, now) {
                Some(capture) => {
                    capture.read(&mut self.samples);
                    true
                }
                None => {
                    self.samples.clear();
                    false
                }
            };
            self.speak(opening, now);
            self.tell(opening.is_some(), wanted && open, now);
            thread::park_timeout(if open { LOOK } else { REST });
        }
    }

    /// Starts anew with each opening of the microphone.
    fn begin(&mut self, opening: Option<u64>) {
        if self.talk.opening == opening {
            return;
        }
        self.samples.clear();
        self.talk.begin(opening);
    }

    /// Turns whole frames into levels and, while the gate is open, records.
    fn speak(&mut self, opening: Option<u64>, now: Duration) {
        let behind = (self.samples.len() / FRAME).saturating_sub(MAX_BEHIND);
        self.samples.drain(..behind * FRAME);
        self.talk.skip(behind);
        let whole = self.samples.len() / FRAME;
        for frame in self.samples[..whole * FRAME].as_chunks::<FRAME>().0 {
            let (level, record) = self.talk.frame(frame);
            self.meter.note(level, now);
            self.untold += 1;
            if let Some(record) = record
                && self.shared.gate.opening() == opening
            {
                // A full queue means that the link stands still: the packet would be too late.
                let _ = self.outgoing.try_send(record);
            }
        }
        self.samples.drain(..whole * FRAME);
    }

    fn tell(&mut self, gate: bool, listening: bool, now: Duration) {
        let mut shown = self.slot.shown().clone();
        if let Some(problem) = &self.talk.problem {
            shown = DeviceState::Problem(Trouble::failed(problem.clone()));
        }
        let level = self.untold >= TELL_EVERY;
        if level {
            self.untold = 0;
        }
        let own = listening.then(|| self.meter.show(MYSELF, now));
        self.told.send_if_modified(|status| {
            let own = if level || own.is_some() != status.own.is_some() { own } else { status.own };
            let changed = status.mic != shown || status.mic_open != gate || status.own != own;
            (status.mic, status.mic_open, status.own) = (shown, gate, own);
            changed
        });
    }
}

/// One opening of the microphone.
#[derive(Debug, Default)]
struct Talk {
    opening: Option<u64>,
    encoder: Option<Encoder>,
    detector: VoiceDetector,
    /// Number of the next frame.
    number: u16,
    problem: Option<String>,
}

impl Talk {
    fn begin(&mut self, opening: Option<u64>) {
        let encoder = opening.map(|_| Encoder::new()).transpose();
        self.problem = encoder.as_ref().err().map(ToString::to_string);
        *self = Self {
            opening,
            encoder: encoder.ok().flatten(),
            problem: self.problem.take(),
            ..Self::default()
        };
    }

    /// Leaves frames out; their numbers stay unused.
    fn skip(&mut self, frames: usize) {
        self.number = self.number.wrapping_add(u16::try_from(frames).unwrap_or(u16::MAX));
    }

    /// The frame's level and, while the microphone is open and there is something to send, its record.
    fn frame(&mut self, frame: &[f32; FRAME]) -> (Level, Option<AudioRecord>) {
        let level = Level::measure(frame, self.detector.hear(frame));
        let Some(encoder) = &mut self.encoder else { return (level, None) };
        let number = self.number;
        self.number = self.number.wrapping_add(1);
        let packet = encoder.encode(frame).unwrap_or_else(|e| {
            self.problem = Some(e.to_string());
            None
        });
        let record =
            packet.map(|opus| AudioRecord { source: MYSELF, frame: number, level: level.byte(), opus });
        (level, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    #[test]
    fn nothing_is_encoded_while_the_microphone_is_closed() {
        let mut talk = Talk::default();
        let mut voice = Voice::new(1);
        assert!((0..100).all(|_| talk.frame(&voice.next_frame()).1.is_none()));
    }

    #[test]
    fn numbers_count_frames_left_out_too() {
        let mut talk = Talk::default();
        talk.begin(Some(1));
        let mut voice = Voice::new(1);
        let mut numbers: Vec<u16> =
            (0..300).filter_map(|_| talk.frame(&voice.next_frame()).1.map(|r| r.frame)).collect();
        assert_eq!(numbers[0], 0);
        assert!(numbers.windows(2).all(|w| w[0] < w[1]));
        talk.skip(10);
        while talk.frame(&voice.next_frame()).1.map(|r| numbers.push(r.frame)).is_none() {}
        assert!(numbers[numbers.len() - 1] >= 310);
        talk.begin(Some(3));
        assert_eq!(talk.frame(&voice.next_frame()).1.unwrap().frame, 0, "each opening counts from 0");
    }
}
