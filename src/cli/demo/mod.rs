//! `palco demo`: a staged meeting through the real server, real links, the real store and real Opus packets.

mod cast;
mod cohost;
mod pace;
mod part;
mod script;
mod turn;

#[cfg(test)]
mod tests;
