//! Which feed is heard: chosen by the person, or by how late the sound comes.

use std::collections::BTreeMap;

use crate::meeting::{Source, Timestamp};
use crate::wire::{Feed, Rung};

use super::ClockOffset;

/// What somebody wants to hear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedChoice {
    /// As much as the link carries.
    #[default]
    Auto,
    /// This and no other.
    Fixed(Feed),
}

impl FeedChoice {
    /// Every choice, the best first.
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Fixed(Feed::Forward),
        Self::Fixed(Feed::Mix(Rung::Kb32)),
        Self::Fixed(Feed::Mix(Rung::Kb16)),
        Self::Fixed(Feed::Mix(Rung::Kb8)),
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed(feed) => feed.word(),
        }
    }

    /// Reads a word: `auto`, `forward`, `mix-16`; also `mix 16` and `16`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase().replace(' ', "-");
        let named = Self::ALL.into_iter().find(|choice| choice.word() == text);
        named.or_else(|| Rung::from_kbps(text.parse().ok()?).map(|rung| Self::Fixed(Feed::Mix(rung))))
    }

    /// What is heard at first.
    pub const fn first(self) -> Feed {
        match self {
            Self::Auto => STEPS[0],
            Self::Fixed(feed) => feed,
        }
    }
}

/// What `auto` goes down and up. Not through the best mix: where one person speaks it costs more than their own packets.
const STEPS: [Feed; 3] = [Feed::Forward, Feed::Mix(Rung::Kb16), Feed::Mix(Rung::Kb8)];

/// Sound that comes so much later than the earliest has fallen behind, in ms: people begin to talk into each other.
const LATE: i64 = 300;

/// A bad second is one in which anything came late; so many of them in [`WINDOW`] are one step down.
const BAD: usize = 2;

/// Seconds that are looked at.
const WINDOW: u64 = 4;

/// After a step what waited on the way may still come late, in ms.
const SETTLES: u64 = 5_000;

/// Good seconds with sound before a step up is tried.
const GOOD: u32 = 30;

/// A step up that does not last so long did not work, in ms: the next one is tried after twice as many good seconds.
const LASTS: u64 = 30_000;

/// The most good seconds that are waited for: eight minutes.
const MOST: u32 = 480;

/// A speaker from whom nothing came for so long begins anew, in ms: by then the link itself is in doubt, and numbers may
/// count from elsewhere.
const FORGET: u64 = 2_000;

/// Where a stream of numbered frames is.
#[derive(Clone, Copy, Debug)]
struct Stream {
    frame: u16,
    /// Frames since the stream began.
    index: i64,
    /// The least of arrival less index, in ms.
    fastest: i64,
    at: Timestamp,
}

/// Follows how late sound comes, and says which feed the link carries.
///
/// Feed it whatever comes, with its number and when it came. How late the mix is, is known from the server's clock; single
/// people's packets can only be compared with their own earliest ones. It steps down when sound comes late in two of four seconds, and
/// up again after half a minute in which none did; each step up that fails makes it wait twice as long.
#[derive(Clone, Debug)]
pub struct FeedRule {
    step: usize,
    streams: BTreeMap<Source, Stream>,
    /// The latest seconds in which sound came late.
    bad: Vec<u64>,
    /// The second that is under way, if sound came in it.
    second: Option<u64>,
    good: u32,
    /// Good seconds that a step up needs.
    wants: u32,
    stepped: Option<Timestamp>,
    raised: Option<Timestamp>,
}

impl FeedRule {
    /// From this feed on; one that is no step counts as the best.
    pub fn new(feed: Feed) -> Self {
        Self {
            step: STEPS.iter().position(|step| *step == feed).unwrap_or(0),
            streams: BTreeMap::new(),
            bad: Vec::new(),
            second: None,
            good: 0,
            wants: GOOD,
            stepped: None,
            raised: None,
        }
    }

    /// The feed that the link carries.
    pub fn feed(&self) -> Feed {
        STEPS[self.step]
    }

    /// Another connection: what came before says nothing about it.
    pub fn reconnected(&mut self) {
        self.streams.clear();
        self.bad.clear();
    }

    /// A single person's packet came. Says the new feed when it is time for another.
    pub fn heard(&mut self, source: Source, frame: u16, now: Timestamp) -> Option<Feed> {
        let late = self.lateness(source, frame, now);
        self.judge(late > LATE, now)
    }

