//! The link to a server, identity, and the sound engine.
