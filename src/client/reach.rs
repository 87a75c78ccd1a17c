//! A connection to a server: TCP, and TLS where the address says so.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, LazyLock, OnceLock};

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsFailure, SignatureScheme,
};

use crate::net::{Pin, Stream, TLS_UNSENT, authorities, ciphers, hurry};

use super::RoomUrl;

/// Why a server is not reached. The texts are sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReachError {
    /// Nobody answers there.
    #[error("nobody answers at {at} ({cause}); check the address, and that the server runs (`palco serve`)")]
    Unreachable {
        /// Host and port.
        at: String,
        /// What the system says.
        cause: String,
    },
    /// It does not speak TLS.
    #[error(
        "what answers at {at} does not speak TLS; write ws:// in place of wss://, or have the server started with --tls"
    )]
    NotTls {
        /// Host and port.
        at: String,
    },
    /// It has another key than the join line says.
    #[error(
        "the server at {at} is not the one of the join line: its pin is {found}, and it has to be {wanted}. Either the server was set up anew, or somebody sits on the way and would hear all: nothing was sent. Ask who runs it for the join line of today"
    )]
    WrongPin {
        /// Host and port.
        at: String,
        /// The pin it has.
        found: Pin,
        /// The pin it has to have.
        wanted: Pin,
    },
    /// It has another key than at the last visit.
    #[error(
        "THE SERVER AT {at} IS NOT THE ONE YOU KNOW: its pin is {found}, and it was {wanted}. Either the server was set up anew, or somebody sits on the way and would hear all: nothing was sent. Ask who runs it for a new join line, not over this link; if its pin is the new one, joining with it is enough"
    )]
    PinChanged {
        /// Host and port.
        at: String,
        /// The pin it has.
        found: Pin,
        /// The pin it had.
        wanted: Pin,
    },
    /// It shows a certificate that is not its own.
    #[error(
        "the server at {at} cannot prove that it is the one of its certificate: somebody sits on the way. Nothing was sent"
    )]
    Impostor {
        /// Host and port.
        at: String,
    },
    /// Nobody whom this machine trusts has signed its certificate.
    #[error(
        "nothing vouches for the server at {at} ({why}). If whoever runs it tells you that its pin is {found}, join with #pin={found} after the room's name"
    )]
    Untrusted {
        /// Host and port.
        at: String,
        /// The pin it has.
        found: Pin,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The connection broke, or the handshake did.
    #[error("the connection to {at} broke ({cause})")]
    Broken {
        /// Host and port.
        at: String,
        /// Why.
        cause: String,
    },
}

impl ReachError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::NotTls { .. } => "not-tls",
            Self::WrongPin { .. } => "wrong-pin",
            Self::PinChanged { .. } => "pin-changed",
            Self::Impostor { .. } => "impostor",
            Self::Untrusted { .. } => "untrusted",
            Self::Broken { .. } => "broken",
        }
    }
}

/// Connects to the server of a room.
///
/// # Errors
/// Why it is not reached.
pub async fn reach(url: &RoomUrl) -> Result<Stream, ReachError> {
    let at = url.authority();
    let unreachable = |e: io::Error| ReachError::Unreachable { at: at.clone(), cause: e.to_string() };
    let tcp = dial(url).await.map_err(unreachable)?;
    hurry(&tcp).map_err(unreachable)?;
    if !url.is_tls() {
        return Ok(Stream::Plain(tcp));
    }
    let seen = Arc::new(OnceLock::new());
    let config = config(url.pin(), &seen).map_err(|e| broken(&at, &e))?;
    // By a pin any name will do: those that can't be one are only sent to nobody.
    let name = ServerName::try_from(url.host().to_owned())
        .or_else(|_| ServerName::try_from("palco.invalid"))
        .map_err(|e| broken(&at, &e))?;
    let hands = TlsConnector::from(Arc::new(config));
    let hands = hands.connect_with(name, tcp, |tls| tls.set_buffer_limit(Some(TLS_UNSENT)));
    match hands.await {
        Ok(tls) => Ok(Stream::Tls(Box::new(tls.into()))),
        Err(error) => Err(told(url, at, &error, seen.get().copied())),
    }
}

fn broken(at: &str, cause: &impl ToString) -> ReachError {
    ReachError::Broken { at: at.to_owned(), cause: cause.to_string() }
}

/// Puts a failed handshake into words; `seen` is the pin that the server showed.
fn told(url: &RoomUrl, at: String, error: &io::Error, seen: Option<Pin>) -> ReachError {
    let failure = error.get_ref().and_then(|e| e.downcast_ref::<TlsFailure>());
    match (failure, seen) {
        (Some(TlsFailure::InvalidCertificate(CertificateError::BadSignature)), Some(found))
            if url.pin() == Some(found) =>
        {
            ReachError::Impostor { at }
        }
        (Some(TlsFailure::InvalidCertificate(why)), Some(found)) => match url.pin() {
            Some(wanted) if url.is_known() => ReachError::PinChanged { at, found, wanted },
            Some(wanted) => ReachError::WrongPin { at, found, wanted },
            None => ReachError::Untrusted { at, found, why: plain(why) },
        },
        (Some(TlsFailure::InvalidMessage(_)), None) => ReachError::NotTls { at },
        _ => broken(&at, error),
    }
}

fn plain(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "its certificate is signed by nobody whom this machine trusts".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".into()
        }
        other => other.to_string(),
    }
}

fn config(pin: Option<Pin>, seen: &Arc<OnceLock<Pin>>) -> Result<ClientConfig, TlsFailure> {
    let provider = ciphers();
    let judge = Judge { pin, algorithms: provider.signature_verification_algorithms, seen: Arc::clone(seen) };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(judge)).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // The server keeps no sessions, see its certificate.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Checks certificates by the authorities of this machine.
static AUTHORITIES: LazyLock<Option<Arc<WebPkiServerVerifier>>> =
    LazyLock::new(|| WebPkiServerVerifier::builder_with_provider(authorities(), ciphers()).build().ok());

/// Decides whether a server is the one that is wanted: by its pin alone where there is one, else by the authorities.
#[derive(Debug)]
struct Judge {
    pin: Option<Pin>,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Arc<OnceLock<Pin>>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsFailure> {
        let found = Pin::of(end_entity).ok_or(CertificateError::BadEncoding)?;
        let _ = self.seen.set(found);
        if let Some(pin) = self.pin {
            let is_it = pin == found;
            return is_it
                .then(ServerCertVerified::assertion)
                .ok_or_else(|| CertificateError::ApplicationVerificationFailure.into());
        }
        let authorities = AUTHORITIES.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsFailure> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsFailure> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
/// `localhost` is this machine whatever its resolver knows (RFC 6761 section 6.3): a small system has no file of hosts.
async fn dial(url: &RoomUrl) -> io::Result<TcpStream> {
    let port = url.port();
    if !url.host().eq_ignore_ascii_case("localhost") {
        return TcpStream::connect((url.host(), port)).await;
    }
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    TcpStream::connect(&here[..]).await
}
