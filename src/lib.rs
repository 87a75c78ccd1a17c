//! palco: a live meeting in a terminal. One program, server and console.
//!
//! The meeting is a pure state machine ([`meeting`]) that the server runs and every client mirrors. Everything that
//! touches a clock, a socket, a file, a terminal or a sound card is a thin shell around pure parts.
//!
//! # The way of a key press
//!
//! ```text
//!  bytes ─ term ─► tui::update ─ Effect ─► client::link ─ wire ─► server::seat ─► server::room
//!                                                                                  │ decide
//!                                                                                  ▼
//!  screen ◄ term ◄ tui::view ◄ sync::Replica ◄ wire ◄ every seat ◄ fan out ◄ apply ◄ store (durable)
//! ```
//!
//! # The five rules
//!
//! 1. `decide` holds every permission and every rule; `apply` is total and never refuses; time is an argument.
//! 2. One task owns one room. Others send it messages.
//! 3. *Events* (ordered, stored, never dropped), *signals* (latest wins) and *packets* (late ones are thrown away) travel
//!    apart: a bounded `mpsc`, a `watch`, a `broadcast`.
//! 4. Every queue is bounded, and what happens when it is full is written beside its size.
//! 5. Text from people is cleaned once, in `decide`, by [`meeting::text`].
//!
//! # Modules
//!
//! | module | pure | what it is |
//! |---|---|---|
//! | [`meeting`] | yes | commands, events, rejections; `decide` and `apply`; roles, stage, queue, clock |
//! | [`wire`] | yes | the protocol's messages, audio records, limits, proof of identity |
//! | [`sync`] | yes | the replica, the outbox, backoff, clock offset |
//! | [`audio`] | yes | codec, level, voice detection, jitter buffer, mixer |
//! | [`tui`] | yes | model, update, view; actions, keymap, themes, words |
//! | [`term`] | | terminal lifecycle for any byte sink: input decoding, drawing, pacing |
//! | [`device`] | | sound cards, by cpal |
//! | [`store`] | | the event log in SQLite |
//! | [`server`] | | listener, rooms, seats, HTTP |
//! | [`client`] | | the link to a server, identity, the sound engine |
//! | [`config`] | | one schema, one loader, one default file |
//! | [`cli`] | | one file a subcommand; composes all the others |
//!
//! `meeting` knows nobody, `wire` knows `meeting`, `sync` knows both; `audio` knows nobody; `tui` knows `meeting`, `wire`
//! and `sync`; `term` knows nobody; `server` and `client` never know each other.

pub mod audio;
pub mod cli;
pub mod client;
pub mod config;
pub mod device;
pub mod meeting;
pub mod server;
pub mod store;
pub mod sync;
pub mod term;
pub mod tui;
pub mod wire;
