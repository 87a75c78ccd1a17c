//! The rooms of a running server, for whoever brings people into them.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tracing::info;

use crate::meeting::{ParticipantId, Timestamp};
use crate::wire::{Hello, Notice, Refusal, is_room_name};

use super::door::Proof;
use super::inner::InnerSeat;
use super::listener::accept_each;
use super::registry::Registry;
use super::room::Request;
use super::seat::Seat;
use super::shared::Shared;

/// The rooms of a running server. Clones are the same rooms.
#[derive(Clone, Debug)]
pub struct Rooms {
    pub(super) shared: Arc<Shared>,
    pub(super) registry: Arc<Registry>,
}

impl Rooms {
    /// Brings somebody into the room that the hello names, as it says; its key and signature are not looked at, since
    /// `who` has been proven in another way. What opens the room's door is in the hello; `from` is the address that passcodes are
    /// counted by.
    ///
    /// # Errors
    /// Why not.
    pub async fn attach(
        &self,
        who: ParticipantId,
        hello: &Hello,
        from: IpAddr,
    ) -> Result<InnerSeat, Refusal> {
        if !is_room_name(&hello.room) {
            return Err(Refusal::BadRoom);
        }
        let seat = self.seat(who, hello, from).await?;
        Ok(InnerSeat::new(seat, hello.room.clone()))
    }

    pub(super) async fn seat(
        &self,
        who: ParticipantId,
        hello: &Hello,
        from: IpAddr,
    ) -> Result<Seat, Refusal> {
        let attached = self.registry.attach(who, hello, from, &self.shared).await?;
        info!(room = hello.room, %who, client = %printable(&hello.client), "a seat is taken");
        Ok(Seat::new(attached, hello, &self.shared))
    }

    /// What goes on in a room; `None` where no meeting was ever opened.
    pub async fn notice(&self, room: &str) -> Option<Notice> {
        self.registry.ask(room, &self.shared).await
    }

    /// Whether somebody may hear a room's recordings: by their key, which was proven if they have one, or by the passcode or
    /// invite that their hello shows.
    ///
    /// # Errors
    /// Why not.
    pub async fn may_hear(
        &self,
        (who, has_key): (ParticipantId, bool),
        hello: &Hello,
        from: IpAddr,
    ) -> Result<(), Refusal> {
        if !is_room_name(&hello.room) {
            return Err(Refusal::BadRoom);
        }
        // Who is past the door needs no passcode to come in, but may need it to hear: it is looked at as a stranger's.
        let stranger = ParticipantId(rand::random());
        let proof = self.registry.proof(stranger, hello, from, &self.shared).await?;
        let proof = Proof { is_lent: !has_key, ..proof };
        let (answer, answered) = oneshot::channel();
        let hear = Request::Hear { who, proof, answer };
        let asked = self.registry.room(&hello.room, &self.shared).send(hear).await;
        asked.map_err(|_| Refusal::Internal)?;
        answered.await.map_err(|_| Refusal::Internal)?
    }

    /// Where the server keeps its meetings; `None` where nothing is kept.
    pub fn folder(&self) -> Option<PathBuf> {
        self.shared.store.folder().map(Path::to_owned)
    }

    /// The names of the rooms in memory, which are those where somebody is or was a while ago, in order.
    pub fn names(&self) -> Vec<String> {
        self.registry.names()
    }

    /// Accepts connections of another kind until it is dropped, at most so many at once, and as many of one address as
    /// the server's limits say. Each is served by a task of its own, which the server waits for when it stops.
    pub async fn accept<F>(
        &self,
        listener: &TcpListener,
        connections: usize,
        serve: impl Fn(TcpStream, SocketAddr) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let serve = |stream, peer, place| {
            let serving = serve(stream, peer);
            async move {
                serving.await;
                drop(place);
            }
        };
        accept_each(listener, connections, &self.shared, serve).await;
    }

    /// The server's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.wall.now()
    }

    /// Waits until the server is stopping.
    pub async fn stopped(&self) {
        self.shared.stopped().await;
    }
}

/// A client's own words, as far as a log can bear them.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(64).collect()
}