    /// A stretch of the mix came that ends before frame `end`. Says the new feed when it is time for another.
    pub fn heard_mix(&mut self, end: u16, clock: &ClockOffset, now: Timestamp) -> Option<Feed> {
        let late = mix_lateness(end, clock, now);
        self.judge(late > LATE, now)
    }

    fn judge(&mut self, late: bool, now: Timestamp) -> Option<Feed> {
        if self.stepped.is_some_and(|at| now.since(at).0 < SETTLES) {
            return None;
        }
        let second = now.0 / 1_000;
        if self.second != Some(second) {
            let was_good = self.second.is_some_and(|before| self.bad.last() != Some(&before));
            self.good = if was_good { self.good + 1 } else { self.good };
            self.second = Some(second);
        }
        if late {
            self.good = 0;
            if self.bad.last() != Some(&second) {
                self.bad.push(second);
            }
        }
        self.bad.retain(|bad| bad + WINDOW > second);
        if self.bad.len() >= BAD && self.step + 1 < STEPS.len() {
            let failed = self.raised.take().is_some_and(|at| now.since(at).0 < LASTS);
            self.wants = if failed { (self.wants * 2).min(MOST) } else { self.wants };
            return Some(self.go(self.step + 1, now));
        }
        if self.good >= self.wants && self.step > 0 {
            self.raised = Some(now);
            return Some(self.go(self.step - 1, now));
        }
        None
    }

    fn go(&mut self, step: usize, now: Timestamp) -> Feed {
        self.step = step;
        self.stepped = Some(now);
        self.streams.clear();
        self.bad.clear();
        self.second = None;
        self.good = 0;
        self.feed()
    }

    /// How much later a frame comes than the earliest, in ms.
    fn lateness(&mut self, source: Source, frame: u16, now: Timestamp) -> i64 {
        let arrived = i64::try_from(now.0).unwrap_or(i64::MAX);
        let fresh = Stream { frame, index: 0, fastest: arrived, at: now };
        let stream = self.streams.entry(source).or_insert(fresh);
        let ahead = i64::from(frame.wrapping_sub(stream.frame).cast_signed());
        if ahead < 0 || now.since(stream.at).0 > FORGET {
            *stream = fresh;
            return 0;
        }
        stream.index += ahead;
        (stream.frame, stream.at) = (frame, now);
        let transit = arrived - stream.index * FRAME_MS;
        stream.fastest = stream.fastest.min(transit);
        transit - stream.fastest
    }
}

/// How long ago the server had mixed what ends before frame `end`, in ms, without the time that the link always takes. The
/// mix counts its frames by the server's clock.
pub fn mix_lateness(end: u16, clock: &ClockOffset, now: Timestamp) -> i64 {
    let server = i64::try_from(clock.server_now(now).0).unwrap_or(i64::MAX);
    // Modulo 65,536, as the frames are.
    let frame = (server / FRAME_MS) as u16;
    let ago = i64::from(frame.wrapping_sub(end).cast_signed()) * FRAME_MS + server % FRAME_MS;
    let there = clock.round_trip().map_or(0, |span| i64::try_from(span.0 / 2).unwrap_or(i64::MAX));
    ago.saturating_sub(there)
}

