//! What can be set about SSH, and what is fixed about it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};
use russh::server::Config;
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};
use thiserror::Error;

use crate::wire::DEFAULT_PORT;

/// From the first byte to the end of the login: somebody has to type a passphrase meanwhile, and nobody else does.
const LOGIN_GRACE: Duration = Duration::from_secs(20);

/// Without a key in the list of rooms: who looked for a room has found it, and a forgotten window takes no place of 500.
const LOBBY_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Refused logins before a connection is closed, as in OpenSSH.
const TRIES: usize = 6;

/// How long a refusal takes: no guessing at speed.
const REJECTION: Duration = Duration::from_secs(1);

/// Without a word for so long a client is asked whether it lives; after [`KEEPALIVES`] such questions it does not.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// See [`KEEPALIVE`].
const KEEPALIVES: usize = 3;

/// Bytes that a client may send on a channel before we have read them: a paste goes through, a flood waits at home.
const WINDOW: u32 = 256 * 1024;

/// Messages of a channel that wait for its seat; then the connection waits.
const CHANNEL_BUFFER: usize = 32;

/// Messages of seats that wait for the connection's task; then the seats wait.
const EVENT_BUFFER: usize = 4;

/// How SSH is served. Plain data: who reads files and flags fills it in.
#[derive(Clone, Debug)]
pub struct SshSettings {
    /// The host key, an OpenSSH ed25519 private key without a passphrase.
    pub host_key: PathBuf,
    /// Connections at once in all; one more is closed unanswered.
    pub connections: usize,
    /// From the first byte to the end of the login.
    pub login_grace: Duration,
    /// How long somebody may look at the list of rooms without touching a key.
    pub lobby_patience: Duration,
    /// The server's port for websockets, at the address that a client of SSH came to.
    pub websockets: u16,
    /// Where websockets are to be found instead: by the name of a certificate, or with a pin.
    pub websockets_at: Option<String>,
    /// Seconds east of UTC, for times of day: a client does not tell where it is.
    pub utc_offset_secs: i32,
}

impl SshSettings {
    /// The usual limits, with the key in this file.
    pub fn new(host_key: PathBuf) -> Self {
        // A console costs a few hundred kilobytes: a room that is full of them fits in 200 MB.
        Self {
            host_key,
            connections: 500,
            login_grace: LOGIN_GRACE,
            lobby_patience: LOBBY_PATIENCE,
            websockets: DEFAULT_PORT,
            websockets_at: None,
            utc_offset_secs: 0,
        }
    }
}

/// The host key cannot be used.
#[derive(Debug, Error)]
#[error("the SSH host key {} cannot be used ({cause}); move it away and a new one is made", path.display())]
pub struct BadHostKey {
    path: PathBuf,
    cause: russh::keys::Error,
}

/// The configuration of every connection.
pub(super) fn config(settings: &SshSettings) -> Result<Config, BadHostKey> {
    Ok(Config {
        server_id: SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-palco_", env!("CARGO_PKG_VERSION")))),
        methods: methods(),
        auth_rejection_time: REJECTION,
        // Every client begins with a question that is refused.
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host_key(&settings.host_key)?],
        window_size: WINDOW,
        channel_buffer_size: CHANNEL_BUFFER,
        event_buffer_size: EVENT_BUFFER,
        preferred: preferred(),
        max_auth_attempts: TRIES,
        // Who looks on types nothing for hours; whether they live is asked.
        inactivity_timeout: None,
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..Config::default()
    })
}

/// How one may log in: a key is who one is, and without one a guest answers no questions.
pub(super) fn methods() -> MethodSet {
    MethodSet::from(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive][..])
}

fn host_key(path: &Path) -> Result<PrivateKey, BadHostKey> {
    russh::keys::load_secret_key(path, None).map_err(|cause| BadHostKey { path: path.to_owned(), cause })
}

/// What today's OpenSSH prefers, and nothing weaker: no SHA-1, no finite-field groups, no compression.
fn preferred() -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[
            kex::MLKEM768X25519_SHA256,
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::EXTENSION_SUPPORT_AS_SERVER,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
        ]),
        key: Cow::Borrowed(&[
            Algorithm::Ed25519,
            Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
            Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
            Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
            Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
            Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
        ]),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: Cow::Borrowed(&[
            cipher::CHACHA20_POLY1305,
            cipher::AES_256_GCM,
            cipher::AES_128_GCM,
            cipher::AES_256_CTR,
            cipher::AES_128_CTR,
        ]),
        mac: Cow::Borrowed(&[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512]),
        compression: Cow::Borrowed(&[compression::NONE]),
    }
}
