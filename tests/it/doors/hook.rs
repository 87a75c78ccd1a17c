//! A hook that is a server with TLS.

use std::sync::Arc;
use std::time::{Duration, Instant};

use palco::server::Tls;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::shell::{DEADLINE, Home, Server, host};
use crate::support::within;

/// A server on `localhost` with a certificate of its own making, which gives these answers, one a request, and hands the
/// requests on.
async fn serve(dir: &std::path::Path, answers: Vec<String>) -> (u16, UnboundedReceiver<String>) {
    Tls::own(dir, &["localhost".into()]).unwrap();
    let certificate = CertificateDer::from_pem_file(dir.join("tls-cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("tls-key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            // Who does not trust it is gone before a request.
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config.clone())).accept(tcp).await else {
                continue;
            };
            let mut request = String::new();
            while !request.contains("\r\n\r\n{") || !request.ends_with('}') {
                let mut bytes = vec![0; 4_096];
                let Ok(n @ 1..) = stream.read(&mut bytes).await else { break };
                request.push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
            let answer = answers.next().unwrap_or_default();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            tell.send(request).unwrap();
        }
    });
    (port, told)
}

/// Waits until the log says this.
fn until_logged(home: &Home, phrase: &str) {
    let began = Instant::now();
    let says = || {
        let files = std::fs::read_dir(home.path().join(".local/state/palco")).into_iter().flatten().flatten();
        let texts: Vec<_> = files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
        texts.concat().contains(phrase)
    };
    while !says() {
        assert!(began.elapsed() < DEADLINE, "the log never says “{phrase}”");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_tls_is_told_when_the_machine_trusts_it() {
    let (dir, home) = (tempfile::tempdir().unwrap(), Home::new());
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = elsewhere.local_addr().unwrap();
    let moved = format!("HTTP/1.1 308 Over there\r\nLocation: https://{at}/\r\nContent-Length: 0\r\n\r\n");
    let taken = "HTTP/1.1 204 No Content\r\n\r\n".to_owned();
    let (port, mut requests) = serve(dir.path(), vec![moved, taken]).await;
    let settings = home.path().join("settings.toml");
    std::fs::write(&settings, format!("[hook]\nurl = \"https://localhost:{port}/palco\"\n")).unwrap();
    let start = |trusts: bool| {
        Server::start_as(&home, "127.0.0.1:0", |command| {
            command.env("PALCO_CONFIG", &settings).env_remove("SSL_CERT_DIR");
            if trusts {
                command.env("SSL_CERT_FILE", dir.path().join("tls-cert.pem"));
            }
        })
    };
    let mut server = start(false);
    let _host = host(&home, &server, "monday");
    home.ctl(&server.url("monday"), "Stefano", &["start"]).ok();
    home.ctl(&server.url("monday"), "Stefano", &["end"]).ok();
    until_logged(&home, "nothing that this machine trusts vouches for the hook's server");
    assert!(requests.is_empty(), "nothing was sent");

    let restart = |server: &mut Server| {
        server.running.signal("TERM");
        server.running.wait();
        *server = start(true);
    };
    restart(&mut server);
    let first = within("a post", requests.recv()).await.unwrap();
    until_logged(&home, "answers 308, and hooks follow no redirect");
    restart(&mut server);
    let second = within("a post", requests.recv()).await.unwrap();
    until_logged(&home, "the hook was told");
    assert!(
        first.starts_with("POST /palco HTTP/1.1\r\n")
            && first.contains(&format!("Host: localhost:{port}\r\n"))
    );
    assert_eq!(first, second);
    let followed = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(followed.is_err(), "a redirect is not followed");
}
