//! Seats over SSH, for a stock client: the console on a terminal at the other end, sound through its pipes.
//!
//! A connection is accepted (`listener`), logs in (`login`) and opens channels (`handler`). What a channel is asked to run is read by
//! `words`; a console is a `seat`: the same loop and the same screen as at home, over a `link` inside the server and a
//! `tty` at the other end of the channel. A key that logs in is a participant, the same as over a websocket.
//! `sound` is a console's ears where the client lends its own machine's sound server (`lent`).

mod ask;
mod ctl;
mod entry;
mod guarded;
mod handler;
mod lent;
mod link;
mod listen;
mod listener;
mod lobby;
mod login;
mod peer;
mod play;
mod request;
mod run;
mod seat;
mod settings;
mod sound;
mod speak;
mod stalls;
mod stream;
mod tty;
mod words;

pub use listener::SshDoor;
pub use settings::{BadHostKey, SshSettings};
