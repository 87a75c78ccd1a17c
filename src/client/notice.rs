//! What goes on in a room, asked without coming in.

use std::time::Duration;

use thiserror::Error;

use crate::wire::Notice;

use super::{RoomUrl, fetch};

/// How long a server may take: somebody looks at a list and waits.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// The longest answer, in bytes: a title of 2,048 and a head around it.
const LONGEST: u64 = 16 * 1024;

/// Why nothing is known about a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoNotice {
    /// Nobody answers there, or not in time.
    #[error("nobody answers there")]
    Unreachable,
    /// Something answers that is no palco, or too old a one.
    #[error("what answers there is not palco")]
    NotPalco,
}

/// Asks a server what goes on in one of its rooms; `None` when nobody has opened a meeting there.
///
/// # Errors
/// Why nothing is known.
pub async fn notice(url: &RoomUrl) -> Result<Option<Notice>, NoNotice> {
    let path = format!("/rooms/{}", url.room());
    match tokio::time::timeout(PATIENCE, fetch(url, &path, LONGEST)).await {
        Ok(Ok(answer)) => read(&answer),
        Ok(Err(_)) | Err(_) => Err(NoNotice::Unreachable),
    }
}

/// Reads an HTTP answer as palco gives it: whole, with its length.
fn read(answer: &[u8]) -> Result<Option<Notice>, NoNotice> {
    let text = std::str::from_utf8(answer).map_err(|_| NoNotice::NotPalco)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(NoNotice::NotPalco)?;
    match head.split(' ').nth(1) {
        Some("200") => serde_json::from_str(body).map(Some).map_err(|_| NoNotice::NotPalco),
        Some("404") if head.starts_with("HTTP/1.1 ") => Ok(None),
        _ => Err(NoNotice::NotPalco),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Phase;

    #[test]
    fn answers_are_read() {
        let body = r#"{"room":"monday","title":"VoIP","number":28,"phase":"live","here":14,"listening":3}"#;
        let ok = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let notice = read(ok.as_bytes()).unwrap().unwrap();
        assert_eq!((notice.phase, notice.here, notice.started_at), (Phase::Live, 14, None));
        assert_eq!(read(b"HTTP/1.1 404 Not Found\r\n\r\nnobody"), Ok(None));
        for odd in
            [&b"SSH-2.0-OpenSSH"[..], b"HTTP/1.1 200 OK\r\n\r\n<html>", b"HTTP/1.1 500 x\r\n\r\n", b"\xff"]
        {
            assert_eq!(read(odd), Err(NoNotice::NotPalco));
        }
    }
}
