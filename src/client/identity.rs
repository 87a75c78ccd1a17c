//! Who a client is: an OpenSSH ed25519 key.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use signature::Signer as _;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey, PublicKey};
use thiserror::Error;

use crate::meeting::ParticipantId;

/// The comment in key files that palco makes.
const COMMENT: &str = "palco";

/// Largest key file that is read, in bytes: an ed25519 key has about 400.
const MAX_FILE: u64 = 16 * 1024;

/// A person's key. It signs the server's challenge, so that a name can be taken by nobody else.
#[derive(Clone)]
pub struct Identity {
    key: PrivateKey,
    id: ParticipantId,
    public: String,
}

/// Why an identity can't be used. Each text names the file and says what to do.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The file or its directory can't be read or made.
    #[error("the identity {} cannot be {doing}: {cause}; name another file with --identity", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        doing: &'static str,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Others may read or write it.
    #[error("the identity {} can be read by others; make it yours alone: chmod 600 {}", .0.display(), .0.display())]
    Open(PathBuf),
    /// It is not a private key in OpenSSH's format.
    #[error("{} is not an OpenSSH private key; make one: ssh-keygen -t ed25519 -N '' -f FILE", .0.display())]
    Form(PathBuf),
    /// It is a key of another kind.
    #[error("{} is a {kind} key and palco takes ed25519 only; make one: ssh-keygen -t ed25519 -N '' -f FILE", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// The kind it is.
        kind: String,
    },
    /// It has a passphrase.
    #[error("{} has a passphrase, which palco cannot ask for; name a key without one with --identity, or leave --identity out", .0.display())]
    Passphrase(PathBuf),
    /// The key can't be put in words; does not happen with an ed25519 key.
    #[error("the key cannot be encoded; make another: ssh-keygen -t ed25519 -N '' -f FILE")]
    Encoding,
}

impl Identity {
    /// Makes a new key that is kept nowhere: for guests, bots and tests.
    ///
    /// # Errors
    /// [`IdentityError::Encoding`].
    pub fn generate() -> Result<Self, IdentityError> {
        let pair = Ed25519Keypair::from_seed(&rand::random());
        let key =
            PrivateKey::new(KeypairData::Ed25519(pair), COMMENT).map_err(|_| IdentityError::Encoding)?;
        Self::of(key)
    }

    /// Reads the key in the file, or makes one there: the file for its owner alone (0600), and so the directory (0700)
    /// if it is made too.
    ///
    /// # Errors
    /// Why the file can't be used.
    pub fn load_or_create(path: &Path) -> Result<Self, IdentityError> {
        match Self::load(path) {
            Err(IdentityError::File { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
                Self::create(path)
            }
            other => other,
        }
    }

    /// Reads the key in the file.
    ///
    /// # Errors
    /// Why the file can't be used.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let failed = |cause| IdentityError::File { path: path.to_owned(), doing: "read", cause };
        let about = fs::metadata(path).map_err(failed)?;
        if about.is_file() && about.mode() & 0o077 != 0 {
            return Err(IdentityError::Open(path.to_owned()));
        }
        if about.is_file() && about.len() > MAX_FILE {
            return Err(IdentityError::Form(path.to_owned()));
        }
        let text = fs::read(path).map_err(failed)?;
        let key = PrivateKey::from_openssh(text).map_err(|_| IdentityError::Form(path.to_owned()))?;
        if key.is_encrypted() {
            return Err(IdentityError::Passphrase(path.to_owned()));
        }
        if key.key_data().ed25519().is_none() {
            let kind = key.algorithm().to_string();
            return Err(IdentityError::Kind { path: path.to_owned(), kind });
        }
        Self::of(key)
    }

    /// Makes a key in a file that is not there. It is written beside its place and then linked to it, so that of two
    /// programs that start at once both use the same key, and neither reads half a file.
    fn create(path: &Path) -> Result<Self, IdentityError> {
        let failed = |cause| IdentityError::File { path: path.to_owned(), doing: "made", cause };
        if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty() && !d.exists()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        }
        let identity = Self::generate()?;
        let text = identity.key.to_openssh(LineEnding::LF).map_err(|_| IdentityError::Encoding)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{:016x}", rand::random::<u64>()));
        let beside = PathBuf::from(beside);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        let linked = written.and_then(|()| fs::hard_link(&beside, path));
        // The link is the key's place; the name beside it has done its work either way.
        let _ = fs::remove_file(&beside);
        match linked {
            Ok(()) => Ok(identity),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Self::load(path),
            Err(cause) => Err(failed(cause)),
        }
    }

    fn of(key: PrivateKey) -> Result<Self, IdentityError> {
        let encoded = key.public_key().to_bytes().map_err(|_| IdentityError::Encoding)?;
        let id = ParticipantId(Sha256::digest(encoded).into());
        let public = PublicKey::new(key.public_key().key_data().clone(), "")
            .to_openssh()
            .map_err(|_| IdentityError::Encoding)?;
        Ok(Self { key, id, public: public.trim_end().to_owned() })
    }

    /// Who this is.
    pub fn id(&self) -> ParticipantId {
        self.id
    }

    /// The public key in one line, `ssh-ed25519 AAAA…`.
    pub fn public_line(&self) -> &str {
        &self.public
    }

    /// The ed25519 signature over `message` (RFC 8032), 64 bytes; empty if the key can't sign, which `load` rules out.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.try_sign(message).map(|s: ssh_key::Signature| s.as_bytes().to_vec()).unwrap_or_default()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Hello, Nonce, statement, verify};
    use base64::Engine as _;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn is_made_once_for_its_owner_alone_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/identity");
        let made = Identity::load_or_create(&path).unwrap();
        let read = Identity::load_or_create(&path).unwrap();
        assert_eq!(made.id(), read.id());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn many_that_start_at_once_get_the_same_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || Identity::load_or_create(&path).unwrap().id())
            })
            .collect();
        let ids: std::collections::BTreeSet<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(ids.len(), 1);
    }

    #[test]
    fn refuses_a_file_that_others_can_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        Identity::load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Identity::load_or_create(&path).unwrap_err();
        assert!(matches!(error, IdentityError::Open(_)), "{error}");
        assert!(error.to_string().contains("chmod 600"));
    }

    #[test]
    fn refuses_what_is_not_a_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        fs::write(&path, "hello").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Identity::load_or_create(&path), Err(IdentityError::Form(_))));
        assert_eq!(fs::read(&path).unwrap(), b"hello", "a wrong file is left alone");
    }

    #[test]
    fn refuses_a_passphrase_with_a_sentence() {
        // `ssh-keygen -t ed25519 -N secret`
        const WITH_PASSPHRASE: &str = include_str!("testdata/ed25519_passphrase");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        fs::write(&path, WITH_PASSPHRASE).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = Identity::load_or_create(&path).unwrap_err();
        assert!(matches!(error, IdentityError::Passphrase(_)), "{error}");
    }

    #[test]
    fn its_signature_convinces_a_server() {
        let identity = Identity::generate().unwrap();
        let nonce = Nonce("bm9uY2U=".into());
        let signature = identity.sign(&statement(&nonce, "monday"));
        let hello = Hello {
            room: "monday".into(),
            key: identity.public_line().into(),
            signature: base64::engine::general_purpose::STANDARD.encode(signature),
            ..Hello::default()
        };
        assert_eq!(verify(&hello, &nonce), Ok(identity.id()));
        let other = Hello { room: "tuesday".into(), ..hello };
        assert!(verify(&other, &nonce).is_err());
    }
}
