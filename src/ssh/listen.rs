//! `listen`: the room's sound on standard output, as Ogg Opus without an end.

use std::sync::Arc;

use bytes::Bytes;
use russh::{ChannelMsg, ChannelReadHalf};
use tokio::sync::mpsc;
use tracing::debug;

use crate::recording::NumberedWriter;
use crate::server::{InnerSeat, MixPacket, Tap};
use crate::wire::{Refusal, Rung};

use super::entry::{Purpose, come_in, pair, told_how};
use super::request::Request;
use super::seat::{Guest, House, Keeps};
use super::stream::{Ended, complain, end};
use super::tty::say;
use super::words::Whose;

/// Samples in a page at least: 120 ms, which two packets of 60 ms fill, so that the first one is soon there.
const PAGE: u32 = 5_760;

/// Pages that wait for the client. When they are full, what comes is left out until it has taken one: who hears too
/// slowly hears less, and not later.
const PAGES: usize = 2;

/// Streams a room's mix until the client goes away or the room ends it.
pub(super) async fn run(
    house: Arc<House>,
    guest: Guest,
    request: Request,
    (whose, rung): (Whose, Rung),
) -> Keeps {
    let Request { mut read, write, size, place: _held, .. } = request;
    if size.is_some() {
        let (what, which) = match &whose {
            Whose::Own(_) => ("listen", "ROOM"),
            Whose::Paired(_) => ("audio", "CODE"),
        };
        let text = "palco: sound is not for a terminal; leave out -t and write: ssh …";
        complain(&write, &format!("{text} {what} {which} | mpv -\r\n")).await;
        end(&write, 2).await;
        return true;
    }
    let (room, came) = match whose {
        Whose::Own(place) => {
            let room = place.room.clone();
            let seat = come_in(&house, &guest, place, Purpose::Ears).await;
            (room, seat.map(|seat| (seat, None)))
        }
        Whose::Paired(code) => {
            let paired = pair(&house, &guest, &code).await;
            (code.room().to_owned(), paired.map(|(seat, text)| (seat, Some(text))))
        }
    };
    let seat = match came {
        Ok((seat, text)) => {
            if let Some(text) = text {
                complain(&write, &format!("palco: {text}\n")).await;
            }
            seat
        }
        Err(why) => {
            complain(&write, &format!("palco: {}\n", told_how(&why, &guest, &room))).await;
            end(&write, 1).await;
            return true;
        }
    };
    let (pages, mut waiting) = mpsc::channel::<Bytes>(PAGES);
    let writer = tokio::spawn(async move {
        while let Some(page) = waiting.recv().await {
            say(&write, page.to_vec()).await?;
        }
        Some(write)
    });
    let newer = house.listeners.take(seat.who(), &room);
    let mut stream = Stream { tap: seat.tap(rung), ogg: ogg(&room), pages };
    let ended = tokio::select! {
        ended = stream.run(seat, &mut read) => ended,
        () = newer => Ended::Quietly,
    };
    stream.finish();
    // A client that takes nothing in is told nothing.
    let Ok(Some(write)) = writer.await else {
        return false;
    };
    match ended {
        Ended::Quietly => end(&write, 0).await,
        Ended::Refused(why) => {
            complain(&write, &format!("palco: {why}\n")).await;
            end(&write, 1).await;
        }
    }
    true
}

fn ogg(room: &str) -> NumberedWriter {
    NumberedWriter::new(rand::random(), PAGE, &[("TITLE", room)])
}

struct Stream {
    tap: Tap,
    ogg: NumberedWriter,
    pages: mpsc::Sender<Bytes>,
}

impl Stream {
    async fn run(&mut self, mut seat: InnerSeat, read: &mut ChannelReadHalf) -> Ended {
        // The heads go out at once: a player begins to open its device.
        self.send();
        loop {
            tokio::select! {
                packet = self.tap.recv() => match packet {
                    Some(packet) => self.add(&packet),
                    None => return Ended::Refused(Refusal::GoingAway),
                },
                told = seat.next() => if let Err(why) = told {
                    return if why == Refusal::Left { Ended::Quietly } else { Ended::Refused(why) };
                },
                said = read.wait() => match said {
                    // Whatever is typed at a listener, and the end of it, means nothing.
                    Some(ChannelMsg::Close) | None => return Ended::Quietly,
                    Some(_) => {}
                },
                () = self.pages.closed() => return Ended::Quietly,
            }
        }
    }

    /// Writes a packet, or leaves it out for a client that is behind.
    fn add(&mut self, packet: &MixPacket) {
        if self.pages.capacity() == 0 {
            return self.ogg.go_to(packet.frame);
        }
        if let Err(error) = self.ogg.push(packet.frame, &packet.opus) {
            debug!(%error, "a packet of ours is not Opus");
        }
        self.send();
    }

    /// Ends the stream for players, and for whoever waits for pages.
    fn finish(mut self) {
        self.ogg.finish();
        self.send();
    }

    fn send(&mut self) {
        while let Some(page) = self.ogg.take() {
            // What has no room is heard by nobody.
            let _ = self.pages.try_send(page);
        }
    }
}
