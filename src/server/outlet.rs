//! A websocket's connection: its seat's task reads and writes it, and sound is written past that task.
//!
//! To wake a task for each packet and listener costs more than what it does then. So the [row](super::room::Rows) of a seat
//! writes sound itself, as far as the connection takes it at once; what it does not take waits here, and the seat's task
//! sees to it. Each write is of whole frames: what is left of one goes before anything else.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;

use crate::net::{Backlog, Stream};

use super::room::PACKETS;
use super::seat::PACKET_DEADLINE;
use super::shared::Shared;

/// What waits so long in the kernel, beyond the way there and back, holds sound up: what comes then is not sent. A
/// listener may be 500 ms behind, and what is on the way is still to arrive.
const SOUND_PATIENCE: Duration = Duration::from_millis(300);

/// Whole frames for one seat, to be written together.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// Levels, if any, and then sound, if any.
    frames: Bytes,
    levels: usize,
    /// When the oldest of the sound was said.
    at: Instant,
    packets: u64,
}

impl Parcel {
    /// Levels as a frame, and `packets` as frames that were said at `at` or later.
    pub(super) fn new(levels: &[u8], sound: &[&[u8]], (at, packets): (Instant, u64)) -> Self {
        let frames = [&[levels], sound].concat().concat();
        Self { frames: frames.into(), levels: levels.len(), at, packets }
    }

    fn levels(&self) -> Bytes {
        self.frames.slice(..self.levels)
    }

    fn sound(&self) -> Bytes {
        self.frames.slice(self.levels..)
    }
}

/// Sound that waits.
#[derive(Debug)]
struct Waiting {
    frames: Bytes,
    at: Instant,
    packets: u64,
}

/// A connection, for its seat's task and its row. The lock is held for a write that does not wait.
#[derive(Debug)]
pub(super) struct Outlet {
    ends: Mutex<Ends>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Ends {
    stream: Stream,
    backlog: Backlog,
    /// Whether sound may be written.
    open: bool,
    /// A message of the seat's task is half sent: sound would be within it.
    within_message: bool,
    /// What was taken over and the connection did not take yet: the end of a frame, or some whole ones.
    rest: BytesMut,
    /// TLS may hold something.
    unsent: bool,
    /// As much as a seat may be behind. When it is further behind it loses the oldest.
    waiting: VecDeque<Waiting>,
    /// The levels written last, and those to be written next.
    told: Bytes,
    to_tell: Option<Bytes>,
    /// The seat's task, once it has asked whether something waits.
    task: Option<Waker>,
}

impl Outlet {
    pub(super) fn new(stream: Stream, shared: &Arc<Shared>) -> Arc<Self> {
        let ends = Ends {
            backlog: Backlog::new(&stream, SOUND_PATIENCE),
            stream,
            open: false,
            within_message: false,
            rest: BytesMut::new(),
            unsent: false,
            waiting: VecDeque::new(),
            told: Bytes::new(),
            to_tell: None,
            task: None,
        };
        Arc::new(Self { ends: Mutex::new(ends), shared: Arc::clone(shared) })
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets sound in, or no more of it.
    pub(super) fn set_open(&self, open: bool) {
        self.ends().open = open;
    }

    /// A message of several frames begins or is over: sound waits until it is.
    pub(super) fn set_within_message(&self, within: bool) {
        self.ends().within_message = within;
    }

    /// Whether what waits in the kernel is too old for more sound to be written behind it.
    pub(super) fn is_behind(&self) -> bool {
        self.ends().is_behind()
    }

    /// Writes a parcel, as far as the connection takes it without waiting. To be called without a task's budget, which a
    /// row would have used up after some seats.
    pub(super) fn offer(&self, parcel: &Parcel) {
        let mut ends = self.ends();
        if !ends.open {
            return;
        }
        let is_news = parcel.levels > 0 && ends.told[..] != parcel.frames[..parcel.levels];
        if ends.is_busy() {
            return self.keep(&mut ends, parcel, is_news);
        }
        let may_sound = parcel.packets > 0 && !ends.is_behind();
        if parcel.packets > 0 && !may_sound {
            self.shared.metrics.dropped("congested", parcel.packets);
        }
        let from = if is_news { 0 } else { parcel.levels };
        let to = if may_sound { parcel.frames.len() } else { parcel.levels };
        if from >= to {
            return;
        }
        match ends.write_now(&parcel.frames[from..to]) {
            Poll::Ready(Ok(())) => {
                if is_news {
                    ends.told = parcel.levels();
                }
                if may_sound {
                    self.shared.metrics.packets_out.inc_by(parcel.packets);
                }
                if ends.is_stuck() {
                    ends.wake();
                }
            }
            Poll::Ready(Err(_)) => {
                // The seat's task learns of it when it reads.
                ends.open = false;
                ends.wake();
            }
            Poll::Pending => self.keep(&mut ends, parcel, is_news),
        }
    }

    /// Keeps for the seat's task what cannot be written now.
    fn keep(&self, ends: &mut Ends, parcel: &Parcel, is_news: bool) {
        if is_news {
            ends.to_tell = Some(parcel.levels());
        }
        if parcel.packets > 0 {
            if ends.waiting.len() >= PACKETS
                && let Some(lost) = ends.waiting.pop_front()
            {
                self.shared.metrics.dropped("slow-listener", lost.packets);
            }
            let Parcel { at, packets, .. } = *parcel;
            ends.waiting.push_back(Waiting { frames: parcel.sound(), at, packets });
        }
        ends.wake();
    }

    /// Waits until something waits for the seat's task. Cancel-safe.
    pub(super) async fn stuck(&self) {
        std::future::poll_fn(|cx| {
            let mut ends = self.ends();
            if !ends.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
                ends.task = Some(cx.waker().clone());
            }
            if ends.is_stuck() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Writes what waits, but what is late by now. Cancel-safe.
    ///
    /// # Errors
    /// The connection's.
    pub(super) async fn catch_up(&self) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_catch_up(cx)).await
    }

    fn poll_catch_up(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut ends = self.ends();
        loop {
            ready!(ends.settle(cx))?;
            if ends.within_message {
                return Poll::Ready(Ok(()));
            }
            if let Some(levels) = ends.to_tell.clone() {
                ready!(ends.write(cx, &levels))?;
                ends.told = levels;
                ends.to_tell = None;
                continue;
            }
            let Some(Waiting { at, packets, .. }) = ends.waiting.front() else {
                ends.waiting = VecDeque::new();
                return Poll::Ready(Ok(()));
            };
            let (packets, is_late) = (*packets, at.elapsed() > PACKET_DEADLINE);
            if is_late || ends.is_behind() {
                self.shared.metrics.dropped(if is_late { "late" } else { "congested" }, packets);
            } else {
                let frames = ends.waiting.front().map(|w| w.frames.clone()).unwrap_or_default();
                ready!(ends.write(cx, &frames))?;
                self.shared.metrics.packets_out.inc_by(packets);
            }
            ends.waiting.pop_front();
        }
    }
}

impl Ends {
    /// Whether something has to go before what comes now.
    fn is_busy(&self) -> bool {
        self.within_message || self.is_stuck()
    }

