//! A console's link to a room in the same process.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use crate::console::Link;
use crate::meeting::{ParticipantId, Timestamp};
use crate::server::{InnerSeat, Rooms, SeatEvent};
use crate::sync::LinkEvent;
use crate::wire::{AudioMessage, ClientMessage, Hello, Refusal};

use super::sound::{Spoken, Voice};

/// Before a room is entered again that sent somebody away for a while.
const AGAIN: Duration = Duration::from_secs(2);

type Entering = Pin<Box<dyn Future<Output = Result<InnerSeat, Refusal>> + Send>>;

/// A console's link to a room in the same process. A room that invites back is entered again.
pub(super) struct InnerLink {
    rooms: Rooms,
    who: ParticipantId,
    from: IpAddr,
    hello: Hello,
    state: State,
    voice: Option<Voice>,
    /// What is told first.
    events: VecDeque<LinkEvent>,
}

enum State {
    Seated(Box<InnerSeat>),
    Entering(Entering),
    Over,
}

impl InnerLink {
    /// A link with a seat that was just taken.
    pub(super) fn new(rooms: Rooms, seat: InnerSeat, hello: Hello, from: IpAddr) -> Self {
        // A meeting that ended stays ended.
        let hello = Hello { open: None, ..hello };
        let who = seat.who();
        let state = State::Seated(Box::new(seat));
        Self { rooms, who, from, hello, state, voice: None, events: VecDeque::new() }
    }

    /// Says what the voice says, and hears what it wants to hear.
    pub(super) fn with_voice(self, voice: Voice) -> Self {
        Self { voice: Some(voice), ..self }
    }

    /// The seat is over, or could not be taken again.
    fn left(&mut self, why: Refusal) {
        let (code, text) = (why.code().to_owned(), why.to_string());
        // A server that stops ends whatever is in it.
        let is_stopping = matches!(why, Refusal::Restart | Refusal::GoingAway | Refusal::Internal);
        if is_stopping || !why.close_code().invites_back() {
            self.state = State::Over;
            return self.events.push_back(LinkEvent::Ended { code, text });
        }
        let wait = if why == Refusal::NextMeeting { Duration::ZERO } else { AGAIN };
        self.events.push_back(LinkEvent::Lost { code, why: text, retry_in: wait.into() });
        let (rooms, who, from, hello) = (self.rooms.clone(), self.who, self.from, self.hello.clone());
        self.state = State::Entering(Box::pin(async move {
            tokio::time::sleep(wait).await;
            rooms.attach(who, &hello, from).await
        }));
    }
}

async fn next(voice: &mut Option<Voice>) -> Spoken {
    match voice {
        Some(voice) => voice.next().await,
        None => std::future::pending().await,
    }
}

impl Link for InnerLink {
    async fn next(&mut self) -> Option<LinkEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            match &mut self.state {
                State::Seated(seat) => tokio::select! {
                    told = seat.next() => match told {
                        Ok(SeatEvent::Message(message)) => return Some(LinkEvent::Message(message)),
                        Ok(SeatEvent::Audio(message)) => return Some(LinkEvent::Audio(message)),
                        Ok(SeatEvent::Mix(message)) => return Some(LinkEvent::Mix(message)),
                        Err(why) => self.left(why),
                    },
                    spoken = next(&mut self.voice) => match spoken {
                        Spoken::Record(record) => seat.speak(AudioMessage::one(record)),
                        Spoken::Feed(feed) => {
                            self.hello.feed = feed;
                            seat.say(ClientMessage::Feed { feed });
                        }
                    },
                },
                State::Entering(entering) => match entering.as_mut().await {
                    Ok(seat) => {
                        self.state = State::Seated(Box::new(seat));
                        return Some(LinkEvent::Connected);
                    }
                    Err(why) => self.left(why),
                },
                State::Over => return None,
            }
        }
    }

    fn send(&mut self, message: ClientMessage) {
        if let State::Seated(seat) = &mut self.state {
            seat.say(message);
        }
    }

    fn close(&mut self) {
        self.state = State::Over;
        self.events.clear();
    }

    fn now(&self) -> Timestamp {
        self.rooms.now()
    }
}
