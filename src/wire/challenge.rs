//! Proof of identity: an ed25519 signature over the server's challenge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ssh_key::{Algorithm, PublicKey, Signature};
use thiserror::Error;

use crate::meeting::ParticipantId;

use super::{Hello, SUBPROTOCOL};

/// 32 random bytes in base64, new for each connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub String);

/// Why a hello does not prove its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadProof {
    /// The key can't be read.
    #[error("the key is not an OpenSSH ed25519 public key; make one with `ssh-keygen -t ed25519`")]
    Key,
    /// The signature can't be read.
    #[error("the signature is not 64 bytes in base64")]
    Form,
    /// The signature is not of this key and challenge.
    #[error("the signature does not fit the key and this connection's challenge")]
    Signature,
}

/// The bytes to sign: three lines, `palco.v1`, the nonce as it came, and the room's name, each ended by a line feed.
pub fn statement(nonce: &Nonce, room: &str) -> Vec<u8> {
    format!("{SUBPROTOCOL}\n{}\n{room}\n", nonce.0).into_bytes()
}

/// Checks a hello against the challenge and tells who says it.
///
/// # Errors
/// What is wrong with the proof.
pub fn verify(hello: &Hello, nonce: &Nonce) -> Result<ParticipantId, BadProof> {
    use signature::Verifier as _;
    let key: PublicKey = hello.key.parse().map_err(|_| BadProof::Key)?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(BadProof::Key);
    }
    let bytes = STANDARD.decode(&hello.signature).map_err(|_| BadProof::Form)?;
    let signature = Signature::new(Algorithm::Ed25519, bytes).map_err(|_| BadProof::Form)?;
    key.key_data().verify(&statement(nonce, &hello.room), &signature).map_err(|_| BadProof::Signature)?;
    let encoded = key.to_bytes().map_err(|_| BadProof::Key)?;
    Ok(ParticipantId(Sha256::digest(encoded).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 1, in OpenSSH form.
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    const OTHER_KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";
    const NONCE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const SIGNATURE: &str =
        "Bi/9VpVKFdqlQe39p4hl9TotmRkCgXtXyQaZVW0qWtYPCHhc4QITvXml8vuLhztzHrbr1Vok5bPTfYEpcCAmBg==";

    fn check(room: &str, key: &str, signature: &str, nonce: &str) -> Result<String, BadProof> {
        let hello =
            Hello { room: room.into(), key: key.into(), signature: signature.into(), ..Hello::default() };
        verify(&hello, &Nonce(nonce.into())).map(|id| id.to_string())
    }

    #[test]
    fn a_proof_tells_the_fingerprint_that_ssh_keygen_prints() {
        let id = Ok("SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8".to_string());
        assert_eq!(check("monday", KEY, SIGNATURE, NONCE), id);
        assert_eq!(
            check("monday", &format!("{KEY} ana@laptop"), SIGNATURE, NONCE),
            id,
            "a comment changes nothing"
        );
    }

    #[test]
    fn a_proof_holds_for_one_room_one_connection_and_one_key() {
        assert_eq!(check("tuesday", KEY, SIGNATURE, NONCE), Err(BadProof::Signature));
        assert_eq!(check("monday", KEY, SIGNATURE, &NONCE.replace("AAEC", "BAEC")), Err(BadProof::Signature));
        assert_eq!(check("monday", OTHER_KEY, SIGNATURE, NONCE), Err(BadProof::Signature));
        assert_eq!(check("monday", KEY, &SIGNATURE.replace("Bi/", "Ci/"), NONCE), Err(BadProof::Signature));
    }

    #[test]
    fn what_is_no_key_or_signature_is_told() {
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7";
        for key in ["", "ssh-ed25519", "ssh-ed25519 AAAA", rsa, &KEY.replace("ssh-ed25519", "ssh-rsa")] {
            assert_eq!(check("monday", key, SIGNATURE, NONCE), Err(BadProof::Key), "{key}");
        }
        for signature in ["", "?", "AAAA", &SIGNATURE[4..]] {
            assert_eq!(check("monday", KEY, signature, NONCE), Err(BadProof::Form), "{signature}");
        }
    }
}
