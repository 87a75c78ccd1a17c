//! The meeting comes back: after `kill -9` of the server, and after a blackout of the network.

mod blackout;
mod kill;
mod lossy;
mod proxy;
mod recording;
mod seat;
