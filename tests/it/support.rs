//! What several tests use: servers on a free port, folding clients, terminals.

/// Says why a test does nothing here; under `PALCO_TEST_STRICT=1`, where everything was installed, that is a failure.
#[track_caller]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
    assert!(std::env::var_os("PALCO_TEST_STRICT").is_none(), "skipped: {why}");
}

pub mod shell;