    /// Whether there is something for the seat's task to write.
    fn is_stuck(&self) -> bool {
        let may_go = !self.within_message && (!self.waiting.is_empty() || self.to_tell.is_some());
        may_go || !self.rest.is_empty() || self.unsent
    }

    fn is_behind(&mut self) -> bool {
        self.backlog.is_behind(&self.stream)
    }

    fn wake(&self) {
        if let Some(task) = &self.task {
            task.wake_by_ref();
        }
    }

    /// Writes for the seat's task, in whose name the connection tells when it takes more.
    fn write_now(&mut self, frames: &[u8]) -> Poll<io::Result<()>> {
        let Some(task) = self.task.clone() else {
            return Poll::Pending;
        };
        let mut cx = Context::from_waker(&task);
        ready!(self.write(&mut cx, frames))?;
        match self.settle(&mut cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What is left waits for the task.
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Takes over whole frames: all of them, or none while the connection takes nothing. Nothing may be left of others.
    fn write(&mut self, cx: &mut Context<'_>, frames: &[u8]) -> Poll<io::Result<()>> {
        self.backlog.before_write(&self.stream);
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, frames))?;
        self.rest.extend_from_slice(&frames[written..]);
        self.unsent = matches!(self.stream, Stream::Tls(_));
        Poll::Ready(Ok(()))
    }

