//! What is answered over HTTP, and the upgrade to a websocket.

mod board;
mod listen;
mod page;
mod pass;
mod query;
mod recordings;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header::{
    CONNECTION, CONTENT_TYPE, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::debug;

use crate::meeting::ParticipantId;
use crate::net::Stream;
use crate::wire::{Hello, Notice, Refusal, SUBPROTOCOL, is_room_name};

use super::listener::Place;
use super::outlet::{Line, Outlet};
use super::room::Attached;
use super::shared::PROGRAM;
use super::{Rooms, handshake, origin};

/// The media type of OpenMetrics 1.0.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is answered while too many ask.
const BUSY: (StatusCode, &str) =
    (StatusCode::SERVICE_UNAVAILABLE, "too many look on at the moment; try again\n");

/// The routes of a server.
pub(super) fn router(rooms: Rooms) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/rooms/{room}", get(notice))
        .route("/-/{file}", get(page::file))
        .with_state(rooms.clone())
        .merge(outside(rooms))
}

/// What serves those who have not come in: who looks on, who listens.
#[derive(Clone, Debug)]
struct Outside {
    rooms: Rooms,
    boards: Arc<board::Boards>,
    listeners: Arc<listen::Listeners>,
    passes: Arc<pass::Passes>,
    readers: Arc<recordings::Readers>,
}

impl Outside {
    fn of(rooms: Rooms) -> Self {
        Self {
            rooms,
            boards: Arc::default(),
            listeners: Arc::default(),
            passes: Arc::default(),
            readers: Arc::default(),
        }
    }

    /// Looks into a room, as everybody does who shows the same at its door.
    async fn look_in(&self, room: &str, pass: &pass::Pass) -> Result<Attached, Refusal> {
        self.look_in_as(pass.viewer(), room, pass).await
    }

    /// The same, as one person.
    async fn look_in_as(
        &self,
        who: ParticipantId,
        room: &str,
        pass: &pass::Pass,
    ) -> Result<Attached, Refusal> {
        let hello = Hello { room: room.to_owned(), ..Hello::default() };
        let rooms = &self.rooms;
        rooms.registry.attach_with(who, &hello, &pass.proof, &rooms.shared).await
    }
}

/// Where a request comes from; nowhere in particular without a connection.
fn address(extensions: &Extensions) -> IpAddr {
    extensions.get::<Place>().map_or(IpAddr::from([0; 4]), Place::address)
}

fn outside(rooms: Rooms) -> Router {
    Router::new()
        .route("/{room}", any(room).post(pass::come_in))
        .route("/{room}/listen.opus", get(listen::listen))
        .route("/{room}/status.json", get(board::status))
        .route("/{room}/events", get(board::events))
        .merge(recordings::routes())
        .with_state(Outside::of(rooms))
}

/// What those are told who may not connect without TLS (RFC 9110 section 15.5.22).
pub(super) fn refusing(has_tls: bool) -> Router {
    let text = if has_tls {
        "this server takes unencrypted connections from its own network alone: use wss:// or https://, with the pin that whoever runs it can tell\n"
    } else {
        "this server takes unencrypted connections from its own network alone: whoever runs it can start it with --tls, or with --unencrypted everybody\n"
    };
    Router::new().fallback(async move || {
        let headers = [(UPGRADE, "TLS/1.2"), (CONNECTION, "Upgrade, close")];
        (StatusCode::UPGRADE_REQUIRED, headers, text)
    })
}

async fn about() -> String {
    format!("{PROGRAM}: live meetings in a terminal. Join a room here with: palco join ws://HOST:PORT/ROOM\n")
}

async fn health(State(rooms): State<Rooms>) -> (StatusCode, &'static str) {
    if rooms.shared.is_stopping() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}

async fn metrics(State(rooms): State<Rooms>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPENMETRICS)], rooms.shared.metrics.text())
}

/// What goes on in a room, for those who have not come in.
async fn notice(State(rooms): State<Rooms>, Path(room): Path<String>) -> Result<Json<Notice>, NoUpgrade> {
    let none = (StatusCode::NOT_FOUND, "nobody has opened a meeting there\n");
    if !is_room_name(&room) {
        return Err(none);
    }
    let told = rooms.registry.notice(&room, &rooms.shared).await.map_err(|_| BUSY)?;
    told.map(Json).ok_or(none)
}

/// A request that is no websocket of ours: the status and what to do.
type NoUpgrade = (StatusCode, &'static str);

async fn room(
    State(Outside { rooms, .. }): State<Outside>,
    Path(room): Path<String>,
    mut request: Request,
) -> Result<Response, NoUpgrade> {
    if page::is_asked_for(&request) && is_room_name(&room) {
        return Ok(page::index());
    }
    let accept = check(&request, &room, &rooms)?;
    let from = address(request.extensions());
    let place = request.extensions_mut().remove::<Place>();
    let upgrade = hyper::upgrade::on(&mut request);
    let alive = rooms.shared.alive();
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => serve(upgraded, room, from, rooms).await,
            Err(error) => debug!(%error, "an upgrade failed"),
        }
        // The connection counts until here.
        drop(place);
        drop(alive);
    });
    let headers = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
        (SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

async fn serve(upgraded: hyper::upgrade::Upgraded, room: String, from: IpAddr, rooms: Rooms) {
    // Our own listener only ever hands over this: the socket is used as it is, without hyper's buffer around it.
    let parts = match upgraded.downcast::<TokioIo<Stream>>() {
        Ok(parts) => parts,
        Err(_) => return debug!("an upgraded connection is none of ours"),
    };
    let line = Line::new(Outlet::new(parts.io.into_inner(), &rooms.shared));
    let config = Some(handshake::config());
    let ws = WebSocketStream::from_partially_read(line, parts.read_buf.to_vec(), Role::Server, config).await;
    handshake::serve(ws, room, from, rooms).await;
}

/// Checks an upgrade (RFC 6455 section 4.2.1); answers with the accept key.
fn check(request: &Request, room: &str, rooms: &Rooms) -> Result<HeaderValue, NoUpgrade> {
    let headers = request.headers();
    if !is_room_name(room) {
        return Err((StatusCode::NOT_FOUND, "no such page; a room's name is 1 to 32 of a-z, 0-9 and -\n"));
    }
    if !has(headers, &UPGRADE, "websocket") || !has(headers, &CONNECTION, "upgrade") {
        let text = "this is a room: join it with `palco join` and this address, with ws:// in front\n";
        return Err((StatusCode::UPGRADE_REQUIRED, text));
    }
    if request.method() != Method::GET || !has(headers, &SEC_WEBSOCKET_VERSION, "13") {
        return Err((StatusCode::BAD_REQUEST, "a websocket needs GET and Sec-WebSocket-Version: 13\n"));
    }
    let text = |name: &HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if !origin::is_allowed(text(&ORIGIN), text(&HOST), &rooms.shared.settings.origins) {
        return Err((StatusCode::FORBIDDEN, "pages of that origin may not connect here\n"));
    }
    if !has(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err((StatusCode::BAD_REQUEST, "ask for the subprotocol palco.v1\n"));
    }
    if rooms.shared.is_stopping() {
        return Err((StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n"));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or((StatusCode::BAD_REQUEST, "no Sec-WebSocket-Key\n"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| (StatusCode::BAD_REQUEST, "bad Sec-WebSocket-Key\n"))
}

/// Whether a header that is a list of words has this one.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|w| w.trim().eq_ignore_ascii_case(word))
}
