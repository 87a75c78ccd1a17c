//! One HTTP answer of a palco server, without a library: it is short and comes whole.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{RoomUrl, reach};

/// Asks the server of `url` for a path, and gives the answer with its head: at most `longest` bytes of it.
///
/// # Errors
/// The server can't be reached, or the connection breaks.
pub async fn fetch(url: &RoomUrl, path: &str, longest: u64) -> io::Result<Vec<u8>> {
    let mut stream = reach(url).await.map_err(io::Error::other)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", url.authority());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(longest).read_to_end(&mut answer).await?;
    Ok(answer)
}
