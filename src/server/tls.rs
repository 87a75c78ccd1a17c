//! The server's certificate: a given one, or one of its own making.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use webpki::EndEntityCert;

use crate::net::{Pin, Stream, TLS_UNSENT, ciphers};

/// The certificate that a server made for itself, in its data directory.
const OWN_CERTIFICATE: &str = "tls-cert.pem";

/// Its key; whoever has it can be the server.
const OWN_KEY: &str = "tls-key.pem";

/// A server's certificate and key, ready for connections.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    pin: Pin,
    names: Vec<String>,
}

/// A server can't have TLS. Each text says what to do.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read or made.
    #[error("{} cannot be {doing} ({cause})", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        doing: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// The certificate's file holds none.
    #[error("{} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", .0.display())]
    Certificate(PathBuf),
    /// The key's file holds none.
    #[error("{} holds no private key in PEM form without a passphrase", .0.display())]
    Key(PathBuf),
    /// Certificate and key are no pair.
    #[error("the key in {} cannot be used with that certificate ({why})", path.display())]
    Pair {
        /// The key's file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No certificate could be made.
    #[error("no certificate can be made ({0}); name one with --tls-cert and --tls-key")]
    Making(String),
}

impl Tls {
    /// The certificate chain and the key in these PEM files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = read(certificate)?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Certificate(certificate.to_owned()))?;
        let secret = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| TlsError::Key(key.to_owned()))?;
        let first = chain.first().ok_or_else(|| TlsError::Certificate(certificate.to_owned()))?;
        let pin = Pin::of(first).ok_or_else(|| TlsError::Certificate(certificate.to_owned()))?;
        let names = names(first);
        let unfit =
            |why: tokio_rustls::rustls::Error| TlsError::Pair { path: key.to_owned(), why: why.to_string() };
        let mut config = ServerConfig::builder_with_provider(ciphers())
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(unfit)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A fresh handshake is one round trip too, and nothing is kept for those who may not come back.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), pin, names })
    }

    /// The certificate in this directory, signed by itself; made for `names` when there is none. The key is its owner's
    /// alone (0600). What lacks the certificate and has the key gets one for the same key: the pin stays.
    ///
    /// # Errors
    /// Why it cannot be read or made.
    pub fn own(dir: &Path, names: &[String]) -> Result<Self, TlsError> {
        let (certificate, key) = (dir.join(OWN_CERTIFICATE), dir.join(OWN_KEY));
        if !certificate.exists() {
            let failed = |e: rcgen::Error| TlsError::Making(e.to_string());
            let pair = match fs::read_to_string(&key) {
                Ok(pem) => KeyPair::from_pem(&pem).map_err(|_| TlsError::Key(key.clone()))?,
                Err(e) if e.kind() == ErrorKind::NotFound => {
                    let pair = KeyPair::generate().map_err(failed)?;
                    write(&key, &pair.serialize_pem(), 0o600)?;
                    pair
                }
                Err(cause) => return Err(TlsError::File { path: key, doing: "read", cause }),
            };
            let mut params = CertificateParams::new(names.to_vec()).map_err(failed)?;
            params.distinguished_name.push(DnType::CommonName, "palco");
            let made = params.self_signed(&pair).map_err(failed)?;
            write(&certificate, &made.pem(), 0o644)?;
        }
        Self::read(&certificate, &key)
    }

    /// The pin of the key, for join lines.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// The names that the certificate is for, without addresses and wildcards.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Shakes hands with somebody who speaks TLS.
    pub(super) async fn accept(&self, tcp: TcpStream) -> io::Result<Stream> {
        let hands = self.acceptor.accept_with(tcp, |tls| tls.set_buffer_limit(Some(TLS_UNSENT)));
        Ok(Stream::Tls(Box::new(hands.await?.into())))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("pin", &self.pin.to_string()).finish_non_exhaustive()
    }
}

fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let parsed = EndEntityCert::try_from(certificate);
    let names = parsed.iter().flat_map(|c| c.valid_dns_names().map(str::to_owned).collect::<Vec<_>>());
    names.filter(|name| !name.starts_with('*')).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|cause| TlsError::File { path: path.to_owned(), doing: "read", cause })
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|cause| {
        // The name beside it has no other use.
        let _ = fs::remove_file(&beside);
        TlsError::File { path: path.to_owned(), doing: "made", cause }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn its_own_is_made_once_and_the_key_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "192.168.1.20".to_owned()];
        let made = Tls::own(dir.path(), &names).unwrap();
        assert_eq!(Tls::own(dir.path(), &names).unwrap().pin(), made.pin());
        assert_eq!(made.names(), ["localhost"]);
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(OWN_KEY), 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        fs::remove_file(dir.path().join(OWN_CERTIFICATE)).unwrap();
        assert_eq!(
            Tls::own(dir.path(), &names).unwrap().pin(),
            made.pin(),
            "the key was kept, and so was the pin"
        );
    }

    #[test]
    fn files_that_will_not_do_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let own = Tls::own(dir.path(), &["localhost".to_owned()]);
        drop(own.unwrap());
        let other = tempfile::tempdir().unwrap();
        drop(Tls::own(other.path(), &["localhost".to_owned()]).unwrap());
        let (certificate, key) = (dir.path().join(OWN_CERTIFICATE), dir.path().join(OWN_KEY));
        let why = |c: &Path, k: &Path| Tls::read(c, k).unwrap_err().to_string();
        assert!(why(&dir.path().join("none.pem"), &key).contains("none.pem"));
        assert!(why(&key, &key).contains("no certificate"));
        assert!(why(&certificate, &certificate).contains("no private key"));
        assert!(why(&certificate, &other.path().join(OWN_KEY)).contains("cannot be used"));
    }
}
