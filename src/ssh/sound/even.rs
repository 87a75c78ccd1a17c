//! Captured sound that comes in large pieces, given on as evenly as it was captured.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};

use super::native::SAMPLE;
use super::span;

/// What a piece may be later than the first one without a hole: a busy network.
const MARGIN: Duration = Duration::from_millis(60);

/// What comes so soon after something belongs to the same piece.
const SAME_PIECE: Duration = Duration::from_millis(20);

/// Of a piece's length, how far what follows moves towards the margin: 1 in 1,000, more than two sound clocks ever differ.
const LEAK: u32 = 1_000;

/// What is held at most: whoever sends faster than time goes by sends no sound, and loses the oldest.
const LONGEST: Duration = Duration::from_secs(5);

/// Samples of one opening of a microphone against the time.
#[derive(Debug, Default)]
pub(super) struct Even {
    held: BytesMut,
    /// Samples given on.
    given: usize,
    /// When the first sample is due.
    due: Option<Duration>,
    /// When something came in last.
    came: Duration,
}

impl Even {
    /// Takes in what was captured.
    pub(super) fn push(&mut self, bytes: &[u8], now: Duration) {
        let place = span(self.given + self.held.len() / SAMPLE);
        let due = self.due.get_or_insert(now + MARGIN);
        if now.saturating_sub(self.came) > SAME_PIECE {
            let step = span(bytes.len() / SAMPLE) / LEAK;
            let in_time = *due + place >= now + MARGIN;
            *due = if in_time { due.saturating_sub(step) } else { *due + step };
        }
        self.came = now;
        self.held.extend_from_slice(bytes);
        let surplus = (self.held.len() / SAMPLE).saturating_sub(samples(LONGEST));
        self.held.advance(surplus * SAMPLE);
        self.given += surplus;
    }

    /// What is due by now, as far as it is there. What a stall held up comes at once: it is late, and told by that.
    pub(super) fn take(&mut self, now: Duration) -> Option<Bytes> {
        let due = samples(now.saturating_sub(self.due?)).saturating_sub(self.given);
        let n = due.min(self.held.len() / SAMPLE);
        self.given += n;
        (n > 0).then(|| self.held.split_to(n * SAMPLE).freeze())
    }
}

/// How many samples last so long.
fn samples(time: Duration) -> usize {
    (time.as_secs_f64() * f64::from(crate::audio::SAMPLE_RATE)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: u64 = 40;

    /// Runs pieces, each so many ms long and come at its moment, and gives what was taken: when and how many ms.
    fn run(pieces: &[(u64, u64)], until: u64) -> Vec<(u64, u64)> {
        let mut even = Even::default();
        let ms = Duration::from_millis;
        let mut taken = Vec::new();
        for now in 0..until {
            for (_, long) in pieces.iter().filter(|(at, _)| *at == now) {
                even.push(&vec![0; *long as usize * 48 * SAMPLE], ms(now));
            }
            if now % TICK == 0 {
                taken.extend(even.take(ms(now)).map(|bytes| (now, (bytes.len() / SAMPLE / 48) as u64)));
            }
        }
        taken
    }

    #[test]
    fn large_pieces_become_even() {
        // 300 ms every 300 ms, now and then 50 ms late.
        let pieces: Vec<_> =
            (0..20).map(|n| (600 + n * 300 + if n % 3 == 2 { 50 } else { 0 }, 300)).collect();
        let taken = run(&pieces, 6_600);
        let steady = &taken[1..taken.len() - 1];
        assert!(steady.windows(2).all(|w| w[1].0 - w[0].0 == TICK), "{steady:?}");
        assert!(steady.iter().all(|(_, n)| n.abs_diff(TICK) <= 1), "{steady:?}");
    }

    #[test]
    fn after_a_stall_all_that_is_late_comes_at_once_and_the_rest_in_time() {
        let mut pieces: Vec<_> = (0..4).map(|n| (n * 300, 300)).collect();
        // 2 s in which nothing comes.
        pieces.extend((4..11).map(|_| (3_000, 300)));
        pieces.extend((11..20).map(|n| (n * 300, 300)));
        let taken = run(&pieces, 6_000);
        let at = |moment: u64| taken.iter().filter(|(at, _)| *at <= moment).map(|(_, n)| n).sum::<u64>();
        assert!(taken.iter().all(|(at, _)| !(1_300..3_000).contains(at)), "{taken:?}");
        for moment in [1_000, 3_000, 4_000, 5_500] {
            assert!(at(moment).abs_diff(moment - 60) <= TICK, "{} at {moment}", at(moment));
        }
    }

    #[test]
    fn what_comes_faster_than_time_is_not_kept() {
        let mut even = Even::default();
        let second = vec![0; 48_000 * SAMPLE];
        for n in 0..60 {
            even.push(&second, Duration::from_millis(n));
            even.take(Duration::from_millis(n));
        }
        assert!(even.held.len() <= samples(LONGEST) * SAMPLE, "{}", even.held.len());
    }

    #[test]
    fn a_clock_that_runs_apart_is_followed() {
        // The microphone's second is 200 us longer: in 20 minutes 240 ms.
        let ms = Duration::from_millis;
        let mut even = Even::default();
        let mut waits = Vec::new();
        for n in 0..4_000_u64 {
            let now = Duration::from_micros(n * 300_060);
            even.push(&vec![0; 300 * 48 * SAMPLE], now);
            even.take(now + ms(59));
            waits.push(even.held.len() / SAMPLE / 48);
        }
        assert!(waits.iter().skip(10).all(|held| (280..=310).contains(held)), "{:?}", waits.last());
    }
}
