//! From the recording's frames to what a speaker takes.

use std::collections::VecDeque;

use crate::audio::{FRAME, Level, Stretch};
use crate::meeting::Millis;

use super::course::{self, Course};

/// Quieter than this, in -dBov, it is silence: a quiet room, and well below the softest voice.
const SILENCE: u8 = 50;

/// The flag of a level that says that it is a voice (RFC 6464 section 3).
const VOICE: u8 = 0x80;

/// Samples of which it is told how loud they are: 15 ms.
const PIECE: usize = 720;

/// Frames of a silence that are played when silence is left out: 300 ms, a breath.
const BREATH: u32 = 15;

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Where, from the start of the recording.
    pub position: Millis,
    /// How loud the recording is there.
    pub level: Level,
}

/// Frames in, samples out, and which of them are where.
#[derive(Debug)]
pub struct Playout {
    stretch: Stretch,
    course: Course,
    skips_silence: bool,
    /// Frames of silence so far.
    silent: u32,
    /// Where the frames are that went into the stretch since it began: the first sample's number there, and its place.
    places: VecDeque<(u64, u64)>,
    /// Samples that went into the stretch since it began.
    pushed: u64,
    ready: VecDeque<f32>,
    /// Samples that were ever taken.
    taken: u64,
}

impl Playout {
    /// One that plays so many times as fast.
    pub fn new(speed: f64, skips_silence: bool) -> Self {
        Self {
            stretch: Stretch::new(speed),
            course: Course::default(),
            skips_silence,
            silent: 0,
            places: VecDeque::new(),
            pushed: 0,
            ready: VecDeque::new(),
            taken: 0,
        }
    }

    /// Goes on so many times as fast.
    pub fn set_speed(&mut self, speed: f64) {
        self.stretch.set_speed(speed);
    }

    /// Leaves out what is left of a silence after a breath, or plays all of it.
    pub fn skip_silence(&mut self, on: bool) {
        self.skips_silence = on;
    }

    /// What was not taken yet is not wanted any more: the next frame is from another place.
    pub fn jump(&mut self) {
        self.stretch.reset();
        self.places.clear();
        self.ready.clear();
        (self.pushed, self.silent) = (0, 0);
    }

    /// Takes the recording's next frame, whose first sample is at `place`.
    pub fn push(&mut self, place: u64, frame: &[f32; FRAME]) {
        let level = Self::level_of(frame);
        self.silent = if level.is_voice() { 0 } else { self.silent + 1 };
        if self.skips_silence && self.silent > BREATH {
            return;
        }
        self.places.push_back((self.pushed, place));
        self.pushed += FRAME as u64;
        // In pieces so small that each puts out one at most: then it is known where that one is.
        for piece in frame.chunks(FRAME / 4) {
            let (from, mut out) = (self.stretch.next_sample(), Vec::new());
            self.stretch.push(piece, &mut out);
            self.give(from, &out);
        }
    }

    /// How loud a frame is; what is louder than a quiet room counts as a voice.
    pub fn level_of(frame: &[f32]) -> Level {
        let level = Level::measure(frame, false);
        let is_voice = level.below_full_scale() < SILENCE;
        Level::from_byte(if is_voice { level.byte() | VOICE } else { level.byte() })
    }

    /// The recording has ended: what is held back comes out.
    pub fn finish(&mut self) {
        let (from, mut out) = (self.stretch.next_sample(), Vec::new());
        self.stretch.finish(&mut out);
        self.give(from, &out);
        self.places.clear();
        self.pushed = 0;
    }

    /// Samples that can be taken.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Takes samples; tells how many there were.
    pub fn take(&mut self, out: &mut [f32]) -> usize {
        let n = out.len().min(self.ready.len());
        out.iter_mut().zip(self.ready.drain(..n)).for_each(|(to, from)| *to = from);
        self.taken += n as u64;
        n
    }

    /// Samples that were ever taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// What is heard when so many of the samples that were ever taken have been; `None` before the first.
    pub fn heard(&mut self, samples: u64) -> Option<Heard> {
        let (place, level) = self.course.at(samples.min(self.taken))?;
        // A position of whole milliseconds: no recording is as long as a float counts exactly.
        Some(Heard { position: Millis::of_samples(place.max(0.0) as u64), level })
    }

