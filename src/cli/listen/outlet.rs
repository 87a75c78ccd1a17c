//! Where the sound goes: to a speaker, or as Ogg Opus into a file or a pipe.

use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};

use crate::audio::Packet;
use crate::cli::args::ListenArgs;
use crate::cli::context::Context;
use crate::cli::output::{Failure, create};
use crate::client::sound::{DeviceState, Engine, SoundConfig, SoundStatus};
use crate::device::{DeviceChoice, Direction};
use crate::recording::{LiveWriter, PAGE_200_MS};
use crate::wire::{AudioMessage, MixMessage};

/// After this long without sound silence is written: longer than a message of the lowest rung and an uneven network.
const PATIENCE: Duration = Duration::from_millis(400);

/// Pages that wait for whoever reads: 2 s. What does not fit is left out, since a player has to be at live.
const PAGES: usize = 10;

/// The way out.
pub(super) enum Outlet {
    /// A speaker.
    Play { engine: Engine, status: watch::Receiver<SoundStatus> },
    /// Ogg Opus.
    Write(Box<Writing>),
}

/// A stream that is written.
pub(super) struct Writing {
    live: LiveWriter,
    start: Instant,
    pages: Option<mpsc::Sender<Bytes>>,
    done: oneshot::Receiver<io::Result<()>>,
}

impl Outlet {
    /// Opens it before anybody is joined: a file that cannot be written is told first.
    pub(super) fn open(context: &Context, args: &ListenArgs) -> Result<Self, Failure> {
        let Some(path) = &args.output else { return Ok(Self::play(context, args)) };
        if path == Path::new("-") {
            if io::stdout().is_terminal() {
                let text =
                    "sound is no text for a terminal; write `palco listen URL -o - | mpv -`, or -o FILE";
                return Err(Failure::usage(text));
            }
            return Writing::start(Box::new(io::stdout())).map(|w| Self::Write(Box::new(w)));
        }
        Writing::start(Box::new(create(path)?)).map(|w| Self::Write(Box::new(w)))
    }

    fn play(context: &Context, args: &ListenArgs) -> Self {
        let speaker = context.device(Direction::Playback, args.speaker.as_ref());
        let (outgoing, _) = mpsc::channel(1);
        let engine = Engine::start(SoundConfig { mic: DeviceChoice::None, speaker }, outgoing);
        let status = engine.status();
        Self::Play { engine, status }
    }

    /// Takes a stretch of the mix.
    pub(super) fn mix(&mut self, message: MixMessage) {
        match self {
            Self::Play { engine, .. } => engine.hear_mix(message),
            Self::Write(writing) => writing.mix(&message),
        }
    }

    /// Takes packets of single people, which only a speaker can play together.
    pub(super) fn audio(&mut self, message: AudioMessage) {
        if let Self::Play { engine, .. } = self {
            engine.hear(message);
        }
    }

    /// The connection is a new one: numbers may begin anew.
    pub(super) fn restart(&mut self) {
        if let Self::Write(writing) = self {
            writing.live.restart();
        }
    }

    /// Fills in the silence that was not sent.
    pub(super) fn tick(&mut self) {
        if let Self::Write(writing) = self {
            writing.live.tick(writing.start.elapsed());
            writing.send();
        }
    }

    /// Why nothing can be played.
    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Self::Play { status, .. } => match &status.borrow().speaker {
                DeviceState::Problem(trouble) => Some(trouble.text.clone()),
                _ => None,
            },
            Self::Write(_) => None,
        }
    }

    /// Waits until nobody reads any more, which is no failure, or nothing can be written. Cancel-safe.
    pub(super) async fn gone(&mut self) -> Result<(), Failure> {
        match self {
            Self::Play { .. } => std::future::pending().await,
            Self::Write(writing) => {
                let done = (&mut writing.done).await;
                writing.pages = None;
                written(done)
            }
        }
    }

    /// Ends the stream and waits until it is written.
    pub(super) async fn close(&mut self) {
        if let Self::Write(writing) = self
            && writing.pages.is_some()
        {
            writing.live.finish();
            writing.send();
            writing.pages = None;
            // A reader who stands still is not waited for.
            let _ = tokio::time::timeout(Duration::from_secs(1), &mut writing.done).await;
        }
    }
}

impl Writing {
    fn start(mut to: Box<dyn Write + Send>) -> Result<Self, Failure> {
        let (pages, mut queue) = mpsc::channel::<Bytes>(PAGES);
        let (ended, done) = oneshot::channel();
        let write = move || {
            let mut written = Ok(());
            while let Some(page) = queue.blocking_recv() {
                written = to.write_all(&page).and_then(|()| to.flush());
                if written.is_err() {
                    break;
                }
            }
            // Nobody may be waiting for it.
            let _ = ended.send(written);
        };
        let failed = |e| Failure::refused("threads", format!("the system gives no threads ({e})"));
        thread::Builder::new().name("palco-ogg".into()).spawn(write).map_err(failed)?;
        let live = LiveWriter::new(rand::random(), PAGE_200_MS, &[], PATIENCE, Duration::ZERO);
        // Nothing is written before there is a meeting: the heads go with the first sound or silence.
        Ok(Self { live, start: Instant::now(), pages: Some(pages), done })
    }

    fn mix(&mut self, message: &MixMessage) {
        let (mut frame, now) = (message.frame, self.start.elapsed());
        for opus in &message.packets {
            let Ok(packet) = Packet::check(opus) else { continue };
            if let Err(error) = self.live.push(frame, opus, now) {
                tracing::debug!(%error, "a packet of the mix is left out");
            }
            frame = frame.wrapping_add(packet.frames());
        }
        self.send();
    }

    fn send(&mut self) {
        let Some(pages) = &self.pages else { return };
        while let Some(page) = self.live.take() {
            if pages.try_send(page).is_err() {
                tracing::debug!("whoever reads is behind: 200 ms are left out");
            }
        }
    }
}

fn written(done: Result<io::Result<()>, oneshot::error::RecvError>) -> Result<(), Failure> {
    match done {
        Ok(Err(e)) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::refused("output", format!("the sound cannot be written ({e})")))
        }
        _ => Ok(()),
    }
}
