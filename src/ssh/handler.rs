//! One connection as its client sees it: logging in, opening channels, asking for something to run.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use russh::keys::{Algorithm, Certificate, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, Semaphore, watch};
use tracing::debug;

use crate::meeting::ParticipantId;

use super::lent::{Lender, Lent};
use super::login::{Called, Caller};
use super::peer::Peer;
use super::request::Request;
use super::run::{guard, run};
use super::seat::{Guest, House, Keys};
use super::settings::methods;

/// Channels of a connection at once: a console, its sound both ways, and some scripts.
pub(super) const CHANNELS: usize = 8;

/// What a connection's task and its handler share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) house: Arc<House>,
    /// Told when somebody has logged in.
    pub(super) logged_in: Notify,
    /// The channels that may still be opened.
    pub(super) channels: Arc<Semaphore>,
    /// Told when the client takes nothing in any more.
    pub(super) stuck: Notify,
    pub(super) peer: Peer,
}

/// One connection as its client sees it.
pub(super) struct Connection {
    shared: Arc<Shared>,
    at: SocketAddr,
    from: IpAddr,
    caller: Option<Caller>,
    guest: Option<Guest>,
    requests: HashMap<ChannelId, Request>,
    lent: watch::Sender<Lent>,
}

impl Connection {
    /// A connection that found the server at one address, and comes from another.
    pub(super) fn new(shared: Arc<Shared>, at: SocketAddr, from: IpAddr) -> Self {
        let lent = watch::Sender::new(Lent::default());
        Self { shared, at, from, caller: None, guest: None, requests: HashMap::new(), lent }
    }

    /// Somebody says who they are.
    async fn call(&self, user: &str, who: ParticipantId, has_key: bool) -> Caller {
        let (at, from, keys) = (self.at, self.from, Keys::default());
        let guest = Guest { who, user: user.to_owned(), room: None, has_key, at, from, keys };
        Caller::new(&self.shared.house, guest).await
    }

    /// Somebody has shown a key.
    async fn identified(&mut self, user: &str, who: ParticipantId) -> Auth {
        let called = self.call(user, who, true).await.unasked();
        self.log_in(called)
    }

    /// Lets somebody in, or waits for what they are asked.
    fn log_in(&mut self, called: Called) -> Auth {
        match called {
            Called::In(guest) => {
                debug!(who = %guest.who, "somebody logs in over SSH");
                self.guest = Some(guest);
                Auth::Accept
            }
            Called::Waits(caller, answer) => {
                self.caller = Some(caller);
                answer
            }
        }
    }

    /// Notes that a socket of the client's machine is lent, or is not any more; tells whether it is of use.
    fn lend(&self, name: &str, is_lent: bool) -> bool {
        let mut known = false;
        self.lent.send_modify(|lent| known = lent.note(name, is_lent));
        known
    }

    /// Answers a request about a channel on which nothing runs yet.
    fn tell(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
        note: impl FnOnce(&mut Request) -> bool,
    ) -> Result<(), russh::Error> {
        match self.requests.get_mut(&channel).map(note) {
            Some(true) => session.channel_success(channel),
            _ => session.channel_failure(channel),
        }
    }

    /// Runs what was asked for on a channel.
    fn start(&mut self, channel: ChannelId, line: &str, session: &mut Session) -> Result<(), russh::Error> {
        let (Some(request), Some(guest)) = (self.requests.remove(&channel), self.guest.clone()) else {
            return session.channel_failure(channel);
        };
        session.channel_success(channel)?;
        let keys = Keys { told: guest.keys.told.clone(), ..request.keys() };
        let guest = Guest { keys, ..guest };
        let shared = Arc::clone(&self.shared);
        let house = Arc::clone(&shared.house);
        let line = line.to_owned();
        let lender = Lender { handle: session.handle(), lent: self.lent.subscribe() };
        let running = tokio::spawn(async move {
            if !run(house, guest, (request, lender), (&line, &shared.peer)).await {
                shared.stuck.notify_one();
            }
        });
        tokio::spawn(guard(channel, session.handle(), running));
        Ok(())
    }
}

/// A participant's name for a key: its fingerprint, as in a proof over a websocket.
fn participant(key: &PublicKey) -> Option<ParticipantId> {
    Some(ParticipantId(Sha256::digest(key.to_bytes().ok()?).into()))
}

impl Handler for Connection {
    type Error = russh::Error;

    /// Everybody asks first without anything to show; who is let in so shows no key any more.
    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false })
    }

    async fn auth_publickey_offered(
        &mut self,
        _: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        // A signature with SHA-1 proves nothing any more.
        Ok(if *offer.algorithm == (Algorithm::Rsa { hash: None }) { Auth::reject() } else { Auth::Accept })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(match participant(key.public_key) {
            Some(who) => self.identified(user, who).await,
            None => Auth::reject(),
        })
    }

    /// A certificate is who its key is: nobody here is an authority.
    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, Self::Error> {
        Ok(match participant(&PublicKey::new(certificate.public_key().clone(), "")) {
            Some(who) => self.identified(user, who).await,
            None => Auth::reject(),
        })
    }

    /// Somebody without a key is a guest for this once. Nothing is asked but the passcode of a room that the login name
    /// tells; of other rooms it is asked where they are known.
    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let waiting = self.caller.take().filter(|caller| caller.is(user));
        let caller = match waiting {
            Some(caller) => caller,
            None => self.call(user, ParticipantId(rand::random()), false).await,
        };
        Ok(match response {
            None => {
                let question = caller.question();
                self.caller = Some(caller);
                question
            }
            Some(said) => {
                let called = caller.answered(&self.shared.house, said).await;
                self.log_in(called)
            }
        })
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), Self::Error> {
        self.shared.logged_in.notify_one();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        match Arc::clone(&self.shared.channels).try_acquire_owned() {
            Ok(place) => {
                self.requests.insert(channel.id(), Request::new(channel.split(), place));
                reply.accept().await;
            }
            Err(_) => reply.reject(ChannelOpenFailure::ResourceShortage).await,
        }
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.requests.remove(&channel);
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.tell(channel, session, |request| {
            request.pty(term, (columns, rows), modes);
            true
        })
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.tell(channel, session, |request| request.env(name, value))
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.start(channel, "", session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.start(channel, &String::from_utf8_lossy(line), session)
    }

    /// A client lends a socket of its machine; nothing is bound for it here.
    async fn streamlocal_forward(&mut self, name: &str, _: &mut Session) -> Result<bool, Self::Error> {
        Ok(self.lend(name, true))
    }

    async fn cancel_streamlocal_forward(&mut self, name: &str, _: &mut Session) -> Result<bool, Self::Error> {
        Ok(self.lend(name, false))
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn agent_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<bool, Self::Error> {
        session.channel_failure(channel)?;
        Ok(false)
    }
}
