//! The thread that plays.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::audio::{Level, SAMPLE_RATE};
use crate::meeting::Millis;
use crate::replay::{Order, Playing, Playout};

use super::Reel;

/// How often it is told what is heard: a screen that follows is no farther behind.
const TELL: Duration = Duration::from_millis(40);

/// How long it sleeps while it stands still: a key is noticed at once, by being woken.
const REST: Duration = Duration::from_secs(1);

/// Samples written at once: 10 ms.
const CHUNK: usize = 480;

/// How far a clock may be behind: a machine that slept goes on where it was.
const MOST_LATE: Duration = Duration::from_millis(500);

/// What takes the sound.
pub trait Outlet: Send + 'static {
    /// How it takes sound now. The calling thread is unparked when that may have changed.
    fn poll(&mut self, plays: bool) -> Taking;

    /// Takes samples: 48 kHz mono.
    fn write(&mut self, samples: &[f32]);
}

/// How an outlet takes sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It is about to.
    Soon,
    /// It wants so many samples; so many of those it got are not heard yet.
    Now {
        /// Samples.
        wanted: usize,
        /// Samples.
        unheard: usize,
    },
    /// It does not, and why, or nothing: a clock takes its place.
    Not(String),
}

/// Nobody hears it here; how it can be heard, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Silent(pub String);

impl Outlet for Silent {
    fn poll(&mut self, _: bool) -> Taking {
        Taking::Not(self.0.clone())
    }

    fn write(&mut self, _: &[f32]) {}
}

/// A recording that is being played on a thread of its own; dropping it ends that.
#[derive(Debug)]
pub struct Deck {
    orders: Option<Sender<Order>>,
    told: watch::Receiver<Playing>,
    thread: Option<JoinHandle<()>>,
    wake: Thread,
}

