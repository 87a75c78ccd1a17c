//! Whom this machine trusts to vouch for servers.

use std::sync::{Arc, LazyLock};

use tokio_rustls::rustls::RootCertStore;

static AUTHORITIES: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate of this machine is left out");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    Arc::new(roots)
});

/// The authorities that this machine trusts, read once.
pub fn authorities() -> Arc<RootCertStore> {
    Arc::clone(&AUTHORITIES)
}
