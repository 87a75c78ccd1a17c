//! A hook that is a server.

use std::fmt::Write as _;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError};

use crate::net::{Stream, authorities, ciphers};
use crate::wire::Secret;

use super::super::door::hex;
use super::hook::{EVENT, News};

/// For all of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of an answer that are read: its first line is enough.
const ANSWER: usize = 512;

/// Where a hook is told by HTTP: one host, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    path: String,
    tls: bool,
}

/// It is no address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is no address to post to; write one such as https://example.org/palco")]
pub struct BadTarget;

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let uri: Uri = text.parse().map_err(|_| BadTarget)?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(BadTarget),
        };
        let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or(BadTarget)?;
        let host = authority.host().to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { host, port, path, tls })
    }
}

/// Why a server was not told.
#[derive(Debug, Error)]
pub(in crate::server) enum BadPost {
    #[error("the hook's server cannot be reached ({0})")]
    Unreachable(#[from] io::Error),
    #[error(
        "nothing that this machine trusts vouches for the hook's server ({0}); have it trust the server's authority, \
         or name that in SSL_CERT_FILE"
    )]
    Untrusted(io::Error),
    #[error("the hook's server has no usable name")]
    Name,
    #[error("the hook's server gave no answer within {} s", PATIENCE.as_secs())]
    TooLong,
    #[error("the hook's server answers {0}, and hooks follow no redirect")]
    Elsewhere(u16),
    #[error("the hook's server answers {0}")]
    Refused(u16),
    #[error("the hook's server does not speak HTTP")]
    NoHttp,
}

/// Posts the facts as JSON, signed where there is a secret, to this host and no other.
pub(super) async fn send(to: &Target, secret: Option<&Secret>, news: &News) -> Result<(), BadPost> {
    timeout(PATIENCE, exchange(to, &head(to, secret, news), &news.body))
        .await
        .map_err(|_| BadPost::TooLong)?
}

fn head(to: &Target, secret: Option<&Secret>, news: &News) -> String {
    let Target { host, port, path, .. } = to;
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n");
    // Writing to a text cannot fail.
    let _ = write!(
        head,
        "User-Agent: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nX-Palco-Event: {EVENT}\r\n\
         X-Palco-Delivery: {}\r\n",
        crate::server::shared::PROGRAM,
        news.body.len(),
        news.id
    );
    if let Some(signature) = secret.and_then(|secret| sign(secret, &news.body)) {
        let _ = write!(head, "X-Palco-Signature: sha256={signature}\r\n");
    }
    head + "\r\n"
}

/// The HMAC-SHA256 of a body, in hexadecimal (RFC 2104).
fn sign(secret: &Secret, body: &str) -> Option<String> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(body.as_bytes());
    Some(hex(&mac.finalize().into_bytes()))
}

async fn exchange(to: &Target, head: &str, body: &str) -> Result<(), BadPost> {
    let mut stream = reach(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    while answer.len() < ANSWER && !answer.contains(&b'\n') {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    match status(&answer) {
        Some(200..=299) => Ok(()),
        Some(status @ 300..=399) => Err(BadPost::Elsewhere(status)),
        Some(status) => Err(BadPost::Refused(status)),
        None => Err(BadPost::NoHttp),
    }
}

async fn reach(to: &Target) -> Result<Stream, BadPost> {
    let host = to.host.trim_start_matches('[').trim_end_matches(']');
    let tcp = TcpStream::connect((host, to.port)).await?;
    if !to.tls {
        return Ok(Stream::Plain(tcp));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| BadPost::Name)?;
    let config = ClientConfig::builder_with_provider(ciphers()).with_safe_default_protocol_versions();
    let config =
        config.map_err(io::Error::other)?.with_root_certificates(authorities()).with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(untrusted)?;
    Ok(Stream::Tls(Box::new(tls.into())))
}

/// A handshake failed: whether because of whom it was made with.
fn untrusted(why: io::Error) -> BadPost {
    match why.get_ref().and_then(|why| why.downcast_ref()) {
        Some(TlsError::InvalidCertificate(_)) => BadPost::Untrusted(why),
        _ => BadPost::Unreachable(why),
    }
}

/// The number in an answer's first line.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let (version, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    version.starts_with("HTTP/1.").then(|| rest.get(..3)?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_one_host_by_http() {
        let target = |text: &str| text.parse::<Target>();
        let of = |host: &str, port, path: &str, tls| {
            Ok(Target { host: host.to_owned(), port, path: path.to_owned(), tls })
        };
        assert_eq!(target("https://example.org/palco?room=1"), of("example.org", 443, "/palco?room=1", true));
        assert_eq!(target("http://127.0.0.1:8080"), of("127.0.0.1", 8_080, "/", false));
        assert_eq!(target("http://[::1]:8080/x"), of("[::1]", 8_080, "/x", false));
        for bad in
            ["", "example.org", "ftp://example.org", "https://", "https://me@example.org/", "http://a b/"]
        {
            assert_eq!(target(bad), Err(BadTarget), "{bad}");
        }
    }

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let secret = Secret::new("Jefe").unwrap();
        let signed = sign(&secret, "what do ya want for nothing?").unwrap();
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn answers_are_read_by_their_number() {
        assert_eq!(status(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(204));
        assert_eq!(status(b"HTTP/1.0 302"), Some(302));
        for bad in [&b""[..], b"SSH-2.0-x\r\n", b"HTTP/1.1", b"HTTP/1.1 2x0\r\n", b"\xff\xff 200"] {
            assert_eq!(status(bad), None);
        }
    }
}
