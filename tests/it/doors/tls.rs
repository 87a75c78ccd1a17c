//! TLS and plain on one port, seen by openssl, curl and palco itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use palco::client::{ReachError, RoomUrl, reach};
use palco::server::{Plain, Settings, Timing, Tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ResolvesServerCertUsingSni;
use tokio_rustls::rustls::{ServerConfig, sign::CertifiedKey};

use crate::support::shell::{Home, Ran, Running};
use crate::support::{TestServer, within};

/// A certificate of a server's own making, in a directory of its own.
fn own() -> (tempfile::TempDir, Tls) {
    let dir = tempfile::tempdir().unwrap();
    let tls = Tls::own(dir.path(), &["localhost".into(), "127.0.0.1".into()]).unwrap();
    (dir, tls)
}

/// What a program says on standard output, and whether it was content.
async fn said(program: &str, args: &[&str]) -> (String, bool) {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    let out = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let out = out.unwrap_or_else(|e| panic!("{program} is needed: {e}"));
    (String::from_utf8_lossy(&out.stdout).into_owned(), out.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_and_openssl_find_tls_and_plain_on_one_port() {
    let (dir, tls) = own();
    let server = TestServer::with(Settings { tls: Some(tls), ..Settings::default() }).await;
    let authority = dir.path().join("tls-cert.pem").display().to_string();
    let port = server.address.port();
    for url in [format!("https://localhost:{port}/healthz"), format!("https://127.0.0.1:{port}/healthz")] {
        let (text, good) = said("curl", &["-sS", "--cacert", &authority, &url]).await;
        assert_eq!((text.as_str(), good), ("ok\n", true), "{url}");
        assert!(!said("curl", &["-sS", &url]).await.1, "nobody else vouches for it");
    }
    assert_eq!(said("curl", &["-sS", &format!("http://127.0.0.1:{port}/healthz")]).await.0, "ok\n");
    let at = format!("127.0.0.1:{port}");
    for version in ["-tls1_2", "-tls1_3"] {
        let (text, _) = said("openssl", &["s_client", "-connect", &at, "-CAfile", &authority, version]).await;
        assert!(text.contains("Verify return code: 0 (ok)"), "{version}: {text}");
    }
    assert!(!said("openssl", &["s_client", "-connect", &at, "-tls1_1"]).await.1);
}

#[tokio::test]
async fn half_a_client_hello_is_cut() {
    let timing = Timing { header: Duration::from_millis(200), ..Timing::default() };
    let server = TestServer::with(Settings { tls: Some(own().1), timing, ..Settings::default() }).await;
    for begun in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        let mut rest = Vec::new();
        // An end and a reset are both a cut.
        drop(within("the cut", stream.read_to_end(&mut rest)).await);
        assert_eq!(rest, b"", "{begun:?}");
    }
    server.until_metric("palco_connections", |n| n == 1.0).await;
}

#[tokio::test]
async fn who_may_not_be_plain_is_told_what_to_do() {
    for (tls, words) in [(Some(own().1), ["wss://", "pin"]), (None, ["--tls", "--unencrypted"])] {
        let server = TestServer::with(Settings { tls, plain: Plain::Nobody, ..Settings::default() }).await;
        let answer = server.get("/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
        assert!(words.iter().all(|word| answer.contains(word)), "{answer}");
        let home = Home::new();
        let ran = tokio::task::spawn_blocking({
            let url = server.url("monday");
            move || home.run(&["ctl", &url, "status"])
        });
        ran.await.unwrap().failed(1, &["wss://", "#pin="]);
    }
}

/// A server that shows a certificate whose key it has not.
async fn impostor(shown: &Path, has: &Path) -> u16 {
    let certificate = CertificateDer::from_pem_file(shown.join("tls-cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(has.join("tls-key.pem")).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let mut names = ResolvesServerCertUsingSni::new();
    names.add("localhost", CertifiedKey::new(vec![certificate], key)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(names));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        drop(TlsAcceptor::from(Arc::new(config)).accept(tcp).await);
    });
    port
}

#[tokio::test]
async fn a_pin_is_of_no_use_without_the_key() {
    let ((real, tls), (thief, _)) = (own(), own());
    let url = |port| RoomUrl::new("localhost", port, "monday").unwrap().with_tls(Some(tls.pin()));
    let port = impostor(real.path(), thief.path()).await;
    let refused = reach(&url(port)).await.unwrap_err();
    assert!(matches!(refused, ReachError::Impostor { .. }), "{refused:?}");
    // The same with the right key is let in: it was the signature.
    let port = impostor(real.path(), real.path()).await;
    reach(&url(port)).await.unwrap();
}

/// `palco serve --tls`, and the join line that it prints for the room.
struct Serving {
    _running: Running,
    at: String,
    pin: String,
}

impl Serving {
    fn start(home: &Home, listen: &str, data: &Path) -> Self {
        let args = ["serve", "--tls", "--listen", listen, "--data", &data.display().to_string()];
        let mut running = Running::start(home.palco(&args));
        let line = running.line();
        let at = line.strip_prefix("listening on wss://").unwrap_or_else(|| panic!("{line}")).to_owned();
        let join = running.line();
        let pin = join.strip_prefix(&format!("palco join wss://{at}/ROOM#pin="));
        let pin = pin.unwrap_or_else(|| panic!("{join}")).to_owned();
        Self { _running: running, at, pin }
    }

    fn url(&self) -> String {
        format!("wss://{}/monday", self.at)
    }

    fn join_line(&self) -> String {
        format!("{}#pin={}", self.url(), self.pin)
    }
}

fn known(home: &Home) -> PathBuf {
    home.path().join(".config/palco/known-servers")
}

/// `palco ctl URL status`, which fails with this while no meeting is there.
#[track_caller]
fn reached(ran: Ran) {
    ran.failed(1, &["there is no room “monday” here"]);
}

#[test]
fn a_join_line_with_a_pin_is_enough_and_the_server_is_known_afterwards() {
    let (home, data) = (Home::new(), tempfile::tempdir().unwrap());
    let first = Serving::start(&home, "127.0.0.1:0", data.path());
    let look = |url: &str| home.run(&["ctl", url, "status"]);
    // Nobody vouches for it, and nobody can be asked.
    look(&first.url()).failed(1, &["nothing vouches", &first.pin]);
    let other = tempfile::tempdir().unwrap();
    let wrong = Serving::start(&home, "127.0.0.1:0", other.path()).pin;
    look(&format!("{}#pin={wrong}", first.url()))
        .failed(1, &["not the one of the join line", &first.pin, &wrong]);
    assert!(!known(&home).exists(), "what was refused is not known");
    reached(look(&first.join_line()));
    assert_eq!(fs::read_to_string(known(&home)).unwrap(), format!("{} {}\n", first.at, first.pin));
    reached(look(&first.url()));
}

#[test]
fn a_pin_that_changes_is_refused_loudly_until_a_join_line_says_so() {
    let home = Home::new();
    let (data, anew) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let look = |url: &str| home.run(&["ctl", url, "status"]);
    let first = Serving::start(&home, "127.0.0.1:0", data.path());
    reached(look(&first.join_line()));
    let (at, old) = (first.at.clone(), first.pin.clone());
    drop(first);
    let second = Serving::start(&home, &at, anew.path());
    assert_ne!(second.pin, old);
    let words = ["IS NOT THE ONE YOU KNOW", &second.pin, &old, "nothing was sent", "join line"];
    look(&second.url()).failed(1, &words);
    // Nothing was learned from it.
    look(&second.url()).failed(1, &words);
    let joined = look(&second.join_line());
    assert!(joined.err.contains("another one than before"), "{}", joined.err);
    reached(joined);
    reached(look(&second.url()));
}

#[test]
fn whoever_is_in_a_meeting_is_told_when_another_server_answers_in_its_place() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let data = home.path().join("data").display().to_string();
    let tls = ["--tls", "--unencrypted", "nobody", "--listen", "127.0.0.1:0", "--data", &data, "--no-audio"];
    let mut host = Running::start(home.palco(&[&["host", "monday"], &tls[..]].concat()));
    let at = host.line().strip_prefix("listening on wss://").unwrap().split('/').next().unwrap().to_owned();
    let url = host.line().strip_prefix("palco join ").unwrap().to_owned();
    let mut guest = Running::start(elsewhere.palco(&["join", &url, "--no-audio", "--name", "Ana"]));
    assert!(!guest.line().is_empty(), "{:?}", guest.wait());
    drop(host);
    let anew = tempfile::tempdir().unwrap();
    let _other = Serving::start(&home, &at, anew.path());
    let (status, err) = guest.wait();
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("not the one of the join line") && err.contains("nothing was sent"), "{err}");
}

#[test]
fn a_certificate_that_the_machine_trusts_needs_no_pin() {
    let (home, data) = (Home::new(), tempfile::tempdir().unwrap());
    let serving = Serving::start(&home, "127.0.0.1:0", data.path());
    let authority = data.path().join("tls-cert.pem");
    let url = format!("wss://localhost:{}/monday", serving.at.rsplit(':').next().unwrap());
    let mut trusting = home.palco(&["ctl", &url, "status"]);
    let out = trusting.env("SSL_CERT_FILE", &authority).output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(err.contains("there is no room “monday” here"), "{err}");
    home.run(&["ctl", &url, "status"]).failed(1, &["nothing vouches"]);
}

#[test]
fn a_host_with_tls_sits_in_an_encrypted_meeting() {
    let home = Home::new();
    let data = home.path().join("data").display().to_string();
    let args = [
        "host",
        "monday",
        "--tls",
        "--unencrypted",
        "nobody",
        "--listen",
        "127.0.0.1:0",
        "--data",
        &data,
        "--no-audio",
    ];
    let mut host = Running::start(home.palco(&args));
    assert!(host.line().starts_with("listening on wss://127.0.0.1:"));
    let line = host.line();
    let url = line.strip_prefix("palco join ").unwrap_or_else(|| panic!("{line}")).to_owned();
    assert!(url.contains("/monday#pin=sha256:"), "{url}");
    let elsewhere = Home::new();
    let status: serde_json::Value =
        serde_json::from_str(&elsewhere.run(&["ctl", &url, "status", "--json"]).ok().out).unwrap();
    assert_eq!(status["title"], "monday");
    // The start screen's list asks the server that it knows.
    assert!(fs::read_to_string(known(&home)).unwrap().contains("127.0.0.1:"));
}
