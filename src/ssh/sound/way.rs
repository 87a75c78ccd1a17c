//! The ways to a client's speaker and microphone, as one.

use std::time::Duration;

use russh::ChannelStream;
use russh::server::Msg;
use tokio::time::{sleep, timeout};

use crate::ssh::lent::{Lender, Lent, Socket};
use crate::tui::Device;

use super::native::{Broken, Pulse, Said};
use super::simple::Simple;

/// After a channel was opened: a server that is spoken to at once reads who it is too late, and refuses.
const SETTLING: Duration = Duration::from_millis(200);

/// How long a sound server may take for its answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// A way to a client's speaker and microphone.
pub(super) enum Way {
    Native(Box<Pulse<ChannelStream<Msg>>>),
    Simple(Box<Simple>),
}

impl Way {
    /// Opens the one for what is lent: a sound server before bare sockets, as it is the faster one.
    pub(super) async fn open(lender: &Lender) -> Result<Self, Broken> {
        let lent = *lender.lent.borrow();
        if !lent.native {
            return Simple::open(lender.clone(), lent).await.map(|simple| Self::Simple(simple.into()));
        }
        let stream = lender.open(Socket::Native).await?;
        sleep(SETTLING).await;
        let opened = timeout(PATIENCE, Pulse::open(stream)).await;
        let pulse = opened.map_err(|_| Broken::Io(std::io::ErrorKind::TimedOut.into()))??;
        Ok(Self::Native(pulse.into()))
    }

    /// Whether it is the one for what is lent by now.
    pub(super) fn fits(&self, lent: Lent) -> bool {
        match self {
            Self::Native(_) => lent.native,
            Self::Simple(simple) => simple.lent == lent,
        }
    }

    /// The speaker and the microphone.
    pub(super) fn devices(&self) -> (Device, Device) {
        match self {
            Self::Native(pulse) => pulse.devices(),
            Self::Simple(simple) => simple.devices(),
        }
    }

    /// What it says next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Said, Broken> {
        match self {
            Self::Native(pulse) => pulse.next().await,
            Self::Simple(simple) => simple.next().await,
        }
    }

    /// Plays what was wanted: `late` samples whose time has passed, and then these.
    pub(super) async fn play(&mut self, late: usize, samples: &[f32]) -> Result<(), Broken> {
        match self {
            Self::Native(pulse) => pulse.play(late, samples).await,
            Self::Simple(simple) => simple.play(late, samples).await,
        }
    }

    /// Opens the microphone or closes it.
    pub(super) async fn want_mic(&mut self, wanted: bool) -> Result<(), Broken> {
        match self {
            Self::Native(pulse) => pulse.want_mic(wanted).await,
            Self::Simple(simple) => {
                simple.want_mic(wanted);
                Ok(())
            }
        }
    }
}
