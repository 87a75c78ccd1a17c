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