impl Deck {
    /// Puts a reel on, standing still at its start.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start<O: Outlet>(
        reel: Reel,
        outlet: impl FnOnce() -> O + Send + 'static,
    ) -> std::io::Result<Self> {
        let (orders, queue) = channel();
        let (tell, told) = watch::channel(Playing::default());
        let run = move || {
            Player {
                reel,
                outlet: outlet(),
                playout: Playout::new(1.0, false),
                orders: queue,
                tell,
                now: Playing::default(),
                from: 0,
                fed: false,
                clock: None,
                told_at: None,
            }
            .run();
        };
        let thread = thread::Builder::new().name("palco-deck".to_owned()).spawn(run)?;
        let wake = thread.thread().clone();
        Ok(Self { orders: Some(orders), told, thread: Some(thread), wake })
    }

    /// Gives an order. Few come, since a person gives them.
    pub fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread only ends with this.
            let _ = orders.send(order);
            self.wake.unpark();
        }
    }

    /// How it plays.
    pub fn playing(&self) -> watch::Receiver<Playing> {
        self.told.clone()
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        self.orders = None;
        self.wake.unpark();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Player<O> {
    reel: Reel,
    outlet: O,
    playout: Playout,
    orders: Receiver<Order>,
    tell: watch::Sender<Playing>,
    now: Playing,
    /// Samples that were ever taken when it went to this place: before one more is heard, it is there.
    from: u64,
    /// The reel has come to its end.
    fed: bool,
    /// Up to when a clock took sound, while one does.
    clock: Option<Instant>,
    told_at: Option<Instant>,
}

impl<O: Outlet> Player<O> {
    fn run(mut self) {
        while self.obey() {
            let taking = self.outlet.poll(self.now.plays);
            let unheard = if self.now.plays { self.feed(&taking) } else { 0 };
            self.look(unheard);
            self.tell();
            thread::park_timeout(if self.now.plays { TELL / 4 } else { REST });
        }
    }

    /// Follows all orders; `false` when there will be none.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Play(plays)) => {
                    if plays && self.now.has_ended {
                        self.go_to(Millis::ZERO);
                    }
                    self.now.plays = plays;
                    self.clock = None;
                }
                Ok(Order::Seek(to)) => {
                    self.go_to(to);
                    self.now.seeks += 1;
                }
                Ok(Order::Speed(speed)) => self.playout.set_speed(speed),
                Ok(Order::SkipSilence(on)) => self.playout.skip_silence(on),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
            self.told_at = None;
        }
    }

    fn go_to(&mut self, to: Millis) {
        let to = to.min(self.reel.length());
        if let Err(error) = self.reel.seek(to) {
            tracing::warn!(%error, "a part of the recording cannot be read");
        }
        self.playout.jump();
        self.from = self.playout.taken();
        self.fed = false;
        (self.now.position, self.now.level, self.now.has_ended) = (to, Level::SILENT, false);
    }

    /// Gives as much as is wanted; tells how much of it is not heard yet.
    fn feed(&mut self, taking: &Taking) -> usize {
        let (wanted, unheard) = match taking {
            Taking::Soon => return 0,
            Taking::Now { wanted, unheard } => {
                (self.clock, self.now.silent) = (None, None);
                (*wanted, *unheard)
            }
            Taking::Not(why) => {
                self.now.silent = Some(why.clone());
                (self.clocked(), 0)
            }
        };
        let (mut left, mut given) = (wanted, 0);
        let mut chunk = [0.0; CHUNK];
        while left > 0 {
            let n = left.min(CHUNK);
            self.decode(n);
            let n = self.playout.take(&mut chunk[..n]);
            if n == 0 {
                break;
            }
            self.outlet.write(&chunk[..n]);
            left -= n;
            given += n;
        }
        if given == 0 && wanted > 0 && self.fed {
            self.now.plays = false;
            self.now.has_ended = true;
            self.told_at = None;
        }
        unheard + given
    }

    /// Makes so many samples ready, if there are as many.
    fn decode(&mut self, wanted: usize) {
        while self.playout.ready() < wanted && !self.fed {
            match self.reel.frame() {
                Ok(Some((place, frame))) => self.playout.push(place, &frame),
                Ok(None) => {
                    self.playout.finish();
                    self.fed = true;
                }
                Err(error) => tracing::warn!(%error, "a part of the recording is left out"),
            }
        }
    }

    /// How many samples have gone by on the clock.
    fn clocked(&mut self) -> usize {
        let now = Instant::now();
        let since = *self.clock.get_or_insert(now);
        let late = now.saturating_duration_since(since);
        if late > MOST_LATE {
            self.clock = Some(now);
            return 0;
        }
        let samples = late.as_micros() * u128::from(SAMPLE_RATE) / 1_000_000;
        let samples = u64::try_from(samples).unwrap_or_default();
        // Only what is whole has gone by, so that nothing is lost.
        let gone = Duration::from_nanos(samples * 1_000_000_000 / u64::from(SAMPLE_RATE));
        self.clock = Some(since + gone);
        usize::try_from(samples).unwrap_or_default()
    }

    fn look(&mut self, unheard: usize) {
        if self.now.has_ended {
            (self.now.position, self.now.level) = (self.reel.length(), Level::SILENT);
            return;
        }
        let heard = self.playout.taken().saturating_sub(unheard as u64);
        if self.now.plays
            && heard > self.from
            && let Some(heard) = self.playout.heard(heard)
        {
            self.now.position = heard.position.min(self.reel.length());
            self.now.level = heard.level;
        }
        if !self.now.plays {
            self.now.level = Level::SILENT;
        }
    }

    fn tell(&mut self) {
        if self.told_at.is_some_and(|at| at.elapsed() < TELL) {
            return;
        }
        self.told_at = Some(Instant::now());
        self.tell.send_if_modified(|told| {
            let changed = *told != self.now;
            if changed {
                told.clone_from(&self.now);
            }
            changed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Encoder, FRAME};
    use crate::playback::reel::tests::write;
    use crate::recording::{OggWriter, PAGE_200_MS};
    use std::collections::VecDeque;

    /// Waits until it plays as it should, or fails.
    async fn until(told: &mut watch::Receiver<Playing>, is: impl Fn(&Playing) -> bool) -> Playing {
        let waited = tokio::time::timeout(Duration::from_secs(20), told.wait_for(|p| is(p)));
        waited.await.expect("it never came to it").unwrap().clone()
    }

    #[tokio::test]
    async fn a_clock_moves_it_where_nobody_hears_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.opus");
        let length = write(&path, &[0, 5, 5, 0]);
        let deck = Deck::start(Reel::new([(path, length)]), Silent::default).unwrap();
        let mut told = deck.playing();
        deck.order(Order::Seek(Millis(2_000)));
        let there = until(&mut told, |p| p.seeks == 1).await;
        assert_eq!((there.position, there.plays), (Millis(2_000), false));
        deck.order(Order::Play(true));
        until(&mut told, |p| p.level.is_voice() && p.position > Millis(2_050)).await;
        deck.order(Order::Speed(2.0));
        let end = until(&mut told, |p| p.has_ended).await;
        assert_eq!((end.position, end.plays), (length, false));
        deck.order(Order::Play(true));
        until(&mut told, |p| p.plays && p.position < Millis(1_000)).await;
    }

    /// Of the 100 ms that what is shown may be apart from what is heard, what is left when a screen is told each
    /// [`TELL`] and draws 30 times a second.
    const APART: f64 = 0.100 - 0.040 - 0.033;

    /// A sound card in virtual time, and when what it plays becomes loud and silent.
    struct Card {
        /// Samples that it takes in a second, and that it holds.
        rate: f64,
        holds: usize,
        held: VecDeque<f32>,
        gone: u64,
        window: Vec<f32>,
        changes: Vec<(f64, bool)>,
    }

    impl Card {
        /// Plays on until `now`, in seconds.
        fn play(&mut self, now: f64) {
            while (self.gone as f64) < now * self.rate {
                self.gone += 1;
                self.window.extend(self.held.pop_front());
                if self.window.len() < 240 {
                    continue;
                }
                let power = self.window.drain(..).map(|s| s * s).sum::<f32>() / 240.0;
                note(&mut self.changes, self.gone as f64 / self.rate, power > 1e-5);
            }
        }
    }

    impl Card {
        /// One that is 100 ppm faster than the clock, and 60 ms behind it.
        fn new() -> Self {
            let (held, window, changes) = (VecDeque::new(), Vec::new(), Vec::new());
            Self { rate: 48_000.0 * 1.000_1, holds: 2_880, held, gone: 0, window, changes }
        }
    }

    /// Where in the recording, in seconds, it becomes silent and loud: once, and again each 2 s.
    fn edges(path: &std::path::Path, length: Millis) -> [f64; 2] {
        let (mut reel, mut card) =
            (Reel::new([(path.to_owned(), length)]), Card { rate: 48_000.0, ..Card::new() });
        for _ in 0..200 {
            card.held.extend(reel.frame().unwrap().unwrap().1);
        }
        card.play(4.0);
        [false, true].map(|is| card.changes.iter().rfind(|(_, loud)| *loud == is).unwrap().0)
    }

    impl Outlet for Card {
        fn poll(&mut self, _: bool) -> Taking {
            Taking::Now { wanted: self.holds - self.held.len(), unheard: self.held.len() }
        }

        fn write(&mut self, samples: &[f32]) {
            self.held.extend(samples);
        }
    }

    fn note(changes: &mut Vec<(f64, bool)>, now: f64, loud: bool) {
        if changes.last().is_none_or(|(_, before)| *before != loud) {
            changes.push((now, loud));
        }
    }

    /// Writes a recording in which each second one is loud, from the first on.
    fn seconds(path: &std::path::Path, secs: usize) -> Millis {
        let (mut encoder, mut cycle) = (Encoder::new().unwrap(), Vec::new());
        for n in 0..200_usize {
            let sample = |i: usize| {
                let t = (n * FRAME + i) as f32 * std::f32::consts::TAU / 48_000.0;
                0.2 * (300.0 * t).sin() + 0.2 * (1_300.0 * t).sin()
            };
            let frame = if n / 50 % 2 == 0 { std::array::from_fn(sample) } else { [0.0; FRAME] };
            cycle.push(encoder.encode(&frame).unwrap());
        }
        let (mut writer, mut out) = (OggWriter::new(1, PAGE_200_MS, &[]), Vec::new());
        // The encoder has settled in the second half.
        for packet in cycle[100..].iter().cycle().take(secs * 50) {
            match packet {
                Some(opus) => writer.push(opus).unwrap(),
                None => drop(writer.silence(FRAME as u64)),
            }
            writer.write_to(&mut out).unwrap();
        }
        writer.finish();
        writer.write_to(&mut out).unwrap();
        std::fs::write(path, out).unwrap();
        Millis::of_samples(writer.samples())
    }

    /// The changes that last, of those after `from`: a level at its threshold goes to and fro.
    fn lasting(changes: &[(f64, bool)], from: f64) -> Vec<(f64, bool)> {
        let mut lasting = Vec::<(f64, bool)>::new();
        for (at, loud) in changes.iter().filter(|(at, _)| *at > from) {
            match lasting.last() {
                Some((before, _)) if at - before < 0.05 => drop(lasting.pop()),
                _ => lasting.push((*at, *loud)),
            }
        }
        lasting
    }

    /// Plays from each of these places for so long, in seconds, and tells by how much what is shown was at most apart from
    /// what was heard, in seconds.
    fn apart(path: &std::path::Path, length: Millis, speed: f64, places: &[f64], secs: f64) -> f64 {
        let edges = edges(path, length);
        let (orders, queue) = channel();
        let mut player = Player {
            reel: Reel::new([(path.to_owned(), length)]),
            outlet: Card::new(),
            playout: Playout::new(speed, false),
            orders: queue,
            tell: watch::channel(Playing::default()).0,
            now: Playing::default(),
            from: 0,
            fed: false,
            clock: None,
            told_at: None,
        };
        let (mut step, mut worst) = (0_u64, 0.0_f64);
        for place in places {
            orders.send(Order::Seek(Millis((place * 1_000.0) as u64))).unwrap();
            orders.send(Order::Play(true)).unwrap();
            assert!(player.obey());
            player.outlet.changes.clear();
            let (began, mut shown, mut positions) = (step as f64 * 0.01, Vec::new(), Vec::new());
            // What the card still held is of another place.
            let settled = began + 0.3;
            while (step as f64 * 0.01) < began + secs {
                step += 1;
                let now = step as f64 * 0.01;
                player.outlet.play(now);
                let taking = player.outlet.poll(true);
                let unheard = player.feed(&taking);
                player.look(unheard);
                note(&mut shown, now, player.now.level.is_voice());
                positions.push((now, player.now.position.0 as f64 / 1_000.0));
            }
            let heard = lasting(&player.outlet.changes, settled);
            let shown = lasting(&shown, settled);
            assert!(heard.len() as f64 >= (secs - 1.0) * speed - 1.0, "{heard:?}");
            for ((at, loud), (shown, lit)) in heard.iter().zip(&shown) {
                assert_eq!(loud, lit, "heard at {at} and shown at {shown}");
                // At each change of what is heard the position is that of the change.
                let (now, position) = positions[positions.partition_point(|(now, _)| now < at)];
                let (position, edge) = (position - (now - at) * speed, edges[usize::from(*loud)]);
                let expected = place + (at - began) * speed * 1.000_1;
                assert!((position - expected).abs() < 0.3, "{position} and not {expected} at {speed}");
                let is = edge + ((position - edge) / 2.0).round() * 2.0;
                worst = worst.max((shown - at).abs()).max((position - is).abs() / speed);
            }
        }
        worst
    }

    #[test]
    fn what_is_shown_is_what_is_heard() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.opus");
        let length = seconds(&path, 3 * 3_600);
        for speed in [0.75, 1.0, 2.0] {
            let worst = apart(&path, length, speed, &[0.5, 5_000.5, 10_780.5, 17.5], 8.0);
            assert!(worst < APART, "{:.0} ms at {speed}", worst * 1_000.0);
        }
    }

    /// All of it, minutes: `cargo test --lib --release -- --ignored playback::deck`.
    #[test]
    #[ignore = "plays three hours"]
    fn what_is_shown_is_what_is_heard_for_three_hours() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.opus");
        let length = seconds(&path, 3 * 3_600 + 60);
        for speed in [0.75, 1.0, 2.0] {
            let worst = apart(&path, length, speed, &[0.5], 3.0 * 3_600.0 / speed);
            println!("at {speed}: {:.0} ms apart at most", worst * 1_000.0);
            assert!(worst < APART, "{:.0} ms at {speed}", worst * 1_000.0);
        }
    }
}
