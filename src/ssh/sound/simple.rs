//! Bare samples over two sockets: one plays what it is sent, the other sends what its microphone hears while it is open.
//!
//! Nothing is said about time here: what is played is played by our own clock, and what is captured comes in large pieces
//! (`module-simple-protocol-unix` of PulseAudio: 300 ms) and is given on by that clock too.

use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use russh::ChannelStream;
use russh::server::Msg;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tracing::info;

use crate::audio::SAMPLE_RATE;
use crate::ssh::lent::{Lender, Lent, Socket};
use crate::tui::Device;

use super::even::Even;
use super::native::{Broken, STUCK, Said, pcm};
use super::pace::Pace;

/// How often something is played and given on.
const TICK: Duration = Duration::from_millis(40);

/// Bytes taken in at once: what an SSH packet holds.
const READ: usize = 32 * 1024;

/// Before a microphone that could not be opened, or ended, is opened again.
const RETRY: Duration = Duration::from_secs(2);

type Stream = ChannelStream<Msg>;

/// The two sockets, as far as they are lent.
pub(super) struct Simple {
    lender: Lender,
    /// What was lent when it was opened.
    pub(super) lent: Lent,
    speaker: Option<Stream>,
    pace: Pace,
    /// Whether the link lives; answered while somebody waits for it.
    asked: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    mic: Mic,
    mic_wanted: bool,
    even: Even,
    read: Vec<u8>,
    tick: Interval,
    /// What is due of this tick: playing, and giving on.
    due: (bool, bool),
    began: Instant,
    /// Samples asked for since.
    made: usize,
}

enum Mic {
    Closed,
    Opening(oneshot::Receiver<io::Result<Stream>>),
    Open(Box<Stream>),
    /// Why, and when.
    Failed(String, Instant),
}

/// What happened at the sockets.
enum Happening {
    Tick,
    Alive,
    Opened(io::Result<Box<Stream>>),
    Captured(io::Result<usize>),
    /// The speaker's socket says something, or ends.
    Answered(io::Result<usize>),
}

