//! A stream that somebody listens to as it happens.

use std::time::Duration;

use bytes::Bytes;

use crate::audio::{BadPacket, FRAME, FRAME_MS, Packet};

use super::OggWriter;

/// How far sound may be behind its place before packets are left out, in frames: 300 ms, more than a stall that nobody
/// notices. Each pause in speech makes up for what is behind.
const MAX_BEHIND: u64 = 15;

/// Silence written at once while nothing comes, in frames: 100 ms, half of a page.
const STEP: u64 = 5;

/// Frames by which numbers and clock may disagree about a gap: messages of several packets, and an uneven network.
const UNEVEN: u64 = 5;

/// Writes packets that come when they like into a stream that goes on steadily: what discontinuous transmission leaves
/// out becomes silence, and what comes late does not stay late.
///
/// `now` is a moment since any fixed start.
#[derive(Debug)]
pub struct LiveWriter {
    writer: OggWriter,
    patience: Duration,
    /// The number of the frame that comes next; `None` before the first.
    next: Option<u16>,
    /// Frames that were filled in since the last packet without knowing whether they would come.
    guessed: u64,
    /// Frames written more than the numbers say: how far the listener is behind.
    behind: u64,
    /// Up to when sound is written, by the listener's clock.
    until: Duration,
}

impl LiveWriter {
    /// A stream that begins at `now`; for the rest see [`OggWriter::new`].
    ///
    /// So long after the last sound nothing more is waited for, and silence is written: `patience` is to be longer than
    /// the network is uneven, so that words are not cut apart.
    pub fn new(
        serial: u32,
        length: u32,
        comments: &[(&str, &str)],
        patience: Duration,
        now: Duration,
    ) -> Self {
        let writer = OggWriter::new(serial, length, comments);
        Self { writer, patience, next: None, guessed: 0, behind: 0, until: now }
    }

    /// Adds a packet; `frame` is the number of its first 20 ms, modulo 65,536, in which frames that were left out count.
    /// `false` when it came too late to be heard.
    ///
    /// # Errors
    /// It is no Opus packet; nothing is written then.
    pub fn push(&mut self, frame: u16, opus: &[u8], now: Duration) -> Result<bool, BadPacket> {
        let packet = Packet::check(opus)?;
        let frames = packet.frames();
        self.place(frame, now);
        self.next = Some(frame.wrapping_add(frames));
        self.guessed = 0;
        let unplayed = self.until.saturating_sub(now + self.patience);
        if self.behind > MAX_BEHIND || unplayed > span(MAX_BEHIND) {
            self.behind = self.behind.saturating_sub(frames.into());
            return Ok(false);
        }
        self.writer.push(opus)?;
        self.until = now.max(self.until) + span(frames.into());
        Ok(true)
    }

    /// Writes silence when nothing came for a while: call it when it is [`due`](Self::due).
    pub fn tick(&mut self, now: Duration) {
        if now < self.due() {
            return;
        }
        let frames = count(now.saturating_sub(self.until + self.patience));
        self.guessed += frames;
        self.fill(frames);
        // Modulo 65,536, as the numbers are.
        self.next = self.next.map(|next| next.wrapping_add(frames as u16));
    }

    /// When silence has to be written if nothing comes.
    pub fn due(&self) -> Duration {
        self.until + self.patience + span(STEP)
    }

    /// Leaves out so many samples that a slow reader did not get.
    pub fn skip(&mut self, samples: u64) {
        self.writer.skip(samples);
    }

    /// The next packet's number may be any: it comes from another source, or after a new connection.
    pub fn restart(&mut self) {
        self.next = None;
    }

    /// Samples written, silence too.
    pub fn samples(&self) -> u64 {
        self.writer.samples()
    }

    /// Ends the stream.
    pub fn finish(&mut self) {
        self.writer.finish();
    }

    /// The next page that is ready.
    pub fn take(&mut self) -> Option<Bytes> {
        self.writer.take()
    }

    /// Comes to the place of a frame: over a silence that was not sent, or late.
    fn place(&mut self, frame: u16, now: Duration) {
        let Some(next) = self.next else { return };
        let (gap, back) = (u64::from(frame.wrapping_sub(next)), u64::from(next.wrapping_sub(frame)));
        if back <= self.guessed {
            // It was not silence, the packet was on its way.
            self.behind += back;
        } else if gap <= u64::from(u16::MAX / 2) {
            let caught_up = self.behind.min(gap);
            self.behind -= caught_up;
            // Numbers may begin anew: no more than there was time for.
            let room = count((now + span(UNEVEN)).saturating_sub(self.until));
            self.fill((gap - caught_up).min(room));
        }
    }

    fn fill(&mut self, frames: u64) {
        if frames > 0 {
            // Whole frames leave nothing over.
            self.writer.silence(frames * FRAME as u64);
            self.until += span(frames);
        }
    }
}

