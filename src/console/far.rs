//! The ends towards the meeting, which every console has: the link, the commands that wait, the sound, the memory.

use std::time::{Duration, Instant};

use crate::meeting::{Command, Timestamp};
use crate::sync::LinkEvent;
use crate::tui::{Connection, Effect, Language, Msg, Taste};

use super::{Ears, End, Habits, Link, Upstream};

/// How long leaving waits until the server has been told.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// How long stopping and leaving wait until the server has done what was asked last: muted, left.
pub const SETTLING: Duration = Duration::from_millis(300);

/// The ends towards the meeting.
pub struct Far<L, E> {
    /// The link, and the commands that wait for an answer.
    pub upstream: Upstream<L>,
    /// Microphone and speaker.
    pub ears: E,
    /// What is kept for the next time.
    pub habits: Box<dyn Habits>,
}

impl<L, E> std::fmt::Debug for Far<L, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Far")
    }
}

impl<L: Link, E: Ears> Far<L, E> {
    /// Takes in what the link says, and tells what the model is to be told. Who is sent out reads by whom and why in
    /// their own language, which is the `farewell`.
    ///
    /// # Errors
    /// The link is over.
    pub fn link(
        &mut self,
        event: Option<LinkEvent>,
        language: Language,
        farewell: Option<&str>,
    ) -> Result<Option<Msg>, End> {
        if let Some(event) = &event {
            self.ears.overhear(event);
        }
        Ok(Some(match event {
            None => {
                let (code, text) = ("closed".to_owned(), "the connection has ended; join again".to_owned());
                return Err(End::Ended { code, text });
            }
            Some(LinkEvent::Ended { code, text }) => {
                let text = farewell.map_or(text, str::to_owned);
                return Err(End::Ended { code, text });
            }
            Some(LinkEvent::Audio(message)) => {
                self.ears.hear(message);
                return Ok(None);
            }
            Some(LinkEvent::Mix(message)) => {
                self.ears.hear_mix(message);
                return Ok(None);
            }
            Some(LinkEvent::Connecting { attempt }) => Msg::Connection(Connection::Connecting { attempt }),
            Some(LinkEvent::Connected) => {
                self.upstream.connected();
                Msg::Connection(Connection::Connected)
            }
            Some(LinkEvent::Message(message)) => {
                self.upstream.heard(&message);
                Msg::Server(message)
            }
            Some(LinkEvent::Lost { code, why, retry_in }) => {
                let why = language.link_reason(&code).map_or(why, str::to_owned);
                let retry_at = self.upstream.now().plus(retry_in);
                Msg::Connection(Connection::Lost { why, retry_at })
            }
        }))
    }

    /// The console's clock.
    pub fn now(&self) -> Timestamp {
        self.upstream.now()
    }

    /// What the model is to be told of the sound.
    pub fn news(&mut self, at: Instant) -> Vec<Msg> {
        self.ears.news(self.upstream.source(), at)
    }

    /// Writes what is to be remembered, when it is due.
    pub fn keep_due(&mut self, at: Instant) {
        if self.habits.due().is_some_and(|due| due <= at) {
            self.habits.write();
        }
    }

    /// Does what the model wants of the meeting; gives back what it wants of the person's end.
    pub fn act(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Send(command) => self.upstream.command(command),
            Effect::Resync => self.upstream.resync(),
            Effect::Pair => self.upstream.pair(),
            Effect::Mic(open) => self.ears.open_mic(open),
            Effect::UseLent(yes) => self.ears.use_lent(yes),
            Effect::TestMic(on) => self.ears.test_mic(on),
            Effect::Volumes(volumes) => self.ears.set_volumes(&volumes),
            Effect::Feed(choice) => self.ears.tune(choice),
            Effect::Remember(taste) => {
                if let Taste::Language(language) = &taste {
                    self.ears.set_language(*language);
                }
                self.habits.note(taste, Instant::now());
            }
            other => return Some(other),
        }
        None
    }

    /// The process is told to end.
    pub fn told_to_end(&mut self) {
        self.upstream.command(Command::Leave);
    }

    /// Closes the microphone and the link, and waits a moment for the server to hear of it.
    pub async fn leave(self) {
        let Self { mut upstream, ears, habits } = self;
        ears.open_mic(false);
        drop(ears);
        drop(habits);
        // a close that overtakes the last command would leave an absent participant behind
        let settled = async {
            while !upstream.is_settled() {
                match upstream.next().await {
                    Some(LinkEvent::Message(message)) => upstream.heard(&message),
                    Some(_) => {}
                    None => break,
                }
            }
        };
        let _ = tokio::time::timeout(SETTLING, settled).await;
        upstream.close();
        let closed = async { while upstream.next().await.is_some() {} };
        let _ = tokio::time::timeout(GOODBYE, closed).await;
    }
}