impl Simple {
    /// Opens the speaker, if it is lent. The microphone stays closed.
    pub(super) async fn open(lender: Lender, lent: Lent) -> Result<Self, Broken> {
        let speaker = if lent.speaker { Some(lender.open(Socket::Speaker).await?) } else { None };
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            lender,
            lent,
            speaker,
            pace: Pace::default(),
            asked: None,
            mic: Mic::Closed,
            mic_wanted: false,
            even: Even::default(),
            read: vec![0; READ],
            tick,
            due: (false, false),
            began: Instant::now(),
            made: 0,
        })
    }

    /// The speaker and the microphone.
    pub(super) fn devices(&self) -> (Device, Device) {
        let named = |is_lent: bool, socket: Socket| {
            if is_lent { Device::Ready(socket.name().to_owned()) } else { Device::Off }
        };
        let mic = match &self.mic {
            Mic::Failed(why, _) => Device::Problem(format!("{}: {why}", Socket::Mic.name())),
            _ => named(self.lent.mic, Socket::Mic),
        };
        (named(self.lent.speaker, Socket::Speaker), mic)
    }

    /// What is to be done next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Said, Broken> {
        loop {
            if std::mem::take(&mut self.due.0) && self.speaker.is_some() {
                let all = (self.began.elapsed().as_secs_f64() * f64::from(SAMPLE_RATE)) as usize;
                let wants = all.saturating_sub(self.made);
                self.made += wants;
                return Ok(Said::Wants(wants));
            }
            if std::mem::take(&mut self.due.1)
                && let Some(bytes) = self.even.take(self.began.elapsed())
            {
                return Ok(Said::Captured(bytes));
            }
            let happening = self.happening().await;
            if let Some(said) = self.take(happening)? {
                return Ok(said);
            }
        }
    }

    /// Does what follows from what happened.
    fn take(&mut self, happening: Happening) -> Result<Option<Said>, Broken> {
        match happening {
            Happening::Tick => {
                self.due = (true, true);
                if matches!(&self.mic, Mic::Failed(_, at) if at.elapsed() >= RETRY) {
                    self.want_mic(self.mic_wanted);
                }
            }
            Happening::Alive => self.pace.answered(self.began.elapsed()),
            Happening::Opened(Ok(stream)) => {
                self.mic = Mic::Open(stream);
                return Ok(Some(Said::Devices));
            }
            Happening::Captured(Ok(read @ 1..)) => self.even.push(&self.read[..read], self.began.elapsed()),
            Happening::Opened(Err(why)) | Happening::Captured(Err(why)) => {
                return Ok(Some(self.lose_mic(&why)));
            }
            Happening::Captured(Ok(_)) => {
                return Ok(Some(self.lose_mic(&io::ErrorKind::UnexpectedEof.into())));
            }
            Happening::Answered(read) => {
                if read? == 0 {
                    return Err(Broken::Ended);
                }
            }
        }
        Ok(None)
    }

    /// Hears on without a microphone.
    fn lose_mic(&mut self, why: &io::Error) -> Said {
        info!(%why, "the microphone of a client's machine is not there");
        self.mic = Mic::Failed(why.to_string(), Instant::now());
        self.even = Even::default();
        Said::Devices
    }

    async fn happening(&mut self) -> Happening {
        let mut none = [0; 64];
        let Self { speaker, asked, mic, read, tick, .. } = self;
        let answered = async {
            match speaker {
                Some(speaker) => speaker.read(&mut none).await,
                None => std::future::pending().await,
            }
        };
        let alive = async {
            match asked {
                Some(asking) => asking.await,
                None => std::future::pending().await,
            }
            *asked = None;
        };
        let mic = async {
            match mic {
                Mic::Closed | Mic::Failed(..) => std::future::pending().await,
                Mic::Opening(opening) => {
                    let opened = opening.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
                    Happening::Opened(opened.map(Box::new))
                }
                Mic::Open(stream) => Happening::Captured(stream.read(read).await),
            }
        };
        tokio::select! {
            _ = tick.tick() => Happening::Tick,
            () = alive => Happening::Alive,
            happening = mic => happening,
            read = answered => Happening::Answered(read),
        }
    }

    /// Plays samples after `late` ones whose time has passed.
    pub(super) async fn play(&mut self, late: usize, samples: &[f32]) -> Result<(), Broken> {
        let Some(speaker) = &mut self.speaker else { return Ok(()) };
        let now = self.began.elapsed();
        let mut bytes = pcm(samples);
        let is_silent = bytes.iter().all(|byte| *byte == 0);
        let Some(before) = self.pace.send((late, samples.len()), is_silent, now) else { return Ok(()) };
        if before > 0 {
            bytes = [pcm(&vec![0.0; before]), bytes].concat();
        }
        if self.pace.asks(now) {
            let lender = self.lender.clone();
            self.asked = Some(Box::pin(async move { lender.is_alive().await }));
        }
        let written = timeout(STUCK, speaker.write_all(&bytes)).await;
        Ok(written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??)
    }

    /// Opens the microphone or closes it: what is dropped here is closed there, though it may only be on its way.
    pub(super) fn want_mic(&mut self, wanted: bool) {
        self.mic_wanted = wanted && self.lent.mic;
        if !self.mic_wanted {
            self.mic = Mic::Closed;
            self.even = Even::default();
        } else if matches!(self.mic, Mic::Closed | Mic::Failed(..)) {
            let (told, opening) = oneshot::channel();
            let lender = self.lender.clone();
            // Dropped when nobody waits for it any more.
            tokio::spawn(async move { told.send(lender.open(Socket::Mic).await) });
            self.mic = Mic::Opening(opening);
        }
    }
}
