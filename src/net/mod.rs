//! A TCP connection, plain or under TLS, and how a server's key is pinned.
//!
//! What server and client have in common below the protocol: neither has to know whether a connection is encrypted once
//! it is up.

mod backlog;
mod kernel;
mod near;
mod pin;
mod stream;
mod trust;

pub use backlog::Backlog;
pub use near::is_near;
pub use pin::{BadPin, Pin};
pub use stream::{Stream, hurry};
pub use trust::authorities;

use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

/// Bytes that TLS holds for a peer that does not take them: one full record. Sound that waits there is late, and cannot be
/// dropped any more.
pub const TLS_UNSENT: usize = 16 * 1024;

/// The ciphers, on both sides.
pub fn ciphers() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
