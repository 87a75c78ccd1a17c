//! What the server's clock says, seen from here.

use std::collections::VecDeque;

use crate::meeting::{Millis, Timestamp};

/// How many samples are remembered: enough to find a quick one, few enough to forget a clock that was set.
const SAMPLES: usize = 8;

/// The difference between the server's clock and the own one, from the quickest of the last eight exchanges.
///
/// The quicker the exchange the less its halves can differ: the error is at most half its round trip (RFC 5905,
/// section 8, takes the sample of least delay too).
#[derive(Clone, Debug, Default)]
pub struct ClockOffset {
    samples: VecDeque<Sample>,
    /// From a message of unknown age, until there is a sample.
    rough: i64,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    round_trip: Millis,
    offset: i64,
}

impl ClockOffset {
    /// Takes the clocks as equal until told otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns from an exchange: asked at `sent`, answered at `server` by its clock, heard at `now`.
    pub fn sample(&mut self, sent: Timestamp, server: Timestamp, now: Timestamp) {
        if now < sent {
            return;
        }
        let round_trip = now.since(sent);
        let middle = sent.plus(Millis(round_trip.0 / 2));
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { round_trip, offset: difference(server, middle) });
    }

    /// Learns from the server's time alone; counts until there is a sample.
    pub fn hint(&mut self, server: Timestamp, now: Timestamp) {
        self.rough = difference(server, now);
    }

    /// The server's time.
    pub fn server_now(&self, now: Timestamp) -> Timestamp {
        let best = self.samples.iter().min_by_key(|s| s.round_trip);
        Timestamp(now.0.saturating_add_signed(best.map_or(self.rough, |s| s.offset)))
    }

    /// The quickest round trip of the last eight; `None` before the first.
    pub fn round_trip(&self) -> Option<Millis> {
        self.samples.iter().map(|s| s.round_trip).min()
    }
}

fn difference(a: Timestamp, b: Timestamp) -> i64 {
    a.0.wrapping_sub(b.0).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_exchange_wins() {
        let mut clock = ClockOffset::new();
        clock.hint(Timestamp(50_000), Timestamp(10_000));
        assert_eq!(clock.server_now(Timestamp(10_000)), Timestamp(50_000));
        clock.sample(Timestamp(1_000), Timestamp(6_900), Timestamp(2_000));
        clock.sample(Timestamp(3_000), Timestamp(8_010), Timestamp(3_020));
        clock.sample(Timestamp(4_000), Timestamp(9_300), Timestamp(4_400));
        assert_eq!(clock.server_now(Timestamp(10_000)), Timestamp(15_000));
        assert_eq!(clock.round_trip(), Some(Millis(20)));
    }

    #[test]
    fn a_clock_that_was_set_is_learned_anew() {
        let mut clock = ClockOffset::new();
        clock.sample(Timestamp(0), Timestamp(0), Timestamp(1));
        for n in 0..8 {
            clock.sample(Timestamp(n * 100), Timestamp(n * 100 + 5_010), Timestamp(n * 100 + 20));
        }
        assert_eq!(clock.server_now(Timestamp(1_000)), Timestamp(6_000));
    }

    #[test]
    fn an_answer_before_its_question_is_ignored() {
        let mut clock = ClockOffset::new();
        clock.sample(Timestamp(1_000), Timestamp(1), Timestamp(500));
        assert_eq!(clock.server_now(Timestamp(7)), Timestamp(7));
        assert_eq!(clock.round_trip(), None);
    }

    #[test]
    fn a_server_behind_never_goes_below_the_epoch() {
        let mut clock = ClockOffset::new();
        clock.hint(Timestamp(0), Timestamp(5_000));
        assert_eq!(clock.server_now(Timestamp(1_000)), Timestamp(0));
    }
}
