//! The sound of a room as an endless Ogg Opus file, for anything that plays one.
//!
//! Whoever listens is in the room like everybody else, by name. Nobody proves a key here, so each listener is lent one of
//! a fixed number of persons of the room: however many come and go, no more are remembered.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use tracing::{debug, info};

use super::pass::{No, Pass, nobody};
use super::{BUSY, Outside, query};
use crate::meeting::{Command, ParticipantId, Phase, SeatKind};
use crate::net::Backlog;
use crate::recording::{MEDIA_TYPE, NumberedWriter, PAGE_200_MS};
use crate::server::bucket::Bucket;
use crate::server::counts::Counts;
use crate::server::listener::{Place, Socket};
use crate::server::room::{Attached, Outgoing, Request as Ask, Tap};
use crate::server::seat::ended;
use crate::wire::{CommandId, Hello, JoinRequest, Refusal, Rung, is_room_name};

/// Listeners of one room at once: more than that belong on a seat of their own (`palco listen`), which proves a key.
const MAX_LISTENERS: u32 = 500;

/// Listeners of one address at once: a class behind one router fits, one machine cannot take the room.
const PER_ADDRESS: usize = 64;

/// Listeners that come to a room a second, and at once: each is told to everybody and kept in the log.
const COMING: (u32, u32) = (10, 50);

/// How long a page may wait in the socket before packets are left out: players gather as much before they begin.
const PATIENCE: Duration = Duration::from_secs(1);

/// For the room to hear that a listener leaves.
const FAREWELL: Duration = Duration::from_secs(3);

/// What listeners are called who give no name: the room adds a number.
const NAMELESS: &str = "listener";

/// Who listens through HTTP, by room. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(in crate::server) struct Listeners(Mutex<HashMap<String, Listening>>);

#[derive(Debug)]
struct Listening {
    /// Numbers of the persons that are lent.
    lent: BTreeSet<u32>,
    /// Numbers of those who were banned when they were lent last: whoever comes is somebody else.
    banned: BTreeSet<u32>,
    addresses: Counts<IpAddr>,
    /// Streams of each who is a person of their own, by an invite.
    guests: Counts<ParticipantId>,
    coming: Bucket,
}

/// A person lent to a listener; dropping it gives it back.
struct Lent {
    outside: Outside,
    room: String,
    number: u32,
    address: IpAddr,
    /// The person of their own.
    guest: Option<ParticipantId>,
}

impl Listeners {
    fn lend(
        outside: &Outside,
        (room, address): (&str, IpAddr),
        guest: Option<ParticipantId>,
    ) -> Option<Lent> {
        let mut rooms = outside.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        let coming = Bucket::new(COMING.0, COMING.1, Instant::now());
        let all = rooms.entry(room.to_owned()).or_insert_with(|| Listening {
            lent: BTreeSet::new(),
            banned: BTreeSet::new(),
            addresses: Counts::default(),
            guests: Counts::default(),
            coming,
        });
        let free = (1..=MAX_LISTENERS).filter(|n| !all.lent.contains(n));
        let number = free.min_by_key(|n| all.banned.contains(n))?;
        if all.addresses.of(&address) >= PER_ADDRESS {
            return None;
        }
        // Only those who are let in are counted, or the refused would be remembered for ever.
        all.addresses.add(address);
        all.lent.insert(number);
        if let Some(guest) = guest {
            all.guests.add(guest);
        }
        Some(Lent { outside: outside.clone(), room: room.to_owned(), number, address, guest })
    }
}

impl Lent {
    /// Who it is: nobody else can be them.
    fn who(&self) -> ParticipantId {
        self.guest.unwrap_or_else(|| nobody(&format!("listener {} of {}", self.number, self.room)))
    }

    /// Whether one more may come to the room now.
    fn may_come(&self) -> bool {
        let mut rooms = self.outside.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.get_mut(&self.room).is_some_and(|all| all.coming.admit(1, Instant::now()))
    }

    /// Notes whether the person is banned; whether that is new.
    fn set_banned(&self, is_banned: bool) -> bool {
        let mut rooms = self.outside.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = rooms.get_mut(&self.room) else { return false };
        if is_banned { all.banned.insert(self.number) } else { all.banned.remove(&self.number) }
    }

    /// Whether the person is in the meeting by no other stream.
    fn is_last(&self) -> bool {
        let rooms = self.outside.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = rooms.get(&self.room).zip(self.guest).map(|(all, guest)| all.guests.of(&guest));
        streams.is_none_or(|count| count <= 1)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut rooms = self.outside.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = rooms.get_mut(&self.room) else { return };
        all.lent.remove(&self.number);
        if let Some(guest) = self.guest {
            all.guests.remove(&guest);
        }
        all.addresses.remove(&self.address);
    }
}

