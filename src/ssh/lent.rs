//! Sound that a client lends: sockets of its own machine that it forwards to us (`ssh -R /palco.sock:…`).
//!
//! Nothing is bound here. That a name was asked for is noted, and a console whose person says yes opens a channel through
//! it to the client's machine.

use std::io;
use std::time::Duration;

use russh::ChannelStream;
use russh::server::{Handle, Msg};
use tokio::sync::watch;
use tokio::time::timeout;

/// The name of a PulseAudio or PipeWire socket.
const NATIVE: &str = "/palco.sock";

/// How long a client may take to open a channel.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which sockets a client lends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lent {
    pub(super) native: bool,
}

impl Lent {
    /// Whether there is anything.
    pub(super) fn any(self) -> bool {
        self.native
    }

    /// Notes that a name is forwarded, or is not any more; `false` when it means nothing here.
    pub(super) fn note(&mut self, name: &str, is_lent: bool) -> bool {
        match name {
            NATIVE => self.native = is_lent,
            _ => return false,
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
    /// A connection to the PulseAudio server of the client's machine.
    ///
    /// # Errors
    /// The client does not open it.
    pub(super) async fn native(&self) -> io::Result<ChannelStream<Msg>> {
        let opened = timeout(PATIENCE, self.handle.channel_open_forwarded_streamlocal(NATIVE)).await;
        let channel = opened.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)?;
        Ok(channel.into_stream())
    }
}
