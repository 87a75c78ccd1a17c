//! The binary in a real pseudo-terminal.