    /// Writes what is left of what was taken over.
    fn settle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.advance(written);
            if self.rest.is_empty() {
                self.rest = BytesMut::new();
            }
        }
        if self.unsent {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unsent = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// The connection as the seat's task reads and writes it. A write takes all or nothing, so that what is written whole stays
/// whole.
#[derive(Debug)]
pub(super) struct Line(Arc<Outlet>);

impl Line {
    pub(super) fn new(outlet: Arc<Outlet>) -> Self {
        Self(outlet)
    }

    pub(super) fn outlet(&self) -> &Arc<Outlet> {
        &self.0
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.ends().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut ends = self.0.ends();
        ready!(ends.settle(cx))?;
        ready!(ends.write(cx, buf))?;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.ends().settle(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut ends = self.0.ends();
        ready!(ends.settle(cx))?;
        Pin::new(&mut ends.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::{Message, Role};

    use super::*;
    use crate::net::ciphers;
    use crate::server::Tls;

    /// Messages of each kind: many times what the system and TLS hold for a peer that does not read.
    const MESSAGES: usize = 100;

    const TEXT: usize = 3_000;

    const SOUND: usize = 700;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = listener.accept().await.unwrap();
        socket2::SockRef::from(&ours).set_send_buffer_size(8 * 1024).unwrap();
        socket2::SockRef::from(&theirs).set_recv_buffer_size(8 * 1024).unwrap();
        (ours, theirs)
    }

    async fn encrypted() -> (Stream, Stream) {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls::own(dir.path(), &["localhost".to_owned()]).unwrap();
        let pem = std::fs::read(dir.path().join("tls-cert.pem")).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(ciphers()).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        let (ours, theirs) = pair().await;
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let (ours, theirs) = tokio::join!(tls.accept(ours), connector.connect(name, theirs));
        (ours.unwrap(), Stream::Tls(Box::new(theirs.unwrap().into())))
    }

    fn framed(payload: Vec<u8>) -> Vec<u8> {
        let mut bytes = Vec::new();
        Frame::message(payload, OpCode::Data(Data::Binary), true).format(&mut bytes).unwrap();
        bytes
    }

    fn numbered(n: usize, length: usize) -> Vec<u8> {
        format!("{n:08}").into_bytes().into_iter().cycle().take(length).collect()
    }

    /// A seat's task: messages in two frames each, and whatever the row could not write.
    async fn seat(line: Line) {
        let outlet = Arc::clone(line.outlet());
        let mut ws = WebSocketStream::from_raw_socket(line, Role::Server, None).await;
        outlet.set_open(true);
        for n in 0..MESSAGES {
            let text = numbered(n, TEXT);
            let (first, second) = text.split_at(TEXT / 3);
            outlet.set_within_message(true);
            for (part, kind, is_last) in [(first, Data::Text, false), (second, Data::Continue, true)] {
                let frame = Frame::message(part.to_vec(), OpCode::Data(kind), is_last);
                ws.send(Message::Frame(frame)).await.unwrap();
            }
            outlet.set_within_message(false);
            // What waits now is written now, and what comes later is waited for at the end.
            outlet.catch_up().await.unwrap();
        }
        loop {
            outlet.stuck().await;
            outlet.catch_up().await.unwrap();
        }
    }

    /// Sound that is written past a task which writes too, to a peer that reads slowly, is between whole messages.
    async fn is_between_messages((ours, theirs): (Stream, Stream)) {
        let shared = Shared::alone();
        let outlet = Outlet::new(ours, &shared);
        let seat = tokio::spawn(seat(Line::new(Arc::clone(&outlet))));
        let (offered, mut last) = mpsc::channel::<()>(1);
        let row = tokio::spawn(async move {
            for n in 0..MESSAGES {
                let frame = framed(numbered(n, SOUND));
                // Said so late that it is in time on the busiest machine.
                let parcel = Parcel::new(&[], &[&frame], (Instant::now() + Duration::from_secs(60), 1));
                tokio::task::coop::unconstrained(async { outlet.offer(&parcel) }).await;
                tokio::task::yield_now().await;
            }
            drop(offered);
        });
        let (mut texts, mut sounds) = (0, Vec::new());
        let mut ws = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
        while texts < MESSAGES {
            match ws.next().await.unwrap().unwrap() {
                Message::Text(text) => {
                    assert_eq!(text.as_bytes(), numbered(texts, TEXT));
                    texts += 1;
                }
                Message::Binary(sound) => {
                    let n: usize = std::str::from_utf8(&sound[..8]).unwrap().parse().unwrap();
                    assert_eq!(sound[..], numbered(n, SOUND));
                    assert!(sounds.last().is_none_or(|last| *last < n), "{n} came after {sounds:?}");
                    sounds.push(n);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(last.recv().await, None);
        assert!(sounds.len() > 1, "{sounds:?}");
        row.await.unwrap();
        seat.abort();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sound_is_between_messages() {
        let (ours, theirs) = pair().await;
        is_between_messages((Stream::Plain(ours), Stream::Plain(theirs))).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sound_is_between_messages_under_tls() {
        is_between_messages(encrypted().await).await;
    }
}
