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
    use crate::playback::reel::tests::write;

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
}
