//! The binary from a shell: exit status, sentences, scripts.
