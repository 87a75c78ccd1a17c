//! The task between a client's sound server and the console.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::audio::{Crowd, FRAME, Talk};
use crate::meeting::Source;
use crate::wire::{AudioRecord, BinaryMessage, Feed};

use super::native::{Broken, Said};
use super::punctual::Punctual;
use super::way::Way;
use super::{State, Wanted, span};
use crate::ssh::lent::Lender;

/// Before it is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Samples mixed at once: 10 ms.
const CHUNK: usize = 480;

/// Samples played for one request: 200 ms. What is wanted beyond was missed in a stall of the link, and its time has passed.
pub(super) const MAX_WANTED: usize = 9_600;

/// Samples of missed sound that are thrown away one by one: 1 s. After that nobody waits for them.
const MAX_LATE: usize = 48_000;

/// Plays and captures until its ears are dropped.
pub(super) struct Player {
    lender: Lender,
    wanted: watch::Receiver<Wanted>,
    heard: mpsc::Receiver<BinaryMessage>,
    spoken: mpsc::Sender<AudioRecord>,
    tuned: watch::Sender<Feed>,
    told: watch::Sender<State>,
}

/// One time that there is sound.
struct Playing<'a> {
    player: &'a mut Player,
    crowd: Crowd<Source>,
    start: Instant,
    mic: Opening,
}

/// One opening of the microphone.
#[derive(Default)]
struct Opening {
    number: Option<u64>,
    talk: Talk,
    samples: Vec<f32>,
    punctual: Punctual,
    /// When the first sample was captured.
    since: Option<Instant>,
}

/// The console is gone.
struct Over;

impl Player {
    pub(super) fn new(
        lender: Lender,
        (wanted, heard): (watch::Receiver<Wanted>, mpsc::Receiver<BinaryMessage>),
        (spoken, tuned): (mpsc::Sender<AudioRecord>, watch::Sender<Feed>),
        told: watch::Sender<State>,
    ) -> Self {
        Self { lender, wanted, heard, spoken, tuned, told }
    }

    pub(super) async fn run(mut self) {
        while self.agreed().await.is_ok() {
            // On the heap, and gone with the sound: most consoles have none, and each has a player.
            let ended = Box::pin(self.play()).await;
            self.tuned.send_replace(Feed::None);
            match ended {
                Ok(()) if !self.is_wanted() => drop(self.told.send_replace(State::Off)),
                Ok(()) => sleep(RETRY).await,
                Err(Over) => return,
            }
        }
    }

    fn is_wanted(&self) -> bool {
        self.wanted.borrow().agreed && self.lender.lent.borrow().any()
    }

    /// Waits until there is something to play on, and a yes to it.
    async fn agreed(&mut self) -> Result<(), Over> {
        self.wanted.has_changed().map_err(|_| Over)?;
        while !self.is_wanted() {
            tokio::select! {
                changed = self.wanted.changed() => changed.map_err(|_| Over)?,
                changed = self.lender.lent.changed() => changed.map_err(|_| Over)?,
            }
        }
        Ok(())
    }

    async fn play(&mut self) -> Result<(), Over> {
        let Some(way) = self.connect().await else {
            return Ok(());
        };
        while self.heard.try_recv().is_ok() {}
        self.wanted.mark_changed();
        let (crowd, start, mic) = (Crowd::default(), Instant::now(), Opening::default());
        Playing { player: self, crowd, start, mic }.run(way).await
    }

    async fn connect(&mut self) -> Option<Way> {
        match Way::open(&self.lender).await {
            Ok(way) => {
                info!("the sound of a client's machine is used");
                self.show(&way);
                Some(way)
            }
            Err(why) => {
                self.broken(&why);
                None
            }
        }
    }

    fn show(&self, way: &Way) {
        let (speaker, mic) = way.devices();
        self.told.send_replace(State::Ready(speaker, mic));
    }

    fn broken(&self, why: &Broken) {
        info!(%why, "the sound of a client's machine does not work");
        self.told.send_replace(State::Broken(format!("your machine's sound server: {why}")));
    }
}

