//! The recordings of a room, for browsers, players and readers of feeds.
//!
//! What is shown is what a meeting's folder holds, which is made when it has ended and is never changed: one recording with
//! its chapters and minutes. Who may hear it is said by the room ([`Door::hears`](crate::server::door::Door::hears)).

mod file;
mod pages;
mod shelf;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Outside;
use super::pass::No;
use crate::library::{CHAPTERS, CHAPTERS_VTT, MEETING, MINUTES};
use crate::recording::MEDIA_TYPE;

pub(in crate::server) use file::Readers;
use pages::Reader;
use shelf::{Closed, Shown};

/// What a page of recordings may do: load its own files and play.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The files of a folder that are served, and what they are.
const FILES: [(&str, &str); 4] = [
    (MEETING, MEDIA_TYPE),
    (CHAPTERS, "application/json+chapters"),
    (CHAPTERS_VTT, "text/vtt; charset=utf-8"),
    (MINUTES, "text/markdown; charset=utf-8"),
];

/// The routes of recordings.
pub(super) fn routes() -> Router<Outside> {
    Router::new()
        .route("/{room}/recordings", get(list))
        .route("/{room}/recordings/{number}", get(player))
        .route("/{room}/recordings/{number}/{file}", get(file))
        .route("/{room}/feed.xml", get(feed))
        .route("/{room}/playlist.m3u8", get(playlist))
}

fn none() -> No {
    No::new(StatusCode::NOT_FOUND, "there is no such recording")
}

/// What those get who may not hear: in a browser a page that asks for the secret.
fn closed(room: &str, wanted: &str, parts: &Parts, why: Closed) -> Response {
    let reader = Reader::of(parts);
    match why {
        Closed::Asks(why) if reader.is_browser => {
            let mut page = page(pages::door(room, wanted, &why, &reader), &reader);
            *page.status_mut() = StatusCode::FORBIDDEN;
            page
        }
        Closed::Asks(why) => No::refused(&why, &parts.headers).into_response(),
        Closed::No(no) => no.into_response(),
    }
}

fn page(text: String, reader: &Reader) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, reader.language()),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (VARY, "accept-language, cookie"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}

/// A text for programs, the same for everybody who may have it.
fn text(kind: &'static str, text: String) -> Response {
    let headers =
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "private, no-cache"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}

async fn list(State(outside): State<Outside>, Path(room): Path<String>, parts: Parts) -> Response {
    let reader = Reader::of(&parts);
    match shelf_of(&outside, &room, &parts).await {
        Ok(all) => page(pages::list(&room, &all, &reader), &reader),
        Err(why) => closed(&room, "recordings", &parts, why),
    }
}

async fn player(
    State(outside): State<Outside>,
    Path((room, number)): Path<(String, u32)>,
    parts: Parts,
) -> Response {
    let reader = Reader::of(&parts);
    let shown = async {
        shelf::may_hear(&outside, &room, &parts).await?;
        shelf::one(&outside, &room, number).await
    };
    match shown.await {
        Ok(shown) => page(pages::player(&room, &shown, &reader), &reader),
        Err(why) => closed(&room, &format!("recordings/{number}"), &parts, why),
    }
}

async fn feed(State(outside): State<Outside>, Path(room): Path<String>, parts: Parts) -> Response {
    match shelf_of(&outside, &room, &parts).await {
        Ok(all) => text("application/rss+xml; charset=utf-8", pages::feed(&room, &all, &Reader::of(&parts))),
        Err(why) => closed(&room, "recordings", &parts, why),
    }
}

async fn playlist(State(outside): State<Outside>, Path(room): Path<String>, parts: Parts) -> Response {
    match shelf_of(&outside, &room, &parts).await {
        Ok(all) => text("audio/x-mpegurl", pages::playlist(&room, &all, &Reader::of(&parts))),
        Err(why) => closed(&room, "recordings", &parts, why),
    }
}

async fn shelf_of(outside: &Outside, room: &str, parts: &Parts) -> Result<Vec<Shown>, Closed> {
    shelf::may_hear(outside, room, parts).await?;
    shelf::all(outside, room).await
}

async fn file(
    State(outside): State<Outside>,
    Path((room, number, name)): Path<(String, u32, String)>,
    mut parts: Parts,
) -> Response {
    let Some((name, kind)) = FILES.into_iter().find(|(file, _)| *file == name) else {
        return none().into_response();
    };
    if let Err(why) = shelf::may_hear(&outside, &room, &parts).await {
        return closed(&room, &format!("recordings/{number}"), &parts, why);
    }
    let path = match shelf::folder(&outside, &room, number).await {
        Ok(folder) => folder.join(name),
        Err(why) => return closed(&room, "recordings", &parts, why),
    };
    let mut sent =
        file::serve(&outside, path, kind, &mut parts).await.unwrap_or_else(|no| no.into_response());
    let from = HeaderValue::from_static("same-origin");
    sent.headers_mut().insert("cross-origin-resource-policy", from);
    sent
}
