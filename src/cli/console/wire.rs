//! The link to a server as a console's.

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use crate::client::{self, LinkEvent, now};
use crate::console;
use crate::meeting::Timestamp;
use crate::wire::ClientMessage;

/// A link that is connected, and what it will say.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) link: client::Link,
    pub(crate) events: mpsc::Receiver<LinkEvent>,
}

impl console::Link for Wire {
    async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// When the link's queue is full the link is stuck: commands stay in the outbox and go out when it is back, and a
    /// snapshot comes by itself then.
    fn send(&mut self, message: ClientMessage) {
        if let Some(Err(error)) = self.link.send(message).now_or_never() {
            tracing::warn!(%error, "a message was not sent");
        }
    }

    fn close(&mut self) {
        self.link.close();
    }

    fn now(&self) -> Timestamp {
        now()
    }
}