impl Playing<'_> {
    /// Plays until it is not wanted any more or breaks.
    async fn run(&mut self, mut way: Way) -> Result<(), Over> {
        loop {
            let done = tokio::select! {
                said = way.next() => match said {
                    Ok(Said::Wants(samples)) => self.fill(&mut way, samples).await,
                    Ok(Said::Captured(bytes)) => {
                        self.capture(&bytes);
                        Ok(())
                    }
                    Ok(Said::Devices) => {
                        self.player.show(&way);
                        Ok(())
                    }
                    Err(why) => Err(why),
                },
                message = self.player.heard.recv() => {
                    self.hear(message.ok_or(Over)?);
                    Ok(())
                }
                changed = self.player.wanted.changed() => {
                    changed.map_err(|_| Over)?;
                    if !self.player.is_wanted() {
                        return Ok(());
                    }
                    self.follow(&mut way).await
                }
                changed = self.player.lender.lent.changed() => {
                    changed.map_err(|_| Over)?;
                    if !way.fits(*self.player.lender.lent.borrow_and_update()) {
                        return Ok(());
                    }
                    Ok(())
                }
            };
            if let Err(why) = done {
                self.player.broken(&why);
                return Ok(());
            }
        }
    }

    /// Does what the console wants.
    async fn follow(&mut self, way: &mut Way) -> Result<(), Broken> {
        let wanted = self.player.wanted.borrow_and_update().clone();
        self.crowd.set_volumes(wanted.volumes);
        let feed = wanted.feed.first();
        self.player.tuned.send_if_modified(|tuned| std::mem::replace(tuned, feed) != feed);
        if wanted.mic != self.mic.number {
            self.mic = Opening::begin(wanted.mic);
            way.want_mic(wanted.mic.is_some()).await?;
        }
        Ok(())
    }

    fn hear(&mut self, message: BinaryMessage) {
        let now = self.start.elapsed();
        let pushed = match message {
            BinaryMessage::Audio(message) => {
                let mut records = message.records.into_iter();
                records.try_for_each(|r| self.crowd.push(r.source, r.frame, r.opus, now))
            }
            BinaryMessage::Mix(message) => self.crowd.push_mix(message.frame, message.packets, now),
        };
        if let Err(error) = pushed {
            warn!(%error, "a speaker is not heard");
        }
        self.crowd.forget_idle(now);
    }

    /// Gives the speaker as much as it wants. The jitter buffers are told the moment of each sample, not of the request.
    async fn fill(&mut self, way: &mut Way, samples: usize) -> Result<(), Broken> {
        let late = samples.saturating_sub(MAX_WANTED);
        if late > 0 {
            debug!(late, "the link stood still");
        }
        let (volume, now) = (self.player.wanted.borrow().volume, self.start.elapsed());
        let mut left = late.min(MAX_LATE) + samples - late;
        let mut block = Vec::with_capacity(left);
        let mut chunk = [0.0; CHUNK];
        while left > 0 {
            let n = left.min(CHUNK);
            self.crowd.pull(&mut chunk[..n], volume, now.saturating_sub(span(left)));
            block.extend_from_slice(&chunk[..n]);
            left -= n;
        }
        let kept = block.len() - (samples - late);
        way.play(late, &block[kept..]).await
    }

    /// Sends what the microphone heard, as long as it is open.
    fn capture(&mut self, bytes: &[u8]) {
        if self.player.wanted.borrow().mic != self.mic.number {
            return;
        }
        for record in self.mic.take(bytes) {
            // A full queue means that the link stands still: the packet would be too late.
            let _ = self.player.spoken.try_send(record);
        }
    }
}

impl Opening {
    fn begin(number: Option<u64>) -> Self {
        let talk = number.map(|_| Talk::open()).transpose();
        let talk = talk.inspect_err(|error| warn!(%error, "a microphone is not heard"));
        Self { number, talk: talk.ok().flatten().unwrap_or_default(), ..Self::default() }
    }

    /// Takes samples in, and gives the records of whole frames.
    fn take(&mut self, bytes: &[u8]) -> Vec<AudioRecord> {
        let samples = bytes.as_chunks().0.iter().map(|b| f32::from(i16::from_le_bytes(*b)) / 32_768.0);
        self.samples.extend(samples);
        let whole = self.samples.len() / FRAME * FRAME;
        let elapsed = self.since.get_or_insert_with(Instant::now).elapsed();
        let mut records = Vec::new();
        for frame in self.samples[..whole].as_chunks::<FRAME>().0 {
            if self.punctual.is_early(elapsed) {
                continue;
            }
            if self.punctual.is_late(elapsed) {
                self.talk.skip(1);
                continue;
            }
            match self.talk.utter(frame) {
                Ok(said) => records.extend(said.packet.map(|p| AudioRecord::own(said.level.byte(), p))),
                Err(error) => warn!(%error, "a frame is not sent"),
            }
        }
        self.samples.drain(..whole);
        records
    }
}