/// How long so many frames last.
fn span(frames: u64) -> Duration {
    Duration::from_millis(frames.saturating_mul(FRAME_MS))
}

/// How many whole frames a time has.
fn count(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX) / FRAME_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{OggReader, Read};
    use proptest::prelude::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn live() -> LiveWriter {
        LiveWriter::new(7, 9_600, &[], PATIENCE, Duration::ZERO)
    }

    fn packet(n: u8) -> [u8; 4] {
        [9 << 3, n, 1, 2]
    }

    /// What is in the stream: the second byte of packets, `None` for silence.
    fn heard(live: &mut LiveWriter) -> Vec<Option<u8>> {
        live.finish();
        let bytes = std::iter::from_fn(|| live.take()).collect::<Vec<_>>().concat();
        // A last page that would be empty has a silent frame.
        let (mut reader, mut rest, mut heard) = (OggReader::new(), bytes.as_slice(), Vec::new());
        while let Some(read) = reader.read(&mut rest).unwrap() {
            if let Read::Packet { opus, .. } = read {
                heard.push(opus.get(1).copied());
            }
        }
        heard
    }

    #[test]
    fn a_gap_in_the_numbers_is_silence_as_long_as_it_was() {
        let mut live = live();
        live.push(0, &packet(0), at(0)).unwrap();
        live.push(1, &packet(1), at(20)).unwrap();
        live.push(5, &packet(5), at(100)).unwrap();
        assert_eq!(heard(&mut live), [Some(0), Some(1), None, None, None, Some(5)]);
    }

    #[test]
    fn silence_is_written_while_it_lasts_and_counts_for_the_gap() {
        let mut live = live();
        live.push(65_535, &packet(0), at(0)).unwrap();
        for ms in (0..1_000).step_by(10) {
            live.tick(at(ms));
        }
        let (written, now) = (live.samples() / 960, 990 / 20);
        assert!((now - 10..now).contains(&written), "{written} frames after {now}");
        live.push(49, &packet(1), at(1_000)).unwrap();
        let heard = heard(&mut live);
        assert_eq!(heard.len(), 51, "to the frame");
        assert_eq!((heard[0], heard[50]), (Some(0), Some(1)));
    }

    #[test]
    fn what_comes_late_does_not_stay_late() {
        let mut live = live();
        live.push(0, &packet(0), at(0)).unwrap();
        // The network stands still for 2 s, then everything comes at once.
        for ms in (20..2_000).step_by(20) {
            live.tick(at(ms));
        }
        let taken = (1..100).filter(|n| live.push(*n, &packet(1), at(2_000)).unwrap()).count();
        assert!((10..40).contains(&taken), "{taken} of 99");
        assert!(live.behind <= MAX_BEHIND);
        // The next pause makes up for the rest.
        live.push(160, &packet(2), at(3_200)).unwrap();
        assert_eq!(live.behind, 0);
        let written = live.samples() / 960;
        assert!((155..=161).contains(&written), "{written} frames");
    }

    #[test]
    fn numbers_that_begin_anew_are_no_gap() {
        let mut live = live();
        live.push(30_000, &packet(0), at(0)).unwrap();
        for next in [0, 20_000, 3] {
            assert!(live.push(next, &packet(1), at(20)).unwrap());
        }
        assert!(live.samples() / 960 <= 4 + 3 * (UNEVEN + 1), "{}", live.samples());
    }

    proptest! {
        /// Whatever comes when, a player has little left to play, and no packet is there twice.
        #[test]
        fn a_listener_stays_close_to_live(
            lates in prop::collection::vec(prop_oneof![5 => 0u64..40, 1 => 0u64..3_000], 1..200),
            silent in prop::collection::vec(any::<bool>(), 200),
        ) {
            let (mut live, mut now) = (live(), 0_u64);
            for (n, late) in lates.iter().enumerate() {
                let spoken = n as u64 * 60;
                let arrives = (spoken + late).max(now);
                while now < arrives {
                    now += 10;
                    live.tick(at(now));
                }
                if !silent[n] {
                    live.push((n * 3) as u16, &[11 << 3, n as u8, 1], at(now)).unwrap();
                    let left = live.until.saturating_sub(at(now));
                    prop_assert!(left <= at(500), "{left:?} left to play after {now} ms");
                }
            }
            live.tick(at(now + 1_000));
            let (written, end) = (live.samples() / 48, now + 1_000);
            prop_assert!(written <= end + 1_000, "{written} ms after {end}");
            let mut heard: Vec<_> = heard(&mut live).into_iter().flatten().collect();
            let all = heard.len();
            heard.dedup();
            prop_assert_eq!(heard.len(), all);
        }
    }
}
