//! From the microphone to packets.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use crate::audio::{FRAME, Level, Talk};
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

/// The source of one's own level.
const MYSELF: Source = Source(0);

/// The thread that speaks.
pub(super) struct Mouth {
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<AudioRecord>,
    told: Arc<watch::Sender<SoundStatus>>,
    slot: Slot<Capture>,
    opening: Opening,
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
            opening: Opening::default(),
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
        if self.opening.number == opening {
            return;
        }
        self.samples.clear();
        self.opening = Opening::begin(opening);
    }

    /// Turns whole frames into levels and, while the gate is open, records.
    fn speak(&mut self, opening: Option<u64>, now: Duration) {
        let behind = (self.samples.len() / FRAME).saturating_sub(MAX_BEHIND);
        self.samples.drain(..behind * FRAME);
        self.opening.talk.skip(behind);
        let whole = self.samples.len() / FRAME;
        for frame in self.samples[..whole * FRAME].as_chunks::<FRAME>().0 {
            let (level, record) = self.opening.frame(frame);
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
        if let Some(problem) = &self.opening.problem {
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
struct Opening {
    number: Option<u64>,
    talk: Talk,
    problem: Option<String>,
}

impl Opening {
    fn begin(number: Option<u64>) -> Self {
        let talk = number.map(|_| Talk::open()).transpose();
        let problem = talk.as_ref().err().map(ToString::to_string);
        Self { number, talk: talk.ok().flatten().unwrap_or_default(), problem }
    }

    /// The frame's level and, while the microphone is open and there is something to send, its record.
    fn frame(&mut self, frame: &[f32; FRAME]) -> (Level, Option<AudioRecord>) {
        match self.talk.utter(frame) {
            Ok(said) => (said.level, said.packet.map(|packet| AudioRecord::own(said.level.byte(), packet))),
            Err(e) => {
                self.problem = Some(e.to_string());
                (Level::SILENT, None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    #[test]
    fn each_opening_counts_from_0() {
        let mut voice = Voice::new(1);
        for number in [1, 3] {
            let mut opening = Opening::begin(Some(number));
            assert_eq!(opening.frame(&voice.next_frame()).1.unwrap().frame, 0);
        }
        assert!((0..100).all(|_| Opening::begin(None).frame(&voice.next_frame()).1.is_none()));
    }
}
