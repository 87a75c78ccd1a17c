//! `ctl`: what the console can do, from a script at the other end.

use std::sync::Arc;

use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::Mutex;

use crate::console::ctl::{self, Ask, Desk, Trouble};
use crate::wire::{Hello, Refusal};

use super::entry::{Purpose, enter, hello, told_how};
use super::link::InnerLink;
use super::request::Request;
use super::seat::{Guest, House};
use super::stream::{complain, end, lines};
use super::tty::say;
use super::words::Place;

/// Does one command in a room.
pub(super) async fn run(house: Arc<House>, guest: Guest, request: Request, (place, ask): (Place, Ask)) {
    let Request { read, write, size, place: _held, .. } = request;
    let (read, is_terminal) = (Mutex::new(read), size.is_some());
    let script = Script { house: &house, guest: &guest, place, read, write, is_terminal };
    let status = match ctl::run(&script, &ask).await {
        Ok(()) => 0,
        Err(Trouble { kind, code, text }) => {
            let text = if ask.json {
                serde_json::json!({ "code": code, "text": text }).to_string()
            } else {
                format!("palco: {text}")
            };
            script.complain(&text).await;
            kind as u32
        }
    };
    end(&script.write, status).await;
}

/// A script at the other end of a channel.
struct Script<'a> {
    house: &'a House,
    guest: &'a Guest,
    place: Place,
    read: Mutex<ChannelReadHalf>,
    write: ChannelWriteHalf<Msg>,
    is_terminal: bool,
}

impl Desk for Script<'_> {
    type Link = InnerLink;

    fn room(&self) -> &str {
        &self.place.room
    }

    fn server(&self) -> String {
        self.guest.server(self.house)
    }

    fn utc_offset_secs(&self) -> i32 {
        self.house.utc_offset_secs
    }

    async fn dial(&self, seat: bool) -> Result<InnerLink, Trouble> {
        let refused = |why: Refusal| Trouble::refused(why.code(), told_how(&why, self.guest, self.room()));
        let hello =
            hello(self.house, self.guest, self.place.clone(), Purpose::Script).await.map_err(refused)?;
        let hello = if seat { hello } else { Hello { join: None, ..hello } };
        let seat = enter(self.house, self.guest, &hello).await.map_err(refused)?;
        Ok(InnerLink::new(self.house.rooms.clone(), seat, hello, self.guest.from))
    }

    async fn print(&self, text: &str) -> Result<bool, Trouble> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let text = lines(&format!("{text}{end}"), self.is_terminal);
        Ok(say(&self.write, text.into_bytes()).await.is_some())
    }

    async fn complain(&self, line: &str) {
        complain(&self.write, &lines(&format!("{line}\n"), self.is_terminal)).await;
    }

    /// The client goes away; the end of what it says means nothing.
    async fn stopped(&self) {
        let mut read = self.read.lock().await;
        while !matches!(read.wait().await, Some(ChannelMsg::Close) | None) {}
    }
}
