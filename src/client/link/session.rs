//! One connection, from the welcome to its end.

use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Bytes, Message, Utf8Bytes};

use crate::client::{RoomUrl, now};
use crate::net::Backlog;
use crate::wire::{AudioMessage, BinaryMessage, ClientMessage, CloseCode, ServerMessage, read_server};

use super::dial::{Dialled, Farewell, Socket};
use super::dialler::{Dialler, Progress};
use super::hello::Memory;
use super::liveness::{Liveness, Verdict};
use super::{Ends, LinkEvent, Queued};

/// Sound that waited longer than this to be sent is thrown away: others are past it.
pub(super) const SOUND_DEADLINE: Duration = Duration::from_millis(200);

/// What waits so long in the kernel, beyond the way there and back, holds sound up: what is said then is thrown away.
const SOUND_PATIENCE: Duration = Duration::from_millis(300);

/// Places of the incoming queue that sound and signals leave free for messages.
const RESERVE: usize = 64;

/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// How a session ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The program closed the link, or is gone.
    Closed,
    /// A fresh connection is there while the old one is silent.
    Replaced(Box<Dialled>),
    /// The connection is lost.
    Lost(&'static str, String),
    /// The server said goodbye.
    Farewell(Farewell),
}

/// One connection and what is known about it.
pub(super) struct Session<'a> {
    pub(super) url: &'a RoomUrl,
    pub(super) ends: &'a mut Ends,
    pub(super) memory: &'a mut Memory,
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    liveness: Liveness,
    /// How old what waits in the connection is, and the connection itself; `None` when the system has no more files.
    backlog: Option<(Backlog, OwnedFd)>,
    /// Something was handed to the websocket and is not on the wire yet.
    unflushed: bool,
    race: Option<Dialler>,
    refused: Option<(String, String)>,
}

impl<'a> Session<'a> {
    pub(super) fn new(url: &'a RoomUrl, ends: &'a mut Ends, memory: &'a mut Memory, socket: Socket) -> Self {
        let backlog = socket.get_ref().as_fd().try_clone_to_owned().ok();
        let backlog = backlog.map(|fd| (Backlog::new(&fd, SOUND_PATIENCE), fd));
        let (sink, stream) = socket.split();
        let liveness = Liveness::new(Instant::now());
        Self {
            url,
            ends,
            memory,
            sink,
            stream,
            liveness,
            backlog,
            unflushed: false,
            race: None,
            refused: None,
        }
    }

    /// Serves the connection until it ends.
    pub(super) async fn run(mut self, welcome: ServerMessage) -> Outcome {
        if let Err(outcome) = self.open(welcome).await {
            return outcome;
        }
        loop {
            if let Err(outcome) = self.step().await {
                return outcome;
            }
        }
    }

    async fn open(&mut self, welcome: ServerMessage) -> Result<(), Outcome> {
        self.tell(LinkEvent::Connected).await?;
        self.message(welcome).await?;
        self.ping()
    }

    async fn step(&mut self) -> Result<(), Outcome> {
        let deadline = self.liveness.deadline(Instant::now());
        // Nothing new is taken up while something waits for the wire: what is old by then is thrown away.
        let free = !self.unflushed;
        tokio::select! {
            () = closing(&mut self.ends.closing) => Err(self.goodbye().await),
            incoming = self.stream.next() => self.incoming(incoming).await,
            flushed = self.sink.flush(), if self.unflushed => {
                self.unflushed = false;
                flushed.map_err(lost)
            }
            Ok(()) = self.ends.feed.changed(), if free => self.retune(),
            text = self.ends.outgoing.recv(), if free => match text {
                Some(text) => self.say(text),
                None => Err(self.goodbye().await),
            },
            Some(queued) = self.ends.sound.recv(), if free => self.speak(queued),
            progress = dialling(&mut self.race) => self.raced(progress).await,
            () = tokio::time::sleep_until(deadline) => self.look_after().await,
        }
    }

    /// Hands what came to the program.
    async fn incoming(
        &mut self,
        incoming: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Outcome> {
        let message = match incoming {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(self.broke(&error)),
            None => return Err(self.ended(None)),
        };
        self.liveness.heard(Instant::now(), message.is_binary());
        if self.race.take().is_some() {
            self.tell(LinkEvent::Connected).await?;
        }
        match message {
            Message::Text(text) => match read_server(&text) {
                Ok(message) => self.message(message).await,
                Err(error) => {
                    tracing::warn!(%error, "unreadable message");
                    Ok(())
                }
            },
            Message::Binary(bytes) => match BinaryMessage::decode(bytes) {
                Ok(BinaryMessage::Audio(audio)) => self.tell_if_free(LinkEvent::Audio(audio)),
                Ok(BinaryMessage::Mix(mix)) => self.tell_if_free(LinkEvent::Mix(mix)),
                Err(error) => {
                    tracing::warn!(%error, "unreadable audio");
                    Ok(())
                }
            },
            Message::Close(frame) => Err(self.ended(frame.as_ref())),
            _ => Ok(()),
        }
    }

    async fn message(&mut self, message: ServerMessage) -> Result<(), Outcome> {
        self.memory.learn(&message);
        match message {
            ServerMessage::Refused { code, text } => {
                self.refused = Some((code, text));
                Ok(())
            }
            signals @ ServerMessage::Signals { .. } => self.tell_if_free(LinkEvent::Message(signals)),
            other => self.tell(LinkEvent::Message(other)).await,
        }
    }

    async fn tell(&mut self, event: LinkEvent) -> Result<(), Outcome> {
        self.ends.events.send(event).await.map_err(|_| Outcome::Closed)
    }

    fn tell_if_free(&mut self, event: LinkEvent) -> Result<(), Outcome> {
        if self.ends.events.capacity() <= RESERVE {
            return Ok(());
        }
        match self.ends.events.try_send(event) {
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Outcome::Closed),
            _ => Ok(()),
        }
    }

