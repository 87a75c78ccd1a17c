//! A TCP stream that ends when its owner says so, or when its peer takes nothing in.

use std::convert::Infallible;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep};

/// How long a peer may take nothing in of what waits for it: with the time in which its buffers fill it is cut within 10 s.
pub(super) const STUCK: Duration = Duration::from_secs(9);

/// A stream that fails when the other end of `cut` is dropped, and when nothing can be written for [`STUCK`].
pub(super) struct Guarded<S> {
    stream: S,
    cut: oneshot::Receiver<Infallible>,
    is_cut: bool,
    /// When a write that waits has waited too long.
    stuck: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, cut: oneshot::Receiver<Infallible>) -> Self {
        Self { stream, cut, is_cut: false, stuck: None, is_waiting: false }
    }

    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.is_cut = self.is_cut || Pin::new(&mut self.cut).poll(cx).is_ready();
        if self.is_cut { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    /// Notes whether a write went through, and fails when none did for too long.
    fn judge<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_waiting = false;
            return written;
        }
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(STUCK)));
        if !std::mem::replace(&mut self.is_waiting, true) {
            stuck.as_mut().reset(Instant::now() + STUCK);
        }
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_in_is_given_up() {
        let (ours, mut theirs) = duplex(64);
        let (_keep, cut) = oneshot::channel();
        let mut stream = Guarded::new(ours, cut);
        stream.write_all(&[0; 64]).await.unwrap();
        let began = Instant::now();
        let error = stream.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), STUCK);
        let mut taken = [0; 32];
        theirs.read_exact(&mut taken).await.unwrap();
        stream.write_all(&[0; 32]).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_waits_to_read_is_told_of_the_cut() {
        let (ours, _theirs) = duplex(64);
        let (keep, cut) = oneshot::channel();
        let mut stream = Guarded::new(ours, cut);
        let reading = tokio::spawn(async move { stream.read_u8().await });
        tokio::task::yield_now().await;
        drop(keep);
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