/// Streams the mix of a room.
pub(super) async fn listen(
    State(outside): State<Outside>,
    Path(room): Path<String>,
    mut request: Request,
) -> Result<Response, No> {
    let asked = Asked::read(request.uri().query().unwrap_or_default())?;
    let none = No::new(StatusCode::NOT_FOUND, "nobody has opened a meeting there");
    let notice = match is_room_name(&room) {
        true => outside.rooms.registry.notice(&room, &outside.rooms.shared).await,
        false => return Err(none),
    };
    let (busy, why) = BUSY;
    let notice = notice.map_err(|_| No::new(busy, why.trim_end()))?.ok_or(none)?;
    if matches!(notice.phase, Phase::Scheduled | Phase::Backstage) {
        return Err(No::new(
            StatusCode::FORBIDDEN,
            "the doors are not open yet; come back when the meeting is live",
        ));
    }
    if request.method() == Method::HEAD {
        return Ok(answer(Body::empty()));
    }
    let place = request.extensions_mut().remove::<Place>();
    let socket = request.extensions_mut().remove::<Socket>().and_then(|socket| socket.0);
    let address =
        place.as_ref().map(Place::address).ok_or_else(|| No::new(StatusCode::FORBIDDEN, "no address"))?;
    let headers = request.headers();
    let refused = |why: Refusal| No::refused(&why, headers);
    let pass = Pass::of(&outside, &room, headers, address).await.map_err(refused)?;
    let full = "too many listen here already; use `palco listen`, or try again in a minute";
    let full = || No::new(StatusCode::SERVICE_UNAVAILABLE, full);
    let lent = loop {
        let lent = Listeners::lend(&outside, (&room, address), pass.guest).ok_or_else(full)?;
        // Who is not let in takes nobody's turn to come.
        match outside.look_in_as(lent.who(), &room, &pass).await {
            Ok(_) => {
                lent.set_banned(false);
                break lent;
            }
            // It was not this listener who is kept out.
            Err(why) if why.code() == "banned" && pass.guest.is_none() && lent.set_banned(true) => {}
            Err(why) => return Err(refused(why)),
        }
    };
    if !lent.may_come() {
        return Err(full());
    }
    let attached = come_in(&lent, &pass, &asked.name).await.map_err(refused)?;
    info!(room, number = lent.number, "somebody listens over HTTP");
    let mut writer = NumberedWriter::new(rand::random(), PAGE_200_MS, &[("TITLE", &notice.title)]);
    let heads: Vec<u8> = std::iter::from_fn(|| writer.take()).collect::<Vec<_>>().concat();
    let stream = Stream {
        tap: attached.mix.tap(Some(lent.who()), asked.rung),
        writer,
        heads: Some(heads.into()),
        taken: Instant::now(),
        unread: outside.rooms.shared.settings.timing.unread,
        backlog: socket.map(|socket| (Backlog::new(&*socket, PATIENCE), socket)),
        over: false,
        seat: Some((attached, lent)),
        _place: place,
    };
    let body = unfold(stream, |mut stream| async move {
        let page = stream.page().await?;
        Some((Ok::<_, Infallible>(page), stream))
    });
    Ok(answer(Body::from_stream(body)))
}

fn answer(body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE),
        (CACHE_CONTROL, "no-store"),
        (CONNECTION, "close"),
        (ACCEPT_RANGES, "none"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Pages of others may not let their visitors listen unasked.
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, body).into_response()
}

/// Takes a seat as a listener. A name that somebody else has, or that is none, gives way to a number.
async fn come_in(lent: &Lent, pass: &Pass, name: &str) -> Result<Attached, Refusal> {
    let rooms = &lent.outside.rooms;
    let mut name = name;
    loop {
        let join =
            JoinRequest { name: name.to_owned(), kind: SeatKind::Audio, listener: true, auto_open: false };
        let hello = Hello { room: lent.room.clone(), join: Some(join), ..Hello::default() };
        match rooms.registry.attach_with(lent.who(), &hello, &pass.proof, &rooms.shared).await {
            Err(why) if name != NAMELESS && matches!(why.code(), "name-taken" | "bad-text") => {
                name = NAMELESS;
            }
            outcome => return outcome,
        }
    }
}

/// What the address says after its `?`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    rung: Rung,
    name: String,
}

