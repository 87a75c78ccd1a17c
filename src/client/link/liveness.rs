//! Whether the other side is still there. Knows no clock: moments are arguments.

use std::time::Duration;

use tokio::time::Instant;

/// How often the server is asked for its time, for the offset and the latency shown.
const PING_EVERY: Duration = Duration::from_secs(5);

/// Sound that stops this long is asked after: DTX and pauses of speech do it too, and the answer costs little.
const SOUND_PAUSE: Duration = Duration::from_millis(500);

/// Silence after a question, from when on a fresh connection is dialled beside the old one.
const SUSPECT_AFTER: Duration = Duration::from_secs(1);

/// Silence after a question, from when on the old connection is not waited for any more: two pings missed.
const DEAD_AFTER: Duration = Duration::from_secs(10);

/// What is known about the other side's being there.
#[derive(Debug)]
pub(super) struct Liveness {
    heard: Instant,
    /// The last thing heard was sound.
    sound: bool,
    /// The oldest question since then.
    asked: Option<Instant>,
    pinged: Instant,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Fine,
    /// Ask whether anybody is there.
    Ask,
    /// Ask for the time.
    Ping,
    /// Dial afresh beside.
    Suspect,
    /// Give the connection up.
    Dead,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Self {
        Self { heard: now, sound: false, asked: None, pinged: now }
    }

    /// Something came.
    pub(super) fn heard(&mut self, now: Instant, sound: bool) {
        self.heard = now;
        self.sound = sound;
        self.asked = None;
    }

    /// Something was sent that is answered.
    pub(super) fn asked(&mut self, now: Instant) {
        self.asked.get_or_insert(now);
    }

    /// A ping was sent.
    pub(super) fn pinged(&mut self, now: Instant) {
        self.pinged = now;
        self.asked(now);
    }

    pub(super) fn verdict(&self, now: Instant) -> Verdict {
        match self.asked {
            Some(asked) if now >= asked + DEAD_AFTER => Verdict::Dead,
            _ if now >= self.pinged + PING_EVERY => Verdict::Ping,
            _ if self.pause_ends().is_some_and(|at| now >= at) => Verdict::Ask,
            Some(asked) if now >= asked + SUSPECT_AFTER => Verdict::Suspect,
            _ => Verdict::Fine,
        }
    }

    /// When the verdict may be another one than at `now`.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let mut at = self.pinged + PING_EVERY;
        if let Some(pause) = self.pause_ends() {
            at = at.min(pause);
        }
        if let Some(asked) = self.asked {
            let suspect = asked + SUSPECT_AFTER;
            at = at.min(if suspect > now { suspect } else { asked + DEAD_AFTER });
        }
        at
    }

    /// When sound that stopped is asked after.
    fn pause_ends(&self) -> Option<Instant> {
        (self.sound && self.asked.is_none()).then(|| self.heard + SOUND_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn an_idle_link_pings_each_five_seconds() {
        let t = Instant::now();
        let mut live = Liveness::new(t);
        assert_eq!(live.verdict(t + ms(4_999)), Verdict::Fine);
        assert_eq!(live.deadline(t), t + ms(5_000));
        assert_eq!(live.verdict(t + ms(5_000)), Verdict::Ping);
        live.pinged(t + ms(5_000));
        live.heard(t + ms(5_040), false);
        assert_eq!(live.verdict(t + ms(9_999)), Verdict::Fine);
        assert_eq!(live.deadline(t + ms(5_040)), t + ms(10_000));
    }

    #[test]
    fn silence_after_a_question_is_suspect_and_then_dead() {
        let t = Instant::now();
        let mut live = Liveness::new(t);
        live.asked(t + ms(100));
        assert_eq!(live.deadline(t + ms(100)), t + ms(1_100));
        assert_eq!(live.verdict(t + ms(1_099)), Verdict::Fine);
        assert_eq!(live.verdict(t + ms(1_100)), Verdict::Suspect);
        assert_eq!(live.deadline(t + ms(1_100)), t + ms(5_000), "the next ping");
        live.pinged(t + ms(5_000));
        live.pinged(t + ms(10_000));
        assert_eq!(live.verdict(t + ms(10_100)), Verdict::Dead);
    }

    #[test]
    fn anything_heard_clears_the_suspicion() {
        let t = Instant::now();
        let mut live = Liveness::new(t);
        live.asked(t);
        live.heard(t + ms(1_500), false);
        assert_eq!(live.verdict(t + ms(2_600)), Verdict::Fine);
    }

    #[test]
    fn sound_that_stops_is_asked_after_once() {
        let t = Instant::now();
        let mut live = Liveness::new(t);
        live.heard(t + ms(100), true);
        assert_eq!(live.verdict(t + ms(599)), Verdict::Fine);
        assert_eq!(live.verdict(t + ms(600)), Verdict::Ask);
        live.asked(t + ms(600));
        assert_eq!(live.verdict(t + ms(1_599)), Verdict::Fine);
        assert_eq!(live.verdict(t + ms(1_600)), Verdict::Suspect);
        live.heard(t + ms(1_650), false);
        assert_eq!(live.verdict(t + ms(3_000)), Verdict::Fine);
    }
}
