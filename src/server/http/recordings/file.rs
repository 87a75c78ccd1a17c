//! A file over HTTP: whole or in parts, asked for again only when it is another one (RFC 9110 sections 13 and 14). It goes from
//! the disk in pieces: a reader who is slow costs one of them, and one who takes nothing is let go.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::debug;

use super::super::Outside;
use super::super::pass::No;
use super::none;
use crate::meeting::Timestamp;
use crate::server::listener::Socket;
use crate::server::shared::Shared;

/// Bytes of a piece: ten seconds of sound, and a few reads of a disk for an hour.
const PIECE: u64 = 32 << 10;

/// Readers at once: 32 MiB of pieces. One more is told to come back.
const MAX_READERS: usize = 1_000;

/// Who reads files at the moment.
#[derive(Debug)]
pub(in crate::server) struct Readers(Arc<Semaphore>);

impl Default for Readers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_READERS)))
    }
}

/// A file as it is told of in a head.
#[derive(Debug)]
struct Told {
    length: u64,
    etag: String,
    modified: String,
}

impl Told {
    fn of(file: &File) -> io::Result<Self> {
        let about = file.metadata()?;
        let modified = Timestamp(u64::try_from(about.mtime()).unwrap_or_default() * 1_000);
        // A folder is made once and whole; with another one the file is another, and was made at another time.
        let etag = format!("\"{:x}-{:x}-{:x}\"", about.ino(), about.len(), about.mtime_nsec());
        Ok(Self { length: about.len(), etag, modified: modified.http_date() })
    }

    /// Whether the reader has this very file.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let named = headers.get_all(IF_NONE_MATCH).into_iter().filter_map(|v| v.to_str().ok());
        let mut tags = named.flat_map(|v| v.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.etag)
    }

    /// Whether a part may be sent: the one that the reader has the rest of is this file.
    fn is_same(&self, headers: &HeaderMap) -> bool {
        let of = headers.get(IF_RANGE).map(|v| v.to_str().unwrap_or_default());
        of.is_none_or(|of| of == self.etag || of == self.modified)
    }
}

/// Which bytes are asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Part(Range<u64>),
    /// None that there are.
    Beyond,
}

impl Asked {
    /// Reads a `Range`. One that is not understood is none, and of several at once too the whole is sent.
    fn read(range: &str, length: u64) -> Self {
        let Some((first, last)) = range.trim().strip_prefix("bytes=").and_then(|r| r.trim().split_once('-'))
        else {
            return Self::All;
        };
        let part = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
            (Ok(first), Err(_)) if last.trim().is_empty() => first..length,
            (Err(_), Ok(last)) if first.trim().is_empty() => length.saturating_sub(last)..length,
            _ => return Self::All,
        };
        if part.start < part.end { Self::Part(part) } else { Self::Beyond }
    }
}

/// Sends a file, or as much of it as is asked for.
pub(super) async fn serve(
    outside: &Outside,
    path: PathBuf,
    kind: &'static str,
    parts: &mut Parts,
) -> Result<Response, No> {
    let opened = spawn_blocking(move || File::open(path).and_then(|file| Ok((Told::of(&file)?, file)))).await;
    let (told, file) = opened.map_err(|_| none())?.map_err(|_| none())?;
    let headers = &parts.headers;
    let mut sent = HeaderMap::new();
    let mut say = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            sent.insert(name, value);
        }
    };
    say(ETAG, &told.etag);
    say(LAST_MODIFIED, &told.modified);
    say(ACCEPT_RANGES, "bytes");
    say(CACHE_CONTROL, "private, no-cache");
    say(X_CONTENT_TYPE_OPTIONS, "nosniff");
    if told.is_known(headers) {
        return Ok((StatusCode::NOT_MODIFIED, sent).into_response());
    }
    let range = headers.get(RANGE).and_then(|v| v.to_str().ok()).filter(|_| told.is_same(headers));
    let (status, part) = match range.map_or(Asked::All, |range| Asked::read(range, told.length)) {
        Asked::All => (StatusCode::OK, 0..told.length),
        Asked::Part(part) => {
            say(CONTENT_RANGE, &format!("bytes {}-{}/{}", part.start, part.end - 1, told.length));
            (StatusCode::PARTIAL_CONTENT, part)
        }
        Asked::Beyond => {
            say(CONTENT_RANGE, &format!("bytes */{}", told.length));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, sent).into_response());
        }
    };
    say(CONTENT_TYPE, kind);
    say(CONTENT_LENGTH, &(part.end - part.start).to_string());
    if parts.method == Method::HEAD {
        return Ok((status, sent, Body::empty()).into_response());
    }
    let place = Arc::clone(&outside.readers.0).try_acquire_owned();
    let full = "too many read recordings at the moment; try again in a minute";
    let place = place.map_err(|_| No::new(StatusCode::SERVICE_UNAVAILABLE, full))?;
    let taken = watch::Sender::new(());
    if let Some(socket) = parts.extensions.remove::<Socket>().and_then(|socket| socket.0) {
        tokio::spawn(watch_over(taken.subscribe(), socket, Arc::clone(&outside.rooms.shared)));
    }
    let stream = Sending { file: Arc::new(file), part, taken, _place: place };
    Ok((status, sent, Body::from_stream(stream.pieces())).into_response())
}

/// A file on its way.
struct Sending {
    file: Arc<File>,
    /// What is still to be sent.
    part: Range<u64>,
    /// Told whenever the reader wants more.
    taken: watch::Sender<()>,
    _place: OwnedSemaphorePermit,
}

impl Sending {
    fn pieces(self) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
        unfold(self, |mut sending| async move {
            let piece = sending.piece().await?;
            if piece.is_err() {
                // What was promised cannot be sent: the connection ends.
                sending.part = 0..0;
            }
            Some((piece, sending))
        })
    }

    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        self.taken.send_replace(());
        let start = self.part.start;
        let size = (self.part.end - start).min(PIECE);
        if size == 0 {
            return None;
        }
        let file = Arc::clone(&self.file);
        let read = spawn_blocking(move || {
            let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
            file.read_exact_at(&mut bytes, start).map(|()| Bytes::from(bytes))
        });
        self.part.start += size;
        Some(read.await.unwrap_or_else(|why| Err(io::Error::other(why))))
    }
}

/// Ends a connection whose reader takes nothing for too long, or when the server stops; nobody else would wake for it.
async fn watch_over(mut taken: watch::Receiver<()>, socket: Arc<OwnedFd>, shared: Arc<Shared>) {
    let patience: Duration = shared.settings.timing.unread;
    loop {
        tokio::select! {
            took = timeout(patience, taken.changed()) => match took {
                Ok(Ok(())) => continue,
                // All is sent, or the reader is gone.
                Ok(Err(_)) => return,
                Err(_) => debug!("who reads a recording takes nothing"),
            },
            () = shared.stopped() => {}
        }
        // It may have ended meanwhile.
        let _ = socket2::SockRef::from(&*socket).shutdown(std::net::Shutdown::Both);
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, asked) in [
            ("bytes=0-", Asked::Part(0..100)),
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-19", Asked::Part(10..20)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=18446744073709551615-", Asked::Beyond),
            ("bytes=20-10", Asked::All),
            ("bytes=0-1,5-6", Asked::All),
            ("bytes=", Asked::All),
            ("bytes=a-b", Asked::All),
            ("seconds=1-2", Asked::All),
        ] {
            assert_eq!(Asked::read(range, 100), asked, "{range}");
        }
        assert_eq!(Asked::read("bytes=0-", 0), Asked::Beyond);
    }
}
