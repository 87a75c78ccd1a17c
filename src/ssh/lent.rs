//! Sound that a client lends: sockets of its own machine that it forwards to us (`ssh -R /palco.sock:…`), by
//! these names and no others.
//!
//! Nothing is bound here. That a name was asked for is noted, and a console whose person says yes opens a channel through
//! it to the client's machine.

use std::io;
use std::time::Duration;

use russh::ChannelStream;
use russh::server::{Handle, Msg};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a client may take to open a channel.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket that is of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    /// A PulseAudio or PipeWire server, in its own protocol.
    Native,
    /// What plays the bare samples that it is sent.
    Speaker,
    /// What sends bare samples of a microphone as long as it is open.
    Mic,
}

impl Socket {
    const ALL: [Self; 3] = [Self::Native, Self::Speaker, Self::Mic];

    /// The name that it is forwarded by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Native => "/palco.sock",
            Self::Speaker => "/palco-speaker.sock",
            Self::Mic => "/palco-mic.sock",
        }
    }
}

/// Which sockets a client lends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lent {
    pub(super) native: bool,
    pub(super) speaker: bool,
    pub(super) mic: bool,
}

impl Lent {
    /// Whether there is anything.
    pub(super) fn any(self) -> bool {
        self.native || self.speaker || self.mic
    }

    /// Notes that a name is forwarded, or is not any more; `false` when it means nothing here.
    pub(super) fn note(&mut self, name: &str, is_lent: bool) -> bool {
        let Some(socket) = Socket::ALL.into_iter().find(|socket| socket.name() == name) else {
            return false;
        };
        match socket {
            Socket::Native => self.native = is_lent,
            Socket::Speaker => self.speaker = is_lent,
            Socket::Mic => self.mic = is_lent,
        }
        true
    }
}

/// The client, as far as it lends something.
#[derive(Clone)]
pub(super) struct Lender {
    pub(super) handle: Handle,
    pub(super) lent: watch::Receiver<Lent>,
}

impl Lender {
    /// A connection to a socket of the client's machine, which ends when it is dropped.
    ///
    /// # Errors
    /// The client does not open it.
    pub(super) async fn open(&self, socket: Socket) -> io::Result<ChannelStream<Msg>> {
        let opened = timeout(PATIENCE, self.handle.channel_open_forwarded_streamlocal(socket.name())).await;
        let channel = opened.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)?;
        Ok(channel.into_stream())
    }

    /// Waits until the client answers: all that was sent to it before has arrived by then.
    ///
    /// It is told that a port is not forwarded any more which never was: SSH knows no other question that may be asked of a
    /// client at any time, and every one refuses it.
    pub(super) async fn is_alive(&self) {
        // A refusal is an answer too; a connection that has ended gives none.
        let _ = self.handle.cancel_forward_tcpip(String::new(), 0).await;
    }
}
