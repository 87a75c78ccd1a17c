//! What a console is connected to: its link, its sound, its terminal, its memory. Whoever has a console brings these.

use std::io;
use std::time::Instant;

use ratatui::layout::Size;
use tokio::sync::mpsc;

use crate::meeting::{Source, Timestamp};
use crate::sync::{FeedChoice, LinkEvent};
use crate::tui::{Language, Msg, Taste, Volumes};
use crate::wire::{AudioMessage, ClientMessage, MixMessage};

/// The way to the meeting: a websocket, or a seat inside the server.
pub trait Link: Send {
    /// What it tells next; `None` when it is over. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Option<LinkEvent>> + Send;

    /// Sends a message. Never waits: what cannot be sent is thrown away, since commands stay in the outbox and go out
    /// again after [`LinkEvent::Connected`].
    fn send(&mut self, message: ClientMessage);

    /// Sends what is queued, and ends.
    fn close(&mut self);

    /// This machine's clock.
    fn now(&self) -> Timestamp;
}

/// Microphone and speaker.
pub trait Ears: Send {
    /// Opens or closes the microphone.
    fn open_mic(&self, open: bool);

    /// Uses the sound that the person's own machine lends over the link, or not; not without being told to.
    fn use_lent(&mut self, _: bool) {}

    /// Shows the microphone's level without sending anything, or ends that.
    fn test_mic(&mut self, on: bool);

    /// Says why devices do not work in this language from now on.
    fn set_language(&mut self, language: Language);

    /// Plays people this loud from now on.
    fn set_volumes(&self, volumes: &Volumes);

    /// Hears this from now on.
    fn tune(&mut self, _: FeedChoice) {}

    /// Takes note of what the link tells: how late sound comes says what the link carries.
    fn overhear(&mut self, _: &LinkEvent) {}

    /// Plays what came in of single people.
    fn hear(&self, message: AudioMessage);

    /// Plays what came in of the mix.
    fn hear_mix(&self, message: MixMessage);

    /// Waits until there is something to tell. Cancel-safe.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// When [`news`](Self::news) is due.
    fn due(&self) -> Option<Instant>;

    /// What the model is to be told by `now`. `own` is the person's own number in packets.
    fn news(&mut self, own: Option<Source>, now: Instant) -> Vec<Msg>;
}

/// What is kept for the next time.
pub trait Habits: Send {
    /// Notes a choice.
    fn note(&mut self, taste: Taste, at: Instant);

    /// The meeting in the room has this title.
    fn see(&mut self, title: &str, at: Instant);

    /// When [`write`](Self::write) is due.
    fn due(&self) -> Option<Instant>;

    /// Writes what was noted.
    fn write(&mut self);
}

/// Nothing is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Habits for Forgetful {
    fn note(&mut self, _: Taste, _: Instant) {}
    fn see(&mut self, _: &str, _: Instant) {}

    fn due(&self) -> Option<Instant> {
        None
    }

    fn write(&mut self) {}
}

/// What comes from a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Bytes from the keyboard, and answers.
    Bytes(Vec<u8>),
    /// It has another size.
    Resized,
    /// It is back after the process was stopped.
    Continued,
    /// It is gone.
    HungUp,
    /// Whoever owns the process, or the server, wants the console to end.
    End,
}

/// A terminal: the local one, or one at the other end of an SSH channel. It is taken over when it is made and given back
/// when it is dropped.
pub trait Terminal: Send {
    /// What comes from it next. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Typed> + Send;

    /// Its size.
    fn size(&self) -> Size;

    /// Where frames go: a channel of [`FRAMES_IN_FLIGHT`](crate::term::FRAMES_IN_FLIGHT).
    fn frames(&self) -> mpsc::Sender<Vec<u8>>;

    /// Notes that keyboard flags were pushed, so that they are popped.
    fn keys_pushed(&self);

    /// Gives it back to a shell, as far as there is one; tells whether there is.
    fn give_back(&self) -> bool;

    /// Stops the process until it is continued.
    fn stop(&mut self) -> impl Future<Output = ()> + Send;

    /// Takes it over again.
    ///
    /// # Errors
    /// It refuses.
    fn take_over(&self) -> io::Result<()>;
}
