//! Consoles over SSH that a bench fills a room with: a client of its own, and a terminal that answers what it is asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use russh::client::{AuthResult, Config, Handle, Handler, Msg, connect};
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg};
use tokio::time::{Instant, timeout, timeout_at};

use crate::term::FENCE;

use super::BenchError;
use super::child::ROOM;
use super::seat::PATIENCE;

/// What a terminal answers to a fence.
const ANSWER: &[u8] = b"\x1b[0n";

/// A terminal's size: columns and rows.
pub(super) type Cells = (u32, u32);

/// The bench trusts the server that it started.
struct Anybody;

impl Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// A console in the meeting.
pub(super) struct Shell {
    // The connection lives as long as this.
    _session: Handle<Anybody>,
    channel: Channel<Msg>,
    /// The end of what came, shorter than a fence.
    tail: Vec<u8>,
    /// Bytes that came, where others read them too.
    bytes: Arc<AtomicU64>,
}

impl Shell {
    /// Connects, logs in with a new key and runs the console on a terminal. It has shown nothing yet.
    ///
    /// # Errors
    /// It is refused, or does not come up.
    pub(super) async fn open(
        at: SocketAddr,
        number: u32,
        cells: Cells,
        config: &Arc<Config>,
    ) -> Result<Self, BenchError> {
        let late = BenchError::Join { seat: number, secs: PATIENCE.as_secs() };
        timeout(PATIENCE, Self::enter(at, number, cells, config)).await.map_err(|_| late)?
    }

    async fn enter(
        at: SocketAddr,
        number: u32,
        (columns, rows): Cells,
        config: &Arc<Config>,
    ) -> Result<Self, BenchError> {
        let own = |e: russh::Error| BenchError::Own(Box::new(e));
        let key = Arc::new(PrivateKey::from(Ed25519Keypair::from_seed(&rand::random())));
        let mut session = connect(Arc::clone(config), at, Anybody).await.map_err(own)?;
        let login =
            session.authenticate_publickey(format!("seat{number}"), PrivateKeyWithHashAlg::new(key, None));
        if !matches!(login.await.map_err(own)?, AuthResult::Success) {
            return Err(BenchError::Refused { seat: number, text: "no login".to_owned() });
        }
        let channel = session.channel_open_session().await.map_err(own)?;
        channel.set_env(false, "LANG", "C.UTF-8").await.map_err(own)?;
        channel.request_pty(false, "xterm-256color", columns, rows, 0, 0, &[]).await.map_err(own)?;
        channel.exec(false, ROOM).await.map_err(own)?;
        Ok(Self { _session: session, channel, tail: Vec::new(), bytes: Arc::default() })
    }

    /// Where the bytes that came are counted.
    pub(super) fn bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }

    /// Reads until a whole frame is there.
    ///
    /// # Errors
    /// None comes.
    pub(super) async fn frame(&mut self) -> Result<(), BenchError> {
        let late = || BenchError::Late { what: "a frame", secs: PATIENCE.as_secs() };
        let deadline = Instant::now() + PATIENCE;
        while timeout_at(deadline, self.read()).await.ok().flatten().ok_or_else(late)? == 0 {}
        Ok(())
    }

    /// Reads and answers until the channel ends.
    pub(super) async fn watch(mut self) {
        while self.read().await.is_some() {}
    }

    /// Reads once and answers. Tells how many frames have ended; `None` when the channel has.
    async fn read(&mut self) -> Option<usize> {
        let data = loop {
            if let ChannelMsg::Data { data } = self.channel.wait().await? {
                break data;
            }
        };
        self.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        self.tail.extend_from_slice(&data);
        let frames = self.tail.windows(FENCE.len()).filter(|w| *w == FENCE).count();
        let keep = if self.tail.ends_with(FENCE) { 0 } else { FENCE.len() - 1 };
        self.tail.drain(..self.tail.len().saturating_sub(keep));
        for _ in 0..frames {
            self.channel.data(ANSWER).await.ok()?;
        }
        Some(frames)
    }
}
