//! `speak`: sound on standard input as somebody's microphone, in real time whatever the pipe's speed.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::time::{Instant, sleep_until};

use crate::audio::{CodecError, FRAME, FRAME_MS, Talk};
use crate::meeting::Mic;
use crate::recording::{BadSound, SoundReader};
use crate::server::{InnerSeat, Rooms, SeatEvent};
use crate::sync::Replica;
use crate::wire::{AudioMessage, AudioRecord, Refusal};

use super::entry::{Purpose, come_in, told_how};
use super::peer::Peer;
use super::request::Request;
use super::seat::{Guest, House};
use super::stalls::Stalls;
use super::stream::{Ended, complain, end};
use super::words::Place;

/// How long a frame lasts.
const TICK: Duration = Duration::from_millis(FRAME_MS);

/// How far speaking may be behind its clock before it goes on from now: a server that was busy for longer is not to
/// speak at double speed.
const BEHIND: Duration = Duration::from_millis(100);

/// Sound cannot be taken.
#[derive(Debug, thiserror::Error)]
enum Unheard {
    #[error(transparent)]
    Sound(#[from] BadSound),
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Speaks what comes in until it ends, the client goes away or the room ends it. Bare samples have the rate `pcm`.
pub(super) async fn run(
    house: Arc<House>,
    guest: Guest,
    (request, peer): (Request, &Peer),
    (place, pcm): (Place, Option<u32>),
) {
    let Request { mut read, write, size, place: _held, .. } = request;
    if size.is_some() {
        let text =
            "palco: sound does not come from a terminal; leave out -t and write: … | ssh … speak ROOM\r\n";
        complain(&write, text).await;
        return end(&write, 2).await;
    }
    let room = place.room.clone();
    let seat = match come_in(&house, &guest, place, Purpose::Mouth).await {
        Ok(seat) => seat,
        Err(why) => {
            complain(&write, &format!("palco: {}\n", told_how(&why, &guest, &room))).await;
            return end(&write, 1).await;
        }
    };
    let spoken = match Mouth::new(seat, house.rooms.clone(), pcm) {
        Ok(mouth) => mouth.run((&mut read, &write), peer).await,
        Err(why) => Err(why),
    };
    let (text, status) = match spoken {
        Ok(Ended::Quietly) => (String::new(), 0),
        Ok(Ended::Refused(why)) => (format!("palco: {why}\n"), 1),
        Err(why) => (format!("palco: {why}\n"), 1),
    };
    if !text.is_empty() {
        complain(&write, &text).await;
    }
    end(&write, status).await;
}

/// Somebody's mouth in a room.
struct Mouth {
    seat: InnerSeat,
    rooms: Rooms,
    replica: Replica,
    /// What the client was told of its microphone.
    told: Option<Mic>,
    reader: SoundReader,
    talk: Talk,
    /// Bytes that are not read yet.
    bytes: Bytes,
    has_ended: bool,
    /// The frame that is spoken next.
    frame: Option<Box<[f32; FRAME]>>,
    at: Instant,
    began: Instant,
    stalls: Stalls,
}

impl Mouth {
    fn new(seat: InnerSeat, rooms: Rooms, pcm: Option<u32>) -> Result<Self, Unheard> {
        Ok(Self {
            seat,
            rooms,
            replica: Replica::new(),
            told: None,
            reader: pcm.map_or_else(|| Ok(SoundReader::new()), SoundReader::pcm)?,
            talk: Talk::open()?,
            bytes: Bytes::new(),
            has_ended: false,
            frame: None,
            at: Instant::now(),
            began: Instant::now(),
            stalls: Stalls::default(),
        })
    }

    async fn run(
        mut self,
        (read, write): (&mut ChannelReadHalf, &ChannelWriteHalf<Msg>),
        peer: &Peer,
    ) -> Result<Ended, Unheard> {
        let mut left = pin!(peer.left());
        loop {
            self.take_frame()?;
            if self.has_ended && self.frame.is_none() {
                return Ok(Ended::Quietly);
            }
            let is_due = self.frame.is_some();
            tokio::select! {
                () = sleep_until(self.at), if is_due => self.speak()?,
                said = read.wait(), if !is_due => match said {
                    Some(ChannelMsg::Data { data }) => {
                        self.bytes = data;
                        self.stalls.came(self.began.elapsed());
                    }
                    Some(ChannelMsg::Eof) => self.has_ended = true,
                    Some(ChannelMsg::Close) | None => return Ok(Ended::Quietly),
                    Some(_) => {}
                },
                // Whoever broke it off is not to be heard to the end of what had come in.
                () = &mut left => return Ok(Ended::Quietly),
                told = self.seat.next() => match told {
                    Ok(event) => self.tell(&event, write).await,
                    Err(Refusal::Left) => return Ok(Ended::Quietly),
                    Err(why) => return Ok(Ended::Refused(why)),
                },
            }
        }
    }

    /// Reads the next frame from what has come in, but what a stall held up.
    fn take_frame(&mut self) -> Result<(), Unheard> {
        if self.frame.is_some() {
            return Ok(());
        }
        let mut frame = self.read_frame()?;
        while frame.is_some() && self.stalls.leaves_out() {
            self.talk.skip(1);
            frame = self.read_frame()?;
        }
        match &frame {
            // After a pause it goes on from now.
            Some(_) => self.at = self.at.max(Instant::now().checked_sub(BEHIND).unwrap_or(self.at)),
            None => self.stalls.ran_dry(self.began.elapsed()),
        }
        self.frame = frame.map(Box::new);
        Ok(())
    }

    fn read_frame(&mut self) -> Result<Option<[f32; FRAME]>, Unheard> {
        let mut rest = &self.bytes[..];
        let frame = self.reader.read(&mut rest)?;
        let used = self.bytes.len() - rest.len();
        self.bytes.advance(used);
        Ok(if self.has_ended { frame.or_else(|| self.reader.finish()) } else { frame })
    }

    fn speak(&mut self) -> Result<(), CodecError> {
        self.at += TICK;
        let Some(frame) = self.frame.take() else {
            return Ok(());
        };
        let said = self.talk.utter(&frame)?;
        if let Some(packet) = said.packet {
            self.seat.speak(AudioMessage::one(AudioRecord::own(said.level.byte(), packet)));
        }
        Ok(())
    }

    /// Follows the meeting, and says when the microphone opens and closes: who pipes sound in sees no screen.
    async fn tell(&mut self, event: &SeatEvent, write: &ChannelWriteHalf<Msg>) {
        let SeatEvent::Message(message) = event else { return };
        self.replica.receive(message, self.rooms.now());
        let mic = self.replica.me().map(|me| me.mic());
        if mic == self.told || mic.is_none() {
            return;
        }
        self.told = mic;
        let text = match mic {
            Some(Mic::Live) => "palco: your microphone is open, and you are heard\n",
            Some(Mic::Muted) => "palco: your microphone is muted; you are not heard\n",
            Some(Mic::Held) => "palco: a host holds your microphone muted; you are not heard\n",
            _ => "palco: you are not on the stage; you are not heard until you are called\n",
        };
        complain(write, text).await;
    }
}
