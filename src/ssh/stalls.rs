//! What a stall of the link held up of a live source, as `arecord … | ssh … speak`.
//!
//! A file is spoken whole, however fast it comes and wherever it waits; a microphone whose sound comes 3 s late would be 3 s
//! late for ever. What it is shows in how it came until then: a microphone is waited for again and again, and gives as
//! much as time goes by.

use std::time::Duration;

use crate::audio::FRAME_MS;

/// A microphone is waited for at least so often. A file that comes fast enough is never waited for.
const OFTEN: Duration = Duration::from_secs(1);

/// How far what a microphone gave differs from the time that went by.
const IN_STEP: Duration = Duration::from_millis(300);

/// How long a source has been like that before it counts as a microphone.
const STEADY: Duration = Duration::from_secs(3);

/// A wait at all: less is the way through this process.
const WAIT: Duration = Duration::from_millis(1);

/// A wait that is no stall: the next piece, and an uneven network.
const USUAL: Duration = Duration::from_millis(600);

/// What comes so soon after something belongs to the same piece.
const SAME_PIECE: Duration = Duration::from_millis(30);

/// A source against the time.
#[derive(Debug, Default)]
pub(super) struct Stalls {
    /// Frames that came, spoken or not.
    frames: u32,
    /// Since when it is waited for.
    dry: Option<Duration>,
    /// When it was waited for last.
    waited: Duration,
    /// Since when it is like a microphone, and how far it was behind the time then.
    steady: (Duration, Duration),
    /// What is to be left out, as far as it is there.
    late: Duration,
}

impl Stalls {
    /// Nothing is left to be spoken.
    pub(super) fn ran_dry(&mut self, now: Duration) {
        self.dry.get_or_insert(now);
    }

    /// Something came.
    pub(super) fn came(&mut self, now: Duration) {
        let Some(dry) = self.dry.take() else {
            return;
        };
        let wait = now.saturating_sub(dry);
        if wait < WAIT {
            return;
        }
        let behind = dry.saturating_sub(Duration::from_millis(FRAME_MS) * self.frames);
        let is_often = dry.saturating_sub(self.waited) <= OFTEN;
        if !is_often || behind.abs_diff(self.steady.1) > IN_STEP {
            self.steady = (dry, behind);
        }
        self.waited = now;
        if wait > SAME_PIECE {
            let is_microphone = dry.saturating_sub(self.steady.0) >= STEADY;
            self.late = if is_microphone && wait > USUAL { wait } else { Duration::ZERO };
        }
    }

    /// A frame is there; tells whether it is late and left out.
    pub(super) fn leaves_out(&mut self) -> bool {
        self.frames += 1;
        let frame = Duration::from_millis(FRAME_MS);
        let is_late = self.late >= frame;
        if is_late {
            self.late -= frame;
        }
        is_late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speaks pieces, each so many frames that come at a millisecond; gives what is spoken: which frame, and when.
    fn speak(pieces: &[(u64, usize)]) -> Vec<(usize, u64)> {
        let all: usize = pieces.iter().map(|(_, n)| n).sum();
        let mut stalls = Stalls::default();
        let (mut here, mut next, mut due) = (0, 0, 0);
        let mut spoken = Vec::new();
        for now in 0.. {
            let at = Duration::from_millis(now);
            let coming: usize = pieces.iter().filter(|(when, _)| *when == now).map(|(_, n)| n).sum();
            if coming > 0 {
                here += coming;
                stalls.came(at);
            }
            while here > 0 && due <= now {
                here -= 1;
                next += 1;
                if !stalls.leaves_out() {
                    spoken.push((next - 1, now));
                    due = due.max(now.saturating_sub(100)) + FRAME_MS;
                }
            }
            if here == 0 && due <= now {
                stalls.ran_dry(at);
            }
            if next == all {
                break;
            }
        }
        spoken
    }

    /// A microphone: 100 ms each 100 ms, over an uneven network.
    fn microphone(ms: std::ops::Range<u64>) -> Vec<(u64, usize)> {
        ms.step_by(100).map(|at| (at + at / 100 * 17 % 40, 5)).collect()
    }

    #[test]
    fn a_microphone_is_in_time_again_after_a_stall() {
        // 3 s in which nothing comes, and then all of it, in pieces of some milliseconds.
        let mut pieces = microphone(0..6_000);
        pieces.extend((0..30).map(|n| (9_000 + n, 5)));
        pieces.extend(microphone(9_100..15_000));
        let behind: Vec<_> =
            speak(&pieces).iter().map(|(frame, at)| *at as i64 - *frame as i64 * 20).collect();
        assert!(behind.iter().all(|behind| *behind <= 300), "{:?}", behind.iter().max());
        assert!(behind.len() >= 300 + 290, "{} frames", behind.len());
    }

    #[test]
    fn a_microphone_that_was_paused_loses_a_piece_at_most() {
        let mut pieces = microphone(0..6_000);
        pieces.extend(microphone(16_000..20_000));
        assert!(speak(&pieces).len() >= 500 - 5);
    }

    #[test]
    fn a_file_and_sentences_are_spoken_whole() {
        let whole = |pieces: &[(u64, usize)]| {
            let all: usize = pieces.iter().map(|(_, n)| n).sum();
            assert_eq!(speak(pieces).len(), all);
        };
        whole(&[(0, 1_000)]);
        // A disk that stood still, a file over a slow link, and one who thinks between sentences of 2 s.
        whole(&[(0, 500), (13_000, 500)]);
        whole(&(0..100).map(|n| (n * 700, 30)).collect::<Vec<_>>());
        whole(&(0..10).map(|n| (n * 6_000, 100)).collect::<Vec<_>>());
    }
}
