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
//! | [`audio`] | yes | codec, the ladder of a mix, level, voice detection, jitter buffer, mixer |
//! | [`minutes`] | yes | what is kept of a meeting to read, from its events |
//! | [`replay`] | yes | a kept meeting and its sound, moved through |
//! | [`tui`] | yes | model, update, view; actions, keymap, themes, words |
//! | [`term`] | | terminal lifecycle for any byte sink: input decoding, drawing, pacing |
//! | [`console`] | | the console's loop, for any link and any terminal |
//! | [`device`] | | sound cards: streams of our own to PulseAudio, cpal for ALSA |
//! | [`net`] | | a TCP connection, plain or under TLS; pins |
//! | [`recording`] | | Ogg Opus: packets into pages and back |
//! | [`store`] | | the event log in SQLite |
//! | [`library`] | | the meetings that are kept, with their recordings |
//! | [`playback`] | | a recording played: from its files to a speaker or to a clock |
//! | [`server`] | | listener, rooms, seats, HTTP |
//! | [`ssh`] | | seats over SSH: the console for a stock client |
//! | [`client`] | | the link to a server, identity, the sound engine |
//! | [`config`] | | one schema, one loader, one default file |
//! | [`cli`] | | one file a subcommand; composes all the others |
//!
//! Who may know whom: `meeting`, `audio`, `term`, `net` and `config` know nobody; `wire` knows `meeting`; `sync` knows both;
//! `minutes` knows `meeting`; `replay` knows `meeting`, `minutes` and `audio`; `tui` knows `meeting`, `wire`, `sync` and
//! `replay`; `console` knows what `tui` knows, `playback`, `tui` and `term`; `device` and `recording` know `audio`; `store` knows
//! `meeting`; `library` knows `meeting`, `minutes`, `recording` and `store`; `playback` knows
//! `meeting`, `audio`, `store`, `recording`, `replay` and `library`; `server` knows `meeting`, `wire`, `store`, `library`, `minutes`, `audio`, `recording` and `net`; `client` knows `meeting`, `wire`,
//! `sync`, `audio`, `device` and `net`; server and client never know each other; `ssh` knows `server`, `audio`, `recording` and
//! what `console` knows; `cli` knows all.
//! `tests/it/architecture.rs` reads this from the source and fails on a breach, and on clocks, chance, files, sockets and
//! mutable statics in a pure module.
//!
//! # Where to look
//!
//! - What goes over the wire is told in prose in `src/wire/PROTOCOL.md`; the types of [`wire`] follow it.
//! - Who may do what is one table, [`meeting::Act::permit`]; what a command does is one function a command in
//!   `meeting::decide`.
//! - What a key does is one table of actions in [`tui`]; keymap, footer, help, palette and README come from it.
//! - Settings are one schema and one file with everything that holds without it, [`config`].
//! - `tests/run` checks and tests everything.

pub mod audio;
pub mod cli;
pub mod client;
pub mod config;
pub mod console;
pub mod device;
pub mod library;
pub mod meeting;
pub mod minutes;
pub mod net;
pub mod playback;
pub mod recording;
pub mod replay;
pub mod server;
pub mod ssh;
pub mod store;
pub mod sync;
pub mod term;
pub mod tui;
pub mod wire;