impl Asked {
    fn read(query: &str) -> Result<Self, No> {
        let mut asked = Self { rung: Rung::Kb16, name: NAMELESS.to_owned() };
        for (key, value) in query::pairs(query) {
            match key {
                "rung" => {
                    let rung = value.parse().ok().and_then(Rung::from_kbps);
                    let why = "there are the rungs 8, 16 and 32: ?rung=16";
                    asked.rung = rung.ok_or_else(|| No::new(StatusCode::BAD_REQUEST, why))?;
                }
                "name" => asked.name = value,
                _ => {}
            }
        }
        Ok(asked)
    }
}

/// One listener's stream. Nothing waits in it: packets that the reader does not take in time are left out.
struct Stream {
    tap: Tap,
    writer: NumberedWriter,
    heads: Option<Bytes>,
    /// When the reader last had room.
    taken: Instant,
    /// How long they may have none.
    unread: Duration,
    /// How old what waits in the socket is.
    backlog: Option<(Backlog, Arc<OwnedFd>)>,
    /// The last page is made.
    over: bool,
    /// Taken when it is left.
    seat: Option<(Attached, Lent)>,
    _place: Option<Place>,
}

impl Stream {
    /// The next page; `None` behind the last.
    async fn page(&mut self) -> Option<Bytes> {
        if let Some(heads) = self.heads.take() {
            return Some(heads);
        }
        loop {
            if let Some(page) = self.writer.take() {
                if let Some((backlog, socket)) = &mut self.backlog {
                    backlog.before_write(&**socket);
                }
                return Some(page);
            }
            if std::mem::take(&mut self.over) {
                return None;
            }
            let (attached, lent) = self.seat.as_mut()?;
            let Attached { out, end, .. } = attached;
            let packet = tokio::select! {
                packet = self.tap.recv() => packet,
                item = out.recv() => match item {
                    Some(Outgoing::Text(_) | Outgoing::Events(_)) => continue,
                    Some(Outgoing::Close(_)) | None => None,
                },
                why = ended(end) => {
                    debug!(code = why.code(), "a listener over HTTP is sent out");
                    None
                }
                () = lent.outside.rooms.shared.stopped() => None,
            };
            if !packet.is_some_and(|p| self.hear(p.frame, &p.opus)) {
                self.leave();
                self.writer.finish();
                self.over = true;
            }
        }
    }

    /// Writes a packet, or leaves it out when the reader is behind; `false` when there is no reader any more.
    fn hear(&mut self, frame: u64, opus: &[u8]) -> bool {
        if self.backlog.as_mut().is_some_and(|(backlog, socket)| backlog.is_behind(&**socket)) {
            self.writer.go_to(frame);
            return self.taken.elapsed() < self.unread;
        }
        self.taken = Instant::now();
        if let Err(error) = self.writer.push(frame, opus) {
            debug!(%error, "a packet of the mix is left out");
        }
        true
    }

    /// Leaves the meeting, in a task of its own: the connection is gone already.
    fn leave(&mut self) {
        let Some((seat, runtime)) = self.seat.take().zip(Handle::try_current().ok()) else { return };
        let alive = seat.1.outside.rooms.shared.alive();
        runtime.spawn(async move {
            farewell(seat).await;
            drop(alive);
        });
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Says goodbye and waits until the room has heard it, so that the person is lent to nobody else before.
async fn farewell((mut attached, lent): (Attached, Lent)) {
    if !lent.is_last() {
        return;
    }
    let id = CommandId("leaves".to_owned());
    let goodbye = Ask::Command { conn: attached.conn, id, command: Command::Leave };
    let gone = async {
        if attached.requests.send(goodbye).await.is_ok() {
            while !matches!(attached.out.recv().await, Some(Outgoing::Close(_)) | None) {}
        }
    };
    if timeout(FAREWELL, gone).await.is_err() {
        debug!(room = lent.room, "a listener's goodbye was not heard in time");
    }
    drop(attached);
    drop(lent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_names_a_rung_and_a_listener() {
        let asked = |query| Asked::read(query).map_err(|no| no.status);
        let listener = |rung, name: &str| Ok(Asked { rung, name: name.to_owned() });
        assert_eq!(asked(""), listener(Rung::Kb16, NAMELESS));
        assert_eq!(asked("rung=8&name=Franca+P%C3%B2&x=y"), listener(Rung::Kb8, "Franca Pò"));
        assert_eq!(asked("name=%zz"), listener(Rung::Kb16, "%zz"));
        assert_eq!(asked("rung=12"), Err(StatusCode::BAD_REQUEST));
    }
}