    /// Notes where samples are that come out of the stretch, the first of which is its sample `from`. How loud they are is
    /// measured on themselves: the stretch may have taken them from a little before or behind.
    fn give(&mut self, mut from: f64, out: &[f32]) {
        let speed = self.stretch.speed();
        for piece in out.chunks(PIECE) {
            // It sounds as its middle does.
            let sample = (from + piece.len() as f64 * speed / 2.0).max(0.0) as u64;
            while self.places.get(1).is_some_and(|(next, _)| *next <= sample) {
                self.places.pop_front();
            }
            if let Some((first, place)) = self.places.front() {
                self.course.note(course::Stretch {
                    from: self.taken + self.ready.len() as u64,
                    place: *place as f64 + (from - *first as f64),
                    speed,
                    level: Self::level_of(piece),
                });
            }
            self.ready.extend(piece);
            from += piece.len() as f64 * speed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Voice;

    const LOUD: [f32; FRAME] = [0.1; FRAME];
    const QUIET: [f32; FRAME] = [0.0; FRAME];

    /// Plays frames from `place` on, as a device with so many samples in it takes them, and gives what it hears.
    fn play(playout: &mut Playout, place: &mut u64, seconds: u64, in_device: u64) -> Heard {
        let mut block = [0.0; 480];
        for _ in 0..seconds * 100 {
            while playout.ready() < block.len() {
                playout.push(*place, &LOUD);
                *place += FRAME as u64;
            }
            playout.take(&mut block);
        }
        let heard = playout.taken() - in_device;
        playout.heard(heard).unwrap()
    }

    /// What is off does not grow: three hours are measured by `palco bench play`.
    #[test]
    fn what_is_heard_is_what_was_played() {
        for (speed, seconds) in [(1.0, 30), (1.5, 3), (0.75, 3)] {
            let (mut playout, mut place, mut off) = (Playout::new(speed, false), 0, Vec::new());
            for n in 1..=2 {
                let heard = play(&mut playout, &mut place, seconds, 1_440);
                let played = (n * seconds * 1_000 - 30) as f64 * speed;
                off.push(heard.position.0 as f64 - played);
                assert_eq!(heard.level.below_full_scale(), 20);
            }
            assert!(off.iter().all(|ms| ms.abs() < 20.0), "{off:?} ms off at {speed}");
            assert!(speed != 1.0 || off == [0.0, 0.0], "not a sample: {off:?}");
        }
    }

    #[test]
    fn speeds_and_jumps_on_the_way_leave_no_trace() {
        let mut playout = Playout::new(1.0, false);
        let mut place = 0;
        play(&mut playout, &mut place, 2, 0);
        playout.set_speed(2.0);
        let heard = play(&mut playout, &mut place, 2, 0);
        assert!(heard.position.0.abs_diff(6_000) < 60, "{heard:?}");
        playout.set_speed(1.0);
        playout.jump();
        place = Millis(5_000).samples();
        let before = playout.heard(playout.taken()).unwrap();
        assert!(before.position.0.abs_diff(6_000) < 100, "nothing from there was heard yet: {before:?}");
        let heard = play(&mut playout, &mut place, 1, 0);
        assert_eq!(heard.position, Millis(6_000));
    }

    #[test]
    fn of_a_silence_a_breath_is_left() {
        let mut playout = Playout::new(1.0, true);
        let mut place = 0;
        for n in 0..500 {
            playout.push(place, if (100..400).contains(&n) { &QUIET } else { &LOUD });
            place += FRAME as u64;
        }
        playout.finish();
        let seconds = playout.ready() as f64 / 48_000.0;
        assert!((seconds - 4.3).abs() < 0.05, "{seconds}");
        let mut all = vec![0.0; playout.ready()];
        playout.take(&mut all);
        // 2 s of sound, a breath, and half a second after it: at 8.5 s of the recording.
        let mut later = Playout::new(1.0, true);
        for n in 0..500_u64 {
            later.push(n * 960, if (100..400).contains(&n) { &QUIET } else { &LOUD });
        }
        let mut some = vec![0.0; 134_400];
        later.take(&mut some);
        let heard = later.heard(134_400).unwrap();
        assert!(heard.position.0.abs_diff(8_500) < 60, "{heard:?}");
    }

    #[test]
    fn at_its_own_speed_the_sound_is_the_recording() {
        let (mut playout, mut voice, mut spoken) = (Playout::new(1.0, false), Voice::new(1), Vec::new());
        for n in 0..50 {
            let frame = voice.next_frame();
            spoken.extend_from_slice(&frame);
            playout.push(n * 960, &frame);
        }
        playout.finish();
        let mut out = vec![0.0; playout.ready()];
        playout.take(&mut out);
        assert_eq!(out.len(), spoken.len());
        assert!(out.iter().zip(&spoken).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
