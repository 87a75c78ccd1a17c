//! The real server on loopback with a folding client.
