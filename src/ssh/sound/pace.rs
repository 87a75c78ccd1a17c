//! How a speaker is sent sound that never says how much it has.
//!
//! PulseAudio's simple protocol begins to play when it has 450 ms, holds 500, and reads no more: what is sent too much waits on
//! the way for ever, and after a moment without sound it gathers 450 ms anew. So as much is sent as time has passed, nothing
//! into a link that stands still, and silence that goes on is left out: whatever had gathered is played by then.

use std::time::Duration;

/// What a speaker gathers before it plays.
const GATHERS: Duration = Duration::from_millis(450);

/// Silence after which nothing is sent: 1 s, more than a speaker holds, so that the last word is played.
const MAX_SILENT: usize = 48_000;

/// Samples that were left out and are made good before the next sound: 400 ms. A speaker that has none left gathers more than
/// that anyway, and one that still had some keeps its delay.
const MADE_GOOD: usize = 19_200;

/// How often the link is asked whether it lives, while something is sent.
const ASK: Duration = Duration::from_millis(200);

/// Later than the fastest answer by this, the link stands still: what is sent then is late when it arrives.
const STILL: Duration = Duration::from_millis(250);

/// What the fastest answer grows by with each one: a way that became longer is believed after a minute.
const LEAK: Duration = Duration::from_millis(1);

/// What was sent, and how the link is.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Samples left out since something was sent.
    left_out: usize,
    /// Silent samples on end.
    silent: usize,
    /// The speaker ran dry, and what was sent meanwhile is late.
    is_late: bool,
    /// When the link was asked last, and whether it owes an answer.
    asked: Option<Duration>,
    owes: bool,
    fastest: Option<Duration>,
}

impl Pace {
    /// Whether `samples` are to be sent after `late` ones that nobody made, and how many silent ones before them.
    pub(super) fn send(
        &mut self,
        (late, samples): (usize, usize),
        is_silent: bool,
        now: Duration,
    ) -> Option<usize> {
        self.left_out = self.left_out.saturating_add(late);
        self.silent = if is_silent { self.silent.saturating_add(samples) } else { 0 };
        if self.silent > MAX_SILENT || self.stands_still(now) {
            self.left_out = self.left_out.saturating_add(samples);
            return None;
        }
        let left_out = std::mem::take(&mut self.left_out).min(MADE_GOOD);
        Some(if std::mem::take(&mut self.is_late) { 0 } else { left_out })
    }

    fn stands_still(&self, now: Duration) -> bool {
        let patience = self.fastest.unwrap_or(STILL) + STILL;
        self.owes && self.asked.is_some_and(|asked| now.saturating_sub(asked) > patience)
    }

    /// Whether the link is to be asked now, which is noted.
    pub(super) fn asks(&mut self, now: Duration) -> bool {
        let is_resting = self.silent > MAX_SILENT;
        let asks = !self.owes && !is_resting && self.asked.is_none_or(|asked| now >= asked + ASK);
        if asks {
            (self.asked, self.owes) = (Some(now), true);
        }
        asks
    }

