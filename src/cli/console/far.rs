//! The ends towards the meeting, which every console has: the link, the commands that wait, the sound.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::client::{LinkEvent, now};
use crate::meeting::Command;
use crate::tui::{Connection, Effect, Language, Msg, Taste};

use super::End;
use super::hearing::{Hearing, News};
use super::keep::Keep;
use super::upstream::Upstream;

/// How long leaving waits until the server has been told.
const GOODBYE: Duration = Duration::from_millis(1_500);

/// How long stopping and leaving wait until the server has done what was asked last: muted, left.
pub(super) const SETTLING: Duration = Duration::from_millis(300);

/// The ends towards the meeting.
pub(super) struct Far {
    pub(super) upstream: Upstream,
    pub(super) events: mpsc::Receiver<LinkEvent>,
    pub(super) hearing: Hearing,
    pub(super) keep: Keep,
}

impl Far {
    /// Takes in what the link says, and tells what the model is to be told. Who is sent out reads by whom and why in
    /// their own language, which is the `farewell`.
    ///
    /// # Errors
    /// The link is over.
    pub(super) fn link(
        &mut self,
        event: Option<LinkEvent>,
        language: Language,
        farewell: Option<&str>,
    ) -> Result<Option<Msg>, End> {
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
                self.hearing.hear(message);
                return Ok(None);
            }
            Some(LinkEvent::Mix(message)) => {
                self.hearing.hear_mix(message);
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
                let retry_at = now().plus(retry_in);
                Msg::Connection(Connection::Lost { why, retry_at })
            }
        }))
    }

    /// What the model is to be told of the sound.
    pub(super) fn news(&mut self, at: Instant) -> Vec<Msg> {
        let news = self.hearing.news(self.upstream.source(), at).into_iter();
        news.map(|news| match news {
            News::Sound(sound) => Msg::Sound(sound),
            News::Levels(levels) => Msg::Levels(levels),
        })
        .collect()
    }

    /// Writes what is to be remembered, when it is due.
    pub(super) fn keep_due(&mut self, at: Instant) {
        if self.keep.due().is_some_and(|due| due <= at) {
            self.keep.write();
        }
    }

    /// Does what the model wants of the meeting; gives back what it wants of the person's end.
    pub(super) fn act(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Send(command) => self.upstream.command(command),
            Effect::Resync => self.upstream.resync(),
            Effect::Mic(open) => self.hearing.open_mic(open),
            Effect::TestMic(on) => self.hearing.test_mic(on),
            Effect::Volumes(volumes) => self.hearing.set_volumes(&volumes),
            Effect::Remember(taste) => {
                if let Taste::Language(language) = &taste {
                    self.hearing.set_language(*language);
                }
                self.keep.note(taste, Instant::now());
            }
            other => return Some(other),
        }
        None
    }

    /// The process is told to end.
    pub(super) fn told_to_end(&mut self) {
        self.upstream.command(Command::Leave);
    }

    /// Closes the microphone and the link, and waits a moment for the server to hear of it.
    pub(super) async fn leave(self) {
        let Self { mut upstream, mut events, hearing, keep } = self;
        hearing.open_mic(false);
        drop(hearing);
        drop(keep);
        // a close that overtakes the last command would leave an absent participant behind
        let settled = async {
            while !upstream.is_settled() {
                match events.recv().await {
                    Some(LinkEvent::Message(message)) => upstream.heard(&message),
                    Some(_) => {}
                    None => break,
                }
            }
        };
        let _ = tokio::time::timeout(SETTLING, settled).await;
        upstream.close();
        let closed = async { while events.recv().await.is_some() {} };
        let _ = tokio::time::timeout(GOODBYE, closed).await;
    }
}