/// Milliseconds of a frame.
const FRAME_MS: i64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// A link in virtual time: it carries `kilobytes` a second, and what does not fit waits.
    struct Link {
        rule: FeedRule,
        now: u64,
        /// When the link is done with what it has, in ms.
        free: f64,
        steps: Vec<(u64, Feed)>,
    }

    impl Link {
        fn new() -> Self {
            Self { rule: FeedRule::new(Feed::Forward), now: 0, free: 0.0, steps: Vec::new() }
        }

        /// Bytes a second of speech with headers.
        fn cost(feed: Feed) -> f64 {
            match feed {
                Feed::Forward => 5_500.0,
                Feed::Mix(Rung::Kb16) => 2_600.0,
                _ => 1_500.0,
            }
        }

        fn run(&mut self, secs: u64, bytes_a_second: f64) {
            let clock = ClockOffset::new();
            for _ in 0..secs * 50 {
                let bytes = Self::cost(self.rule.feed()) / 50.0;
                let begins = self.free.max(self.now as f64);
                // What waits for more than 400 ms is dropped by the server.
                if begins - self.now as f64 <= 400.0 {
                    self.free = begins + bytes * 1_000.0 / bytes_a_second;
                    let frame = (self.now / 20) as u16;
                    let at = Timestamp(self.free as u64 + 40);
                    let step = match self.rule.feed() {
                        Feed::Forward => self.rule.heard(Source(1), frame, at),
                        _ => self.rule.heard_mix(frame, &clock, at),
                    };
                    if let Some(feed) = step {
                        self.steps.push((self.now / 1_000, feed));
                    }
                }
                self.now += 20;
            }
        }
    }

    #[test]
    fn a_good_link_stays_at_the_best() {
        let mut link = Link::new();
        link.run(600, 50_000.0);
        assert_eq!(link.steps, []);
    }

    #[test]
    fn a_link_that_falls_behind_steps_down_until_it_carries() {
        let mut link = Link::new();
        link.run(20, 50_000.0);
        link.run(20, 2_000.0);
        let feeds: Vec<_> = link.steps.iter().map(|(_, feed)| *feed).collect();
        assert_eq!(feeds, [Feed::Mix(Rung::Kb16), Feed::Mix(Rung::Kb8)], "{:?}", link.steps);
        assert!(link.steps[0].0 <= 24 && link.steps[1].0 <= 34, "{:?}", link.steps);
        assert_eq!(link.rule.feed(), Feed::Mix(Rung::Kb8));
    }

    #[test]
    fn it_comes_back_slowly_and_tries_less_often_what_failed() {
        let mut link = Link::new();
        link.run(10, 2_000.0);
        assert_eq!(link.rule.feed(), Feed::Mix(Rung::Kb8));
        link.run(300, 2_000.0);
        let ups: Vec<_> =
            link.steps.iter().filter(|(_, f)| *f == Feed::Mix(Rung::Kb16)).map(|(at, _)| *at).collect();
        assert!((2..6).contains(&ups.len()), "{:?}", link.steps);
        let gaps: Vec<_> = ups.windows(2).map(|w| w[1] - w[0]).collect();
        assert!(gaps.windows(2).all(|w| w[1] > w[0] * 3 / 2), "{gaps:?}");
        link.run(1_500, 50_000.0);
        assert_eq!(link.rule.feed(), Feed::Forward, "{:?}", link.steps);
    }

    #[test]
    fn one_stall_is_no_reason() {
        let mut rule = FeedRule::new(Feed::Forward);
        for n in 0..3_000_u64 {
            let stalled = (1_000..1_030).contains(&n);
            let at = if stalled { 1_030 * 20 } else { n * 20 };
            assert_eq!(rule.heard(Source(1), n as u16, Timestamp(at)), None);
        }
        rule.reconnected();
        assert_eq!(rule.heard(Source(1), 3_000, Timestamp(90_000)), None);
    }

    #[test]
    fn a_microphone_that_opens_again_is_not_late() {
        let mut rule = FeedRule::new(Feed::Forward);
        for turn in 0..20_u64 {
            for n in 0..100_u64 {
                let at = Timestamp(turn * 2_700 + n * 20);
                assert_eq!(rule.heard(Source(3), n as u16, at), None, "turn {turn}");
            }
        }
    }

    #[test]
    fn the_mix_is_as_late_as_the_server_s_clock_says() {
        let mut clock = ClockOffset::new();
        // The server's clock is an hour ahead, and 80 ms away.
        let hour = 3_600_000;
        clock.sample(Timestamp(1_000), Timestamp(hour + 1_040), Timestamp(1_080));
        let mixed = |at: u64| (((hour + at) / 20) & 0xffff) as u16;
        assert_eq!(mix_lateness(mixed(2_000), &clock, Timestamp(2_040)), 0);
        assert_eq!(mix_lateness(mixed(2_000), &clock, Timestamp(2_400)), 360);
        assert_eq!(mix_lateness(mixed(2_020), &clock, Timestamp(2_040)), -20);
    }

    #[test]
    fn words() {
        for choice in FeedChoice::ALL {
            assert_eq!(FeedChoice::parse(choice.word()), Some(choice));
        }
        assert_eq!(FeedChoice::parse("mix 16"), FeedChoice::parse("16"));
        assert_eq!(FeedChoice::parse("AUTO"), Some(FeedChoice::Auto));
        assert_eq!((FeedChoice::parse("none"), FeedChoice::parse("12")), (None, None));
        assert_eq!(FeedChoice::Auto.first(), Feed::Forward);
    }
}