    fn say(&mut self, text: Utf8Bytes) -> Result<(), Outcome> {
        self.liveness.asked(Instant::now());
        self.put(Message::Text(text))
    }

    /// Tells the server which feed is wanted by now.
    fn retune(&mut self) -> Result<(), Outcome> {
        let feed = *self.ends.feed.borrow_and_update();
        let message = serde_json::to_string(&ClientMessage::Feed { feed });
        message.map_or(Ok(()), |text| self.put(Message::text(text)))
    }

    fn speak(&mut self, queued: Queued) -> Result<(), Outcome> {
        let is_held_up = self.backlog.as_mut().is_some_and(|(backlog, fd)| backlog.is_behind(fd));
        if is_held_up || queued.at.elapsed() > SOUND_DEADLINE {
            return Ok(());
        }
        self.put(Message::Binary(AudioMessage::one(queued.record).encode()))
    }

    fn put(&mut self, message: Message) -> Result<(), Outcome> {
        self.unflushed = true;
        if let Some((backlog, fd)) = &mut self.backlog {
            backlog.before_write(fd);
        }
        self.sink.start_send_unpin(message).map_err(lost)
    }

    /// Asks whether anybody is there, in as few bytes as can be.
    fn ask(&mut self) -> Result<(), Outcome> {
        self.liveness.asked(Instant::now());
        if self.unflushed {
            return Ok(());
        }
        self.put(Message::Ping(Bytes::new()))
    }

    fn ping(&mut self) -> Result<(), Outcome> {
        self.liveness.pinged(Instant::now());
        if self.unflushed {
            // What waits for the wire is question enough.
            return Ok(());
        }
        let ping = serde_json::to_string(&ClientMessage::Ping { sent: now() });
        ping.map_or(Ok(()), |text| self.put(Message::text(text)))
    }

    /// Asks, suspects or gives up, as the silence says.
    async fn look_after(&mut self) -> Result<(), Outcome> {
        match self.liveness.verdict(Instant::now()) {
            Verdict::Fine => Ok(()),
            Verdict::Ask => self.ask(),
            Verdict::Ping => self.ping(),
            Verdict::Suspect => {
                if self.race.is_none() {
                    tracing::info!("the server is silent; dialling beside");
                    self.race = Some(Dialler::new(self.url.clone(), Duration::ZERO));
                }
                Ok(())
            }
            Verdict::Dead => Err(Outcome::Lost("silent", "the server does not answer any more".into())),
        }
    }

    async fn raced(&mut self, progress: Progress) -> Result<(), Outcome> {
        match progress {
            Progress::Trying(attempt) => self.tell(LinkEvent::Connecting { attempt }).await,
            Progress::Failed(error, _) => {
                tracing::debug!(%error, "dialling beside failed");
                Ok(())
            }
            Progress::Through(dialled) => Err(Outcome::Replaced(dialled)),
        }
    }

    fn broke(&mut self, error: &tungstenite::Error) -> Outcome {
        if self.refused.is_some() { self.ended(None) } else { lost_because(error) }
    }

    fn ended(&mut self, frame: Option<&CloseFrame>) -> Outcome {
        Outcome::Farewell(Farewell::new(self.refused.take(), frame))
    }

    /// Sends what is queued, then the close.
    async fn goodbye(&mut self) -> Outcome {
        let last = async {
            while let Ok(text) = self.ends.outgoing.try_recv() {
                self.sink.feed(Message::Text(text)).await?;
            }
            let code = CloseCode::Normal.number().into();
            self.sink.send(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }))).await?;
            // The server's close says that everything before ours was read.
            while let Some(Ok(message)) = self.stream.next().await {
                if message.is_close() {
                    break;
                }
            }
            Ok::<(), tungstenite::Error>(())
        };
        if let Ok(Err(error)) = tokio::time::timeout(GOODBYE, last).await {
            tracing::debug!(%error, "no orderly goodbye");
        }
        Outcome::Closed
    }
}

/// Waits until the program closes the link, or has dropped it.
pub(super) async fn closing(told: &mut watch::Receiver<bool>) {
    // An error says that every sender is gone: dropped.
    let _ = told.wait_for(|closing| *closing).await;
}

/// What the race does; never, if there is none.
async fn dialling(race: &mut Option<Dialler>) -> Progress {
    match race {
        Some(dialler) => dialler.progress().await,
        None => std::future::pending().await,
    }
}

fn lost(error: tungstenite::Error) -> Outcome {
    lost_because(&error)
}

fn lost_because(error: &tungstenite::Error) -> Outcome {
    Outcome::Lost("broken", format!("the connection broke ({error})"))
}