    /// The link has answered.
    pub(super) fn answered(&mut self, now: Duration) {
        let took = now.saturating_sub(self.asked.unwrap_or(now));
        let fastest = self.fastest.map_or(took, |fastest| took.min(fastest + LEAK));
        self.is_late |= took > fastest + GATHERS;
        (self.fastest, self.owes) = (Some(fastest), false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: u64 = 40;
    const BLOCK: usize = 1_920;
    const NEVER: (u64, u64) = (0, 0);

    /// A speaker as PulseAudio makes it, behind a link that delivers in order and stands still at times: all in ms.
    #[derive(Default)]
    struct Speaker {
        /// For each ms that it holds, when it was made; `None` is silence to make good.
        held: std::collections::VecDeque<Option<u64>>,
        plays: bool,
        /// How late each played ms of sound was, and when.
        late: Vec<(u64, u64)>,
    }

    impl Speaker {
        fn step(&mut self, now: u64) {
            self.plays = if self.plays { !self.held.is_empty() } else { self.held.len() >= 450 };
            if self.plays
                && let Some(Some(made)) = self.held.pop_front()
            {
                self.late.push((now, now - made));
            }
        }
    }

    /// Plays for so long, with sound in these stretches, over a link that stands still in those.
    fn play(until: u64, sound: &[(u64, u64)], still: (u64, u64)) -> Vec<(u64, u64)> {
        let (mut pace, mut speaker) =
            (Pace { silent: MAX_SILENT + 1, ..Pace::default() }, Speaker::default());
        let mut sent: Vec<Option<u64>> = Vec::new();
        let mut asking = None;
        let is_in = |all: &[(u64, u64)], now| all.iter().any(|(from, until)| (*from..*until).contains(&now));
        for now in 0..until {
            let time = Duration::from_millis(now);
            if !is_in(&[still], now) {
                speaker.held.extend(sent.drain(..));
                if asking.take_if(|at| now >= *at + 20).is_some() {
                    pace.answered(time);
                }
            }
            if now % TICK == 0 {
                let is_silent = !is_in(sound, now);
                if let Some(zeros) = pace.send((0, BLOCK), is_silent, time) {
                    sent.extend((0..zeros / 48).map(|_| None));
                    sent.extend((0..TICK).map(|ms| (!is_silent).then_some(now + ms)));
                }
                if pace.asks(time) {
                    asking = Some(now);
                }
            }
            speaker.step(now);
        }
        speaker.late
    }

    #[test]
    fn speech_is_played_whole_and_half_a_second_later() {
        let late =
            play(60_000, &[(2_000, 20_000), (20_800, 30_000), (31_200, 40_000), (45_000, 50_000)], NEVER);
        assert!(
            late.iter().all(|(_, late)| (400..=500).contains(late)),
            "{:?}",
            late.iter().max_by_key(|l| l.1)
        );
        assert_eq!(late.len() as u64, 18_000 + 9_200 + 8_800 + 5_000);
    }

    #[test]
    fn a_word_at_any_moment_of_a_rest_is_played_whole_and_in_time() {
        for pause in (1_000..2_500).step_by(40) {
            let late = play(20_000, &[(2_000, 8_000), (8_000 + pause, 16_000)], NEVER);
            assert!(late.iter().all(|(_, late)| (400..=520).contains(late)), "{pause}: {:?}", late.last());
            assert_eq!(late.len() as u64, 14_000 - pause, "after {pause}");
        }
    }

    #[test]
    fn a_stall_of_the_link_becomes_no_delay() {
        for stall in [300, 600, 2_000, 5_000] {
            let back = 10_000 + stall;
            let late = play(30_000, &[(2_000, 30_000)], (10_000, back));
            let after = |ms: u64| late.iter().filter(move |(at, _)| *at > back + ms).map(|l| l.1);
            assert!(after(1_000).max().unwrap() < 650, "{stall}: {:?}", after(1_000).max());
            assert!(after(1_000).count() as u64 > 30_000 - back - 1_100, "{stall}: it plays on");
        }
    }

    #[test]
    fn a_link_that_takes_long_is_no_link_that_stands_still() {
        let ms = Duration::from_millis;
        let mut pace = Pace::default();
        for round in 0..100 {
            let now = ms(round * 700);
            assert!(pace.asks(now));
            assert!(pace.send((0, BLOCK), false, now + ms(490)).is_some());
            pace.answered(now + ms(600));
        }
        assert!(!pace.is_late);
        // 1 s of silence is still sent, and then neither silence nor questions.
        let sent = (0..100).filter(|n| pace.send((0, BLOCK), true, ms(70_000 + n)).is_some()).count();
        assert_eq!(sent, 25);
        assert!(!pace.asks(ms(80_000)));
    }
}
