//! The fingerprint of a server's key.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// What a pin begins with.
const HASH: &str = "sha256:";

/// The SHA-256 of a certificate's public key (its SubjectPublicKeyInfo, as in RFC 7469), written `sha256:` and base64 for
/// addresses (RFC 4648 section 5) without padding. Of the key and not of the certificate, which may be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

/// A text is no pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a pin is sha256: and 43 letters, digits, - or _; copy the whole join line")]
pub struct BadPin;

impl Pin {
    /// The pin of a certificate; `None` when it is no X.509 certificate (version 3).
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = EndEntityCert::try_from(certificate).ok()?;
        Some(Self(Sha256::digest(parsed.subject_public_key_info()).into()))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HASH}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for Pin {
    type Err = BadPin;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let encoded = s.strip_prefix(HASH).ok_or(BadPin)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| BadPin)?;
        bytes.try_into().map(Self).map_err(|_| BadPin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_and_read_again() {
        let pin = Pin([0xfb; 32]);
        assert_eq!(pin.to_string().parse(), Ok(pin));
        assert!(pin.to_string().starts_with("sha256:-_v7"), "{pin}");
        for bad in ["", "sha256:", "sha256:AAAA", &pin.to_string()[7..], &format!("{pin}A")] {
            assert_eq!(bad.parse::<Pin>(), Err(BadPin), "{bad}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_none() {
        assert_eq!(Pin::of(&CertificateDer::from(&b"dear diary"[..])), None);
    }
}
