//! A seat of somebody inside this process: the same messages as over a websocket, without a socket.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::{debug, info};

use crate::meeting::ParticipantId;
use crate::wire::{
    AudioMessage, BinaryMessage, ClientMessage, MixMessage, Refusal, Rung, ServerMessage, read_server,
};

use super::room::{Outgoing, Tap};
use super::seat::{Seat, Told};

/// Messages that wait while the room is busy, as many as a client's link keeps. One more ends the seat.
const SAID: usize = 64;

/// A seat inside this process. Dropping it is leaving.
#[derive(Debug)]
pub struct InnerSeat {
    seat: Seat,
    room: String,
    /// The rest of a batch, and answers.
    told: VecDeque<ServerMessage>,
    said: VecDeque<ClientMessage>,
    over: Option<Refusal>,
}

/// What a seat inside this process is told.
#[derive(Clone, Debug, PartialEq)]
pub enum SeatEvent {
    /// A message, the welcome first.
    Message(ServerMessage),
    /// Sound of single people.
    Audio(AudioMessage),
    /// A stretch of the mix.
    Mix(MixMessage),
}

impl InnerSeat {
    pub(super) fn new(seat: Seat, room: String) -> Self {
        Self { seat, room, told: VecDeque::new(), said: VecDeque::new(), over: None }
    }

    /// Who sits there, or whose sound it is.
    pub fn who(&self) -> ParticipantId {
        self.seat.who()
    }

    /// What the seat is told next. Cancel-safe.
    ///
    /// # Errors
    /// The seat is over, for this reason and for good.
    pub async fn next(&mut self) -> Result<SeatEvent, Refusal> {
        loop {
            if let Some(message) = self.told.pop_front() {
                return Ok(SeatEvent::Message(message));
            }
            if let Some(why) = &self.over {
                return Err(why.clone());
            }
            match self.seat.next().await {
                Ok(Told::Item(Outgoing::Text(text))) => self.tell(&text),
                Ok(Told::Item(Outgoing::Events(events))) => events.iter().for_each(|text| self.tell(text)),
                Ok(Told::Item(Outgoing::Close(why))) | Err(why) => self.end(why),
                Ok(Told::Levels(text)) => self.tell(&text),
                Ok(Told::Packet(bytes)) => match BinaryMessage::decode(bytes) {
                    Ok(BinaryMessage::Audio(message)) => return Ok(SeatEvent::Audio(message)),
                    Ok(BinaryMessage::Mix(message)) => return Ok(SeatEvent::Mix(message)),
                    Err(error) => debug!(%error, "a packet of ours cannot be read"),
                },
                Ok(Told::Free) => self.pass_on(),
            }
        }
    }

    /// Says something; whatever comes of it is told by [`next`](Self::next).
    pub fn say(&mut self, message: ClientMessage) {
        if self.said.len() >= SAID {
            return self.end(Refusal::TooFast);
        }
        self.said.push_back(message);
        self.pass_on();
    }

    /// The room's mix at a rung, packet by packet, without this person's voice. It is heard whatever the seat's own feed
    /// is, and ends with the room; drop it with the seat.
    pub fn tap(&self, rung: Rung) -> Tap {
        self.seat.tap(rung)
    }

    /// Speaks, as far as the room has a microphone open for that.
    pub fn speak(&mut self, message: AudioMessage) {
        // Nothing comes back: no seat of this process asks for an echo.
        let _ = self.seat.speak(message);
    }

    fn pass_on(&mut self) {
        while self.seat.is_free()
            && let Some(message) = self.said.pop_front()
        {
            match self.seat.say(message) {
                Ok(answer) => self.told.extend(answer),
                Err(why) => self.end(why),
            }
        }
    }

    fn tell(&mut self, text: &Utf8Bytes) {
        match read_server(text) {
            Ok(message) => self.told.push_back(message),
            Err(error) => debug!(%error, "a message of ours cannot be read"),
        }
    }

    fn end(&mut self, why: Refusal) {
        self.over.get_or_insert(why);
    }
}

impl Drop for InnerSeat {
    fn drop(&mut self) {
        let code = self.over.as_ref().map_or("link-lost", Refusal::code);
        info!(room = self.room, who = %self.who(), code, "a seat is left");
    }
}
